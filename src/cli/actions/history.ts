import { ancestorsOf } from '../../metadata/history.ts'
import { snapshotById } from '../../metadata/table-metadata.ts'
import type { SnapshotLogEntry, TableMetadata } from '../../metadata/table-metadata.ts'
import type { MetadataTableOptions } from '../commands/metadata-tables.ts'
import { findMetadata } from '../find-metadata.ts'
import { chosenFormat } from '../format.ts'
import { momentText } from '../metadata-values.ts'
import { printRecords } from '../records.ts'
import type { FactRecord } from '../records.ts'
import type { Terminal } from '../terminal.ts'

export async function printHistory(
  terminal: Terminal,
  name: string,
  options: MetadataTableOptions,
): Promise<void> {
  const metadata = await findMetadata(terminal, name, options)
  const recordOf = historyRecord(metadata)
  await printRecords(terminal, chosenFormat(terminal, options), metadata.snapshotLog.map(recordOf))
}

/** The columns of the `history` metadata table that other engines show. */
function historyRecord(metadata: TableMetadata): (entry: SnapshotLogEntry) => FactRecord {
  const { currentSnapshotId } = metadata
  const line = currentSnapshotId === null ? [] : ancestorsOf(metadata, currentSnapshotId)
  const ancestors = new Set(Array.from(line, ({ snapshotId }) => snapshotId))
  return ({ timestampMs, snapshotId }) => ({
    made_current_at: momentText(timestampMs),
    snapshot_id: snapshotId,
    parent_id: snapshotById(metadata, snapshotId)?.parentId ?? null,
    is_current_ancestor: ancestors.has(snapshotId),
  })
}
