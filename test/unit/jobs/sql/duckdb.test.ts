import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IcebergError } from '../../../../src/base/errors.ts'
import { INT64_MAX } from '../../../../src/base/integers.ts'
import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import type { SqlEngine, SqlView } from '../../../../src/jobs/sql/engine.ts'
import type { Schema } from '../../../../src/types/schema.ts'
import { formatType } from '../../../../src/types/type.ts'
import { anyBatch } from '../../../support/arbitraries/batches.ts'
import { runs } from '../../../support/runs.ts'
import {
  collect,
  columns,
  engineForTests,
  rowsOfQuery,
  viewOf,
} from '../../../support/sql/engine.ts'
import type { ValueRow } from '../../../support/sql/engine.ts'

const engine = engineForTests()
const numbers = columns({ n: { kind: 'int' } })
const upTo = (count: number): ValueRow[] => Array.from({ length: count }, (_, n) => [n])

async function query(sql: string, view: SqlView, from: SqlEngine = engine): Promise<ValueRow[]> {
  return rowsOfQuery(from, sql, view)
}

describe('what a query gives', () => {
  it('gives the rows of a view in order, whatever its batches', async () => {
    const view = viewOf(numbers, upTo(5_000), 999)
    expect(await query('select n from v where n % 1000 = 7', view)).toEqual(
      [7, 1007, 2007, 3007, 4007].map((n) => [n]),
    )
  })

  it('tells its schema before any row: fresh ids, everything optional', async () => {
    const view = viewOf(columns({ a: { kind: 'int' }, b: { kind: 'fixed', length: 3 } }), [])
    const result = await engine.query(
      'select b, a + 1 as next, cast(a as long) as wide, sum(a) over () as total from v',
      new Map([['v', view]]),
    )
    expect(
      result.schema.fields.map(({ id, name, required, type }) => [
        id,
        name,
        required,
        formatType(type),
      ]),
    ).toEqual([
      [1, 'b', false, 'binary'],
      [2, 'next', false, 'int'],
      [3, 'wide', false, 'long'],
      [4, 'total', false, 'long'],
    ])
    expect(await collect(result.batches)).toEqual([])
  })

  it('reads no columns to count rows', async () => {
    expect(await query('select count(*) as c from v', viewOf(numbers, upTo(3_000)))).toEqual([
      [3_000n],
    ])
  })

  it('reads a view in two places when it can be read twice', async () => {
    const view = viewOf(numbers, upTo(10), 3)
    const sql = 'select count(*) as c from v join v as w on v.n = w.n + 1'
    expect(await query(sql, view)).toEqual([[9n]])
  })

  it('refuses to read a generator twice rather than take it for empty', async () => {
    const batches = viewOf(numbers, upTo(10)).batches[Symbol.asyncIterator]()
    const once: SqlView = { schema: numbers, batches: { [Symbol.asyncIterator]: () => batches } }
    const sql = 'select count(*) as c from v join v as w on v.n = w.n'
    await expect(query(sql, once)).rejects.toMatchObject({
      kind: 'invalid',
      context: { view: 'v' },
    })
  })

  it('answers one query over the rows of another', async () => {
    const inner = await engine.query(
      'select n * 2 as m from v',
      new Map([['v', viewOf(numbers, upTo(100_000))]]),
    )
    expect(await query('select max(m) as m from v', inner)).toEqual([[199_998]])
  })

  it('finds views and columns without case, and keeps the case of their names', async () => {
    const view = viewOf(columns({ Some_Name: { kind: 'int' } }), [[1]])
    const { schema, batches } = await engine.query(
      'select SOME_name from `My View`',
      new Map([['my view', view]]),
    )
    expect(schema.fields[0]?.name).toBe('Some_Name')
    await collect(batches)
  })

  it('refuses a sum beyond 64 bits', async () => {
    const view = viewOf(columns({ n: { kind: 'long' } }), [[INT64_MAX], [1n]])
    await expect(query('select sum(n) as s from v', view)).rejects.toMatchObject({
      kind: 'invalid',
    })
  })

  it('leaves the batches of a view as they were', async () => {
    const batch = batchFromValues(numbers, upTo(10))
    const batches = {
      async *[Symbol.asyncIterator]() {
        yield batch
      },
    }
    await query('select n from v', { schema: numbers, batches })
    expect(await query('select max(n) as m from v', { schema: numbers, batches })).toEqual([[9]])
  })

  it('always gives back every value of every type as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyBatch, { minLength: 1, maxLength: 1 }), async ([given]) => {
        if (given === undefined || hasTwins(given.schema)) return
        const batches = {
          async *[Symbol.asyncIterator]() {
            yield given.batch
          },
        }
        const rows = await query('select * from v', { schema: given.schema, batches })
        expect(rows).toEqual(given.rows)
      }),
      runs(120),
    )
  })
})

