// Tables that PyIceberg wrote, as this library reads them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'

import { openTable } from '../../src/client/open-table.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { bind } from '../../src/expressions/bind.ts'
import { predicateOf } from '../../src/expressions/build.ts'
import { rowMatcher } from '../../src/expressions/match-row.ts'
import type { Expression } from '../../src/expressions/predicate.ts'
import { batchFromValues } from '../../src/formats/arrow/builders.ts'
import { buildSpec } from '../../src/layout/build-layout.ts'
import type { RowValues } from '../../src/layout/column-value.ts'
import type { PartitionTerm } from '../../src/layout/layout-text.ts'
import { formatTransform } from '../../src/layout/transform.ts'
import type { Schema } from '../../src/types/schema.ts'
import { anyExpressionOf, anyRowsOf } from '../support/arbitraries/predicates.ts'
import { canonicalRow, scannedTexts, sortTexts } from '../support/canonical.ts'
import { partitionOf } from '../support/partitions.ts'
import { runs } from '../support/runs.ts'
import { anyPartitionsOf, anySchemaOfEngines } from './support/any-table.ts'
import { isHeldByPython, isPartitionOfPyiceberg, losesNullLists } from './support/engine-limits.ts'
import { liveFilesBySpec, pyicebergFilesBySpec } from './support/live-files.ts'
import { describeWithEngines, pyicebergCopy } from './support/oracle.ts'

interface Contents {
  readonly schema: Schema
  readonly formatVersion: 1 | 2
  readonly partitionBy: readonly PartitionTerm[]
  readonly rows: readonly RowValues[]
  readonly filters: readonly Expression[]
}

const anyContents: fc.Arbitrary<Contents> = anySchemaOfEngines(2)
  .filter((schema) => !losesNullLists(schema))
  .chain((schema) => fc.tuple(fc.constant(schema), anyRowsOf(schema, { maxLength: 30 })))
  .chain(([schema, rows]) =>
    fc.record({
      schema: fc.constant(schema),
      formatVersion: fc.constantFrom(1, 2),
      partitionBy: anyPartitionsOf(schema).map((terms) =>
        terms.filter((term) => isPartitionOfPyiceberg(schema, term)),
      ),
      rows: fc.constant(rows),
      filters: fc.array(anyExpressionOf(schema, rows), { minLength: 5, maxLength: 5 }),
    }),
  )

describeWithEngines('tables that PyIceberg wrote', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frazil-pyiceberg-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  let tables = 0

  it('always have the rows, partitions and matches that were put in', async () => {
    await fc.assert(
      fc.asyncProperty(anyContents, async (contents) => {
        const { schema, formatVersion, partitionBy, filters } = contents
        const warehouse = await openWarehouse(folder)
        const name = `t${(tables += 1)}`
        const source = await warehouse.createTable(`db.${name}`, { schema })
        const rows = contents.rows
          .filter(isPlaced(contents))
          .filter((row) => isHeldByPython({ kind: 'struct', fields: schema.fields }, row))
        if (rows.length === 0) return
        await source.append([batchFromValues(source.schema, rows)])
        const copied = await pyicebergCopy(source.metadataLocation, {
          location: join(folder, 'copies', name),
          formatVersion,
          partitions: partitionBy.map(({ column, transform, name: field = '' }) => ({
            column: column.join('.'),
            transform: formatTransform(transform),
            name: field,
          })),
        })
        const table = await openTable(copied)
        expect(await scannedTexts(table.scan())).toEqual(textsOf(schema, rows))
        expect(await liveFilesBySpec(table)).toEqual(await pyicebergFilesBySpec(table))
        for (const filter of filters) {
          const matching = rows.filter(rowMatcher(bind(filter, schema)))
          const scan = table.scan().where(predicateOf(filter))
          expect(await scannedTexts(scan)).toEqual(textsOf(schema, matching))
        }
      }),
      { ...runs(60), endOnFailure: true },
    )
  })
})

/** Rows have a partition unless 32 bits do not reach their hour. */
function isPlaced({ schema, partitionBy }: Contents): (row: RowValues) => boolean {
  const spec = buildSpec(schema, partitionBy, { specId: 0, lastPartitionId: 999 })
  const tupleOf = partitionOf(schema, spec)
  return (row) => tupleOf(row) !== null
}

function textsOf({ fields }: Schema, rows: readonly RowValues[]): string[] {
  return sortTexts(rows.map((row) => canonicalRow(fields, row)))
}
