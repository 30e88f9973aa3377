import type { Command } from 'commander'

import type { Snapshot } from '../../metadata/snapshot.ts'
import { formatTimestamptz } from '../../types/temporal-text.ts'
import { chosenFormat, formatOption } from '../formats.ts'
import type { Format } from '../formats.ts'
import { printRecords } from '../records.ts'
import type { FactRecord } from '../records.ts'
import { addNameOptions } from '../selector.ts'
import { findTable } from '../table-name.ts'
import type { TableNameOptions } from '../table-name.ts'
import type { Terminal } from '../terminal.ts'

const MICROS_PER_MS = 1000n

export function addSnapshots(program: Command, terminal: Terminal): void {
  addNameOptions(program.command('snapshots').argument('<table>'))
    .description('print the snapshots of a table, oldest first')
    .addOption(formatOption(['ndjson', 'table']))
    .addHelpText('after', '\nExample:\n  frazil snapshots ./warehouse/city/rides')
    .action(async (name: string, options: TableNameOptions & { readonly format?: Format }) => {
      const { snapshots } = await findTable(name, options)
      await printRecords(
        terminal,
        chosenFormat(terminal, options.format),
        snapshots.map(snapshotRecord),
      )
    })
}

/** The columns of the `snapshots` metadata table that other engines show. */
function snapshotRecord(snapshot: Snapshot): FactRecord {
  return {
    committed_at: formatTimestamptz(BigInt(snapshot.timestampMs) * MICROS_PER_MS),
    snapshot_id: snapshot.snapshotId,
    parent_id: snapshot.parentId,
    operation: snapshot.operation,
    manifest_list: snapshot.manifestList,
    summary: snapshot.summary,
  }
}
