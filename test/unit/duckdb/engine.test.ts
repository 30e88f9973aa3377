import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { UnknownRow } from '../../../src/client/row-shapes.ts'
import type { Table } from '../../../src/client/table.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import type { Warehouse } from '../../../src/client/warehouse.ts'
import { duckdb, threadsIn } from '../../../src/duckdb/engine.ts'
import { compactFiles } from '../../../src/maintenance/compact-files.ts'
import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import type { DataFile } from '../../../src/metadata/data-file.ts'
import { RowSource } from '../../../src/scan/row-source.ts'
import type { QueryRows } from '../../../src/scan/row-source.ts'
import type { EventListener } from '../../../src/table/events.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { valueFromBytes } from '../../../src/types/single-value-binary.ts'
import type { EnginePlan, RowEngine } from '../../../src/write/row-engine.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { runs } from '../../support/runs.ts'

type AnyTable = Table<UnknownRow, UnknownRow>

/** An engine that remembers what became of the last request. */
function observed(): {
  readonly engine: RowEngine
  readonly last: () => EnginePlan | undefined
} {
  const engine = duckdb()
  let last: EnginePlan | undefined
  return {
    last: () => last,
    engine: {
      prepare: () => engine.prepare(),
      plan: async (...request) => (last = await engine.plan(...request)),
    },
  }
}

/** An engine of which is known whether it took rows on, and gave them back. */
function witnessed(inner: RowEngine): {
  readonly engine: RowEngine
  readonly wasTakenOn: () => boolean
  readonly gaveUp: () => boolean
} {
  let wasTakenOn = false
  let gaveUp = false
  const plan = async (...request: Parameters<RowEngine['plan']>): Promise<EnginePlan> => {
    const found = await inner.plan(...request)
    if (found.kind === 'declined') return found
    wasTakenOn = true
    const write = async (): Promise<readonly DataFile[] | null> => {
      const files = await found.write()
      gaveUp = files === null
      return files
    }
    return { kind: 'taken-on', write }
  }
  const engine = { prepare: () => inner.prepare(), plan }
  return { engine, wasTakenOn: () => wasTakenOn, gaveUp: () => gaveUp }
}

async function lab(onEvent: EventListener = () => undefined): Promise<{
  readonly folder: string
  readonly warehouse: Warehouse
  readonly reason: () => string | null
}> {
  const folder = temporaryFolder()
  const { engine, last } = observed()
  const warehouse = await openWarehouse(folder, { engine, onEvent })
  return {
    folder,
    warehouse,
    reason: () => {
      const plan = last()
      return plan?.kind === 'declined' ? plan.reason : null
    },
  }
}

async function tableOf(
  warehouse: Warehouse,
  name: string,
  columns: string,
  options: {
    readonly partitionBy?: readonly string[]
    readonly properties?: Record<string, string>
  } = {},
): Promise<AnyTable> {
  return warehouse.createTable(name, { schema: parseSchemaText(columns), ...options })
}

async function filesOf(table: AnyTable): Promise<readonly DataFile[]> {
  return (await table.scan().plan()).tasks.map(({ file }) => file)
}

/** Names of all that lies below the data of a table. */
function namesBelow(folder: string, table: string): readonly string[] {
  const path = `${folder}/${table}/data`
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
}

