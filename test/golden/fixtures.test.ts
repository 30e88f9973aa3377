// Whole small tables that other engines wrote, in fixtures/, with the rows that those engines read in them.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { openTable } from '../../src/client/open-table.ts'
import type { UnknownRow } from '../../src/client/row-shapes.ts'
import type { Table } from '../../src/client/table.ts'
import { bind } from '../../src/expressions/bind.ts'
import { predicateOf } from '../../src/expressions/build.ts'
import { rowMatcher } from '../../src/expressions/match-row.ts'
import { rowsOf } from '../../src/formats/arrow/rows.ts'
import type { RowValues } from '../../src/layout/column-value.ts'
import { anyExpressionOf } from '../support/arbitraries/predicates.ts'
import { canonicalRow, canonicalSchema, scannedTexts, sortTexts } from '../support/canonical.ts'
import { runs } from '../support/runs.ts'

const TABLES = fileURLToPath(new URL('../../fixtures/tables/', import.meta.url))

/** What the engine that wrote a table reads in it: see fixtures/README.md. */
interface Fixture {
  readonly name: string
  readonly location: string
  readonly schema: unknown
  readonly rows: readonly unknown[]
  readonly filters: readonly FilteredRows[]
  readonly snapshots: readonly SnapshotRows[]
  /** Ids of snapshots by the names of branches and tags. */
  readonly refs: Readonly<Record<string, string>>
}

interface FilteredRows {
  readonly where: string
  /** Indices of the rows where it holds. */
  readonly rows: readonly number[]
  /** How many files PyIceberg would open to find them. */
  readonly files: number
}

interface SnapshotRows {
  readonly snapshotId: string
  readonly schema: unknown
  readonly rows: readonly unknown[]
}

const fixtures: readonly Fixture[] = readdirSync(TABLES)
  .sort()
  .map((name) => {
    const json = readFileSync(`${TABLES}${name}/expected.json`, 'utf8')
    return { name, ...(JSON.parse(json) as Omit<Fixture, 'name'>) }
  })

/** What this version does not read, and what it says when it is asked to: all snapshots of a table from one on. */
const GAPS: ReadonlyMap<string, Gap> = new Map([
  ['spark_deletes', { from: 2, says: 'tables with row-level deletes cannot be read yet' }],
])

interface Gap {
  /** Index of the first snapshot that is refused. */
  readonly from: number
  readonly says: string
}

/**
 * Where we find other rows than the writer: which, by table and filter. Java holds a partition value of minus zero to be less
 * than zero; here a comparison is one of values, as in SQL (spec/differences.md).
 */
const DISPUTES: ReadonlyMap<string, readonly number[]> = new Map([
  ['spark_identity: single = 0', [5]],
  ['spark_identity: exact >= 0 and id > 1', [5]],
])

describe.each(fixtures)('$name', (fixture) => {
  const gap = GAPS.get(fixture.name)
  const readable = fixture.snapshots.slice(0, gap?.from)
  const refused = gap === undefined ? [] : fixture.snapshots.slice(gap.from)

  it('has the snapshots that its writer lists', async () => {
    const { snapshots } = await open(fixture)
    expect(snapshots.map(({ snapshotId }) => String(snapshotId))).toEqual(
      fixture.snapshots.map(({ snapshotId }) => snapshotId),
    )
  })

  it.each(readable)('has in snapshot $snapshotId the rows that its writer reads', async (at) => {
    const scan = (await open(fixture)).scan().snapshot(BigInt(at.snapshotId))
    expect(canonicalSchema(scan.fields)).toEqual(at.schema)
    expect(await scannedTexts(scan)).toEqual(textsOf(at.rows))
    expect(await scan.count()).toBe(BigInt(at.rows.length))
  })

  it.each(refused)('refuses snapshot $snapshotId, and says why', async ({ snapshotId }) => {
    const scan = (await open(fixture)).scan().snapshot(BigInt(snapshotId))
    const refusal = { kind: 'unsupported', message: gap?.says }
    await expect(scannedTexts(scan)).rejects.toMatchObject(refusal)
    await expect(scan.count()).rejects.toMatchObject(refusal)
  })
})

describe.each(fixtures.filter(({ name }) => !GAPS.has(name)))('$name', (fixture) => {
  it('has now the columns and rows that its writer reads', async () => {
    const scan = (await open(fixture)).scan()
    expect(canonicalSchema(scan.fields)).toEqual(fixture.schema)
    expect(await scannedTexts(scan)).toEqual(textsOf(fixture.rows))
  })

  it.each(Object.entries(fixture.refs))('finds under the name %s snapshot %s', async (name, id) => {
    const { snapshotId } = await (await open(fixture)).scan().ref(name).plan()
    expect(String(snapshotId)).toBe(id)
  })

  it.each(fixture.filters)('finds where $where what its writer finds', async (filter) => {
    const { where, rows, files } = filter
    const disputed = DISPUTES.get(`${fixture.name}: ${where}`)
    expect(disputed, 'a dispute that has ended').not.toEqual(rows)
    const found = (disputed ?? rows).map((row) => fixture.rows[row])
    const scan = (await open(fixture)).scan().where(where)
    expect(await scannedTexts(scan)).toEqual(textsOf(found))
    expect(await scan.count()).toBe(BigInt(found.length))
    expect((await scan.plan()).tasks.length).toBeLessThanOrEqual(files)
  })

  it('always gives the rows that a filter keeps in memory', async () => {
    const table = await open(fixture)
    const rows = await rowsInMemory(table)
    await fc.assert(
      fc.asyncProperty(anyExpressionOf(table.schema, rows), async (expression) => {
        const kept = rows.filter(rowMatcher(bind(expression, table.schema)))
        const scan = table.scan().where(predicateOf(expression))
        expect(await scannedTexts(scan)).toEqual(
          sortTexts(kept.map((row) => canonicalRow(table.schema.fields, row))),
        )
        expect(await scan.count()).toBe(BigInt(kept.length))
      }),
      runs(40),
    )
  })
})

it('lists no gap or dispute of what is not there', () => {
  const names = fixtures.map(({ name }) => name)
  const asked = fixtures.flatMap(({ name, filters }) =>
    filters.map(({ where }) => `${name}: ${where}`),
  )
  expect(names).toEqual(expect.arrayContaining([...GAPS.keys()]))
  expect(asked).toEqual(expect.arrayContaining([...DISPUTES.keys()]))
})

function open({ name, location }: Fixture): Promise<Table<UnknownRow, UnknownRow>> {
  return openTable(TABLES + name, { relocate: [{ from: location, to: TABLES + name }] })
}

async function rowsInMemory(table: Table<UnknownRow, UnknownRow>): Promise<RowValues[]> {
  const rows: RowValues[] = []
  for await (const batch of table.scan().batches()) rows.push(...rowsOf(batch, table.schema))
  return rows
}

/** Rows of canonical JSON as texts, in the order of {@link scannedTexts}. */
function textsOf(rows: readonly unknown[]): string[] {
  return sortTexts(rows.map((row) => JSON.stringify(row)))
}
