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
import { parsePredicate } from '../../src/expressions/parse.ts'
import { buildSpec } from '../../src/layout/build-layout.ts'
import type { PartitionTerm } from '../../src/layout/layout-text.ts'
import type { FormatVersion } from '../../src/metadata/table-metadata.ts'
import { rowMatcher } from '../../src/expressions/match-row.ts'
import type { Schema } from '../../src/types/schema.ts'
import type { Value } from '../../src/types/value.ts'
import { anyExpressionOf, anyRowsOf } from '../support/arbitraries/predicates.ts'
import { anyRowOf } from '../support/arbitraries/values.ts'
import { canonicalRow, scannedTexts, sortTexts } from '../support/canonical.ts'
import { runs } from '../support/runs.ts'
import { partitionOf } from '../support/partitions.ts'
import { anyPartitionsOf } from './support/any-table.ts'
import type { AnyTable } from './support/any-table.ts'
import { anySparkSchema } from './support/anything-spark-has.ts'
import { isOddInJava, isPartitionOfSpark } from './support/engine-limits.ts'
import { filterJson } from './support/filter-json.ts'
import { liveFiles, sparkFiles } from './support/live-files.ts'
import { expectMetadataColumns } from './support/metadata-columns.ts'
import { describeWithEngines, textsOf } from './support/oracle.ts'
import { useSpark } from './support/spark.ts'
import {
  predicateSql,
  sparkColumns,
  sparkDialect,
  sparkPartition,
  sparkRows,
} from './support/sql.ts'

type Rows = readonly (readonly (Value | null)[])[]

interface Contents {
  readonly schema: Schema
  readonly formatVersion: FormatVersion
  readonly partitionBy: readonly PartitionTerm[]
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
        formatVersion: fc.constantFrom<FormatVersion[]>(1, 2, 3),
        partitionBy: anyPartitionsOf(schema).map((terms) => terms.filter(isPartitionOfSpark)),
        appends: fc.constant(appends),
        filters: fc.array(anyExpressionOf(schema, appends.flat()), { minLength: 4, maxLength: 4 }),
      }),
    ),
)

const VERSIONS: readonly FormatVersion[] = [1, 2, 3]

