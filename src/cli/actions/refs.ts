import { refFacts } from '../../scan/facts/ref-facts.ts'
import type { MetadataTableOptions } from '../commands/metadata-tables.ts'
import { findMetadata } from '../find-metadata.ts'
import { chosenFormat } from '../format.ts'
import { printRecords } from '../records.ts'
import type { Terminal } from '../terminal.ts'

export async function printRefs(
  terminal: Terminal,
  name: string,
  options: MetadataTableOptions,
): Promise<void> {
  const { refs } = await findMetadata(terminal, name, options)
  const records = Array.from(refs, ([ref, value]) => refFacts(ref, value))
  await printRecords(terminal, chosenFormat(terminal, options), records)
}
