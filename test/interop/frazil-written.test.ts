// Tables that this library wrote, as other engines read them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'

import type { UnknownRow } from '../../src/client/row-shapes.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { duckdb } from '../../src/duckdb/engine.ts'
import { bind } from '../../src/expressions/bind.ts'
import { predicateOf } from '../../src/expressions/build.ts'
import { rowMatcher } from '../../src/expressions/match-row.ts'
import type { Expression } from '../../src/expressions/predicate.ts'
import type { RowValues } from '../../src/layout/column-value.ts'
import { findColumn } from '../../src/layout/find-column.ts'
import type { PartitionTerm } from '../../src/layout/layout-text.ts'
import { partitionTypes } from '../../src/layout/partition-spec.ts'
import { currentSnapshot } from '../../src/metadata/table-metadata.ts'
import type { FormatVersion } from '../../src/metadata/table-metadata.ts'
import { listManifests } from '../../src/scan/metadata-tables.ts'
import type { TableScan } from '../../src/scan/table-scan.ts'
import { parseSchemaText } from '../../src/types/schema-text.ts'
import type { Schema } from '../../src/types/schema.ts'
import type { Field } from '../../src/types/type.ts'
import type { RowEngine } from '../../src/write/row-engine.ts'
import { anyExpressionOf } from '../support/arbitraries/predicates.ts'
import { canonicalRow, scannedTexts, sortTexts } from '../support/canonical.ts'
import { asDuckdbWrites } from '../support/duckdb-types.ts'
import { partitionOf } from '../support/partitions.ts'
import { runs } from '../support/runs.ts'
import { drawHistory } from './support/any-history.ts'
import type { History, Version } from './support/any-history.ts'
import { anyPartitionsOf, anySchemaOfEngines, anySortOf } from './support/any-table.ts'
import type { AnyTable } from './support/any-table.ts'
import {
  hasNoSql,
  hasUnreadDefault,
  isOddInDuckdb,
  isOddInJava,
  isSpelledByDuckdb,
  isUnreadByDuckdb,
  losesMapValues,
  losesNullLists,
  losesPartitions,
  needsRowsInPyiceberg,
} from './support/engine-limits.ts'
import { filterJson } from './support/filter-json.ts'
import {
  liveFiles,
  liveFilesBySpec,
  pyicebergFilesBySpec,
  sparkFiles,
} from './support/live-files.ts'
import { expectMetadataColumns } from './support/metadata-columns.ts'
import { describeWithEngines, duckdbRead, pyicebergRead, textsOf } from './support/oracle.ts'
import { useSpark } from './support/spark.ts'
import type { PlannedFile, Spark } from './support/spark.ts'
import { duckdbDialect, predicateSql, sparkDialect } from './support/sql.ts'

