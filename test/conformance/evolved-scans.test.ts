/** Scans of tables whose schema changed after their files were written, against the rows as they have become. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { bind } from '../../src/expressions/bind.ts'
import { predicateOf } from '../../src/expressions/build.ts'
import { rowMatcher } from '../../src/expressions/match-row.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { batchFromValues } from '../../src/formats/arrow/builders.ts'
import type { RowValues } from '../../src/layout/column-value.ts'
import { promoteValue } from '../../src/types/promotion.ts'
import type { Schema } from '../../src/types/schema.ts'
import { anyEvolutionOf } from '../support/arbitraries/evolutions.ts'
import { anyExpressionOf, anyRowsOf } from '../support/arbitraries/predicates.ts'
import { anySchema } from '../support/arbitraries/schemas.ts'
import { commitUpdates } from '../support/foreign-commits.ts'
import { readRows, rowSet } from '../support/row-sets.ts'
import { runs } from '../support/runs.ts'

/** The rows under another schema; null when one of them has a date that no timestamp can be. */
function evolved(from: Schema, to: Schema, rows: readonly RowValues[]): RowValues[] | null {
  const promote = (row: RowValues): RowValues =>
    // A struct is held as an array of its fields.
    promoteValue(
      { kind: 'struct', fields: from.fields },
      { kind: 'struct', fields: to.fields },
      row,
    ) as RowValues
  try {
    return rows.map(promote)
  } catch {
    return null
  }
}

const anyCase = anySchema({ maxFields: 4 })
  .chain((schema) =>
    fc.record({
      schema: fc.constant(schema),
      rows: anyRowsOf(schema, { maxLength: 6 }),
      fields: anyEvolutionOf(schema.fields),
    }),
  )
  .map(({ schema, rows, fields }) => {
    const after: Schema = { schemaId: 1, fields, identifierFieldIds: [] }
    return { schema, rows, after, expected: evolved(schema, after, rows) }
  })
  .chain((given) =>
    anyExpressionOf(given.after, given.expected ?? []).map((filter) => ({ ...given, filter })),
  )

describe('a scan after the schema changed (spec: Column Projection)', () => {
  it('always gives the rows that match as they have become, with their defaults and promotions', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ schema, rows, after, expected, filter }) => {
        if (expected === null) return
        const warehouse = await openWarehouse('memory:')
        const table = await warehouse.createTable('x.t', { schema, formatVersion: 3 })
        await table.append(batchFromValues(schema, rows))
        await commitUpdates(table, [
          { action: 'add-schema', schema: after },
          { action: 'set-current-schema', schemaId: -1 },
        ])
        const matches = rowMatcher(bind(filter, after))
        const wanted = expected.filter((row) => matches(row))
        const scan = table.scan().where(predicateOf<unknown>(filter))
        expect(rowSet(after.fields, await readRows(scan))).toEqual(rowSet(after.fields, wanted))
        expect(await scan.count()).toBe(BigInt(wanted.length))
      }),
      runs(100),
    )
  })
})
