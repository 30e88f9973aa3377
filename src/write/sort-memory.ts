import type { RecordBatch, Schema as ArrowSchema } from 'apache-arrow'

import type { OrderedRows } from '../formats/arrow/ordered-rows.ts'
import { RowBuffer } from '../formats/arrow/row-buffer.ts'

/** What rows lie in while they are sorted. */
export class SortMemory {
  /** As they came. */
  readonly unsorted: RowBuffer
  readonly #sorted: readonly [RowBuffer, RowBuffer]
  #turn = 0

  constructor(schema: ArrowSchema) {
    this.unsorted = new RowBuffer(schema)
    this.#sorted = [new RowBuffer(schema), new RowBuffer(schema)]
  }

  /** Rows in another order. They stay while the next are gathered: so they can be on their way to the disk meanwhile. */
  inOrder({ batch, rows }: Required<OrderedRows>): RecordBatch {
    this.#turn = 1 - this.#turn
    const buffer = this.#sorted[this.#turn === 0 ? 0 : 1]
    buffer.clear()
    buffer.add(batch, rows)
    return buffer.batch()
  }
}
