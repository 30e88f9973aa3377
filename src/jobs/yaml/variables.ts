import { unreachable } from '../../base/assert.ts'
import type { YamlScalar, YamlValue } from './document.ts'
import type { Faults, Place } from './faults.ts'

/** Such as `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>

/**
 * The tree with `${NAME}` and `${NAME:-default}` in its values replaced; the default serves for what is absent or empty, as
 * in a shell. What a variable holds becomes part of a text and nothing else, save that a text which is then `true` or
 * `false` is a truth value.
 */
export function expandVariables(value: YamlValue, variables: Variables, faults: Faults): YamlValue {
  const expand = (part: YamlValue): YamlValue => expandVariables(part, variables, faults)
  switch (value.kind) {
    case 'map': {
      const entries = value.entries.map((entry) => ({ ...entry, value: expand(entry.value) }))
      return { ...value, entries }
    }
    case 'list':
      return { ...value, items: value.items.map(expand) }
    case 'scalar':
      return expandScalar(value, new Lookup(value.place, variables, faults))
    default:
      return unreachable(value)
  }
}

/** A reference; or, without a name, the beginning of one that is malformed. */
const REFERENCE = /\$\{(?:(?<name>[A-Za-z_]\w*)(?::-(?<fallback>[^}]*))?\})?/g

function expandScalar(scalar: YamlScalar, lookup: Lookup): YamlScalar {
  const { value } = scalar
  if (typeof value !== 'string' || !value.includes('${')) return scalar
  let text = ''
  let copied = 0
  for (const { 0: reference, groups = {}, index } of value.matchAll(REFERENCE)) {
    text += value.slice(copied, index) + lookup.value(groups['name'], groups['fallback'])
    copied = index + reference.length
  }
  text += value.slice(copied)
  const isTruthValue = text === 'true' || text === 'false'
  return { ...scalar, value: isTruthValue ? text === 'true' : text, source: text }
}

class Lookup {
  readonly #place: Place
  readonly #variables: Variables
  readonly #faults: Faults

  constructor(place: Place, variables: Variables, faults: Faults) {
    this.#place = place
    this.#variables = variables
    this.#faults = faults
  }

  value(name: string | undefined, fallback: string | undefined): string {
    if (name === undefined) {
      this.#faults.invalid(this.#place, 'a variable is written as ${NAME} or ${NAME:-default}')
      return ''
    }
    const value = Object.hasOwn(this.#variables, name) ? this.#variables[name] : undefined
    if (value !== undefined && (value !== '' || fallback === undefined)) return value
    if (fallback === undefined) {
      this.#faults.invalid(this.#place, `the environment has no variable ${name}`)
    }
    return fallback ?? ''
  }
}
