// What a table holds, as a model: small values, changed by what operations say of themselves.
import { createHash } from 'node:crypto'

import type { Condition, Effect, HistoryRow, Version } from './operation.ts'

/** Ids of rows by partition. Partitions that do not change are shared between contents. */
export type Rows = ReadonlyMap<number, readonly number[]>

export interface TableContent {
  readonly rows: Rows
  readonly head: string | null
  readonly refs: ReadonlyMap<string, string>
  readonly columns: readonly string[]
  readonly properties: ReadonlyMap<string, string>
}

/** Of rows in any order. */
export function rowsDigest(rows: readonly HistoryRow[]): string {
  const texts = rows.map(([id, part]) => `${id}:${part}`).sort()
  return createHash('sha256').update(texts.join()).digest('hex')
}

export function rowsOf(rows: Rows): readonly HistoryRow[] {
  return [...rows].flatMap(([part, ids]) => ids.map((id): HistoryRow => [id, part]))
}

export function countRows(rows: Rows): number {
  return [...rows.values()].reduce((sum, ids) => sum + ids.length, 0)
}

/** The rows after a change of rows; null when it finds nothing to change, or is no change of rows. */
export function rowsAfter(rows: Rows, effect: Effect): Rows | null {
  switch (effect.kind) {
    case 'append':
      return effect.rows.length === 0 ? null : withRows(rows, effect.rows)
    case 'replace-partitions': {
      if (effect.rows.length === 0) return null
      const parts = partsOf(effect.rows)
      return withRows(new Map([...rows].filter(([part]) => !parts.has(part))), effect.rows)
    }
    case 'overwrite': {
      const { where } = effect
      const isEmpty = effect.rows.length === 0 && matchingIds(rows, where).length === 0
      return isEmpty ? null : withRows(withoutMatching(rows, where), effect.rows)
    }
    default:
      return null
  }
}

/** The ids of the rows that an overwrite replaces. */
export function replacedIds(rows: Rows, effect: Effect): readonly number[] {
  if (effect.kind === 'overwrite') return matchingIds(rows, effect.where)
  if (effect.kind !== 'replace-partitions') return []
  return [...partsOf(effect.rows)].flatMap((part) => rows.get(part) ?? [])
}

function partsOf(rows: readonly HistoryRow[]): ReadonlySet<number> {
  return new Set(rows.map(([, part]) => part))
}

function matchingIds(rows: Rows, { part, below }: Condition): readonly number[] {
  const ids = rows.get(part) ?? []
  return below === null ? ids : ids.filter((id) => id < below)
}

function withoutMatching(rows: Rows, { part, below }: Condition): Rows {
  const kept = below === null ? [] : (rows.get(part) ?? []).filter((id) => id >= below)
  return new Map([...rows, [part, kept]])
}

function withRows(rows: Rows, added: readonly HistoryRow[]): Rows {
  const result = new Map(rows)
  for (const [id, part] of added) result.set(part, [...(result.get(part) ?? []), id])
  return result
}

/** What is not rows, after a change. A version that changes rows has its own head. */
export function metadataAfter(content: TableContent, effect: Effect): TableContent {
  switch (effect.kind) {
    case 'set-property':
      return {
        ...content,
        properties: new Map([...content.properties, [effect.name, effect.value]]),
      }
    case 'add-column':
      return { ...content, columns: [...content.columns, effect.name] }
    case 'drop-column':
      return { ...content, columns: content.columns.filter((name) => name !== effect.name) }
    case 'point': {
      const refs = new Map(content.refs)
      if (effect.snapshot === null) refs.delete(effect.ref)
      else refs.set(effect.ref, effect.snapshot)
      return { ...content, refs }
    }
    case 'roll-back':
      return { ...content, head: effect.snapshot }
    default:
      return content
  }
}

/** Names of the parts in which a version is not what the model says. */
export function differences(content: TableContent, version: Version): readonly string[] {
  const parts: readonly (readonly [string, unknown, unknown])[] = [
    ['head', content.head, version.head],
    ['refs', entriesOf(content.refs), entriesOf(version.refs)],
    ['columns', content.columns, version.columns],
    ['properties', entriesOf(content.properties), entriesOf(version.properties)],
  ]
  return parts.flatMap(([name, expected, found]) =>
    JSON.stringify(expected) === JSON.stringify(found) ? [] : [name],
  )
}

function entriesOf(map: ReadonlyMap<string, string>): readonly (readonly string[])[] {
  return [...map].sort(([left], [right]) => (left < right ? -1 : 1))
}
