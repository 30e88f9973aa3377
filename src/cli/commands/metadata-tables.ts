// The commands that print what a table's metadata says, each with an example of the same table.
import type { Command } from 'commander'

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

function metadataTable(program: Command, name: string): Command {
  return addTableOptions(program.command(name).argument('<table>'))
    .addOption(formatOption(['ndjson', 'table']))
    .addHelpText('after', `\nExample:\n  frazil ${name} ./warehouse/city/rides`)
}
