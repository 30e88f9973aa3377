import { partitionFacts } from '../../scan/facts/partition-facts.ts'
import { sumPartitions } from '../../scan/metadata-tables.ts'
import type { SnapshotTableOptions } from '../commands/metadata-tables.ts'
import { findSnapshot } from '../find-snapshot.ts'
import { chosenFormat } from '../format.ts'
import { printRecords } from '../records.ts'
import type { Terminal } from '../terminal.ts'

export async function printPartitions(
  terminal: Terminal,
  name: string,
  options: SnapshotTableOptions,
): Promise<void> {
  const { state, snapshot } = await findSnapshot(terminal, name, options)
  const partitions = await sumPartitions(state, snapshot, { signal: terminal.signal })
  const records = partitions.map((totals) => partitionFacts(state.metadata, totals))
  await printRecords(terminal, chosenFormat(terminal, options), records)
}
