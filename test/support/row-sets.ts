import { rowsOf } from '../../src/formats/arrow/rows.ts'
import type { RowValues } from '../../src/layout/column-value.ts'
import type { BatchOptions, TableScan } from '../../src/scan/table-scan.ts'
import { valueKey } from '../../src/types/compare.ts'
import type { Field } from '../../src/types/type.ts'
import type { Value } from '../../src/types/value.ts'

/** The rows that a scan gives, as model values. */
export async function readRows(
  scan: TableScan<never, unknown>,
  options: BatchOptions = {},
): Promise<RowValues[]> {
  const { fields } = scan
  const rows: RowValues[] = []
  for await (const batch of scan.batches(options)) {
    for (const row of rowsOf(batch, { fields })) rows.push(row)
  }
  return rows
}

/** Rows as a multiset: equal for the same rows in any order. */
export function rowSet(fields: readonly Field[], rows: readonly RowValues[]): readonly string[] {
  return rows.map((row) => rowKey(fields, row)).sort()
}

/** The same for two rows exactly if they are. */
export function rowKey(fields: readonly Field[], row: RowValues): string {
  return String(valueKey({ kind: 'struct', fields }, row))
}

/** The part of a row that `wanted` names: fields are found by id, structs keep what is wanted of them. */
export function projectRow(
  fields: readonly Field[],
  row: RowValues,
  wanted: readonly Field[],
): RowValues {
  return wanted.map((field): Value | null => {
    const index = fields.findIndex(({ id }) => id === field.id)
    const value = row[index] ?? null
    const type = fields[index]?.type
    if (value === null || type?.kind !== 'struct' || field.type.kind !== 'struct') return value
    return projectRow(type.fields, value as RowValues, field.type.fields)
  })
}