describe('rows that DuckDB writes', () => {
  it('come sorted, in files of about the size that the table asks for', async () => {
    const { warehouse, reason } = await lab()
    const from = await tableOf(warehouse, 'db.a', 'id long not null, name string')
    const rows = Array.from({ length: 40_000 }, (_, at) => ({ id: at, name: `row ${at * 7919}` }))
    await from.append(rows)
    const properties = { 'write.target-file-size-bytes': '60000' }
    const to = await tableOf(warehouse, 'db.b', 'id long not null, name string', { properties })
    await to.append(from.scan().batches(), { sort: 'id desc' })
    expect(reason()).toBeNull()
    const files = await filesOf(to)
    expect(files.length).toBeGreaterThan(3)
    // The first is measured by what rows take in memory; the others know better.
    for (const { fileSizeBytes } of files.slice(1)) {
      expect(Number(fileSizeBytes)).toBeGreaterThan(20_000)
      expect(Number(fileSizeBytes)).toBeLessThan(90_000)
    }
    const ids = (await to.scan().toArray()).map(({ id }) => id)
    expect(ids).toEqual(rows.map(({ id }) => BigInt(id)).toReversed())
  })

  it('have bounds where a column has NaN, and zeros of both signs beyond each other', async () => {
    const { warehouse, reason } = await lab()
    const from = await tableOf(warehouse, 'db.a', 'x double, y float')
    await from.append([
      { x: Number.NaN, y: -0 },
      { x: 2.5, y: 0 },
      { x: -1, y: null },
    ])
    const to = await tableOf(warehouse, 'db.b', 'x double, y float')
    await to.append(from.scan().batches(), { sort: 'y nulls last, x' })
    expect(reason()).toBeNull()
    const [file] = await filesOf(to)
    const { nanCounts, nullCounts, lowerBounds, upperBounds } = file?.metrics ?? {}
    expect([nanCounts?.get(1), nanCounts?.get(2), nullCounts?.get(2)]).toEqual([1n, 0n, 1n])
    const bound = (bytes: Uint8Array | undefined, kind: 'double' | 'float'): unknown =>
      bytes && valueFromBytes({ kind }, bytes)
    expect(bound(lowerBounds?.get(1), 'double')).toBe(-1)
    expect(bound(upperBounds?.get(1), 'double')).toBe(2.5)
    expect(bound(lowerBounds?.get(2), 'float')).toBe(-0)
    expect(bound(upperBounds?.get(2), 'float')).toBe(0)
    expect((await to.scan().toArray()).map(({ y }) => y)).toEqual([-0, 0, null])
  })

  it('are those of a query, where that is what is written', async () => {
    const { warehouse, reason } = await lab()
    const schema = parseSchemaText('id long, city string')
    const to = await tableOf(warehouse, 'db.b', 'id long, city string', { partitionBy: ['city'] })
    const rows: QueryRows = {
      kind: 'query',
      fields: schema.fields,
      relation: {
        sql: `SELECT range AS id, CASE WHEN range < 2 THEN 'Oslo' ELSE 'Rome' END AS city FROM range(5)`,
        files: [],
      },
    }
    const source = new RowSource(never(), () => Promise.resolve(rows))
    await to.append(source)
    expect(reason()).toBeNull()
    expect(
      (await filesOf(to)).map(({ partition, recordCount }) => [partition, recordCount]),
    ).toEqual([
      [['Oslo'], 2n],
      [['Rome'], 3n],
    ])
  })

  it('are refused with a null that the table must not have, and no file of them is in the table', async () => {
    const { warehouse } = await lab()
    const from = await tableOf(warehouse, 'db.a', 'id long')
    await from.append([{ id: 1 }, { id: null }])
    const to = await tableOf(warehouse, 'db.b', 'id long not null')
    await expect(to.append(from.scan().batches())).rejects.toMatchObject({
      kind: 'invalid',
      message: 'required field is null',
      context: { field: 'id' },
    })
    expect(to.currentSnapshot).toBeNull()
  })

  it('are read to their end or not at all, where a file of the source is damaged', async () => {
    const { folder, warehouse } = await lab()
    const from = await tableOf(warehouse, 'db.a', 'name string')
    await from.append(Array.from({ length: 5_000 }, (_, at) => ({ name: `name ${at * 31}` })))
    const [file] = await filesOf(from)
    const path = file?.path ?? ''
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.fill(0x55, 40, bytes.length / 2))
    const to = await tableOf(warehouse, 'db.b', 'name string')
    await expect(to.append(from.scan().batches())).rejects.toThrow()
    expect(to.currentSnapshot).toBeNull()
    expect(namesBelow(folder, 'db/a')).toHaveLength(1)
  })

  it('end with the reason of a signal that aborts, and leave nothing unfinished', async () => {
    const stop = new AbortController()
    const reason = new Error('enough')
    const { folder, warehouse } = await lab((event) => {
      if (event.kind === 'file-written' && event.table === 'db.b') stop.abort(reason)
    })
    const from = await tableOf(warehouse, 'db.a', 'id long')
    await from.append(
      Array.from({ length: 8 }, (_, at) =>
        batchFromValues(
          from.schema,
          Array.from({ length: 50_000 }, (_row, row) => [BigInt(at * 50_000 + row)]),
        ),
      ),
    )
    const to = await tableOf(warehouse, 'db.b', 'id long', { partitionBy: ['truncate(10000, id)'] })
    const { signal } = stop
    const writing = to.append(from.scan().batches(), { signal, sort: 'id desc' })
    await expect(writing).rejects.toBe(reason)
    expect(to.currentSnapshot).toBeNull()
    expect(namesBelow(folder, 'db/b').filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it.each(['append', 'compact'])(
    'are written by us where its memory does not do, and nothing of its own is left: %s',
    async (way) => {
      const folder = temporaryFolder()
      const { engine, wasTakenOn, gaveUp } = witnessed(duckdb({ memoryBytes: 40 << 20 }))
      const warehouse = await openWarehouse(folder, { engine })
      const columns = 'id long, part long, wide string'
      const options = { partitionBy: ['part'] }
      const table = await tableOf(warehouse, 'db.a', columns, options)
      const rows = Array.from({ length: 12_000 }, (_, id) => ({
        id: BigInt(id),
        part: BigInt(Math.min(id, 3)),
        wide: `${id}`.padEnd(2_000, '.'),
      }))
      await table.append(rows)
      const to = way === 'append' ? await tableOf(warehouse, 'db.b', columns, options) : table
      const before = namesBelow(folder, 'db/a')
      await (way === 'append'
        ? to.append(table.scan().batches(), { sort: 'id desc' })
        : compactFiles(table, { sort: 'id desc', rewriteAll: true }))
      expect([wasTakenOn(), gaveUp()]).toEqual([true, true])
      const files = await filesOf(to)
      const kept = way === 'append' ? [] : before
      expect(namesBelow(folder, way === 'append' ? 'db/b' : 'db/a')).toHaveLength(
        files.length + kept.length,
      )
      const found = await to.scan().toArray()
      expect(found.toSorted((left, right) => Number(left['id']) - Number(right['id']))).toEqual(
        rows,
      )
    },
  )
})

describe('what DuckDB declines', () => {
  it.each([
    ['id long, key fixed[4]', {}, 'a column of type fixed'],
    ['id long, price decimal(20, 2)', {}, 'decimals of 19 to 35 digits'],
    ['id long', { partitionBy: ['bucket(4, id)'] }, 'the transform bucket'],
    ['x double', { partitionBy: ['x'] }, 'a partition by a column of type double'],
    ['id long, ID long', {}, 'names that differ in case only'],
    [
      'id long',
      { properties: { 'write.parquet.page-size-bytes': '1000' } },
      'pages of a certain size',
    ],
  ])('%s %o', async (columns, options, why) => {
    const { warehouse, reason } = await lab()
    const from = await tableOf(warehouse, 'db.a', columns)
    const [field] = from.schema.fields
    await from.append([{ [field?.name ?? '']: 1 }])
    const to = await tableOf(warehouse, 'db.b', columns, options)
    await to.append(from.scan().batches())
    expect(reason()).toBe(why)
    expect(await to.scan().toArray()).toEqual(await from.scan().toArray())
  })

  it('rows of a table in memory, and rows for one', async () => {
    const { engine, last } = observed()
    const memory = await openWarehouse('memory:', { engine })
    const from = await tableOf(memory, 'db.a', 'id long')
    await from.append([{ id: 1 }])
    const { warehouse, reason } = await lab()
    const onDisk = await tableOf(warehouse, 'db.b', 'id long')
    await onDisk.append(from.scan().batches())
    expect(reason()).toBe('a file that is not on this machine')
    const inMemory = await tableOf(memory, 'db.c', 'id long')
    await inMemory.append(onDisk.scan().batches())
    expect(last()).toEqual({ kind: 'declined', reason: 'a table that is not on this machine' })
  })

  it('a part of a column, and what only metadata knows', async () => {
    const { warehouse, reason } = await lab()
    const from = await tableOf(warehouse, 'db.a', 's struct<a: long, b: long>')
    await from.append([{ s: { a: 1n, b: 2n } }])
    const part = await tableOf(warehouse, 'db.b', 's struct<a: long>')
    await part.append(
      from
        .scan()
        .selectPaths([['s', 'a']])
        .batches(),
    )
    expect(reason()).toBe('a part of a column')
    const places = await tableOf(warehouse, 'db.c', '_pos long')
    await places.append(
      from
        .scan()
        .selectPaths([['_pos']])
        .batches(),
    )
    expect(reason()).toBe('a metadata column')
  })
})

async function* never(): AsyncGenerator<never, void, undefined> {
  yield* await Promise.reject<never[]>(new Error('the batches are not asked for'))
}

describe('threads of DuckDB', () => {
  it('always have 128 MiB each, but for the one that there must be', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (memoryBytes) => {
        const threads = threadsIn(memoryBytes)
        expect(threads).toBeGreaterThanOrEqual(1)
        expect(threads).toBeLessThanOrEqual(availableParallelism())
        if (threads > 1) expect(memoryBytes / threads).toBeGreaterThanOrEqual(2 ** 27)
      }),
      runs(200),
    )
  })
})
