/** Scans of tables whose files were written by former specs, schemas and format versions, against the rows (spec: Scan Planning). */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { bind } from '../../src/expressions/bind.ts'
import { predicateOf } from '../../src/expressions/build.ts'
import { rowMatcher } from '../../src/expressions/match-row.ts'
import type { RowValues } from '../../src/layout/column-value.ts'
import type { TableScan } from '../../src/scan/table-scan.ts'
import type { Schema } from '../../src/types/schema.ts'
import { anyExpressionOf, anyTestOf } from '../support/arbitraries/predicates.ts'
import { readRows, rowSet } from '../support/row-sets.ts'
import { runs } from '../support/runs.ts'
import { anySeed, draw } from '../support/table-model/draw.ts'
import { evolvedTable } from '../support/table-model/evolved-table.ts'
import { anyTableLayoutOf } from '../support/table-model/layout.ts'
import { rowsAs, visibleRows } from '../support/table-model/model.ts'

const CHANGES = 4
const FILTERS = 6

/** Expects of filters that they give the rows that match, wherever planning took those to be. */
async function expectMatches(
  scan: TableScan<never, unknown>,
  { schema, rows }: { readonly schema: Schema; readonly rows: readonly RowValues[] },
  seed: number,
): Promise<void> {
  const anyFilter = fc.oneof(anyTestOf(schema, rows), anyExpressionOf(schema, rows))
  for (let count = 0; count < FILTERS; count += 1) {
    const filter = draw(anyFilter, seed + count)
    const matching = rows.filter(rowMatcher(bind(filter, schema)))
    const filtered = scan.where(predicateOf(filter))
    const found = await readRows(filtered)
    expect(rowSet(schema.fields, found)).toEqual(rowSet(schema.fields, matching))
    expect(await filtered.count()).toBe(BigInt(matching.length))
  }
}

describe('a table whose specs, schemas and version changed', () => {
  it('never loses a row to pruning, now or as it was', async () => {
    const anyLayout = fc.constantFrom(1, 2, 3).chain(anyTableLayoutOf)
    const anySeeds = fc.array(anySeed, { minLength: 1, maxLength: CHANGES, size: 'max' })
    await fc.assert(
      fc.asyncProperty(anyLayout, anySeeds, anySeed, async (layout, seeds, seed) => {
        const { table, version } = await evolvedTable(layout, seeds)
        const { schema, snapshots } = version
        await expectMatches(table.scan(), { schema, rows: visibleRows(version) }, seed)
        const index = Math.abs(seed) % Math.max(1, snapshots.length)
        const [former, id] = [snapshots[index], table.snapshots[index]?.snapshotId]
        if (former === undefined || id === undefined) return
        const rows = rowsAs(former)
        await expectMatches(table.scan().snapshot(id), { schema: former.schema, rows }, seed)
      }),
      runs(60),
    )
  })
})
