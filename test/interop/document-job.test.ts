/**
 * The incremental job of the document, byte for byte and by the command, over orders that Spark wrote: each month Spark reads
 * the output, and answers the same SQL over the whole source.
 */
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, afterEach, describe, expect, it } from 'vitest'

import { parseJson } from '../../src/base/json-exact.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { currentSchema, currentSortOrder, currentSpec } from '../../src/metadata/table-metadata.ts'
import { findFieldByPath } from '../../src/types/schema.ts'
import { scannedTexts, sortTexts } from '../support/canonical.ts'
import { frazil } from '../support/command.ts'
import {
  CONFIG_FILE,
  HALF_OPEN,
  OPEN_CLOSED,
  SOURCE,
  TARGET,
  generateOrders,
  ordersWarehouse,
} from '../support/jobs/orders.ts'
import type { DateType } from '../support/jobs/orders.ts'
import { monthStart } from '../support/jobs/run-orders.ts'
import { temporaryFolder } from '../support/folders.ts'
import { readRows } from '../support/row-sets.ts'
import type { AnyTable } from './support/any-table.ts'
import { describeWithEngines, pyicebergRead, textsOf } from './support/oracle.ts'
import { useSpark } from './support/spark.ts'
import type { Spark } from './support/spark.ts'
import { sparkColumns, sparkRows } from './support/sql.ts'

const DOCUMENTS = fileURLToPath(new URL('../../../shared/source-documents/', import.meta.url))
const MICROS_PER_DAY = 86_400_000_000n

/** The file in the document, to the byte; null where the documents are not beside this checkout. */
function documentText(): string | null {
  if (!existsSync(DOCUMENTS)) return null
  const name = readdirSync(DOCUMENTS).find((entry) => entry.startsWith('000_')) ?? ''
  const text = readFileSync(join(DOCUMENTS, name), 'utf8')
  return /^```yaml\n(.*?)^```$/ms.exec(text)?.[1] ?? null
}

const DOCUMENT = documentText()

if (DOCUMENT === null) {
  const reason = 'there are no documents beside this checkout'
  console.warn(`skipped, the job of the document: ${reason}`)
  describe.skip(`the job of the document (skipped: ${reason})`, () => undefined)
} else {
  describeWithEngines('the job of the document, over orders that Spark wrote', () =>
    runsOf(DOCUMENT),
  )
}

function runsOf(text: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'frazil-document-'))
  const spark = useSpark(() => folder)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  // The addresses are those of the document, so that each test begins with an empty warehouse.
  afterEach(() => {
    for (const name of ['retail', 'sample']) {
      rmSync(join(folder, name), { recursive: true, force: true })
    }
  })

  it.each<{ type: DateType; months: number; seed: number }>([
    { type: 'timestamp', months: 12, seed: 12 },
    { type: 'timestamptz', months: 3, seed: 120 },
    { type: 'date', months: 3, seed: 1200 },
  ])('writes $months months of $type as Spark selects them', async ({ type, months, seed }) => {
    await writeSource(spark(), type, seed)
    const run = command(folder, text)
    const source = datedRows(await spark().scan({ table: SOURCE }))
    let model: readonly DatedRow[] = []
    for (let month = 0; month < months; month += 1) {
      const [start, end] = [monthStart(month), monthStart(month + 1)]
      const where = OPEN_CLOSED.replace('$|start|', start).replace('$|end|', end)
      const selected = await spark().scan({ table: SOURCE, where })
      const window = source.filter(isIn(month))
      expect(selected, where).toEqual(textOf(window))

      const days = new Set(window.map(({ day }) => day))
      const kept = model.filter(({ day }) => !days.has(day))
      const replaced = model.length - kept.length
      model = [...kept, ...window]
      expect(await run()).toEqual({
        added: window.length,
        removed: replaced,
        warnings:
          replaced === 0
            ? []
            : [
                `replaced ${replaced === 1 ? '1 row that was' : `${replaced} rows that were`} there before: a window must end where a partition does`,
              ],
      })
      expect(await spark().scan({ table: TARGET })).toEqual(textOf(model))
    }
    const table = await open(folder)
    expect(await scannedTexts(table.scan())).toEqual(textOf(model))
    expect(textsOf(await pyicebergRead(table.metadataLocation))).toEqual(textOf(model))
    await expectLayout(spark(), model)
    await expectDeclared(spark())
    expectCompressed(join(folder, ...TARGET.split('.'), 'metadata'))
  })

  it('has the orders of the source, each once, with windows that are open at their end', async () => {
    await writeSource(spark(), 'timestamp', 12)
    const run = command(folder, text.replace(OPEN_CLOSED, HALF_OPEN))
    for (let month = 0; month < 12; month += 1) {
      expect(await run()).toMatchObject({ removed: 0, warnings: [] })
    }
    const where = `order_date >= '${monthStart(0)}' AND order_date < '${monthStart(12)}'`
    const source = await spark().scan({ table: SOURCE, where })
    expect(source.length).toBeGreaterThan(200)
    expect(await spark().scan({ table: TARGET })).toEqual(source)
  })
}

/** Orders that Spark writes in three commits. */
async function writeSource(spark: Spark, type: DateType, seed: number): Promise<void> {
  const orders = generateOrders(type, { count: 300, seed })
  const scan = (await (await ordersWarehouse('memory:', type, orders)).loadTable(SOURCE)).scan()
  const rows = await readRows(scan)
  await spark.sql(`CREATE TABLE ${SOURCE} (${sparkColumns(scan.fields)}) USING iceberg`)
  for (const part of [0, 1, 2]) {
    const values = rows.filter((_, index) => index % 3 === part)
    await spark.sql(`INSERT INTO ${SOURCE} VALUES ${sparkRows(scan.fields, values)}`)
  }
}

