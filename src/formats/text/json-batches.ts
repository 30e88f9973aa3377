// Batches straight from the bytes of JSON. What most rows say in one way only (plain digits, texts without escapes, names in the
// same order) goes from the text into columns, without objects and strings in between; a value that is spelled otherwise takes
// the way of `json-row.ts`, and so does a row that is unlike others or wrong: it alone says what is wrong, and where. So there
// is one opinion of what JSON says, and a faster way to come to it.
import { isUtf8 } from 'node:buffer'

import type { RecordBatch } from 'apache-arrow'

import { IcebergError } from '../../base/errors.ts'
import type { Schema } from '../../types/schema.ts'
import { BATCH_BYTES, BATCH_ROWS } from '../arrow/from-rows.ts'
import { makeBatch } from '../arrow/column-data.ts'
import { arrowSchemaOf } from '../arrow/schema.ts'
import { jsonRowReader } from './json-row.ts'
import type { JsonRowOptions } from './json-row.ts'
import { JsonCursor } from './json/cursor.ts'
import { StructColumn } from './json/nested.ts'

/** Makes batches of rows that are JSON objects. */
export interface JsonBatchBuilder {
  /**
   * Adds the row that `bytes[start, end)` say.
   *
   * @throws IcebergError `invalid` for what is no UTF-8 or no JSON object, and with the `path` of a value that its field does not take; nothing
   *   is added then
   */
  append(bytes: Uint8Array, start: number, end: number): void
  /**
   * Adds the row of a line that begins at `start` and ends before a line feed or with the bytes, if it says what most rows say. The
   * caller has seen to it that all bytes are UTF-8.
   *
   * @returns where the line ends; -1 when nothing is added: then the line is for {@link append}
   */
  takeLine(bytes: Uint8Array, start: number): number
  readonly rowCount: number
  /** Whether the batch should end here. */
  readonly isFull: boolean
  /** The batch of all rows since the last call; its buffers are nobody else's. */
  finish(): RecordBatch
}

/** A builder of batches as `arrowSchemaOf(schema)` lays them out, from the bytes of JSON objects. */
export function createJsonBatchBuilder(
  schema: Pick<Schema, 'fields'>,
  options: JsonRowOptions = {},
): JsonBatchBuilder {
  return new ColumnsOfJson(schema, options)
}

class ColumnsOfJson implements JsonBatchBuilder {
  readonly #readRow: ReturnType<typeof jsonRowReader>
  readonly #schema: ReturnType<typeof arrowSchemaOf>
  readonly #columns: StructColumn
  readonly #cursor = new JsonCursor()
  readonly #noun: string
  #rowCount = 0
  #sizeBytes = 0

  constructor(schema: Pick<Schema, 'fields'>, options: JsonRowOptions) {
    const { fields } = schema
    this.#noun = options.noun ?? 'a line'
    this.#readRow = jsonRowReader(schema, options)
    this.#schema = arrowSchemaOf(schema)
    this.#columns = new StructColumn({ kind: 'struct', fields }, options)
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    const cursor = this.#cursor
    cursor.moveTo(bytes, start, end)
    const isTaken = this.#columns.parse(cursor, this.#rowCount) && cursor.isAtEnd()
    // To ask of each row took 160 of 630 ns, and most have nothing but ASCII.
    if (!(isTaken && cursor.isAscii) && !isUtf8(bytes.subarray(start, end))) {
      throw new IcebergError('invalid', `${this.#noun} is no UTF-8`)
    }
    if (!isTaken) this.#columns.set(this.#rowCount, this.#readRow(cursor.text(start, end)))
    this.#count(end - start)
  }

  takeLine(bytes: Uint8Array, start: number): number {
    const cursor = this.#cursor
    cursor.moveToLine(bytes, start)
    if (!this.#columns.parse(cursor, this.#rowCount) || !cursor.isAtEnd()) return -1
    this.#count(cursor.at - start)
    return cursor.at
  }

  get rowCount(): number {
    return this.#rowCount
  }

  get isFull(): boolean {
    return this.#rowCount >= BATCH_ROWS || this.#sizeBytes >= BATCH_BYTES
  }

  finish(): RecordBatch {
    const columns = this.#columns.children(this.#rowCount)
    const batch = makeBatch(this.#schema, columns, this.#rowCount)
    this.#rowCount = 0
    this.#sizeBytes = 0
    return batch
  }

  #count(bytes: number): void {
    this.#rowCount += 1
    this.#sizeBytes += bytes
  }
}
