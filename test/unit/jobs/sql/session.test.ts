import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import duckdb from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { rowsOf } from '../../../../src/formats/arrow/rows.ts'
import type { SqlSession, SqlView } from '../../../../src/jobs/sql/engine.ts'
import { formatType } from '../../../../src/types/type.ts'
import { collect, columns, engineForTests, viewOf } from '../../../support/sql/engine.ts'
import type { ValueRow } from '../../../support/sql/engine.ts'

const engine = engineForTests()
const numbers = columns({ n: { kind: 'int' } })
const upTo = (count: number): ValueRow[] => Array.from({ length: count }, (_, n) => [n])

/** A view of ten numbers that counts how often it is read. */
function countedView(): { readonly view: SqlView; readings: () => number } {
  let readings = 0
  const batches = {
    async *[Symbol.asyncIterator]() {
      readings += 1
      yield batchFromValues(numbers, upTo(10))
    },
  }
  return { view: { schema: numbers, batches }, readings: () => readings }
}

async function withSession<Answer>(
  views: Readonly<Record<string, SqlView>>,
  use: (session: SqlSession) => Promise<Answer>,
  from = engine,
): Promise<Answer> {
  const session = await from.openSession(new Map(Object.entries(views)))
  try {
    return await use(session)
  } finally {
    await session.close()
  }
}

async function rows(session: SqlSession, sql: string): Promise<ValueRow[]> {
  const { schema, batches } = await session.query(sql)
  const all: ValueRow[] = []
  for await (const batch of batches) all.push(...rowsOf(batch, schema))
  return all
}

const spark = { language: 'spark' } as const

describe('a field of a struct', () => {
  it('is a column of its name, whatever it is taken out of', async () => {
    await withSession({}, async (session) => {
      await session.define('lines', {
        sql: "select explode(array(named_struct('sku', 'a', 'Qty', 2))) as line",
        language: 'spark',
      })
      const names = async (name: string, sql: string): Promise<readonly string[]> =>
        (await session.define(name, { sql, language: 'spark' })).fields.map((field) => field.name)
      expect(await names('one', 'select line.sku, line.Qty from lines')).toEqual(['sku', 'Qty'])
      expect(await names('two', 'select lines.line.sku, line.Qty as n from lines')).toEqual([
        'sku',
        'n',
      ])
      expect(await names('three', 'select line.sku from lines group by line.sku')).toEqual(['sku'])
    })
  })
})

describe('the clock of a session', () => {
  it('says what the session was opened with, and that of the next one what the engine was', async () => {
    const dates = async (options: { readonly nowMicros?: bigint }): Promise<unknown> => {
      const session = await engine.openSession(new Map(), options)
      try {
        const { schema, batches } = await session.query(
          'select cast(current_timestamp() as string) as t',
        )
        return (await collect(batches)).flatMap((batch) => [...rowsOf(batch, schema)])
      } finally {
        await session.close()
      }
    }
    const own = await dates({})
    expect(await dates({ nowMicros: 1_000_000n })).toEqual([['1970-01-01 00:00:01']])
    expect(await dates({})).toEqual(own)
    expect(own).not.toEqual([['1970-01-01 00:00:01']])
  })
})

