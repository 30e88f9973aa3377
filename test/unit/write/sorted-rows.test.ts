import fc from 'fast-check'
import { expect, it } from 'vitest'

import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import { allCopies } from '../../../src/formats/arrow/ordered-rows.ts'
import { rowsOf } from '../../../src/formats/arrow/rows.ts'
import { buildSortOrder } from '../../../src/layout/build-layout.ts'
import { parseSortFields } from '../../../src/layout/layout-text.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { sortedRows } from '../../../src/write/sorted-rows.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { runs } from '../../support/runs.ts'

const schema = parseSchemaText('key int, place int not null')
const order = buildSortOrder(schema, parseSortFields('key desc nulls first'), 1)

it('gives all rows in one order, equal ones in theirs, always the same in memory and by way of files', async () => {
  const anyKeys = fc.array(fc.array(fc.option(fc.integer({ min: 0, max: 3 })), { maxLength: 4 }))
  await fc.assert(
    fc.asyncProperty(anyKeys, fc.boolean(), async (batches, isSpilled) => {
      let place = 0
      const rows = batches.map((keys) => keys.map((key) => [key, (place += 1)] as const))
      const input = async function* (): AsyncGenerator<ReturnType<typeof batchFromValues>> {
        for (const each of rows) if (each.length > 0) yield batchFromValues(schema, each)
      }
      const sorted: unknown[] = []
      const request = { schema, order, folder: { parent: temporaryFolder() } }
      const bound = isSpilled ? { maxBytes: 0 } : {}
      const stretches = sortedRows(input(), { ...request, ...bound })
      for await (const batch of allCopies(stretches)) {
        sorted.push(...rowsOf(batch, schema))
      }
      const rank = (key: number | null): number => (key === null ? 9 : key)
      expect(sorted).toEqual(
        rows.flat().toSorted((left, right) => rank(right[0]) - rank(left[0]) || left[1] - right[1]),
      )
    }),
    runs(60),
  )
})
