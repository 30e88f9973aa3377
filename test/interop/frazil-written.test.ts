// Tables that this library wrote, as other engines read them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'

import type { UnknownRow } from '../../src/client/row-shapes.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { bind } from '../../src/expressions/bind.ts'
import { predicateOf } from '../../src/expressions/build.ts'
import { rowMatcher } from '../../src/expressions/match-row.ts'
import type { Expression } from '../../src/expressions/predicate.ts'
import type { RowValues } from '../../src/layout/column-value.ts'
import { partitionTypes } from '../../src/layout/partition-spec.ts'
import type { TableScan } from '../../src/scan/table-scan.ts'
import { parseSchemaText } from '../../src/types/schema-text.ts'
import type { Schema } from '../../src/types/schema.ts'
import { canonicalRow, scannedTexts, sortTexts } from '../support/canonical.ts'
import { runs } from '../support/runs.ts'
import { anyTablePlan, written } from './support/any-table.ts'
import type { AnyTable } from './support/any-table.ts'
import {
  has,
  isOddInJava,
  isSpelledByDuckdb,
  losesMapValues,
  losesNullLists,
  needsRowsInPyiceberg,
} from './support/engine-limits.ts'
import { filterJson } from './support/filter-json.ts'
import { liveFiles, sparkFiles } from './support/live-files.ts'
import { describeWithEngines, duckdbRead, pyicebergRead, textsOf } from './support/oracle.ts'
import { useSpark } from './support/spark.ts'
import type { PlannedFile, Spark } from './support/spark.ts'
import { duckdbDialect, predicateSql, sparkDialect } from './support/sql.ts'

describeWithEngines('tables that this library wrote', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frazil-written-'))
  const spark = useSpark(() => folder)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  let tables = 0

  it('always have the same rows, partitions and matches in every engine', async () => {
    await fc.assert(
      fc.asyncProperty(anyTablePlan, async (plan) => {
        const warehouse = await openWarehouse(folder)
        const { table, rows } = await written(warehouse, `db.t${(tables += 1)}`, plan)
        const texts = canonicalTexts(table.schema, rows)
        expect(await scannedTexts(table.scan())).toEqual(texts)
        await expectRows(table, texts, spark())
        await expectFiles(table, spark())
        for (const filter of plan.filters) await expectMatches(table, rows, filter, spark())
      }),
      { ...runs(15), endOnFailure: true },
    )
  })

  it('have partitions of fixed bytes that PyIceberg reads, though Java cannot (spec/differences.md)', async () => {
    const warehouse = await openWarehouse(folder)
    const table = await warehouse.createTable('db.fixed', {
      schema: parseSchemaText('id long, hash fixed[3]'),
      partitionBy: ['hash'],
    })
    await table.append([
      { id: 1n, hash: Uint8Array.of(1, 2, 255) },
      { id: 2n, hash: null },
      { id: 3n, hash: Uint8Array.of(0, 0, 0) },
    ])
    const texts = await scannedTexts(table.scan())
    expect(textsOf(await pyicebergRead(table.metadataLocation))).toEqual(texts)
    expect(textsOf(await duckdbRead(table.metadataLocation))).toEqual(texts)
    expect(await spark().plan('db.fixed')).not.toHaveLength(3)
  })
})

/** Rows as every engine reads them that can. */
async function expectRows(table: AnyTable, texts: readonly string[], spark: Spark): Promise<void> {
  const { name, schema, metadataLocation } = table
  if (!losesMapValues(schema)) {
    expect(await spark.scan({ table: name, reader: 'java' }), 'Java').toEqual(texts)
  }
  if (!has(schema, 'time')) expect(await spark.scan({ table: name }), 'Spark').toEqual(texts)
  if (!losesNullLists(schema) && (texts.length > 0 || !needsRowsInPyiceberg(schema))) {
    expect(textsOf(await pyicebergRead(metadataLocation)), 'PyIceberg').toEqual(texts)
  }
  expect(textsOf(await duckdbRead(metadataLocation)), 'DuckDB').toEqual(texts)
}

/** Files with their partition values, which Spark lists unless it cannot load the table, or spell a uuid among them. */
async function expectFiles(table: AnyTable, spark: Spark): Promise<void> {
  const types = partitionTypes(table.spec, table.schema)
  if (has(table.schema, 'time') || types.some((type) => type?.kind === 'uuid')) return
  expect(await sparkFiles(spark, table)).toEqual(await liveFiles(table))
}

/** The rows that match, and the files that may hold them: by our bounds others must not lose what we find. */
async function expectMatches(
  table: AnyTable,
  rows: readonly RowValues[],
  filter: Expression,
  spark: Spark,
): Promise<void> {
  const { name, schema, metadataLocation } = table
  const bound = bind(filter, schema)
  const matching = canonicalTexts(schema, rows.filter(rowMatcher(bound)))
  const scan = table.scan().where(predicateOf(filter))
  expect(await scannedTexts(scan)).toEqual(matching)
  if (isSpelledByDuckdb(bound)) {
    const where = predicateSql(bound, duckdbDialect)
    expect(textsOf(await duckdbRead(metadataLocation, { where })), where).toEqual(matching)
  }
  if (isOddInJava(bound)) return
  if (!has(schema, 'time')) {
    const where = predicateSql(bound, sparkDialect)
    expect(await spark.scan({ table: name, where }), where).toEqual(matching)
  }
  const json = filterJson(bound)
  if (json !== null) await expectPlanned(scan, await spark.plan(name, { filter: json }))
}

/** What Iceberg Java's own pruning keeps holds every file that has a match, and we keep no file that it drops. */
async function expectPlanned(
  scan: TableScan<UnknownRow, UnknownRow>,
  planned: readonly PlannedFile[],
): Promise<void> {
  const paths = (await scan.plan()).tasks.map(({ file }) => file.path)
  expect(planned.map(({ path }) => path)).toEqual(expect.arrayContaining(paths))
}

function canonicalTexts({ fields }: Schema, rows: readonly RowValues[]): string[] {
  return sortTexts(rows.map((row) => canonicalRow(fields, row)))
}