describe('a session', () => {
  it('answers query after query over views made of views', async () => {
    await withSession({ v: viewOf(numbers, upTo(10), 3) }, async (session) => {
      const schema = await session.define('even', {
        ...spark,
        sql: 'select n, cast(n as long) as wide from v where n % 2 = 0',
      })
      expect(schema.fields.map(({ name, type }) => [name, formatType(type)])).toEqual([
        ['n', 'int'],
        ['wide', 'long'],
      ])
      await session.define('big evens', {
        language: 'duckdb',
        sql: 'SELECT * FROM even WHERE wide > 4',
      })
      expect(await rows(session, 'select n from EVEN')).toEqual([[0], [2], [4], [6], [8]])
      expect(await rows(session, 'select max(n) as m from `Big Evens`')).toEqual([[8]])
      expect(await rows(session, 'select count(*) as c from v')).toEqual([[10n]])
    })
  })

  it('reads a fed view anew for each query, and not before one asks', async () => {
    const { view, readings } = countedView()
    await withSession({ v: view }, async (session) => {
      await session.define('w', { ...spark, sql: 'select n + 1 as m from v' })
      expect(readings()).toBe(0)
      await rows(session, 'select m from w')
      await rows(session, 'select m from w')
      expect(readings()).toBe(2)
    })
  })

  it('computes a kept view once, when it is first read', async () => {
    const { view, readings } = countedView()
    await withSession({ v: view }, async (session) => {
      await session.define('w', { ...spark, sql: 'select n + 1 as m from v', isKept: true })
      await session.define('x', { ...spark, sql: 'select m * 2 as k from w' })
      expect(await rows(session, 'select n from v limit 1')).toEqual([[0]])
      expect(readings()).toBe(1)
      expect(await rows(session, 'select sum(k) as s from x')).toEqual([[110n]])
      expect(await rows(session, 'select m from w where m < 3')).toEqual([[1], [2]])
      expect(readings()).toBe(2)
    })
  })

  it('shows all its queries the same rows, also where a view could give others each time', async () => {
    await withSession({ v: viewOf(numbers, upTo(1_000)) }, async (session) => {
      await session.define('chance', { language: 'duckdb', sql: 'SELECT n, random() AS r FROM v' })
      const first = await rows(session, 'select n, r from chance order by n')
      expect(await rows(session, 'select n, r from chance order by n')).toEqual(first)
    })
  })

  it('begins a query when the rows of the one before are read', async () => {
    await withSession({ v: viewOf(numbers, upTo(200_000), 10_000) }, async (session) => {
      const both = await Promise.all([
        rows(session, 'select count(*) as c from v'),
        rows(session, 'select max(n) as m from v'),
        session.define('w', { ...spark, sql: 'select n from v' }),
      ])
      expect(both.slice(0, 2)).toEqual([[[200_000n]], [[199_999]]])
    })
  })

  it('goes on after a query that failed, was left, or was never read', async () => {
    await withSession({ v: viewOf(numbers, upTo(100_000), 1_000) }, async (session) => {
      await expect(rows(session, 'select cast(n as string) as s from nothing')).rejects.toThrow()
      const left = await session.query('select n from v')
      await left.batches.next()
      await left.batches.return()
      const unread = await session.query('select n from v')
      await unread.batches.return()
      expect(await rows(session, 'select count(*) as c from v')).toEqual([[100_000n]])
    })
  })

  it('tells in which text a fault is, also when another one runs', async () => {
    await withSession(
      { v: viewOf(columns({ s: { kind: 'string' } }), [['x']]) },
      async (session) => {
        await session.define('a', { ...spark, sql: 'select s, cast(s as double) as d from v' })
        await session.define('b', { ...spark, sql: 'select    cast(s as int) as i from v' })
        await session.define('c', { ...spark, sql: 'select d + 1.0e0 as e from a' })
        await expect(rows(session, 'select i from b')).rejects.toMatchObject({
          context: { view: 'b', offset: 10 },
        })
        await expect(rows(session, 'select max(e) as e from c')).rejects.toMatchObject({
          context: { view: 'a', offset: 10 },
        })
        await expect(rows(session, 'select d, no_such from a')).rejects.toMatchObject({
          context: { offset: 10 },
        })
        await expect(
          session.define('d', { ...spark, sql: 'select d, no_such as x from a' }),
        ).rejects.toMatchObject({ context: { view: 'd', offset: 10 } })
      },
    )
  })

  it('refuses two views of one name, and a generator that two queries read', async () => {
    const batches = viewOf(numbers, upTo(10)).batches[Symbol.asyncIterator]()
    const once: SqlView = { schema: numbers, batches: { [Symbol.asyncIterator]: () => batches } }
    await withSession({ v: once }, async (session) => {
      await expect(session.define('V', { ...spark, sql: 'select 1 as one' })).rejects.toMatchObject(
        { message: 'two views have one name' },
      )
      expect(await rows(session, 'select count(*) as c from v')).toEqual([[10n]])
      await expect(rows(session, 'select count(*) as c from v')).rejects.toMatchObject({
        message: 'view can be read only once',
      })
    })
  })

  it('forgets its views, so that the next session has other ones', async () => {
    for (const count of [3, 4]) {
      await withSession({ v: viewOf(numbers, upTo(count)) }, async (session) => {
        await session.define('w', { ...spark, sql: 'select n from v', isKept: true })
        expect(await rows(session, 'select count(*) as c from w')).toEqual([[BigInt(count)]])
      })
    }
  })

  it('fails what runs and what comes after when its signal is aborted', async () => {
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
    const session = await engine.openSession(new Map([['v', endless]]), {
      signal: controller.signal,
    })
    const reason = new Error('enough')
    const running = rows(session, 'select sum(n) as s from v')
    setTimeout(() => controller.abort(reason), 50)
    await expect(running).rejects.toBe(reason)
    await expect(rows(session, 'select 1 as one')).rejects.toBe(reason)
    await expect(session.define('w', { ...spark, sql: 'select 1 as one' })).rejects.toBe(reason)
    await session.close()
  })

  it('never ends a result early when it is closed: whoever reads it is told', async () => {
    const session = await engine.openSession(new Map([['v', viewOf(numbers, upTo(300_000))]]))
    const { batches } = await session.query('select n from v')
    await batches.next()
    await session.close()
    await expect(collect(batches)).rejects.toMatchObject({ message: 'SQL session is closed' })
    await expect(rows(session, 'select 1 as one')).rejects.toMatchObject({
      message: 'SQL session is closed',
    })
  })
})

