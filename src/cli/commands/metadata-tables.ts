// The commands that print what a table's metadata says, each with an example of the same table.
import type { Command } from 'commander'

import { isOfSnapshot } from '../../scan/facts/metadata-table-names.ts'
import type { MetadataTableName } from '../../scan/facts/metadata-table-names.ts'
import { formatOption } from '../format.ts'
import type { FormatOptions } from '../format.ts'
import { addSnapshotOptions, addTableOptions } from '../options.ts'
import type { SnapshotOptions, TableOptions } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export interface MetadataTableOptions extends TableOptions, FormatOptions {}

/** For what is in one snapshot. */
export interface SnapshotTableOptions extends MetadataTableOptions, SnapshotOptions {}

export function addHistory(program: Command, terminal: Terminal): void {
  metadataTable(program, 'history')
    .description('print which snapshots were current, and since when')
    .action(async (name: string, options: MetadataTableOptions) => {
      const { printHistory } = await import('../actions/history.ts')
      await printHistory(terminal, name, options)
    })
}

export function addRefs(program: Command, terminal: Terminal): void {
  metadataTable(program, 'refs')
    .description('print the branches and tags of a table')
    .action(async (name: string, options: MetadataTableOptions) => {
      const { printRefs } = await import('../actions/refs.ts')
      await printRefs(terminal, name, options)
    })
}

export function addManifests(program: Command, terminal: Terminal): void {
  addSnapshotOptions(metadataTable(program, 'manifests'))
    .description('print the manifests of a snapshot')
    .action(async (name: string, options: SnapshotTableOptions) => {
      const { printManifests } = await import('../actions/manifests.ts')
      await printManifests(terminal, name, options)
    })
}

export function addEntries(program: Command, terminal: Terminal): void {
  addSnapshotOptions(metadataTable(program, 'entries'))
    .description(
      'print the entries of the manifests of a snapshot: its files, and those it took away',
    )
    .action(async (name: string, options: SnapshotTableOptions) => {
      const { printEntries } = await import('../actions/entries.ts')
      await printEntries(terminal, name, options)
    })
}

export function addPartitions(program: Command, terminal: Terminal): void {
  addSnapshotOptions(metadataTable(program, 'partitions'))
    .description('print the partitions of a snapshot, with their rows and files')
    .action(async (name: string, options: SnapshotTableOptions) => {
      const { printPartitions } = await import('../actions/partitions.ts')
      await printPartitions(terminal, name, options)
    })
}

/** The other metadata tables, with what their rows are. */
const OTHERS: readonly (readonly [table: MetadataTableName, description: string])[] = [
  ['data_files', 'print what is known of the data files of a snapshot'],
  ['delete_files', 'print what is known of the delete files of a snapshot'],
  ['position_deletes', 'print the rows that files of a snapshot delete by their positions'],
  ['metadata_log_entries', 'print the metadata files of a table, former ones and the current one'],
  ['all_manifests', 'print the manifests of all snapshots'],
  ['all_entries', 'print the entries of all manifests that any snapshot lists'],
  ['all_files', 'print what is known of the files of all snapshots'],
  ['all_data_files', 'print what is known of the data files of all snapshots'],
  ['all_delete_files', 'print what is known of the delete files of all snapshots'],
]

/** Called as other commands are, `all-files`, and as other engines call them, `all_files`. */
export function addOtherTables(program: Command, terminal: Terminal): void {
  for (const [table, description] of OTHERS) {
    const command = metadataTable(program, table.replaceAll('_', '-'))
    const selecting = isOfSnapshot(table) ? addSnapshotOptions(command) : command
    selecting
      .alias(table)
      .description(description)
      .action(async (name: string, options: SnapshotTableOptions) => {
        const { printMetadataTable } = await import('../actions/metadata-table.ts')
        await printMetadataTable(terminal, { table, name, options })
      })
  }
}

function metadataTable(program: Command, name: string): Command {
  return addTableOptions(program.command(name).argument('<table>'))
    .addOption(formatOption(['ndjson', 'table']))
    .addHelpText('after', `\nExample:\n  frazil ${name} ./warehouse/city/rides`)
}