/** What a run did, as its report says. */
interface RunResult {
  readonly added: number
  readonly removed: number
  readonly warnings: readonly string[]
}

/** The command, with the document's file and the configuration of the example beside it. */
function command(warehouse: string, text: string): () => Promise<RunResult> {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'orders.yaml'), text)
  copyFileSync(CONFIG_FILE, join(cwd, 'frazil.yaml'))
  return async () => {
    const env = { ORDERS_WAREHOUSE: warehouse }
    const { code, stdout, stderr } = await frazil(['run', 'orders.yaml', '--json'], { cwd, env })
    expect(code, stderr).toBe(0)
    expect(stderr.includes('rows at the end of a window are lost')).toBe(text.includes(OPEN_CLOSED))
    const report = parseJson(stdout)
    expect(report).toMatchObject({
      jobs: [
        { kind: 'windows', windows: [{ outcome: 'written' }] },
        { kind: 'published', target: TARGET },
      ],
    })
    const [windows] = (report as { jobs: { windows: WindowJson[] }[] }).jobs
    const [window] = windows?.windows ?? []
    return {
      added: window?.outputs[0]?.commit['added-records'] ?? -1,
      removed: window?.outputs[0]?.commit['deleted-records'] ?? -1,
      warnings: window?.warnings ?? [],
    }
  }
}

interface WindowJson {
  readonly warnings: readonly string[]
  readonly outputs: readonly {
    readonly commit: { readonly 'added-records': number; readonly 'deleted-records': number }
  }[]
}

/** A row as every engine spells it, and when it was. */
interface DatedRow {
  readonly text: string
  /** Microseconds from 1970; null for an order without a date. */
  readonly micros: bigint | null
  readonly day: bigint | null
}

function datedRows(texts: readonly string[]): readonly DatedRow[] {
  return texts.map((text) => {
    const { order_date: date } = JSON.parse(text) as { order_date: string | number | null }
    const micros =
      date === null ? null : typeof date === 'number' ? BigInt(date) * MICROS_PER_DAY : BigInt(date)
    return { text, micros, day: micros === null ? null : micros / MICROS_PER_DAY }
  })
}

/** Rows after the start of the window, up to and with its end. */
function isIn(month: number): (row: DatedRow) => boolean {
  const [start, end] = [month, month + 1].map((each) => BigInt(Date.UTC(2020, each)) * 1000n)
  return ({ micros }) => micros !== null && micros > (start ?? 0n) && micros <= (end ?? 0n)
}

function textOf(rows: readonly DatedRow[]): readonly string[] {
  return sortTexts(rows.map(({ text }) => text))
}

/** A file for each day, which has the rows of that day alone, the newest first. */
async function expectLayout(spark: Spark, model: readonly DatedRow[]): Promise<void> {
  const { rows } = await spark.sql(
    `SELECT _partition.day_partition AS day, CAST(count(DISTINCT _file) AS string) AS files,
      CAST(count(*) AS string) AS records, every(is_placed) AS are_placed
    FROM (SELECT _file, _partition, to_date(order_date) = _partition.day_partition
        AND coalesce(order_date <= lag(order_date) OVER (PARTITION BY _file ORDER BY _pos), true) AS is_placed
      FROM ${TARGET}) GROUP BY _partition.day_partition ORDER BY day`,
  )
  const counts = new Map<number, number>()
  for (const { day } of model) counts.set(Number(day), (counts.get(Number(day)) ?? 0) + 1)
  expect(rows).toEqual(
    [...counts]
      .toSorted(([left], [right]) => left - right)
      .map(([day, records]) => ({ day, files: '1', records: String(records), are_placed: true })),
  )
}

/** What the file says of the table, as Iceberg Java reads it. */
async function expectDeclared(spark: Spark): Promise<void> {
  const metadata = await spark.metadata(TARGET)
  const sourceId = findFieldByPath(currentSchema(metadata), ['order_date'])?.field.id
  expect(currentSpec(metadata).fields).toMatchObject([
    { sourceId, name: 'day_partition', transform: { kind: 'day' } },
  ])
  // Rows are sorted, but the table has no order that files could claim to have.
  expect(currentSortOrder(metadata).fields).toEqual([])
  const { rows } = await spark.sql(
    `SELECT DISTINCT coalesce(sort_order_id, 0) AS id FROM ${TARGET}.files`,
  )
  expect(rows).toEqual([{ id: 0 }])
  const { properties } = metadata
  expect(properties.get('write.format.default')).toBe('parquet')
  expect(properties.get('write.metadata.compression-codec')).toBe('gzip')
  // That is how one write goes, and nothing that a table has.
  expect([...properties.keys()].filter((key) => key.includes('overwrite-mode'))).toEqual([])
}

/** The first version is plain, because nobody yet knows of the property; all others are not. */
function expectCompressed(folder: string): void {
  const names = readdirSync(folder).filter((name) => name.endsWith('.metadata.json'))
  const versions = names.length
  expect(versions).toBeGreaterThan(3)
  expect(names.toSorted()).toEqual(
    Array.from({ length: versions }, (_, index) =>
      index === 0 ? 'v1.metadata.json' : `v${index + 1}.gz.metadata.json`,
    ).toSorted(),
  )
  for (const name of names) {
    const isGzip = readFileSync(join(folder, name)).subarray(0, 2).equals(GZIP)
    expect(isGzip, name).toBe(name !== 'v1.metadata.json')
  }
}

const GZIP = Buffer.of(0x1f, 0x8b)

async function open(folder: string): Promise<AnyTable> {
  return (await openWarehouse(folder)).loadTable(TARGET)
}
