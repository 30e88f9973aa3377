// Questions about rows of the working table, for what the footer of a file does not tell of them.
import type { Schema } from '../types/schema.ts'
import { isFloating } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'
import type { ColumnFacts } from './file-metrics.ts'
import { columnOf, storedValue } from './layout-sql.ts'
import type { PlainValue } from './protocol.ts'
import { ROWS, isInRange } from './working-table.ts'
import type { RowRange } from './working-table.ts'
import { plainText } from './transform-sql.ts'

/** How many NaN there are in each of the columns. */
export function countsQuestion(
  schema: Schema,
  fieldIds: readonly number[],
  rows: RowRange,
): string {
  const counts = fieldIds.map((id) => `count(*) FILTER (isnan(${columnOf(schema, id).text}))`)
  return `SELECT ${counts.join(', ')} FROM ${ROWS} WHERE ${isInRange(rows)}`
}

/** The lowest and the highest value of each column that is not NaN, one after the other; null where there is none. */
export function boundsQuestion(
  schema: Schema,
  columns: readonly ColumnFacts[],
  rows: RowRange,
): string {
  const bounds = columns.flatMap(({ fieldId, type }) => {
    const { text } = columnOf(schema, fieldId)
    const filter = isFloating(type) ? ` FILTER (NOT isnan(${text}))` : ''
    return ['min', 'max'].map((bound) => {
      const value = `${bound}(${text})${filter}`
      return isFloating(type) ? value : plainText(type, value)
    })
  })
  return `SELECT ${bounds.join(', ')} FROM ${ROWS} WHERE ${isInRange(rows)}`
}

/** The pairs of values that {@link boundsQuestion} asks for. */
export function valuesOf(
  columns: readonly ColumnFacts[],
  answer: readonly PlainValue[],
): readonly (readonly [PrimitiveValue | null, PrimitiveValue | null])[] {
  return columns.map(({ type }, index) => {
    const value = (plain: PlainValue | undefined): PrimitiveValue | null =>
      plain === undefined || plain === null ? null : storedValue(type, plain)
    return [value(answer[2 * index]), value(answer[2 * index + 1])]
  })
}
