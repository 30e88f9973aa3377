import { suggestion } from '../../base/nearest-name.ts'
import { parseStep } from '../incremental/step.ts'
import { findHoles } from '../sql/holes.ts'
import type { Fields } from '../yaml/fields.ts'
import type { IncrementalKey, IncrementalRead, StateEntry, Until } from './model.ts'
import { viewsRead } from './sql-outline.ts'
import { INCREMENTAL_KEY, STATE_ENTRY } from './vocabulary.ts'

/** The `incremental` of an input. */
export function readIncremental(fields: Fields): IncrementalRead {
  const context = fields.text('context')
  const sql = fields.text('sql')
  const keyItems = fields.requiredMaps('keys', INCREMENTAL_KEY)
  const keys = readKeys(keyItems)
  const names = keys.map((key) => key.name)
  if (checkHoles(fields, 'sql', { sql, names })) checkViewsRead(fields, sql, context)
  return {
    context,
    sql,
    keys,
    state: readState(fields, keyItems, names),
    until: readUntil(fields, names),
    lag: readLag(fields),
    overwriteSnapshots: fields.word('overwriteSnapshots', ['throw', 'skip', 'added']) ?? 'throw',
    deleteSnapshots: fields.word('deleteSnapshots', ['throw', 'skip']) ?? 'throw',
    place: fields.placeOf('context'),
    sqlPlace: fields.placeOf('sql'),
    untilPlace: fields.placeOf('until'),
  }
}

function readKeys(items: readonly Fields[]): readonly IncrementalKey[] {
  const names = items.map((item) => item.text('name'))
  return items.map((item, index) => readKey(item, names, index))
}

function readKey(item: Fields, names: readonly string[], index: number): IncrementalKey {
  const name = names[index] ?? ''
  const earlier = names.slice(0, index)
  const sql = item.optionalText('sql')
  const fallback = item.scalarText('default')
  if (name.includes('|')) item.invalid('name', 'a hole cannot name a key with a bar in it')
  if (name !== '' && earlier.includes(name)) item.invalid('name', 'another key has this name')
  if (sql === null && fallback === null) {
    item.faults.invalid(item.place, 'a key needs sql or default')
  } else if (sql !== null && fallback !== null) {
    item.faults.warn(item.placeOf('default'), 'default is never used beside sql')
  }
  if (sql !== null) checkHoles(item, 'sql', { sql, names: earlier, later: names.slice(index) })
  return {
    name,
    sql,
    default: fallback,
    place: item.placeOf('name'),
    sqlPlace: item.placeOf('sql'),
  }
}

interface HoleScope {
  readonly sql: string
  /** Keys that have a value when the SQL is run. */
  readonly names: readonly string[]
  /** Keys that do not yet. */
  readonly later?: readonly string[]
}

/** False when the text is no SQL to look further into. */
function checkHoles(fields: Fields, key: string, scope: HoleScope): boolean {
  const { names, later = [] } = scope
  const place = fields.placeOf(key)
  const holes = fields.faults.attempt(place, null, () => findHoles(scope.sql))
  if (holes === null) return false
  for (const name of new Set(holes.map((hole) => hole.name))) {
    if (names.includes(name)) continue
    const message = later.includes(name)
      ? `the key ${name} has no value here yet: keys get theirs in list order`
      : `no key is named ${name}${suggestion(name, names)}`
    fields.faults.invalid(place, message)
  }
  return true
}

/** The query must be about the table it is given, and there is nothing else to read. */
function checkViewsRead(fields: Fields, sql: string, context: string): void {
  if (sql === '' || context === '') return
  const views = viewsRead(sql)
  const others = views.filter((view) => view.toLowerCase() !== context.toLowerCase())
  for (const view of others) {
    fields.invalid('sql', `there is no view ${view} here, only the context ${context}`)
  }
  if (views.length === 0) fields.invalid('sql', `must read the context ${context}`)
}

/** Where an entry of the state is said. */
interface StatedEntry extends StateEntry {
  readonly item: Fields
  /** The words for its two sides. */
  readonly words: Readonly<Record<'key' | 'value', string>>
}

function readState(
  fields: Fields,
  keyItems: readonly Fields[],
  names: readonly string[],
): readonly StateEntry[] {
  const entries = [
    ...fields.maps('state', STATE_ENTRY).map(listedEntry),
    ...keyItems.flatMap((item, index) => updatedEntry(item, names[index] ?? '')),
  ]
  if (entries.length === 0) {
    fields.faults.warn(fields.place, 'without state every run computes the same window')
  }
  for (const [index, entry] of entries.entries()) {
    checkEntry(entry, names)
    if (entry.key !== '' && entries.slice(0, index).some((other) => other.key === entry.key)) {
      entry.item.invalid(entry.words.key, 'another entry is about this key')
    }
  }
  return entries.map(({ key, value }) => ({ key, value }))
}

function listedEntry(item: Fields): StatedEntry {
  const words = { key: 'key', value: 'value' }
  return { key: item.text('key'), value: item.text('value'), item, words }
}

/** The older spelling: a key says itself what the next run takes for it. */
function updatedEntry(item: Fields, key: string): readonly StatedEntry[] {
  const value = item.optionalText('updateFromKey')
  if (value === null) return []
  return [{ key, value, item, words: { key: 'updateFromKey', value: 'updateFromKey' } }]
}

function checkEntry({ item, words, ...entry }: StatedEntry, names: readonly string[]): void {
  for (const part of ['key', 'value'] as const) {
    const name = entry[part]
    if (name === '' || names.includes(name)) continue
    item.invalid(words[part], `no key is named ${name}${suggestion(name, names)}`)
  }
}

function readLag(fields: Fields): string | null {
  const lag = fields.scalarText('lag')
  if (lag === null) return null
  return fields.faults.attempt(fields.placeOf('lag'), null, () => {
    parseStep(lag)
    return lag
  })
}

function readUntil(fields: Fields, names: readonly string[]): Until {
  const text = fields.scalarText('until') ?? 'none'
  switch (text.toLowerCase()) {
    case 'none':
      return { kind: 'none' }
    case 'now':
      return { kind: 'now' }
    case 'sourcemax':
      return { kind: 'source-max' }
    default:
      return /^\s*(select|with)\b/i.test(text)
        ? untilSql(fields, text, names)
        : untilValue(fields, text)
  }
}

/** A value may be any text; one that is nearly a word of ours is more likely meant to be that. */
function untilValue(fields: Fields, text: string): Until {
  const meant = suggestion(text, ['none', 'now', 'sourceMax'])
  if (meant !== '') {
    fields.faults.warn(fields.placeOf('until'), `windows end before the value ${text}${meant}`)
  }
  return { kind: 'value', text }
}

function untilSql(fields: Fields, sql: string, names: readonly string[]): Until {
  checkHoles(fields, 'until', { sql, names })
  return { kind: 'sql', sql }
}
