import { describe, expect, it } from 'vitest'

import { IcebergError, withContext } from '../../../src/base/errors.ts'
import type { BoundFunction } from '../../../src/jobs/functions/define.ts'
import { openPipeline } from '../../../src/jobs/pipeline.ts'
import type { Pipeline } from '../../../src/jobs/pipeline.ts'
import type { InputView, JobInput, QueriedInput } from '../../../src/jobs/sources/input-view.ts'
import type { SqlEngine } from '../../../src/jobs/sql/engine.ts'
import type { FunctionCall, Step } from '../../../src/jobs/workflow/model.ts'
import { scanView } from '../../../src/jobs/sources/table-view.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { rowsAs, valuesIn } from '../../support/jobs/sinks.ts'
import { engineForTests } from '../../support/sql/engine.ts'

const engine = engineForTests()

const PLACE = { path: 'steps[0].sql', line: 7, column: 3 }

/** Rows that may be read several times, and how often they were. */
function numbers(...all: readonly number[]): InputView & { reads: number } {
  const { schema } = rowsAs('id long')
  const view = {
    kind: 'view' as const,
    schema,
    batches: {
      [Symbol.asyncIterator]: () => {
        view.reads += 1
        return rowsAs('id long', ...all.map((id) => ({ id: BigInt(id) }))).batches[
          Symbol.asyncIterator
        ]()
      },
    },
    report: { kind: 'metadata' as const, table: 't', snapshotId: null },
    table: null,
    pin: null,
    reads: 0,
  }
  return view
}

function query(sql: string, view: InputView, context = 'ctx'): QueriedInput {
  // Of the table only its name is ever looked at, by messages.
  const table = null as never
  const explain = (error: unknown): unknown => withContext(error, { input: context, ...PLACE })
  return { kind: 'query', sql, explain, context, view, report: view.report, table }
}

function step(name: string, sql: string, ...functions: readonly BoundFunction[]): Step {
  const calls: FunctionCall[] = functions.map((bound) => ({ name: 'twice', bound, place: PLACE }))
  return { name, sql, functions: calls, isCached: false, place: PLACE, sqlPlace: PLACE }
}

async function open(
  inputs: Readonly<Record<string, JobInput>>,
  steps: readonly Step[] = [],
  by: SqlEngine = engine,
): Promise<Pipeline> {
  return openPipeline({ steps }, new Map(Object.entries(inputs)), by)
}

async function ids(pipeline: Pipeline, view: string): Promise<readonly unknown[]> {
  return (await valuesIn(await pipeline.rows(view))).map(([id]) => id)
}

const unreadable = {
  [Symbol.asyncIterator]: () => {
    throw new Error('batches were asked for')
  },
}

/** Any use of SQL fails. */
const noEngine = new Proxy({} as SqlEngine, {
  get: () => {
    throw new Error('SQL was used')
  },
})

