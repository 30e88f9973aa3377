import type { UnknownRow } from '../../client/row-shapes.ts'
import type { Table } from '../../client/table.ts'
import { partitionTypes } from '../../layout/partition-spec.ts'
import { currentSchema, specById } from '../../metadata/table-metadata.ts'
import type { FileScanTask } from '../../scan/task.ts'
import { valueToJson } from '../../types/single-value-json.ts'
import type { FilesOptions } from '../commands/files.ts'
import { findTable } from '../find-table.ts'
import { chosenFormat } from '../format.ts'
import { printRecords } from '../records.ts'
import type { FactRecord } from '../records.ts'
import { selectedScan } from '../selected-scan.ts'
import type { Terminal } from '../terminal.ts'

export async function listFiles(
  terminal: Terminal,
  name: string,
  options: FilesOptions,
): Promise<void> {
  const table = await findTable(terminal, name, options)
  const { tasks } = await selectedScan(table, options).plan({ signal: terminal.signal })
  const records = tasks.map((task) => fileRecord(table, task))
  await printRecords(terminal, chosenFormat(terminal, options), records)
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
