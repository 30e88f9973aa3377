import { t } from '../../../src/types/define.ts'
import type { AnyColumn } from '../../../src/types/typed-schema.ts'
import type { FormatVersion } from '../../../src/metadata/table-metadata.ts'

/** A column to add, and a default for it. */
interface NewColumn {
  readonly column: AnyColumn
  readonly value?: unknown
}

const COLUMNS: readonly NewColumn[] = [
  { column: t.boolean(), value: true },
  { column: t.int(), value: -2_147_483_648 },
  { column: t.long(), value: 9_007_199_254_740_993n },
  { column: t.float(), value: -1.5 },
  { column: t.double(), value: 1e300 },
  { column: t.decimal(4, 1), value: '-0.5' },
  { column: t.decimal(38, 10), value: '12345678901234567890.0123456789' },
  { column: t.date(), value: '1969-12-31' },
  { column: t.time(), value: '23:59:59.999999' },
  { column: t.timestamp(), value: '1969-12-31T23:59:59.999999' },
  { column: t.timestamptz(), value: '1969-12-31T23:59:59.999999Z' },
  { column: t.string(), value: 'it’s "🧊"' },
  { column: t.uuid(), value: 'f79c3e09-677c-4bbd-a479-3f349cb785e7' },
  { column: t.fixed(3), value: Uint8Array.of(0, 128, 255) },
  { column: t.binary(), value: Uint8Array.of(255, 0) },
  { column: t.struct({ a: t.long().optional(), b: t.string().optional() }) },
  { column: t.list(t.timestamp().optional()) },
  { column: t.list(t.decimal(9, 2)) },
  { column: t.map(t.string(), t.struct({ x: t.int().optional() })) },
  { column: t.map(t.int(), t.double().optional()) },
]

const COLUMNS_OF_VERSION_3: readonly NewColumn[] = [
  { column: t.timestampNs(), value: '1969-12-31T23:59:59.999999999' },
  { column: t.timestamptzNs(), value: '2262-04-11T23:47:16.854775807Z' },
  { column: t.unknown() },
]

/** Columns that a table of that version may get; those with a default are of version 3. */
export function newColumns(formatVersion: FormatVersion): readonly AnyColumn[] {
  const optional = COLUMNS.map(({ column }) => column.optional())
  if (formatVersion < 3) return optional
  const all = [...COLUMNS, ...COLUMNS_OF_VERSION_3]
  return [
    ...all.map(({ column }) => column.optional()),
    ...all.flatMap(({ column, value }) =>
      value === undefined ? [] : [column.default(value), column.optional().default(value)],
    ),
  ]
}
