import type { UnknownRow } from '../../client/row-shapes.ts'
import type { Table } from '../../client/table.ts'
import { partitionJson } from '../../scan/facts/values.ts'
import type { FileScanTask } from '../../scan/task.ts'
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
  return {
    path: file.path,
    format: file.format,
    'spec-id': file.specId,
    partition: partitionJson(metadata, file.specId, file.partition),
    'record-count': file.recordCount,
    'file-size': file.fileSizeBytes,
    deletes: [],
    'sequence-number': dataSequenceNumber,
  }
}
