import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../../src/client/warehouse.ts'
import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import { positionsOf, primitiveReader } from '../../../src/layout/column-value.ts'
import { columnMax } from '../../../src/scan/column-max.ts'
import { comparatorOf, valueKey } from '../../../src/types/compare.ts'
import { isPrimitive } from '../../../src/types/type.ts'
import type { PrimitiveValue } from '../../../src/types/value.ts'
import { flatColumns } from '../../support/arbitraries/specs.ts'
import { newRides } from '../../support/rides.ts'
import { runs } from '../../support/runs.ts'
import { createTable } from '../../support/table-model/commands.ts'
import { anyTableLayout } from '../../support/table-model/layout.ts'

describe('the largest value of a column', () => {
  it('is found over all files, in structs too', async () => {
    const rides = await newRides()
    await rides.append([
      { id: 3, city: 'a', driver: { name: 'Ada', rating: 4.5 } },
      { id: 7, city: 'b', fare: Number.NaN },
    ])
    await rides.append([{ id: 5, city: `b${'x'.repeat(40)}`, fare: 2.5 }])
    const max = async (...path: string[]): Promise<unknown> =>
      (await columnMax(rides.state, path)).value
    expect(await max('id')).toBe(7n)
    expect(await max('city')).toBe(`b${'x'.repeat(40)}`)
    expect(await max('fare')).toBe(2.5)
    expect(await max('driver', 'rating')).toBe(4.5)
    expect(await max('ts')).toBeNull()
  })

  it('is none in a table without rows', async () => {
    const rides = await newRides()
    expect(await columnMax(rides.state, ['id'])).toEqual({ type: { kind: 'long' }, value: null })
  })

  it.each([['town'], ['driver'], ['driver', 'age']])('is refused of %j', async (...path) => {
    const rides = await newRides()
    await expect(columnMax(rides.state, path)).rejects.toMatchObject({
      kind: 'invalid',
      context: { column: path.join('.') },
    })
  })

  it('always is the largest of the rows, whatever metrics there are', async () => {
    const anyCase = anyTableLayout
      .filter(({ schema }) => flatColumns(schema).length > 0)
      .chain((layout) =>
        fc.record({
          layout: fc.constant(layout),
          parts: fc.array(fc.array(fc.constantFrom(...layout.pool), { maxLength: 5 }), {
            maxLength: 3,
          }),
          column: fc.constantFrom(...flatColumns(layout.schema)),
        }),
      )
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ layout, parts, column }) => {
        const { schema } = layout
        const table = await createTable({ warehouse: await openWarehouse('memory:') }, layout)
        for (const rows of parts) await table.append(batchFromValues(schema, rows))
        const { type } = column.field
        if (!isPrimitive(type)) return
        const read = primitiveReader(positionsOf(schema, column))
        const compare = comparatorOf(type)
        const largest = parts
          .flat()
          .map(read)
          .filter((value): value is PrimitiveValue => value !== null && !Number.isNaN(value))
          .sort(compare)
          .at(-1)
        const { value } = await columnMax(table.state, column.path)
        if (largest === undefined) expect(value).toBeNull()
        // Bounds do not tell the zeros apart.
        else if (largest === 0) expect(value).toBe(0)
        else expect(value === null ? null : valueKey(type, value)).toBe(valueKey(type, largest))
      }),
      runs(40),
    )
  })
})