describe('the views of a job', () => {
  it('are its inputs as they are, for which no SQL is loaded', async () => {
    const input = numbers(1, 2)
    const pipeline = await open({ Rides: input }, [], noEngine)
    expect(pipeline.schemaOf('rides')).toBe(input.schema)
    expect(await ids(pipeline, 'RIDES')).toEqual([1n, 2n])
    await pipeline.close()
  })

  it('are queries over the ones before, computed when they are read', async () => {
    const input = numbers(1, 2, 3)
    const pipeline = await open({ rides: input }, [
      step('late', 'select id + 1 as id from rides where id > 1'),
      step('Later', 'select id * 10 as id from LATE order by id'),
    ])
    expect(input.reads).toBe(0)
    expect(pipeline.schemaOf('later').fields.map(({ name }) => name)).toEqual(['id'])
    expect(await ids(pipeline, 'later')).toEqual([30n, 40n])
    expect(await ids(pipeline, 'rides')).toEqual([1n, 2n, 3n])
    await pipeline.close()
  })

  it('are windows: queries over a view that only they know', async () => {
    const pipeline = await open({ rides: query('select id + 1 as id from ctx', numbers(1)) })
    expect(await ids(pipeline, 'rides')).toEqual([2n])
    expect(await ids(pipeline, 'rides')).toEqual([2n])
    await pipeline.close()
  })

  it('may be windows whose views are called alike', async () => {
    const pipeline = await open(
      {
        early: query('select id as id from ctx where id > 0', numbers(1, 2)),
        late: query('select id + 5 as id from CTX', numbers(10), 'CTX'),
      },
      [
        step(
          'both',
          'select early.id + late.id as id from early join late on early.id < late.id order by 1',
        ),
      ],
    )
    expect(await ids(pipeline, 'both')).toEqual([16n, 17n])
    expect(await ids(pipeline, 'late')).toEqual([15n])
    await pipeline.close()
  })

  it('are the same rows for all who read them, also where chance made them', async () => {
    const roll: BoundFunction = {
      args: {},
      toQuery: ({ name }) => ({ sql: `select uuid() as id from "${name}"`, language: 'duckdb' }),
    }
    const pipeline = await open({ rides: numbers(1, 2, 3) }, [
      step('rolled', 'select * from rides', roll),
    ])
    expect(await ids(pipeline, 'rolled')).toEqual(await ids(pipeline, 'rolled'))
    await pipeline.close()
  })

  it('are read by DuckDB itself where a table’s files are here, and fed where they are not: the same rows', async () => {
    const folder = await openWarehouse(temporaryFolder())
    const found: unknown[] = []
    for (const warehouse of [folder, await openWarehouse('memory:')]) {
      await warehouse.createTable('city.rides', { schema: parseSchemaText('id long, city string') })
      const table = await warehouse.loadTable('city.rides')
      await table.append([
        { id: 1n, city: 'Oslo' },
        { id: 2n, city: null },
      ])
      const scan = table.scan().where('id < 9')
      const view = await scanView(table, scan, { filter: 'true', direct: true })
      const isDirect = (await view.findDirect?.()) !== null
      expect(isDirect).toBe(warehouse === folder)
      const fed = isDirect ? { ...view, batches: unreadable } : view
      const pipeline = await open({ rides: fed }, [
        step('all', 'select id + 1 as id, city from rides order by id'),
      ])
      found.push(await valuesIn(await pipeline.rows('all')))
      await pipeline.close()
    }
    expect(found).toEqual([
      [
        [2n, 'Oslo'],
        [3n, null],
      ],
      [
        [2n, 'Oslo'],
        [3n, null],
      ],
    ])
  })

  it('go through the functions of their step, one after the other', async () => {
    const twice: BoundFunction = {
      args: {},
      toQuery: ({ name }) => ({ sql: `select id * 2 as id from "${name}"`, language: 'duckdb' }),
    }
    const largest: BoundFunction = {
      args: {},
      question: ({ name }) => ({
        sql: `select max(id)::varchar as id from "${name}"`,
        language: 'duckdb',
      }),
      toQuery: ({ name, schema }, answers) => {
        expect(schema.fields.map((field) => field.name)).toEqual(['id'])
        return { sql: `select id - ${String(answers[0])} as id from "${name}"`, language: 'duckdb' }
      },
    }
    const pipeline = await open({ rides: numbers(1, 2) }, [
      step('done', 'select * from rides', twice, largest, twice),
    ])
    expect(new Set(await ids(pipeline, 'done'))).toEqual(new Set([-4n, 0n]))
    await pipeline.close()
  })

  it('are refused with their step, and where it stands in the file', async () => {
    const steps = [step('wrong', 'select nothing from rides')]
    await expect(open({ rides: numbers(1) }, steps)).rejects.toMatchObject({
      kind: 'invalid',
      context: { step: 'wrong', line: 7 },
    })
    const failing: BoundFunction = {
      args: {},
      toQuery: () => {
        throw new IcebergError('invalid', 'no such column')
      },
    }
    await expect(
      open({ rides: numbers(1) }, [step('right', 'select * from rides', failing)]),
    ).rejects.toMatchObject({ context: { step: 'right', function: 'twice', line: 7 } })
  })

  it('are only those that the job has', async () => {
    const pipeline = await open({ rides: numbers(1) })
    await expect(pipeline.rows('other')).rejects.toMatchObject({
      kind: 'invalid',
      context: { view: 'other' },
    })
    await pipeline.close()
  })
})
