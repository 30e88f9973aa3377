import type { RecordBatch } from 'apache-arrow'

import { batchBytes } from '../formats/arrow/batch-bytes.ts'
import { createValueBatchBuilder } from '../formats/arrow/builders.ts'
import type { ValueBatchBuilder } from '../formats/arrow/builders.ts'
import { RowBuffer } from '../formats/arrow/row-buffer.ts'
import { arrowSchemaOf } from '../formats/arrow/schema.ts'
import type { Schema } from '../types/schema.ts'
import { rowConverter } from '../types/value-input.ts'
import { checkHaveValues } from '../types/without-values.ts'

/** A batch that has fewer rows is copied to others: by itself it takes some kilobytes, however few they are. */
const SMALL_ROWS = 4096

/** What is copied together is one batch from here on. */
const ENOUGH_ROWS = 65_536
const ENOUGH_BYTES = 32 << 20

/** Rows of any input in memory, in their order. A batch of one row costs little more than the row. */
export class GatheredRows {
  readonly #schema: Schema
  readonly #convert: ReturnType<typeof rowConverter>
  readonly #builder: ValueBatchBuilder
  #copied: RowBuffer
  readonly #batches: RecordBatch[] = []
  #batchRows = 0
  #batchBytes = 0

  /** @throws IcebergError `unsupported` naming a column whose values are not written */
  constructor(schema: Schema) {
    checkHaveValues(
      schema.fields,
      'rows of a table that has a column of this type are not written yet',
    )
    this.#schema = schema
    this.#convert = rowConverter(schema.fields)
    this.#builder = createValueBatchBuilder(schema)
    this.#copied = new RowBuffer(arrowSchemaOf(schema))
  }

  get rows(): number {
    return this.#batchRows + this.#builder.rowCount + this.#copied.rows
  }

  /** About the bytes that the rows take. */
  get bytes(): number {
    return this.#batchBytes + this.#builder.sizeBytes + this.#copied.bytes
  }

  /**
   * Adds rows as callers write them: all of them, or none when one is wrong.
   *
   * @throws IcebergError `invalid` naming row and field, as in `rows[17].driver.name`
   */
  addRows(rows: readonly object[]): void {
    const values = rows.map((row, index) => this.#convert(row, () => `rows[${index}]`))
    this.#sealCopied()
    for (const row of values) {
      this.#builder.append(row)
      const { rowCount, sizeBytes } = this.#builder
      if (rowCount >= ENOUGH_ROWS || sizeBytes >= ENOUGH_BYTES) this.#sealBuilt()
    }
  }

  /** Adds a batch of the schema's columns. */
  addBatch(batch: RecordBatch): void {
    this.#sealBuilt()
    if (batch.numRows >= SMALL_ROWS || batchBytes(batch) >= ENOUGH_BYTES) {
      this.#sealCopied()
      this.#push(batch)
      return
    }
    this.#copied.addAll(batch)
    const { rows, bytes } = this.#copied
    if (rows >= ENOUGH_ROWS || bytes >= ENOUGH_BYTES) this.#sealCopied()
  }

  /** All rows, for whoever takes them; there is nothing to be added after it. */
  take(): readonly RecordBatch[] {
    this.#sealBuilt()
    this.#sealCopied()
    return this.#batches
  }

  #sealBuilt(): void {
    if (this.#builder.rowCount > 0) this.#push(this.#builder.finish())
  }

  #sealCopied(): void {
    if (this.#copied.rows === 0) return
    this.#push(this.#copied.batch())
    this.#copied = new RowBuffer(arrowSchemaOf(this.#schema))
  }

  #push(batch: RecordBatch): void {
    this.#batches.push(batch)
    this.#batchRows += batch.numRows
    this.#batchBytes += batchBytes(batch)
  }
}
