import { snapshotById } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { RangePoint } from '../scan/incremental.ts'

/** Milliseconds that a time may be given in: digits enough for three thousand years, and fewer than ids have. */
const MOST_TIME_DIGITS = 14

/**
 * A point in a table's history, from an id or a time. Both may be whole numbers: one that is the id of a snapshot, or of
 * the parent of one, is that; of the others long ones are ids, which then are not found, and short ones are times.
 */
export function rangePoint(metadata: TableMetadata, text: string): RangePoint {
  if (!/^\d{1,19}$/.test(text)) return { time: text }
  const snapshot = BigInt(text)
  const isId = text.length > MOST_TIME_DIGITS || isKnownId(metadata, snapshot)
  return isId ? { snapshot } : { time: text }
}

function isKnownId(metadata: TableMetadata, id: bigint): boolean {
  return (
    snapshotById(metadata, id) !== undefined ||
    metadata.snapshots.some(({ parentId }) => parentId === id)
  )
}