describeWithEngines('tables that this library wrote', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frazil-written-'))
  const spark = useSpark(() => folder)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  let tables = 0

  it.each([1, 2, 3] as const)(
    'of version %i always have the same rows, partitions and matches in every engine, whatever their past',
    async (formatVersion) => {
      await fc.assert(
        fc.asyncProperty(fc.gen(), async (draw) => {
          const warehouse = await openWarehouse(folder)
          const name = `db.t${(tables += 1)}`
          const history = await drawHistory((any) => draw(() => any), warehouse, {
            name,
            formatVersion,
          })
          for (const version of history.versions) await expectVersion(history, version, spark())
          const { table, rows } = history
          const texts = canonicalTexts(table.schema, rows)
          expect(await scannedTexts(table.scan())).toEqual(texts)
          const { schema } = table
          await expectRows(
            table,
            { texts, schema, formatVersion: table.metadata.formatVersion },
            spark(),
          )
          await expectFiles(table, spark())
          if (!hasNoSql(table)) await expectMetadataColumns(table, spark())
          for (let asked = 0; asked < 3; asked += 1) {
            const filter = draw(anyExpressionOf, table.schema, rows)
            await expectMatches(table, rows, filter, spark())
          }
        }),
        { ...runs(8), endOnFailure: true },
      )
    },
  )

  it.each([1, 2, 3] as const)(
    'of version %i that DuckDB copied for it always have the same rows and partitions in every engine',
    async (formatVersion) => {
      let copies = 0
      const engine = countingCopies(() => (copies += 1))
      await fc.assert(
        fc.asyncProperty(fc.gen(), async (draw) => {
          const warehouse = await openWarehouse(folder, { engine })
          const name = `db.t${(tables += 1)}`
          const { table, rows } = await drawHistory((any) => draw(() => any), warehouse, {
            name,
            formatVersion,
            schemas: anySchemaOfEngines(formatVersion).map(asDuckdbWrites),
          })
          const isDeclined = ({ column, transform }: PartitionTerm): boolean =>
            transform.kind === 'bucket' || isFloating(findColumn(table.schema, column).field)
          const copy = await warehouse.createTable(`${name}_copy`, {
            schema: table.schema,
            formatVersion: table.metadata.formatVersion,
            partitionBy: draw(() => anyPartitionsOf(table.schema)).filter(
              (term) => !isDeclined(term),
            ),
            sortBy: draw(() => anySortOf(table.schema)),
          })
          const { schema, spec, metadata } = copy
          if (rows.some((row) => partitionOf(schema, spec)(row) === null)) return
          const copiesBefore = copies
          await copy.append(table.scan().batches())
          if (copies === copiesBefore) return
          const texts = canonicalTexts(schema, rows)
          await expectRows(copy, { texts, schema, formatVersion: metadata.formatVersion }, spark())
          await expectFiles(copy, spark())
        }),
        { ...runs(8), endOnFailure: true },
      )
      expect(copies).toBeGreaterThan(0)
    },
  )

  it.each([1, 2, 3] as const)(
    'of version %i have the rows that are left in partitions of a column that is gone',
    async (formatVersion) => {
      const warehouse = await openWarehouse(folder)
      const name = `db.gone_${formatVersion}`
      const created = await warehouse.createTable(name, {
        schema: parseSchemaText('id long, city string, at timestamp, fare decimal(9, 2)'),
        partitionBy: ['city', 'day(at)', 'truncate(100, fare)'],
        formatVersion,
        properties: { 'commit.manifest.min-count-to-merge': '2' },
      })
      const cities = ['Oslo', 'Bergen', null]
      for (const first of [0n, 6n]) {
        const ids = [0n, 1n, 2n, 3n, 4n, 5n].map((id) => first + id)
        await created.append(
          ids.map((id) => ({
            id,
            city: cities[Number(id) % 3] ?? null,
            at: `2026-01-0${1 + (Number(id) % 2)}T00:00:00`,
            fare: `${id}.50`,
          })),
        )
      }
      const table: AnyTable = await warehouse.loadTable(name)
      const fields = table.spec.fields.map((field) => field.name)
      await table.transaction((tx) => {
        tx.updateSpec((change) => fields.forEach((field) => change.drop(field)))
        tx.updateSchema((change) => change.drop('city').drop('at').drop('fare'))
      })
      // A file of each append goes, and with it the manifest that it was in is written anew.
      await table.deleteWhere('id in (1, 8)')
      await table.append([{ id: 12n }])
      const lines = await listManifests(table.state, currentSnapshot(table.metadata))
      expect(lines.filter(({ specId }) => specId === 0)).toHaveLength(1)
      const texts = canonicalTexts(
        table.schema,
        [0n, 2n, 3n, 4n, 5n, 6n, 7n, 9n, 10n, 11n, 12n].map((id) => [id]),
      )
      expect(await scannedTexts(table.scan())).toEqual(texts)
      // DuckDB ends its process over partitions that have no column left, in whichever manifest they are.
      expect(await spark().scan({ table: name, reader: 'java' })).toEqual(texts)
      expect(await spark().scan({ table: name })).toEqual(texts)
      expect(textsOf(await pyicebergRead(table.metadataLocation))).toEqual(texts)
    },
  )

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

function isFloating({ type }: Field): boolean {
  return type.kind === 'float' || type.kind === 'double'
}

/** The engine, which tells of each copy that it takes on. */
function countingCopies(tell: () => void): RowEngine {
  const engine = duckdb()
  return {
    prepare: () => engine.prepare(),
    async plan(...request) {
      const plan = await engine.plan(...request)
      if (plan.kind === 'taken-on') tell()
      return plan
    },
  }
}

/** What every engine that can reads in a snapshot, with the schema that the table had then. */
async function expectVersion(
  { table }: History,
  { snapshotId, schema, formatVersion, rows }: Version,
  spark: Spark,
): Promise<void> {
  const texts = canonicalTexts(schema, rows)
  expect(await scannedTexts(table.scan().snapshot(snapshotId))).toEqual(texts)
  await expectRows(table, { texts, schema, formatVersion, snapshotId }, spark)
}

interface Expected {
  readonly texts: readonly string[]
  readonly schema: Schema
  /** The snapshot's. */
  readonly formatVersion: FormatVersion
  readonly snapshotId?: bigint
}

async function expectRows(
  table: AnyTable,
  { texts, schema, formatVersion, snapshotId }: Expected,
  spark: Spark,
): Promise<void> {
  const { name, metadataLocation } = table
  const snapshot = snapshotId === undefined ? {} : { snapshotId }
  const sparkSnapshot = snapshotId === undefined ? {} : { snapshotId: String(snapshotId) }
  if (!losesMapValues(schema)) {
    const byJava = await spark.scan({ table: name, reader: 'java', ...sparkSnapshot })
    expect(byJava, 'Java').toEqual(texts)
  }
  if (!hasNoSql(table)) {
    expect(await spark.scan({ table: name, ...sparkSnapshot }), 'Spark').toEqual(texts)
  }
  if (isReadByPyiceberg(table, schema, texts.length)) {
    expect(textsOf(await pyicebergRead(metadataLocation, snapshot)), 'PyIceberg').toEqual(texts)
  }
  if (!isUnreadByDuckdb(table, formatVersion)) {
    expect(textsOf(await duckdbRead(metadataLocation, snapshot)), 'DuckDB').toEqual(texts)
  }
}

function isReadByPyiceberg(table: AnyTable, schema: Schema, rowCount: number): boolean {
  return (
    !losesNullLists(schema) &&
    !hasUnreadDefault(table) &&
    (rowCount > 0 || !needsRowsInPyiceberg(schema))
  )
}

/** Files with their partition values: Spark must be able to load the table, and to spell a uuid among them. */
async function expectFiles(table: AnyTable, spark: Spark): Promise<void> {
  const types = table.metadata.specs.flatMap((spec) => partitionTypes(spec, table.schema))
  if (!hasNoSql(table) && !types.some((type) => type?.kind === 'uuid')) {
    expect(await sparkFiles(spark, table), 'Spark').toEqual(await liveFiles(table))
  }
  if (hasUnreadDefault(table) || losesPartitions(table)) return
  expect(await pyicebergFilesBySpec(table), 'PyIceberg').toEqual(await liveFilesBySpec(table))
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
  const { specs, formatVersion } = table.metadata
  const isAnswered = !isUnreadByDuckdb(table, formatVersion) && !isOddInDuckdb(bound, specs)
  if (isAnswered && isSpelledByDuckdb(bound)) {
    const where = predicateSql(bound, duckdbDialect)
    expect(textsOf(await duckdbRead(metadataLocation, { where })), where).toEqual(matching)
  }
  if (isOddInJava(bound, table)) return
  if (!hasNoSql(table)) {
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
