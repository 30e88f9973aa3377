import type { UnknownRow } from '../../client/row-shapes.ts'
import { rowsOf } from '../../formats/arrow/rows.ts'
import type { TableScan } from '../../scan/table-scan.ts'
import type { ScanOptions } from '../commands/scan.ts'
import { findTable } from '../find-table.ts'
import { chosenFormat } from '../format.ts'
import { printRows } from '../print-rows.ts'
import type { ValueRow } from '../print-rows.ts'
import { selectedScan } from '../selected-scan.ts'
import type { Terminal } from '../terminal.ts'

export async function scanTable(
  terminal: Terminal,
  name: string,
  options: ScanOptions,
): Promise<void> {
  const scan = selectedScan(await findTable(terminal, name, options), options)
  const batches = rowBatches(scan, terminal.signal)
  await printRows(terminal, chosenFormat(terminal, options), scan.fields, batches)
}

async function* rowBatches(
  scan: TableScan<UnknownRow, UnknownRow>,
  signal: AbortSignal,
): AsyncGenerator<Iterable<ValueRow>> {
  const { fields } = scan
  for await (const batch of scan.batches({ signal })) yield rowsOf(batch, { fields })
}
