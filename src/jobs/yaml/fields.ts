import { suggestion } from '../../base/nearest-name.ts'
import type { Faults, Place } from './faults.ts'
import type { YamlEntry, YamlScalar, YamlValue } from './document.ts'

/** All that a mapping may say; any other name is a fault, with the nearest of these as a suggestion. */
export interface Vocabulary {
  readonly read: readonly string[]
  /** Has no effect here, by design. */
  readonly ignored?: readonly string[]
  /** Means something that is not built: refused by name. */
  readonly later?: readonly string[]
}

export interface TextItem {
  readonly text: string
  readonly place: Place
}

/**
 * Typed reads from one mapping. A missing or malformed value is noted as a fault and a stand-in is given (`''` for
 * required text, which is never empty otherwise), so that reading goes on. A key with no value counts as absent.
 */
export class Fields {
  readonly place: Place
  readonly faults: Faults
  readonly #entries: ReadonlyMap<string, YamlEntry>
  readonly #keyPlaces: ReadonlyMap<string, Place>

  /**
   * Nothing at all is an empty mapping; any other `value` that is none is a fault, and read as an empty one.
   *
   * @param vocabulary null: any name may be there
   */
  constructor(value: YamlValue, vocabulary: Vocabulary | null, faults: Faults) {
    this.place = value.place
    this.faults = faults
    const entries = value.kind === 'map' ? value.entries : []
    this.#entries = new Map(entries.filter(hasValue).map((entry) => [entry.name, entry]))
    this.#keyPlaces = new Map(entries.map((entry) => [entry.name, entry.place]))
    if (value.kind !== 'map' && !isNull(value)) faults.invalid(value.place, 'must be a mapping')
    if (vocabulary !== null) this.#checkNames(entries, vocabulary)
  }

  /** Of the value, or of the mapping when it is absent. */
  placeOf(name: string): Place {
    return this.#entries.get(name)?.value.place ?? this.place
  }

  /** Of the key itself, with a value or without one; of the mapping when it is absent. */
  placeOfKey(name: string): Place {
    return this.#keyPlaces.get(name) ?? this.place
  }

  has(name: string): boolean {
    return this.#entries.has(name)
  }

  /** Whether the key is there without a value, or with null for one. */
  isNull(name: string): boolean {
    return this.#keyPlaces.has(name) && !this.#entries.has(name)
  }

  /** Whether the value is a text, as YAML reads it: neither a number nor `true`. */
  isText(name: string): boolean {
    const value = this.#entries.get(name)?.value
    return value?.kind === 'scalar' && typeof value.value === 'string'
  }

  isEmptyList(name: string): boolean {
    const value = this.#entries.get(name)?.value
    return value?.kind === 'list' && value.items.length === 0
  }

  isMap(name: string): boolean {
    return this.#entries.get(name)?.value.kind === 'map'
  }

  /** Notes that the value of a key is wrong. */
  invalid(name: string, message: string): void {
    this.faults.invalid(this.placeOf(name), message)
  }

  /** Required, and never empty: `''` says that a fault was noted. */
  text(name: string): string {
    return this.require(name) ? (this.optionalText(name) ?? '') : ''
  }

  /** Null when absent; `''` when a fault was noted. */
  optionalText(name: string): string | null {
    const value = this.#entries.get(name)?.value
    if (value === undefined) return null
    return this.#textOf(value)
  }

  /** A text, number or boolean, as its text; null when absent. */
  scalarText(name: string): string | null {
    const value = this.#entries.get(name)?.value
    if (value === undefined) return null
    if (value.kind === 'scalar') return textOfScalar(value)
    this.faults.invalid(value.place, 'must be a single value')
    return ''
  }

  /** Null when absent or faulty. */
  flag(name: string): boolean | null {
    const value = this.#entries.get(name)?.value
    if (value === undefined) return null
    if (value.kind === 'scalar' && typeof value.value === 'boolean') return value.value
    this.faults.invalid(value.place, 'must be true or false')
    return null
  }

  /** As {@link Fields.flag}, where `"true"` and `"false"` will do: the options of other tools are texts. */
  flagOrText(name: string): boolean | null {
    const text = this.isText(name) ? this.scalarText(name)?.toLowerCase() : undefined
    return text === 'true' || text === 'false' ? text === 'true' : this.flag(name)
  }

  /** A whole number in `[0, 2^53)`; null when absent or faulty. */
  count(name: string): number | null {
    const value = this.#entries.get(name)?.value
    if (value === undefined) return null
    if (value.kind === 'scalar' && typeof value.value === 'bigint' && value.value >= 0n) {
      if (value.value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value.value)
    }
    this.faults.invalid(value.place, 'must be a whole number, zero or more')
    return null
  }

  /** As {@link Fields.count}, where `"5"` will do. */
  countOrText(name: string): number | null {
    const text = this.isText(name) ? (this.scalarText(name) ?? '') : ''
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
    return Number.isSafeInteger(value) ? value : this.count(name)
  }

  /** One of `words`, in any case; null when absent or faulty. Words in `later` are refused by name. */
  word<const Word extends string>(
    name: string,
    words: readonly Word[],
    later: readonly string[] = [],
  ): Word | null {
    return this.choice(name, new Map(words.map((word) => [word, word])), later)
  }

  /** As {@link Fields.word}, with something to stand for each word. */
  choice<Value>(
    name: string,
    choices: ReadonlyMap<string, Value>,
    later: readonly string[] = [],
  ): Value | null {
    const text = this.scalarText(name)
    if (text === null || text === '') return null
    for (const [word, value] of choices) if (sameWord(word, text)) return value
    const known = later.find((word) => sameWord(word, text))
    if (known !== undefined) this.faults.unsupported(this.placeOf(name), `${name} ${known}`)
    else this.invalid(name, `must be ${alternatives([...choices.keys()])}`)
    return null
  }