describe('a view that DuckDB reads by itself', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'frazil-sql-'))
    const instance = await duckdb.DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    for (const name of ['a', 'b']) {
      await connection.run(
        `COPY (SELECT CAST(range AS INTEGER) AS n FROM range(10)) TO '${folder}/${name}.parquet'`,
      )
    }
    connection.closeSync()
    instance.closeSync()
  })
  afterAll(async () => rm(folder, { recursive: true }))

  const direct = (name: string, files: readonly string[]): SqlView => ({
    schema: numbers,
    batches: {
      [Symbol.asyncIterator](): never {
        throw new Error('is not fed')
      },
    },
    direct: { sql: `SELECT n FROM read_parquet('${folder}/${name}.parquet')`, files },
  })

  it('stands beside views that are fed', async () => {
    const views = { d: direct('a', [`${folder}/a.parquet`]), v: viewOf(numbers, upTo(5)) }
    await withSession(views, async (session) => {
      expect(await rows(session, 'select d.n from d join v on d.n = v.n + 2 order by 1')).toEqual(
        [2, 3, 4, 5, 6].map((n) => [n]),
      )
    })
  })

  it('opens no file but its own', async () => {
    const session = engine.openSession(new Map([['d', direct('b', [`${folder}/a.parquet`])]]))
    await expect(session).rejects.toMatchObject({
      context: { detail: expect.stringMatching(/disabled/) },
    })
    await withSession({ d: direct('a', [`${folder}/a.parquet`]) }, async (open) => {
      for (const sql of [
        `SELECT * FROM read_parquet('${folder}/b.parquet')`,
        `SELECT * FROM read_parquet('${folder}/../${folder}/b.parquet')`,
        `SELECT * FROM read_text('/etc/hostname')`,
        `SELECT * FROM glob('${folder}/*')`,
      ]) {
        await expect(
          open.define(`x${sql.length}`, { language: 'duckdb', sql }),
        ).rejects.toMatchObject({
          context: { detail: expect.stringMatching(/disabled/) },
        })
      }
      await expect(rows(open, `select * from '${folder}/a.parquet'`)).rejects.toThrow()
    })
  })

  it('is not open to the sessions after it', async () => {
    const one = engineForTests()
    await withSession(
      { d: direct('a', [`${folder}/a.parquet`]) },
      async (session) => {
        expect(await rows(session, 'select count(*) as c from d')).toEqual([[10n]])
      },
      one,
    )
    await withSession(
      {},
      async (session) => {
        await expect(
          session.define('x', { language: 'duckdb', sql: `SELECT * FROM '${folder}/a.parquet'` }),
        ).rejects.toThrow()
      },
      one,
    )
  })
})
