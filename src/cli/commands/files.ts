import type { Command } from 'commander'

import type { UnknownRow } from '../../client/row-shapes.ts'
import type { Table } from '../../client/table.ts'
import { partitionTypes } from '../../layout/partition-spec.ts'
import { currentSchema, specById } from '../../metadata/table-metadata.ts'
import type { FileScanTask } from '../../scan/task.ts'
import { valueToJson } from '../../types/single-value-json.ts'
import { chosenFormat, formatOption } from '../formats.ts'
import type { Format } from '../formats.ts'
import { printRecords } from '../records.ts'
import type { FactRecord } from '../records.ts'
import { addSelectorOptions, selectedScan } from '../selector.ts'
import type { SelectorOptions } from '../selector.ts'
import { findTable } from '../table-name.ts'
import type { Terminal } from '../terminal.ts'

export function addFiles(program: Command, terminal: Terminal): void {
  addSelectorOptions(program.command('files').argument('<table>'))
    .description('print the data files that a scan would read')
    .addOption(formatOption(['ndjson', 'table']))
    .addHelpText('after', `\nExample:\n  frazil files ./warehouse/city/rides --where "ts >= '2026-01-01T00:00:00Z'"`)
    .action(async (name: string, options: SelectorOptions & { readonly format?: Format }) => {
      const table = await findTable(name, options)
      const { tasks } = await selectedScan(table, options).plan({ signal: terminal.signal })
      const records = tasks.map((task) => fileRecord(table, task))
      await printRecords(terminal, chosenFormat(terminal, options.format), records)
    })
}

function fileRecord(
  { metadata }: Table<UnknownRow, UnknownRow>,
  { file, dataSequenceNumber }: FileScanTask,
): FactRecord {
  const spec = specById(metadata, file.specId)
  const types = partitionTypes(spec, currentSchema(metadata))
  const partition = spec.fields.map(({ name }, index) => {
    const [type, value] = [types[index] ?? null, file.partition[index] ?? null]
    return [name, type === null || value === null ? value : valueToJson(type, value)] as const
  })
  return {
    path: file.path,
    format: file.format,
    'spec-id': file.specId,
    partition: new Map(partition),
    'record-count': file.recordCount,
    'file-size': file.fileSizeBytes,
    deletes: [],
    'sequence-number': dataSequenceNumber,
  }
}