  /** Notes a fault when the key is absent; tells whether it is there. */
  require(name: string): boolean {
    if (this.has(name)) return true
    this.faults.invalid(this.place, `${name} is missing`)
    return false
  }

  /** Null when absent; use {@link requiredMap} when it must be there. */
  map(name: string, vocabulary: Vocabulary): Fields | null {
    const value = this.#entries.get(name)?.value
    return value === undefined ? null : new Fields(value, vocabulary, this.faults)
  }

  /** Null when absent, which is a fault. */
  requiredMap(name: string, vocabulary: Vocabulary): Fields | null {
    return this.require(name) ? this.map(name, vocabulary) : null
  }

  /** A list of mappings; empty when absent. */
  maps(name: string, vocabulary: Vocabulary): readonly Fields[] {
    return this.#items(name).map((item) => new Fields(item, vocabulary, this.faults))
  }

  /** As {@link maps}, where what a mapping may say depends on its text under `key`; null: nothing is known of it. */
  mapsBy(
    name: string,
    key: string,
    vocabularyOf: (text: string | null) => Vocabulary | null,
  ): readonly Fields[] {
    return this.#items(name).map(
      (item) => new Fields(item, vocabularyOf(textUnder(item, key)), this.faults),
    )
  }

  /** As {@link maps}; a missing or empty list is a fault. */
  requiredMaps(name: string, vocabulary: Vocabulary): readonly Fields[] {
    if (!this.require(name)) return []
    const maps = this.maps(name, vocabulary)
    const value = this.#entries.get(name)?.value
    if (value?.kind === 'list' && maps.length === 0) {
      this.faults.invalid(value.place, 'must not be empty')
    }
    return maps
  }

  /** A list of single values as texts, none of them empty; the list is empty when absent. */
  texts(name: string): readonly TextItem[] {
    return this.#items(name).flatMap((item) => this.#textItem(item))
  }

  /** As {@link texts}, where a value by itself is a list of one. */
  textOrTexts(name: string): readonly TextItem[] {
    const value = this.#entries.get(name)?.value
    return value?.kind === 'scalar' ? this.#textItem(value) : this.texts(name)
  }

  /** A mapping of names that are the author's to values that `read` takes; empty when absent. */
  entries<Value>(
    name: string,
    read: (entry: YamlEntry) => Value | null,
  ): ReadonlyMap<string, Value> {
    const value = this.#entries.get(name)?.value
    const result = new Map<string, Value>()
    if (value === undefined) return result
    if (value.kind !== 'map') this.faults.invalid(value.place, 'must be a mapping')
    for (const entry of value.kind === 'map' ? value.entries : []) {
      const taken = read(entry)
      if (taken !== null) result.set(entry.name, taken)
    }
    return result
  }

  /** As {@link entries}, for single values, which are taken as their texts. */
  scalarEntries(name: string): ReadonlyMap<string, string> {
    return this.entries(name, ({ value }) => {
      if (value.kind === 'scalar' && value.value !== null) return textOfScalar(value)
      this.faults.invalid(value.place, 'must be a single value')
      return null
    })
  }

  #items(name: string): readonly YamlValue[] {
    const value = this.#entries.get(name)?.value
    if (value === undefined) return []
    if (value.kind === 'list') return value.items
    this.faults.invalid(value.place, 'must be a list')
    return []
  }

  #textItem(value: YamlValue): readonly TextItem[] {
    const text = value.kind === 'scalar' ? textOfScalar(value) : ''
    if (text !== '') return [{ text, place: value.place }]
    this.faults.invalid(value.place, 'must be text')
    return []
  }

  #textOf(value: YamlValue): string {
    if (value.kind !== 'scalar' || typeof value.value !== 'string') {
      this.faults.invalid(value.place, 'must be text')
      return ''
    }
    if (value.value.trim() === '') {
      this.faults.invalid(value.place, 'must not be empty')
      return ''
    }
    return value.value
  }

  #checkNames(entries: readonly YamlEntry[], vocabulary: Vocabulary): void {
    const { read, ignored = [], later = [] } = vocabulary
    for (const entry of entries) {
      if (read.includes(entry.name) || ignored.includes(entry.name)) continue
      if (!later.includes(entry.name)) {
        const meant = suggestion(entry.name, [...read, ...ignored, ...later])
        this.faults.invalid(entry.place, `unknown key ${entry.name}${meant}`)
      } else if (hasValue(entry)) this.faults.unsupported(entry.place, entry.name)
    }
  }
}

/** The text of a scalar that is not null: numbers as they were written, booleans as `true` and `false`. */
export function textOfScalar(scalar: YamlScalar): string {
  if (typeof scalar.value === 'string') return scalar.value
  return typeof scalar.value === 'boolean' ? String(scalar.value) : scalar.source
}

/** `a`, `a or b`, `a, b or c`. */
export function alternatives(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`
}

function textUnder(value: YamlValue, key: string): string | null {
  const entries = value.kind === 'map' ? value.entries : []
  const found = entries.find((entry) => entry.name === key)?.value
  return found?.kind === 'scalar' && typeof found.value === 'string' ? found.value : null
}

function sameWord(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}

function hasValue(entry: YamlEntry): boolean {
  return !isNull(entry.value)
}

function isNull(value: YamlValue): boolean {
  return value.kind === 'scalar' && value.value === null
}
