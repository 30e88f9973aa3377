import type { AppendOptions } from '../commands/append.ts'
import { commitRecord } from '../commit-record.ts'
import { findTable } from '../find-table.ts'
import { STANDARD_INPUT, fileBatches } from '../input-rows.ts'
import { printRecords } from '../records.ts'
import { printMessage } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'

export async function appendFiles(
  terminal: Terminal,
  name: string,
  files: readonly string[],
  options: AppendOptions,
): Promise<void> {
  const table = await findTable(terminal, name, options)
  const names = files.length === 0 ? [STANDARD_INPUT] : files
  if (names.includes(STANDARD_INPUT) && terminal.input.isTTY === true) {
    printMessage(terminal, 'frazil: type rows as NDJSON, then Ctrl-D')
  }
  const rows = fileBatches(table.schema, names, terminal)
  const write = {
    signal: terminal.signal,
    ...(options.sort === undefined ? {} : { sort: options.sort }),
  }
  const commit =
    options.overwritePartitions === true
      ? await table.overwritePartitions(rows, write)
      : await table.append(rows, write)
  await printRecords(terminal, 'ndjson', [commitRecord(commit)])
}
