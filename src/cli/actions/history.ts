import { historyFacts } from '../../scan/facts/history-facts.ts'
import type { MetadataTableOptions } from '../commands/metadata-tables.ts'
import { findMetadata } from '../find-metadata.ts'
import { chosenFormat } from '../format.ts'
import { printRecords } from '../records.ts'
import type { Terminal } from '../terminal.ts'

export async function printHistory(
  terminal: Terminal,
  name: string,
  options: MetadataTableOptions,
): Promise<void> {
  const metadata = await findMetadata(terminal, name, options)
  const factsOf = historyFacts(metadata)
  await printRecords(terminal, chosenFormat(terminal, options), metadata.snapshotLog.map(factsOf))
}
