import { manifestFacts } from '../../scan/facts/manifest-facts.ts'
import { listManifests } from '../../scan/metadata-tables.ts'
import type { SnapshotTableOptions } from '../commands/metadata-tables.ts'
import { findSnapshot } from '../find-snapshot.ts'
import { chosenFormat } from '../format.ts'
import { printRecords } from '../records.ts'
import type { Terminal } from '../terminal.ts'

export async function printManifests(
  terminal: Terminal,
  name: string,
  options: SnapshotTableOptions,
): Promise<void> {
  const { state, snapshot } = await findSnapshot(terminal, name, options)
  const manifests = await listManifests(state, snapshot, { signal: terminal.signal })
  const records = manifests.map((manifest) => manifestFacts(state.metadata, manifest))
  await printRecords(terminal, chosenFormat(terminal, options), records)
}
