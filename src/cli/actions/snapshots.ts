import type { Snapshot } from '../../metadata/snapshot.ts'
import type { SnapshotsOptions } from '../commands/snapshots.ts'
import { findMetadata } from '../find-metadata.ts'
import { chosenFormat } from '../format.ts'
import { momentText } from '../metadata-values.ts'
import { printRecords } from '../records.ts'
import type { FactRecord } from '../records.ts'
import type { Terminal } from '../terminal.ts'

export async function listSnapshots(
  terminal: Terminal,
  name: string,
  options: SnapshotsOptions,
): Promise<void> {
  const { snapshots } = await findMetadata(terminal, name, options)
  await printRecords(terminal, chosenFormat(terminal, options), snapshots.map(snapshotRecord))
}

/** The columns of the `snapshots` metadata table that other engines show. */
function snapshotRecord(snapshot: Snapshot): FactRecord {
  return {
    committed_at: momentText(snapshot.timestampMs),
    snapshot_id: snapshot.snapshotId,
    parent_id: snapshot.parentId,
    operation: snapshot.operation,
    manifest_list: snapshot.manifestList,
    summary: snapshot.summary,
  }
}
