import { entryFacts } from '../../scan/facts/entry-facts.ts'
import type { Facts } from '../../scan/facts/facts.ts'
import { listEntries } from '../../scan/metadata-tables.ts'
import type { ManifestEntry } from '../../metadata/manifest-entry.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import type { SnapshotTableOptions } from '../commands/metadata-tables.ts'
import { findSnapshot } from '../find-snapshot.ts'
import { chosenFormat } from '../format.ts'
import { printRecordStream } from '../records.ts'
import type { Terminal } from '../terminal.ts'

export async function printEntries(
  terminal: Terminal,
  name: string,
  options: SnapshotTableOptions,
): Promise<void> {
  const { state, snapshot } = await findSnapshot(terminal, name, options)
  const entries = listEntries(state, snapshot, { signal: terminal.signal })
  const records = factsOf(state.metadata, entries)
  await printRecordStream(terminal, chosenFormat(terminal, options), records)
}

async function* factsOf(
  metadata: TableMetadata,
  entries: AsyncIterable<ManifestEntry>,
): AsyncGenerator<Facts> {
  for await (const entry of entries) yield entryFacts(metadata, entry)
}