describeWithEngines('tables that Spark wrote', () => {
  const warehouse = mkdtempSync(join(tmpdir(), 'frazil-spark-'))
  const spark = useSpark(() => warehouse)
  afterAll(() => rmSync(warehouse, { recursive: true, force: true }))
  let tables = 0
  const nextName = (): string => `db.t${(tables += 1)}`

  it('always have the rows and the matches that were put in', async () => {
    await fc.assert(
      fc.asyncProperty(anyContents, async (contents) => {
        const { schema, filters } = contents
        const name = nextName()
        await run(createTable(name, contents))
        const appends = contents.appends.map(placedRows(contents))
        for (const rows of appends.filter(({ length }) => length > 0)) {
          await run(`INSERT INTO ${name} VALUES ${sparkRows(schema.fields, rows)}`)
        }
        const table = await open(name)
        const written = appends.flat()
        expect(await spark().scan({ table: name })).toEqual(modelTexts(schema, written))
        expect(await scannedTexts(table.scan())).toEqual(modelTexts(schema, written))
        expect(await liveFiles(table)).toEqual(await sparkFiles(spark(), table))
        await expectMetadataColumns(table, spark())
        for (const filter of filters) {
          const bound = bind(filter, table.schema)
          const where = predicateSql(bound, sparkDialect)
          const scan = table.scan().where(predicateOf(filter))
          const matching = modelTexts(schema, written.filter(rowMatcher(bound)))
          expect(await scannedTexts(scan), where).toEqual(matching)
          if (isOddInJava(bound, table)) continue
          expect(await spark().scan({ table: name, where }), where).toEqual(matching)
          const json = filterJson(bound)
          if (json === null) continue
          const planned = new Set(
            (await spark().plan(name, { filter: json })).map((file) => file.path),
          )
          const plan = await scan.plan()
          expect(
            plan.tasks.map(({ file }) => file.path).filter((path) => !planned.has(path)),
            where,
          ).toEqual([])
        }
      }),
      { ...runs(12), endOnFailure: true },
    )
  })

  it('have rows of minus zero that equal zero, though Java drops their file (spec/differences.md)', async () => {
    const name = nextName()
    await run(
      `CREATE TABLE ${name} (d double) USING iceberg`,
      `INSERT INTO ${name} VALUES (-1.5D), (CAST('-0.0' AS double))`,
    )
    expect(await scannedTexts((await open(name)).scan().where('d = 0'))).toEqual(['{"d":"-0"}'])
    expect(await spark().scan({ table: name, where: 'd = 0' })).toEqual([])
  })

  it('have rows of null structs whose floats are null, though Java drops their file (spec/differences.md)', async () => {
    const name = nextName()
    await run(
      `CREATE TABLE ${name} (id int, s struct<d: double>) USING iceberg`,
      `INSERT INTO ${name} VALUES (1, NULL)`,
      `INSERT INTO ${name} VALUES (2, named_struct('d', 1.5D))`,
    )
    const expected = ['{"id":1,"s":null}']
    expect(await scannedTexts((await open(name)).scan().where('s.d is null'))).toEqual(expected)
    expect(await spark().scan({ table: name, where: 's.d IS NULL' })).toEqual([])
  })

  it.each(['zstd', 'snappy', 'gzip', 'uncompressed', 'lz4', 'lz4_raw'])(
    'are read when their files are compressed by %s, in many pages and row groups',
    async (codec) => {
      const name = nextName()
      await run(
        `CREATE TABLE ${name} USING iceberg TBLPROPERTIES (
          'write.parquet.compression-codec' = '${codec}', 'write.parquet.row-group-size-bytes' = '16384',
          'write.parquet.row-group-check-min-record-count' = '100', 'write.parquet.page-size-bytes' = '1024'
        ) AS SELECT id, CAST(id % 7 AS string) AS few, sha2(CAST(id AS string), 256) AS many,
          IF(id % 3 = 0, NULL, CAST(id AS double) / 7) AS part, array(id, NULL, -id) AS list
          FROM range(-5000, 5000)`,
      )
      await expectSame(name, [
        'id >= -20 and id < 35',
        "few = '3' and id > 4990",
        'part is null and id < -4995',
      ])
    },
  )

  it.each(VERSIONS)(
    'are read by partitions of every kind, before 1970 too, and after some were replaced, in version %i',
    async (version) => {
      const name = nextName()
      const rows = (first: number): string => `SELECT id, CONCAT('c', id % 3) AS city,
      timestamp_micros(id * 40000000000000 + id) AS ts, CAST(timestamp_micros(id * 4000000000) AS timestamp_ntz) AS tn,
      date_from_unix_date(CAST(id * 400 AS int)) AS da, CAST(id AS decimal(9, 2)) / 8 AS price, id % 2 = 0 AS even
      FROM range(${first}, ${first} + 20)`
      await run(
        `CREATE TABLE ${name} (id bigint, city string, ts timestamp, tn timestamp_ntz, da date, price decimal(9, 2), even boolean)
        USING iceberg PARTITIONED BY (days(ts), hours(tn), years(da), city, even) TBLPROPERTIES ('format-version' = '${version}')`,
        `INSERT INTO ${name} ${rows(-15)}`,
        `INSERT INTO ${name} ${rows(2)}`,
        `INSERT INTO ${name} VALUES (99, NULL, NULL, NULL, NULL, NULL, NULL)`,
        `INSERT OVERWRITE ${name} PARTITION (even = true, city = 'c1') SELECT id, ts, tn, da, price FROM (${rows(0)})`,
        `SET spark.sql.sources.partitionOverwriteMode=dynamic`,
        `INSERT OVERWRITE ${name} ${rows(-3)}`,
        `SET spark.sql.sources.partitionOverwriteMode=static`,
        `DELETE FROM ${name} WHERE city = 'c2'`,
      )
      await expectSame(name, [
        "ts >= '1969-12-01T00:00:00Z' and ts < '1972-01-01T00:00:00Z'",
        "ts < '1970-01-01T00:00:00Z'",
        "tn >= '1969-12-31T23:00:00' and tn <= '1970-01-01T01:00:00'",
        "da < '1970-01-01' and city in ('c0', 'c1')",
        "da = '1970-01-01' or da is null",
        'even = true and price > 0.5',
        'not even = true',
        'city is null',
      ])
    },
  )

  it.each(VERSIONS)('are read after their partitioning changed, in version %i', async (version) => {
    const name = nextName()
    const rows = (first: number): string =>
      `SELECT id, CONCAT('city', id % 5) AS city, timestamp_micros(id * 3600000000000) AS ts FROM range(${first}, ${first} + 10)`
    await run(
      `CREATE TABLE ${name} (id bigint, city string, ts timestamp) USING iceberg PARTITIONED BY (months(ts)) TBLPROPERTIES ('format-version' = '${version}')`,
      `INSERT INTO ${name} ${rows(-5)}`,
      `ALTER TABLE ${name} REPLACE PARTITION FIELD ts_month WITH days(ts)`,
      `INSERT INTO ${name} ${rows(0)}`,
      `ALTER TABLE ${name} ADD PARTITION FIELD bucket(4, id)`,
      `ALTER TABLE ${name} ADD PARTITION FIELD truncate(5, city)`,
      `INSERT INTO ${name} ${rows(5)}`,
      `ALTER TABLE ${name} DROP PARTITION FIELD ts_day`,
      `INSERT INTO ${name} ${rows(12)}`,
      `INSERT INTO ${name} VALUES (NULL, NULL, NULL)`,
    )
    await expectSame(name, [
      "ts >= '1970-02-01T00:00:00Z'",
      'id = 3',
      "city like 'city4%'",
      'id is null',
    ])
  })

  it.each(VERSIONS)(
    'are read after their columns were renamed, widened, added, dropped and moved, in version %i',
    async (version) => {
      const name = nextName()
      await run(
        `CREATE TABLE ${name} (a int, b float, c decimal(9, 2), d string, e struct<x: int, y: string>, f array<int>,
        g map<string, struct<p: float>>) USING iceberg TBLPROPERTIES ('format-version' = '${version}')`,
        `INSERT INTO ${name} VALUES
        (2147483647, CAST('0.1' AS float), 1.25, 'dropped', named_struct('x', 1, 'y', 'one'), array(1, NULL), map('k', named_struct('p', CAST('1.5' AS float)))),
        (-2147483648, CAST('NaN' AS float), NULL, NULL, NULL, NULL, NULL)`,
        `ALTER TABLE ${name} ALTER COLUMN a TYPE bigint`,
        `ALTER TABLE ${name} ALTER COLUMN b TYPE double`,
        `ALTER TABLE ${name} ALTER COLUMN c TYPE decimal(18, 2)`,
        `INSERT INTO ${name} VALUES (9007199254740993, 1e300, 9999999999999999.99, 'd2', named_struct('x', 2, 'y', 'two'), array(), map())`,
        `ALTER TABLE ${name} RENAME COLUMN a TO id`,
        `ALTER TABLE ${name} DROP COLUMN d`,
        `ALTER TABLE ${name} ADD COLUMN d bigint AFTER id`,
        `ALTER TABLE ${name} ALTER COLUMN c FIRST`,
        `INSERT INTO ${name} SELECT -1.5, 5, 55, 2.5, named_struct('x', 3, 'y', 'three'), array(3), NULL`,
        `ALTER TABLE ${name} ADD COLUMN e.z timestamp FIRST`,
        `ALTER TABLE ${name} ALTER COLUMN e.x TYPE bigint`,
        `ALTER TABLE ${name} RENAME COLUMN e.y TO name`,
        `ALTER TABLE ${name} ALTER COLUMN f.element TYPE bigint`,
        `ALTER TABLE ${name} ALTER COLUMN g.value.p TYPE double`,
        `ALTER TABLE ${name} ADD COLUMN g.value.q date`,
        `INSERT INTO ${name} SELECT 3, 6, NULL, NULL, named_struct('z', timestamp'1969-01-01', 'x', 4L, 'name', 'four'),
        array(5000000000L), map('m', named_struct('p', 2.5D, 'q', date'2020-02-02'))`,
        `ALTER TABLE ${name} DROP COLUMN e.x`,
      )
      await expectSame(name, [
        'id > 2147483647',
        'id = -2147483648',
        'd is null',
        'd > 50',
        'c >= 1.25',
        'b is nan or b = 2.5',
        "e.name = 'two'",
        "e.z < '1970-01-01T00:00:00Z'",
      ])
    },
  )

  it.each(VERSIONS)(
    'are read after rows were changed by copies, manifests rewritten, files compacted and snapshots expired, in version %i',
    async (version) => {
      const name = nextName()
      await run(
        `CREATE TABLE ${name} (id bigint, v string) USING iceberg PARTITIONED BY (bucket(2, id)) TBLPROPERTIES ('format-version' = '${version}')`,
        ...[0, 10, 20].map(
          (first) =>
            `INSERT INTO ${name} SELECT id, CAST(id AS string) FROM range(${first}, ${first} + 10)`,
        ),
        `UPDATE ${name} SET v = 'changed' WHERE id % 4 = 0`,
        `DELETE FROM ${name} WHERE id = 7`,
        `MERGE INTO ${name} t USING (SELECT id FROM range(25, 35)) s ON t.id = s.id
        WHEN MATCHED THEN UPDATE SET v = 'merged' WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, 'new')`,
        `ALTER TABLE ${name} CREATE TAG merged`,
        `CALL ice.system.rewrite_manifests('${name}')`,
        `CALL ice.system.rewrite_data_files(table => '${name}', options => map('min-input-files', '2'))`,
      )
      await expectSame(name, ["v = 'changed'", 'id > 28'])
      await run(
        `CALL ice.system.expire_snapshots(table => '${name}', older_than => TIMESTAMP '2999-01-01', retain_last => 1)`,
      )
      await expectSame(name, ["v = 'merged'"])
      const tagged = (await open(name)).scan().ref('merged')
      const bySpark = await spark().sql(`SELECT * FROM ${name} VERSION AS OF 'merged'`)
      expect(await scannedTexts(tagged)).toEqual(textsOf(bySpark))
    },
  )

  it('are read when their files were imported, with columns found by their names', async () => {
    const name = nextName()
    const files = join(warehouse, 'imported')
    const rows = (first: number): string =>
      `SELECT CAST(id AS int) AS id, CONCAT('v', id) AS v, named_struct('a', id, 'b', array(id)) AS s FROM range(${first}, ${first} + 5)`
    await run(
      `INSERT OVERWRITE DIRECTORY '${files}' USING parquet ${rows(0)}`,
      `CREATE TABLE ${name} (id int, v string, s struct<a: bigint, b: array<bigint>>) USING iceberg`,
      `CALL ice.system.add_files(table => '${name}', source_table => '\`parquet\`.\`${files}\`')`,
      `INSERT INTO ${name} ${rows(5)}`,
      `ALTER TABLE ${name} RENAME COLUMN v TO w`,
      `ALTER TABLE ${name} RENAME COLUMN s.a TO c`,
      `ALTER TABLE ${name} ADD COLUMN v string`,
      `ALTER TABLE ${name} ALTER COLUMN id TYPE bigint`,
      `ALTER TABLE ${name} DROP COLUMN s.b`,
      `INSERT INTO ${name} VALUES (99, 'w', named_struct('c', 1L), '9')`,
    )
    await expectSame(name, ["w = 'v3'", 'id > 3', 'v is null', 's.c = 2'])
  })

  async function run(...statements: readonly string[]): Promise<void> {
    for (const statement of statements) await spark().sql(statement)
  }

  async function open(name: string): Promise<AnyTable> {
    return (await openWarehouse(warehouse)).loadTable(name)
  }

  /**
   * Holds every snapshot, by id and by time, and the matches of filters to what Spark reads.
   */
  async function expectSame(name: string, filters: readonly string[]): Promise<void> {
    const table = await open(name)
    expect(await scannedTexts(table.scan())).toEqual(await spark().scan({ table: name }))
    expect(await liveFiles(table)).toEqual(await sparkFiles(spark(), table))
    await expectMetadataColumns(table, spark())
    for (const { snapshotId } of table.snapshots) {
      const bySpark = await spark().scan({ table: name, snapshotId: String(snapshotId) })
      expect(await scannedTexts(table.scan().snapshot(snapshotId))).toEqual(bySpark)
    }
    for (const { timestampMs } of table.metadata.snapshotLog) {
      const bySpark = await spark().scan({ table: name, asOfMs: timestampMs })
      expect(await scannedTexts(table.scan().asOf(BigInt(timestampMs)))).toEqual(bySpark)
    }
    for (const filter of filters) {
      const bound = bind(parsePredicate(filter), table.schema)
      const scan = table.scan().where(filter)
      const matching = await spark().scan({ table: name, where: predicateSql(bound, sparkDialect) })
      expect(await scannedTexts(scan), filter).toEqual(matching)
      const planned = await spark().plan(name, { filter: filterJson(bound) ?? 'true' })
      expect((await scan.plan()).tasks.length, filter).toBeLessThanOrEqual(planned.length)
    }
  }
})

function createTable(
  name: string,
  {
    schema,
    formatVersion,
    partitionBy,
  }: Pick<Contents, 'schema' | 'formatVersion' | 'partitionBy'>,
): string {
  const partitions = partitionBy.map(({ transform, column }) =>
    sparkPartition(transform, column.map(sparkDialect.name).join('.')),
  )
  return `CREATE TABLE ${name} (${sparkColumns(schema.fields)}) USING iceberg
    ${partitions.length === 0 ? '' : `PARTITIONED BY (${partitions.join(', ')})`}
    TBLPROPERTIES ('format-version' = '${formatVersion}', 'write.spark.fanout.enabled' = 'true', 'write.distribution-mode' = 'none')`
}

/** Rows that have a partition: hours of 32 bits do not reach all moments. */
function placedRows({ schema, partitionBy }: Contents): (rows: Rows) => Rows {
  const spec = buildSpec(schema, partitionBy, { specId: 0, lastPartitionId: 999 })
  const tupleOf = partitionOf(schema, spec)
  return (rows) => rows.filter((row) => tupleOf(row) !== null)
}

function modelTexts({ fields }: Schema, rows: Rows): string[] {
  return sortTexts(rows.map((row) => canonicalRow(fields, row)))
}
