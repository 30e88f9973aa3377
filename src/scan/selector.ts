import { MICROS_PER_MS } from '../base/civil-time.ts'
import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { floorDiv } from '../base/integers.ts'
import { keptSnapshot, snapshotAsOf } from '../metadata/history.ts'
import { MAIN_BRANCH } from '../metadata/refs.ts'
import type { Snapshot } from '../metadata/snapshot.ts'
import {
  currentSchema,
  currentSnapshot,
  schemaById,
  snapshotById,
} from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { Schema } from '../types/schema.ts'
import { parseTimestamptz } from '../types/temporal-text.ts'

/** Which version of the rows a scan reads. */
export type SnapshotSelector =
  | { readonly kind: 'current' }
  | { readonly kind: 'snapshot'; readonly snapshotId: bigint }
  | { readonly kind: 'ref'; readonly name: string }
  | { readonly kind: 'as-of'; readonly timestampMs: number }

/** A snapshot and the schema to read it with. */
export interface SelectedSnapshot {
  /** Null for a table without snapshots. */
  readonly snapshot: Snapshot | null
  readonly schema: Schema
}

/**
 * Finds a version. A ref reads with the table's current schema, an id or a time with the snapshot's own (spec: Point in
 * Time Reads (Time Travel)).
 *
 * @throws IcebergError `not-found` when there is no such snapshot or ref
 */
export function selectSnapshot(
  metadata: TableMetadata,
  selector: SnapshotSelector,
): SelectedSnapshot {
  switch (selector.kind) {
    case 'current':
      return { snapshot: currentSnapshot(metadata), schema: currentSchema(metadata) }
    case 'ref':
      return { snapshot: snapshotOfRef(metadata, selector.name), schema: currentSchema(metadata) }
    case 'snapshot':
      return withOwnSchema(metadata, keptSnapshot(metadata, selector.snapshotId))
    case 'as-of':
      return withOwnSchema(metadata, snapshotAsOf(metadata, selector.timestampMs))
    default:
      return unreachable(selector)
  }
}

/**
 * The snapshot that a branch or tag names; null for a main branch without snapshots.
 *
 * @throws IcebergError `not-found`
 */
export function snapshotOfRef(metadata: TableMetadata, name: string): Snapshot | null {
  const ref = metadata.refs.get(name)
  if (ref !== undefined) return snapshotById(metadata, ref.snapshotId) ?? null
  if (name === MAIN_BRANCH) return null
  throw new IcebergError('not-found', 'the table has no such branch or tag', {
    context: { ref: name },
  })
}

function withOwnSchema(metadata: TableMetadata, snapshot: Snapshot): SelectedSnapshot {
  const schema =
    snapshot.schemaId === null ? currentSchema(metadata) : schemaById(metadata, snapshot.schemaId)
  return { snapshot, schema }
}

/**
 * Milliseconds since the epoch, from ISO 8601 with an offset, or from milliseconds as they are. A fraction of a
 * millisecond is dropped: snapshots have none.
 *
 * @throws IcebergError `invalid`
 */
export function timeToMs(time: string | bigint | number): number {
  if (typeof time === 'bigint' || Number.isSafeInteger(time)) return Number(time)
  const text = String(time)
  if (/^-?\d+$/.test(text)) return Number(text)
  const micros = parseTimestamptz(text)
  if (micros !== null) return Number(floorDiv(micros, MICROS_PER_MS))
  throw new IcebergError(
    'invalid',
    'a time is ISO 8601 with an offset, such as 2026-01-31T12:00:00Z, or milliseconds since the epoch',
    { context: { time: text } },
  )
}
