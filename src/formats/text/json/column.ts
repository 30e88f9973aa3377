import type { Data } from 'apache-arrow'

import type { Value } from '../../../types/value.ts'
import type { JsonCursor } from './cursor.ts'

/**
 * A column that takes values from JSON, each by the number of its row. A row may be given anew before the next one is: what was
 * there counts no more.
 */
export interface JsonColumn {
  /**
   * Takes the value at the cursor, which is not null, where that is spelled in a common way. False when it is not, or is no value
   * of the type: then the cursor is anywhere, and the row is to be given anew.
   */
  parse(cursor: JsonCursor, row: number): boolean
  /** Takes a value of the type, as the model holds it. */
  set(row: number, value: Value | null): void
  /** The first `rowCount` rows, in buffers that are nobody else's. The column begins anew. */
  finish(rowCount: number): Data
}
