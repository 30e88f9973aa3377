import type { Facts } from '../../scan/facts/facts.ts'
import { metadataFacts } from '../../scan/facts/metadata-facts.ts'
import type { MetadataTableName } from '../../scan/facts/metadata-table-names.ts'
import type { SnapshotTableOptions } from '../commands/metadata-tables.ts'
import { findSnapshot } from '../find-snapshot.ts'
import { chosenFormat } from '../format.ts'
import { printRecordStream } from '../records.ts'
import type { Terminal } from '../terminal.ts'

export interface MetadataTableRequest {
  readonly table: MetadataTableName
  /** Of the table that it is about. */
  readonly name: string
  readonly options: SnapshotTableOptions
}

export async function printMetadataTable(
  terminal: Terminal,
  { table, name, options }: MetadataTableRequest,
): Promise<void> {
  const { state, snapshot } = await findSnapshot(terminal, name, options)
  const rows = metadataFacts(table, { state, snapshot, options: { signal: terminal.signal } })
  await printRecordStream(terminal, chosenFormat(terminal, options), inTurn(rows))
}

async function* inTurn(rows: AsyncIterable<Facts> | Iterable<Facts>): AsyncGenerator<Facts> {
  yield* rows
}
