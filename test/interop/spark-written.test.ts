// Tables that Spark wrote, as this library reads them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'

import { predicateOf } from '../../src/expressions/build.ts'
import { bind } from '../../src/expressions/bind.ts'
import type { Expression } from '../../src/expressions/predicate.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { rowMatcher } from '../../src/expressions/match-row.ts'
import type { Schema } from '../../src/types/schema.ts'
import type { Value } from '../../src/types/value.ts'
import { anyExpressionOf, anyRowsOf } from '../support/arbitraries/predicates.ts'
import { anyRowOf } from '../support/arbitraries/values.ts'
import { canonicalRow, scannedTexts, sortTexts } from '../support/canonical.ts'
import { runs } from '../support/runs.ts'
import { anySparkSchema } from './support/anything-spark-has.ts'
import { filterJson } from './support/filter-json.ts'
import { describeWithEngines } from './support/oracle.ts'
import { useSpark } from './support/spark.ts'
import { predicateSql, sparkColumns, sparkDialect, sparkRows } from './support/sql.ts'

type Rows = readonly (readonly (Value | null)[])[]

interface Contents {
  readonly schema: Schema
  readonly appends: readonly Rows[]
  readonly filters: readonly Expression[]
}

const anyContents: fc.Arbitrary<Contents> = anySparkSchema.chain((schema) =>
  fc
    .array(
      fc.oneof(anyRowsOf(schema), fc.array(anyRowOf(schema), { minLength: 1, maxLength: 20 })),
      { minLength: 1, maxLength: 3 },
    )
    .chain((appends) =>
      fc.record({
        schema: fc.constant(schema),
        appends: fc.constant(appends),
        filters: fc.array(anyExpressionOf(schema, appends.flat()), { minLength: 4, maxLength: 4 }),
      }),
    ),
)

describeWithEngines('tables that Spark wrote', () => {
  const warehouse = mkdtempSync(join(tmpdir(), 'frazil-spark-'))
  const spark = useSpark(() => warehouse)
  afterAll(() => rmSync(warehouse, { recursive: true, force: true }))
  let tables = 0
  const nextName = (): string => `db.t${(tables += 1)}`

  it('always have the rows and the matches that were put in', async () => {
    await fc.assert(
      fc.asyncProperty(anyContents, async ({ schema, appends, filters }) => {
        const name = nextName()
        await spark().sql(`CREATE TABLE ${name} (${sparkColumns(schema.fields)}) USING iceberg`)
        for (const rows of appends) {
          await spark().sql(`INSERT INTO ${name} VALUES ${sparkRows(schema.fields, rows)}`)
        }
        const table = await (await openWarehouse(warehouse)).loadTable(name)
        const written = appends.flat()
        expect(await spark().scan({ table: name })).toEqual(textsOf(schema, written))
        expect(await scannedTexts(table.scan())).toEqual(textsOf(schema, written))
        for (const filter of filters) {
          const bound = bind(filter, table.schema)
          const where = predicateSql(bound, sparkDialect)
          const scan = table.scan().where(predicateOf(filter))
          const matching = textsOf(schema, written.filter(rowMatcher(bound)))
          expect(await scannedTexts(scan), where).toEqual(matching)
          expect(await spark().scan({ table: name, where }), where).toEqual(matching)
          const json = filterJson(bound)
          if (json === null) continue
          const planned = new Set((await spark().plan(name, json)).map((file) => file.path))
          const plan = await scan.plan()
          expect(
            plan.tasks.map(({ file }) => file.path).filter((path) => !planned.has(path)),
          ).toEqual([])
        }
      }),
      { ...runs(12), endOnFailure: true },
    )
  })
})

function textsOf({ fields }: Schema, rows: Rows): string[] {
  return sortTexts(rows.map((row) => canonicalRow(fields, row)))
}
