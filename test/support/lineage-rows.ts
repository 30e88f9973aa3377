/** Where the rows of a table come from (spec: Row Lineage). */
import type { Rides } from './rides.ts'

/** Of a row of {@link Rides}: its own id, and what the table knows it by. */
export type LineageRow = readonly [
  id: bigint,
  rowId: bigint | null,
  lastUpdatedSequenceNumber: bigint | null,
]

/** The lineage of all rows, in the order of their own ids. */
export async function lineageOf(rides: Rides): Promise<readonly LineageRow[]> {
  const rows = await rides.scan().select('id', '_row_id', '_last_updated_sequence_number').toArray()
  return rows
    .map((row): LineageRow => [row.id, row._row_id, row._last_updated_sequence_number])
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
}
