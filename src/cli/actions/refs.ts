import type { SnapshotRef } from '../../metadata/refs.ts'
import type { MetadataTableOptions } from '../commands/metadata-tables.ts'
import { findMetadata } from '../find-metadata.ts'
import { chosenFormat } from '../format.ts'
import { printRecords } from '../records.ts'
import type { FactRecord } from '../records.ts'
import type { Terminal } from '../terminal.ts'

export async function printRefs(
  terminal: Terminal,
  name: string,
  options: MetadataTableOptions,
): Promise<void> {
  const { refs } = await findMetadata(terminal, name, options)
  const records = Array.from(refs, ([ref, value]) => refRecord(ref, value))
  await printRecords(terminal, chosenFormat(terminal, options), records)
}

/** The columns of the `refs` metadata table that other engines show. */
function refRecord(name: string, ref: SnapshotRef): FactRecord {
  return {
    name,
    type: ref.kind.toUpperCase(),
    snapshot_id: ref.snapshotId,
    max_reference_age_in_ms: ref.maxRefAgeMs ?? null,
    min_snapshots_to_keep: ref.minSnapshotsToKeep ?? null,
    max_snapshot_age_in_ms: ref.maxSnapshotAgeMs ?? null,
  }
}
