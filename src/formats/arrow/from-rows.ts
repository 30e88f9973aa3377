import type { RecordBatch } from 'apache-arrow'
import type { Schema } from '../../types/schema.ts'
import { rowConverter } from '../../types/value-input.ts'
import { createValueBatchBuilder } from './builders.ts'
import type { ValueBatchBuilder } from './builders.ts'

/** Rows a batch at the most. */
export const BATCH_ROWS: number = 65_536

/** A batch ends early when its values reach this size, so that a few large rows cannot fill the memory. */
export const BATCH_BYTES: number = 64 << 20

/** Makes batches of rows as callers write them. */
export interface BatchBuilder {
  /**
   * Adds a row: an object with the names of the schema's fields.
   *
   * @param path where the row stands in the input, such as `rows[17]`; asked for only when there is a fault
   * @throws IcebergError `invalid` naming the field, for what its type does not take, for a required field without a
   *   value and for names that the schema does not have; nothing is added then
   */
  append(row: object, path?: () => string): void
  readonly rowCount: number
  /** About the bytes of all rows since the last batch. */
  readonly sizeBytes: number
  /** The batch of all rows since the last call; its buffers are nobody else's. */
  finish(): RecordBatch
}

/** A builder of batches as `arrowSchemaOf(schema)` lays them out, from rows as callers write them. */
export function createBatchBuilder(schema: Pick<Schema, 'fields'>): BatchBuilder {
  return new RowBatchBuilder(schema)
}

class RowBatchBuilder implements BatchBuilder {
  readonly #convert: ReturnType<typeof rowConverter>
  readonly #builder: ValueBatchBuilder

  constructor(schema: Pick<Schema, 'fields'>) {
    this.#convert = rowConverter(schema.fields)
    this.#builder = createValueBatchBuilder(schema)
  }

  append(row: object, path: () => string = () => ''): void {
    this.#builder.append(this.#convert(row, path))
  }

  get rowCount(): number {
    return this.#builder.rowCount
  }

  get sizeBytes(): number {
    return this.#builder.sizeBytes
  }

  finish(): RecordBatch {
    return this.#builder.finish()
  }
}

export interface BatchesOptions {
  /** Rows a batch at the most, 65,536 when absent. */
  readonly batchRows?: number
  /** What messages call a row, counted from 0; `rows[17]` when absent. */
  readonly nameRow?: (rowIndex: number) => string
}

/**
 * Rows as callers write them in batches, none of them empty. A row is asked for once all before it are in place.
 *
 * @throws IcebergError `invalid` naming row and field, as in `rows[17].driver.name`
 */
export async function* batchesFromRows(
  schema: Pick<Schema, 'fields'>,
  rows: Iterable<object> | AsyncIterable<object>,
  { batchRows = BATCH_ROWS, nameRow = (rowIndex) => `rows[${rowIndex}]` }: BatchesOptions = {},
): AsyncGenerator<RecordBatch, void, undefined> {
  const builder = createBatchBuilder(schema)
  let rowIndex = 0
  const path = (): string => nameRow(rowIndex)
  // `for await` over an array waits a turn at each row: six times the cost of the loop below.
  for await (const chunk of Symbol.iterator in rows ? [rows] : single(rows)) {
    for (const row of chunk) {
      builder.append(row, path)
      rowIndex += 1
      if (builder.rowCount >= batchRows || builder.sizeBytes >= BATCH_BYTES) yield builder.finish()
    }
  }
  if (builder.rowCount > 0) yield builder.finish()
}

/** One row at a time, as a stream gives them. */
async function* single(rows: AsyncIterable<object>): AsyncGenerator<readonly object[]> {
  for await (const row of rows) yield [row]
}