/** Names that differ in case only. */
function hasTwins(schema: Schema): boolean {
  const text = JSON.stringify(schema, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  return text.includes('"A.B"') && /"a\.b"/.test(text)
}

describe('what stops a query', () => {
  it('throws what a scan throws, and can be asked again', async () => {
    const failure = new IcebergError('unavailable', 'storage is down')
    const broken: SqlView = {
      schema: numbers,
      batches: {
        async *[Symbol.asyncIterator]() {
          yield batchFromValues(numbers, upTo(5_000))
          throw failure
        },
      },
    }
    await expect(query('select n from v', broken)).rejects.toBe(failure)
    await expect(query('select sum(n) as s from v', broken)).rejects.toBe(failure)
    expect(await query('select n from v', viewOf(numbers, [[1]]))).toEqual([[1]])
  })

  it('stops when its signal does, while it waits for rows that never come', async () => {
    const controller = new AbortController()
    const endless: SqlView = {
      schema: numbers,
      batches: {
        async *[Symbol.asyncIterator]() {
          yield batchFromValues(numbers, upTo(10))
          await new Promise(() => undefined)
        },
      },
    }
    const reason = new Error('enough')
    const rows = engine.query('select sum(n) as s from v', new Map([['v', endless]]), {
      signal: controller.signal,
    })
    setTimeout(() => controller.abort(reason), 50)
    await expect(rows.then(async ({ batches }) => collect(batches))).rejects.toBe(reason)
  })

  it('stops when its signal does, while DuckDB computes', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const view = viewOf(numbers, upTo(10_000))
    const sql =
      'select count(*) as c from v as a cross join v as b cross join v as c where a.n + b.n <> c.n - 1'
    const rows = engine.query(sql, new Map([['v', view]]), { signal: controller.signal })
    setTimeout(() => controller.abort(reason), 200)
    await expect(rows.then(async ({ batches }) => collect(batches))).rejects.toBe(reason)
  })

  it('does not start when its signal was aborted before', async () => {
    const signal = AbortSignal.abort(new Error('never'))
    await expect(engine.query('select 1 as one', new Map(), { signal })).rejects.toThrow('never')
  })

  it('ends the scan when nobody wants more rows', async () => {
    let ended = false
    const view: SqlView = {
      schema: numbers,
      batches: {
        async *[Symbol.asyncIterator]() {
          try {
            for (;;) yield batchFromValues(numbers, upTo(1_000))
          } finally {
            ended = true
          }
        },
      },
    }
    expect(await query('select n from v limit 3', view)).toEqual([[0], [1], [2]])
    await expect.poll(() => ended).toBe(true)
    const { batches } = await engine.query('select n from v', new Map([['v', view]]))
    for await (const batch of batches) {
      expect(batch.numRows).toBeGreaterThan(0)
      break
    }
  })

  it('reads ahead no more than a few batches', async () => {
    let given = 0
    const view: SqlView = {
      schema: numbers,
      batches: {
        async *[Symbol.asyncIterator]() {
          for (; given < 1_000; given += 1) yield batchFromValues(numbers, upTo(65_536))
        },
      },
    }
    const { batches } = await engine.query('select n from v', new Map([['v', view]]))
    await batches.next()
    await new Promise((resolve) => {
      setTimeout(resolve, 300)
    })
    expect(given).toBeLessThan(40)
    await batches.return()
  })

  it('refuses batches that are not those of the view', async () => {
    const other = columns({ a: { kind: 'int' }, b: { kind: 'int' } })
    const view = { schema: numbers, batches: viewOf(other, [[1, 2]]).batches }
    await expect(query('select n from v', view)).rejects.toMatchObject({ kind: 'invalid' })
  })
})

describe('an engine', () => {
  it('ends its threads when closed, also under a running query', async () => {
    const other = engineForTests()
    const endless = viewOf(numbers, upTo(10))
    const { batches } = await other.query('select n from v', new Map([['v', endless]]))
    await other.close()
    await expect(collect(batches)).rejects.toMatchObject({
      kind: 'invalid',
      message: 'SQL engine is closed',
    })
    await expect(other.evaluateKey('select 1')).rejects.toMatchObject({ kind: 'invalid' })
    await other.close()
  })

  it('says which setting is wrong', async () => {
    const other = engineForTests({ timeZone: 'Mars/Olympus' })
    await expect(other.evaluateKey('select 1')).rejects.toMatchObject({
      kind: 'invalid',
      context: { name: 'TimeZone' },
    })
  })

  it('gives up on a query that needs more memory than it may', async () => {
    const other = engineForTests({ memoryBytes: 64 << 20 })
    const view = viewOf(numbers, upTo(10_000))
    const sql =
      'select a.n, b.n as m, row_number() over (order by a.n * b.n % 9973) as r from v as a cross join v as b limit 1'
    await expect(query(sql, view, other)).rejects.toMatchObject({ kind: 'limit' })
  })

  it('lets its process exit in the middle of a query, with the code that it chose', () => {
    const child = new URL('../../../support/children/exit-under-query.mjs', import.meta.url)
    const dist = new URL('../../../../dist', import.meta.url)
    const { status, signal, stderr } = spawnSync(process.execPath, [child.pathname, dist.href], {
      encoding: 'utf8',
      timeout: 30_000,
    })
    expect({ status, signal, stderr }).toEqual({ status: 7, signal: null, stderr: '' })
  })

  it('answers a program that came as text, with flags that a file may not have', () => {
    const dist = new URL('../../../../dist/jobs/sql/duckdb.js', import.meta.url)
    const program = `
      const { createSqlEngine } = await import('${dist.href}')
      const engine = createSqlEngine({ timeZone: 'UTC', nowMicros: 0n })
      console.log(await engine.evaluateKey('select now()'))
      await engine.close()`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
      timeout: 30_000,
    })
    expect(stdout).toBe('1970-01-01 00:00:00\n')
  })
})
