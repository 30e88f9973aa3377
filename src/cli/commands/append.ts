import type { Command } from 'commander'

import { fileBatches } from '../input-rows.ts'
import { printRecords } from '../records.ts'
import { addNameOptions } from '../selector.ts'
import { findTable } from '../table-name.ts'
import type { TableNameOptions } from '../table-name.ts'
import type { Terminal } from '../terminal.ts'

interface AppendOptions extends TableNameOptions {
  readonly overwritePartitions?: boolean
  readonly sort?: string
}

export function addAppend(program: Command, terminal: Terminal): void {
  addNameOptions(program.command('append').argument('<table>').argument('[files...]'))
    .description('add the rows of files, or of standard input, in one commit')
    .option('--overwrite-partitions', 'replace the partitions that get rows')
    .option('--sort <fields>', `order of the rows in the files, such as "ts desc"; "none" for the order they come in`)
    .addHelpText('after', '\nExample:\n  frazil append ./warehouse/city/rides rides.ndjson more.csv')
    .action(async (name: string, files: readonly string[], options: AppendOptions) => {
      const table = await findTable(name, options)
      const rows = fileBatches(table.schema, files.length === 0 ? ['-'] : files, terminal.input)
      const write = {
        signal: terminal.signal,
        ...(options.sort === undefined ? {} : { sort: options.sort }),
      }
      const commit =
        options.overwritePartitions === true
          ? await table.overwritePartitions(rows, write)
          : await table.append(rows, write)
      await printRecords(terminal, 'ndjson', [
        {
          'snapshot-id': commit.snapshotId,
          'added-records': commit.addedRows,
          'deleted-records': commit.removedRows,
          'added-data-files': commit.addedFiles,
          'deleted-data-files': commit.removedFiles,
        },
      ])
    })
}
