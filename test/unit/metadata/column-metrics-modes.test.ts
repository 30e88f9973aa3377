import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { unsortedOrder } from '../../../src/layout/sort-order.ts'
import { columnMetricsModes } from '../../../src/metadata/column-metrics-modes.ts'
import { allFields } from '../../../src/types/schema.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { isPrimitive } from '../../../src/types/type.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { anySortOrderOf } from '../../support/arbitraries/specs.ts'
import { preservesOrder } from '../../../src/layout/transform.ts'
import { runs } from '../../support/runs.ts'

const BOUNDED = { kind: 'truncate', length: 16 }

describe('metrics of columns', () => {
  it('are bounds of sixteen characters for the first hundred columns', () => {
    const schema = wide(102)
    const modes = columnMetricsModes({ schema, sortOrder: unsortedOrder, properties: new Map() })
    expect(modes.get(100)).toEqual(BOUNDED)
    expect(modes.get(101)).toEqual({ kind: 'none' })
  })

  it('are bounds for every column of a table of no more than that', () => {
    const schema = wide(100)
    const modes = columnMetricsModes({ schema, sortOrder: unsortedOrder, properties: new Map() })
    expect(new Set(Array.from(modes.values(), (mode) => mode.kind))).toEqual(new Set(['truncate']))
  })

  it('count the columns of a level before those that are nested in it', () => {
    const schema: Schema = {
      schemaId: 0,
      identifierFieldIds: [],
      fields: [
        {
          id: 1,
          name: 's',
          required: false,
          type: { kind: 'struct', fields: wide(3, 10).fields },
        },
        { id: 2, name: 'last', required: false, type: { kind: 'int' } },
      ],
    }
    const properties = new Map([['write.metadata.metrics.max-inferred-column-defaults', '2']])
    const modes = columnMetricsModes({ schema, sortOrder: unsortedOrder, properties })
    expect(modes.get(2)).toEqual(BOUNDED)
    expect(modes.get(10)).toEqual(BOUNDED)
    expect(modes.get(11)).toEqual({ kind: 'none' })
  })

  it('follow the default of the table, then the column that is sorted by, then its own property', () => {
    const properties = new Map([
      ['write.metadata.metrics.default', 'counts'],
      ['write.metadata.metrics.column.c3', 'full'],
      ['write.metadata.metrics.column.c2', 'none'],
      ['write.metadata.metrics.column.dropped', 'full'],
    ])
    const sortOrder = {
      orderId: 1,
      fields: [1, 2].map((sourceId) => ({
        sourceId,
        transform: { kind: 'identity' as const },
        direction: 'asc' as const,
        nullOrder: 'nulls-first' as const,
      })),
    }
    const modes = columnMetricsModes({ schema: wide(4), sortOrder, properties })
    expect(Array.from(modes)).toEqual([
      [1, BOUNDED],
      [2, { kind: 'none' }],
      [3, { kind: 'full' }],
      [4, { kind: 'counts' }],
    ])
  })

  it('always cover the primitive columns, and those that rows are sorted by have bounds', () => {
    const anyTable = anySchema().chain((schema) =>
      fc.record({
        schema: fc.constant(schema),
        sortOrder: anySortOrderOf(schema),
        properties: fc
          .option(fc.constantFrom('none', 'counts', 'full', 'truncate(1)'), { nil: undefined })
          .map(
            (mode) => new Map(mode === undefined ? [] : [['write.metadata.metrics.default', mode]]),
          ),
      }),
    )
    fc.assert(
      fc.property(anyTable, (settings) => {
        const modes = columnMetricsModes(settings)
        const columns = allFields(settings.schema).filter(({ field }) => isPrimitive(field.type))
        expect([...modes.keys()]).toEqual(columns.map(({ field }) => field.id))
        for (const { sourceId, transform } of settings.sortOrder.fields) {
          if (preservesOrder(transform)) expect(modes.get(sourceId)?.kind).toMatch(/truncate|full/)
        }
      }),
      runs(100),
    )
  })
})

function wide(columns: number, firstId = 1): Schema {
  const fields = Array.from({ length: columns }, (_, index) => ({
    id: firstId + index,
    name: `c${firstId + index}`,
    required: false,
    type: { kind: 'string' as const },
  }))
  return { schemaId: 0, fields, identifierFieldIds: [] }
}
