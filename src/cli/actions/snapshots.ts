import { snapshotFacts } from '../../scan/facts/snapshot-facts.ts'
import type { SnapshotsOptions } from '../commands/snapshots.ts'
import { findMetadata } from '../find-metadata.ts'
import { chosenFormat } from '../format.ts'
import { printRecords } from '../records.ts'
import type { Terminal } from '../terminal.ts'

export async function listSnapshots(
  terminal: Terminal,
  name: string,
  options: SnapshotsOptions,
): Promise<void> {
  const { snapshots } = await findMetadata(terminal, name, options)
  await printRecords(terminal, chosenFormat(terminal, options), snapshots.map(snapshotFacts))
}
