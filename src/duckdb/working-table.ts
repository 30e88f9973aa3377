// The rows of an operation in DuckDB: in one table, in the order of their partitions and of the sort in these, so that each
// partition is a range of rows, and so is each file. DuckDB sorts with all its threads and keeps the table in memory, or
// where that does not do in temporary files.
import { assert } from '../base/assert.ts'
import type { PartitionTuple } from '../layout/partition-tuple.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { DirectRelation } from '../scan/row-source.ts'
import { allFields } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import { isFloating } from '../types/type.ts'
import { columnName, columnOf, orderTerms, partitionColumns, tupleOf } from './layout-sql.ts'
import { bytesOfRow } from './row-bytes.ts'
import type { PlainValue } from './protocol.ts'
import type { Database } from './thread.ts'

/** The statements of an operation: how its table is made, and what is asked of it. */
export interface WorkingTable {
  readonly schema: Schema
  /** Makes it. */
  readonly create: string
  readonly partitions: (database: Database, signal?: AbortSignal) => Promise<readonly Partition[]>
}

/** Rows `[start, end)` of the working table. */
export interface RowRange {
  readonly start: number
  readonly end: number
}

/** The rows of one partition. */
export interface Partition extends RowRange {
  readonly tuple: PartitionTuple
  /** What its rows take in memory, about. */
  readonly memoryBytes: number
  /** Whether a value may be minus zero. */
  readonly hasMinusZero: boolean
  /** Of the columns that may have any, by field id. */
  readonly nanCounts: ReadonlyMap<number, bigint>
}

export interface WorkingTableOptions {
  readonly schema: Schema
  /** Gives the columns of the schema, in its order. */
  readonly relation: DirectRelation
  readonly spec: PartitionSpec
  readonly order: SortOrder
  /** Fields of which NaN are counted, at any depth of structs. */
  readonly floatingIds: readonly number[]
}

/** The name of the table, in a database where there is no other. */
export const ROWS = 'rows'

/** Of a partition: its rows, and where they are. */
const RANGE = ['count(*)', 'min(rowid)', 'max(rowid)'] as const

/** @throws Declined when DuckDB cannot lay rows out so */
export function workingTable(options: WorkingTableOptions): WorkingTable {
  const { schema, relation, spec, order, floatingIds } = options
  const columns = partitionColumns(spec, schema)
  const names = schema.fields.map((_field, position) => columnName(position)).join(', ')
  const terms = orderTerms(columns, order, schema)
  const sorted = terms.length === 0 ? '' : ` ORDER BY ${terms.join(', ')}`
  const keys = columns.flatMap(({ text }) => (text === null ? [] : [text]))
  const nans = floatingIds.map(
    (fieldId) => `count(*) FILTER (isnan(${columnOf(schema, fieldId).text}))`,
  )
  const grouped = keys.length === 0 ? '' : ' GROUP BY ALL'
  const bytes = `sum(${bytesOfRow(schema.fields)})`
  const minusZeros = `count(*) FILTER (${hasMinusZero(schema)})`
  const question = `SELECT ${[...keys, ...RANGE, bytes, minusZeros, ...nans].join(', ')} FROM ${ROWS}${grouped} ORDER BY min(rowid)`
  return {
    schema,
    create: `CREATE TABLE ${ROWS} AS SELECT * FROM (${relation.sql}) AS source(${names})${sorted}`,
    async partitions(database, signal) {
      const found = await database.run(question, signal)
      // Without keys there is a row of the answer even if there is none of the table.
      return found.flatMap((row) => {
        const [count, first, last, memoryBytes, zeros, ...counts] = row.slice(keys.length)
        if (Number(count) === 0) return []
        return [
          {
            ...rangeOf(count, first, last),
            tuple: tupleOf(columns, row),
            memoryBytes: Number(memoryBytes),
            hasMinusZero: Number(zeros) > 0,
            nanCounts: countsBy(floatingIds, counts),
          },
        ]
      })
    },
  }
}

/** A condition on rows. Inside of lists and maps nobody looks. */
function hasMinusZero(schema: Schema): string {
  const floating = allFields(schema).filter(({ field }) => isFloating(field.type))
  if (floating.some(({ isRepeated }) => isRepeated)) return 'true'
  const tests = floating.map(({ field }) => {
    const { text } = columnOf(schema, field.id)
    return `(${text} = 0 AND signbit(${text}))`
  })
  return tests.length === 0 ? 'false' : tests.join(' OR ')
}

function rangeOf(
  count: PlainValue | undefined,
  first: PlainValue | undefined,
  last: PlainValue | undefined,
): RowRange {
  const [start, end] = [Number(first), Number(last) + 1]
  assert(end - start === Number(count), 'the rows of a partition are one range')
  return { start, end }
}

/** The numbers of an answer, by the fields that were asked for. */
export function countsBy(
  fieldIds: readonly number[],
  counts: readonly PlainValue[],
): ReadonlyMap<number, bigint> {
  return new Map(fieldIds.map((fieldId, index) => [fieldId, BigInt(Number(counts[index] ?? 0))]))
}

/** The condition of a range of rows. */
export function isInRange({ start, end }: RowRange): string {
  return `rowid BETWEEN ${start} AND ${end - 1}`
}
