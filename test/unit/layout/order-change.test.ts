import { describe, expect, it } from 'vitest'
import { parseSortFields } from '../../../src/layout/layout-text.ts'
import { changeSortOrder } from '../../../src/layout/order-change.ts'
import { unsortedOrder } from '../../../src/layout/sort-order.ts'
import type { Schema } from '../../../src/types/schema.ts'

const schema: Schema = {
  schemaId: 0,
  fields: [
    { id: 1, name: 'id', required: true, type: { kind: 'long' } },
    { id: 2, name: 'ts', required: true, type: { kind: 'timestamptz' } },
  ],
  identifierFieldIds: [],
}

describe('changes of the sort order (spec: Sorting)', () => {
  it('number orders on, and use one that sorts alike again', () => {
    const first = changeSortOrder(schema, [unsortedOrder], parseSortFields('ts desc'))
    expect(first).toMatchObject({ isNew: true, order: { orderId: 1 } })
    const orders = [unsortedOrder, first.order]
    const second = changeSortOrder(schema, orders, parseSortFields('bucket(4, id), ts'))
    expect(second).toMatchObject({ isNew: true, order: { orderId: 2 } })
    expect(changeSortOrder(schema, [...orders, second.order], parseSortFields('ts desc'))).toEqual({
      order: first.order,
      isNew: false,
    })
  })

  it('take other nulls, directions and transforms for other orders', () => {
    const { order } = changeSortOrder(schema, [unsortedOrder], parseSortFields('ts desc'))
    for (const text of ['ts', 'ts desc nulls first', 'day(ts) desc', 'id desc', 'ts desc, id']) {
      const changed = changeSortOrder(schema, [unsortedOrder, order], parseSortFields(text))
      expect(changed, text).toMatchObject({ isNew: true, order: { orderId: 2 } })
    }
  })

  it('are the unsorted order without terms', () => {
    expect(changeSortOrder(schema, [unsortedOrder], [])).toEqual({
      order: unsortedOrder,
      isNew: false,
    })
    expect(changeSortOrder(schema, [], [])).toEqual({ order: unsortedOrder, isNew: true })
  })
})
