import { readdirSync } from 'node:fs'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import { copiesOf } from '../../../src/formats/arrow/ordered-rows.ts'
import { rowsOf } from '../../../src/formats/arrow/rows.ts'
import type { RowValues } from '../../../src/layout/column-value.ts'
import { rowComparator } from '../../../src/layout/row-order.ts'
import { highestFieldId } from '../../../src/types/schema.ts'
import { numberedRows } from '../../../src/write/numbered-rows.ts'
import { openSpilledPartitions } from '../../../src/write/spilled-partitions.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { anySortOrderOf } from '../../support/arbitraries/specs.ts'
import { anyRowOf } from '../../support/arbitraries/values.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { runs } from '../../support/runs.ts'

describe('spilled partitions', () => {
  it('always come one by one, each as a stable sort of all its rows', async () => {
    const anyCase = anySchema({ maxFields: 3, formatVersion: 3 }).chain((columns) => {
      const numberField = { id: highestFieldId(columns) + 1, name: '#', required: true } as const
      const schema = {
        ...columns,
        fields: [...columns.fields, { ...numberField, type: { kind: 'int' } } as const],
      }
      const anySpill = fc.array(fc.record({ partition: fc.nat(3), pick: fc.nat() }), {
        minLength: 1,
        maxLength: 12,
      })
      return fc.record({
        schema: fc.constant(schema),
        pool: fc.array(anyRowOf(columns), { minLength: 1, maxLength: 6 }),
        spills: fc.array(anySpill, { minLength: 1, maxLength: 7 }),
        order: anySortOrderOf(columns),
        // From runs of which two are read at once, by way of some rows that are not sorted before runs, to rows of no run.
        maxBytes: fc.constantFrom(1, 300, 1_000, 5_000, 20_000, 1 << 20),
        // Held together are the rows of no spill, of the last ones, or of all.
        apart: fc.integer({ min: 0, max: 8 }),
      })
    })
    const parent = temporaryFolder()
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ schema, pool, spills, order, maxBytes, apart }) => {
        const spilled = await openSpilledPartitions({ schema, order, maxBytes, folder: { parent } })
        const expected = new Map<number, RowValues[]>()
        let row = 0
        for (const [index, spill] of spills.entries()) {
          const held = new Map<number, RowValues[]>()
          for (const { partition, pick } of spill) {
            const values = [...(pool[pick % pool.length] ?? []), row++]
            held.set(partition, [...(held.get(partition) ?? []), values])
            expected.set(partition, [...(expected.get(partition) ?? []), values])
          }
          const partitions = [...held].map(([number, rows]) => ({
            number,
            batches: [batchFromValues(schema, rows)],
          }))
          const inOrder = partitions.sort((left, right) => left.number - right.number)
          const numbered = inOrder.flatMap(({ number, batches }) =>
            batches.map((batch) => numberedRows(schema, order).withNumber(number, batch)),
          )
          await spilled.add(
            index < apart
              ? { kind: 'apart', partitions: inOrder }
              : { kind: 'joined', batches: numbered.toReversed() },
          )
        }
        const found: [number, RowValues[]][] = []
        for await (const { number, ...ordered } of spilled.sorted()) {
          if (found.at(-1)?.[0] !== number) found.push([number, []])
          for (const batch of copiesOf(ordered)) found.at(-1)?.[1].push(...rowsOf(batch, schema))
        }
        await spilled.remove()
        expect(found).toEqual(
          [...expected]
            .sort(([left], [right]) => left - right)
            .map(([number, rows]) => [number, rows.toSorted(rowComparator(schema, order))]),
        )
        expect(readdirSync(parent)).toEqual([])
      }),
      runs(60),
    )
  })
})
