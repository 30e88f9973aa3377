import { Table as ArrowTable } from 'apache-arrow'
import type { RecordBatch } from 'apache-arrow'
import { describe, expectTypeOf, it } from 'vitest'

import {
  and,
  eq,
  gt,
  gtEq,
  isNull,
  lt,
  openTable,
  openWarehouse,
  parquetFile,
  schema,
  t,
} from '../../src/index.ts'
import type { Commit, Filter, Row, RowInput, Table, UnknownRow } from '../../src/index.ts'

const Ride = schema({
  id: t.long(),
  city: t.string(),
  ts: t.timestamptz(),
  fare: t.decimal(9, 2),
  driver: t.struct({ name: t.string(), rating: t.double().optional() }).optional(),
  tags: t.list(t.string()).optional(),
  'a.b': t.int().optional(),
})

type Rides = Table<Row<typeof Ride>, RowInput<typeof Ride>>

declare const rides: Rides
declare const unknown: Table<UnknownRow, UnknownRow>
declare const batch: RecordBatch
declare const stream: AsyncIterable<RowInput<typeof Ride>>

const ride = { id: 1n, city: 'Oslo', ts: '2026-01-31T12:00:00Z', fare: '12.50' }

/** Programs that are only compiled. */
function program(_run: () => unknown): void {}

describe('a program with a table', () => {
  it('may be the first ten lines', () => {
    program(async () => {
      const warehouse = await openWarehouse('./warehouse')
      const made = await warehouse.createTable('city.rides', {
        schema: Ride,
        partitionBy: ['day(ts)', 'city'],
        sortBy: ['ts desc'],
      })
      expectTypeOf(made).toEqualTypeOf<Rides>()
      await made.append([ride])
      for await (const row of made.scan().where(eq('city', 'Oslo')).select('id', 'fare')) {
        expectTypeOf(row).toEqualTypeOf<{ id: bigint; fare: string }>()
      }
    })
  })

  it('opens tables with a schema or without', () => {
    program(async () => {
      const warehouse = await openWarehouse('memory:')
      expectTypeOf(await warehouse.loadTable('city.rides', Ride)).toEqualTypeOf<Rides>()
      expectTypeOf(await warehouse.loadTable('city.rides')).toEqualTypeOf<typeof unknown>()
      expectTypeOf(await openTable('/data/rides')).toEqualTypeOf<typeof unknown>()
      const [row] = await unknown.scan().where(eq('anything', 5)).select('a', 'b.c').toArray()
      expectTypeOf(row).toExtend<object | undefined>()
      await unknown.append([{ whatever: 5 }])
    })
  })

  it('lays tables out by texts or objects', () => {
    program(async () => {
      const warehouse = await openWarehouse('memory:')
      await warehouse.createTable('x.y', {
        schema: Ride,
        partitionBy: [
          'city',
          'day(ts) as day_partition',
          'bucket(16, id)',
          'truncate(4, driver.name) as initials',
          { column: ['driver', 'name'], transform: { kind: 'identity' } },
        ],
        sortBy: [
          'ts',
          'city asc',
          'fare desc nulls last',
          'driver.name nulls first',
          'bucket(16, id) desc',
          'day(ts)',
        ],
        properties: { 'write.target-file-size-bytes': '1000000' },
      })
    })
  })

  it('writes rows, streams and Arrow data', () => {
    program(async () => {
      expectTypeOf(await rides.append([ride])).toEqualTypeOf<Commit>()
      await rides.append([{ ...ride, id: 5, ts: new Date(), driver: null, tags: ['a'] }])
      await rides.append([{ ...ride, driver: { name: 'Ada' }, tags: undefined }])
      await rides.append(new Set([ride]))
      await rides.append(stream, { sort: 'ts desc', signal: AbortSignal.timeout(5) })
      await rides.append(batch)
      await rides.append(new ArrowTable([batch]))
      await rides.append([batch])
      await rides.append(parquetFile('rides.parquet'))
      await rides.overwritePartitions([ride], { isolation: 'snapshot', sort: 'none' })
    })
  })

  it('keeps a predicate in a variable by the type of its table', () => {
    program(() => {
      const january: Filter<typeof rides> = and(
        gtEq('ts', '2026-01-01T00:00:00Z'),
        lt('ts', '2026-02-01T00:00:00Z'),
      )
      const any: Filter<typeof unknown> = eq('town', 'Oslo')
      unknown.scan().where(any)
      return rides.scan().where(january).where("driver.name = 'Ada' and fare > 10.00")
    })
  })

  it('selects and filters by metadata columns beside those of the table', () => {
    program(async () => {
      const scan = rides.scan().where(and(eq('_file', 'a'), gt('_pos', 5n)))
      const [row] = await scan.select('id', '_file', '_pos', '_row_id', '_partition').toArray()
      expectTypeOf(row).toEqualTypeOf<
        | {
            id: bigint
            _file: string
            _pos: bigint
            _row_id: bigint | null
            _partition: Readonly<Record<string, unknown>> | null
          }
        | undefined
      >()
      // @ts-expect-error positions are bigints
      rides.scan().where(eq('_pos', 'first'))
      // @ts-expect-error no such metadata column
      rides.scan().select('_position')
    })
  })

  it('selects columns at any depth', () => {
    program(async () => {
      const [nested] = await rides.scan().select('driver.name', 'tags').toArray()
      expectTypeOf(nested).toEqualTypeOf<
        { driver: { name: string } | null; tags: string[] | null } | undefined
      >()
      const [both] = await rides.scan().select('driver.rating', 'driver.name').toArray()
      expectTypeOf(both?.driver).toEqualTypeOf<
        { name: string; rating: number | null } | null | undefined
      >()
      const [whole] = await rides.scan().select('driver', 'a.b').toArray()
      expectTypeOf(whole).toEqualTypeOf<
        { driver: Row<typeof Ride>['driver']; 'a.b': number | null } | undefined
      >()
      const [twice] = await rides.scan().select('driver', 'driver.name').toArray()
      expectTypeOf(twice?.driver).toEqualTypeOf<Row<typeof Ride>['driver'] | undefined>()
    })
  })

  it('reads in every form', () => {
    program(async () => {
      const scan = rides.scan().where(isNull('driver.rating')).limit(10)
      expectTypeOf(await scan.toArray()).toEqualTypeOf<Row<typeof Ride>[]>()
      expectTypeOf(await scan.toArrow()).toEqualTypeOf<ArrowTable>()
      expectTypeOf(await scan.count()).toEqualTypeOf<bigint>()
      for await (const part of scan.batches({ batchRows: 10 }))
        expectTypeOf(part).toExtend<RecordBatch>()
      for await (const line of scan.ndjson()) expectTypeOf(line).toEqualTypeOf<string>()
      rides.scan().asOf('2026-02-01T00:00:00Z')
      rides.scan().asOf(1_770_000_000_000n)
      rides.scan().snapshot(5n)
      rides.scan().ref('audit')
    })
  })

  it('makes several changes in one commit', () => {
    program(() =>
      rides.transaction(async (tx) => {
        await tx.append([ride])
        tx.setProperties({ 'acme.batch': '42' })
        tx.setProperties(({ snapshotId }) => ({ 'acme.snapshot': String(snapshotId) }))
        tx.setSummary({ 'acme.run': '7' })
        tx.guard((fresh) => fresh.properties.get('acme.batch') === '41')
      }),
    )
  })

  it('reads other forms of values where the schema says so', () => {
    program(async () => {
      const warehouse = await openWarehouse('memory:')
      const Other = schema({ id: t.long({ as: 'number' }), ts: t.timestamptz({ as: 'date' }) })
      const [row] = await (await warehouse.loadTable('x.y', Other)).scan().toArray()
      expectTypeOf(row).toEqualTypeOf<{ id: number; ts: Date } | undefined>()
    })
  })
})

describe('a wrong program', () => {
  it('is refused where the mistake stands', () => {
    program(async () => {
      const warehouse = await openWarehouse('memory:')
      // @ts-expect-error a ride has an id
      await rides.append([{ city: 'Oslo', ts: 0n, fare: '1' }])
      // @ts-expect-error a ride has no town
      await rides.append([{ ...ride, town: 'Oslo' }])
      // @ts-expect-error a fare is no fraction of a number
      await rides.append([{ ...ride, fare: 12.5 }])
      // @ts-expect-error a required column is not null
      await rides.append([{ ...ride, city: null }])
      await rides.append([
        ride,
        // @ts-expect-error the compiler points at the field, not at the call
        { ...ride, fare: 12.5 },
      ])
      // @ts-expect-error one row is no list of rows
      await rides.append(ride)
      // @ts-expect-error no such column to select
      rides.scan().select('town')
      // @ts-expect-error no such field in a struct
      rides.scan().select('driver.age')
      // @ts-expect-error no such column to filter by
      rides.scan().where(eq('town', 'Oslo'))
      // @ts-expect-error a city is text
      rides.scan().where(eq('city', 5))
      // @ts-expect-error no such column to partition by
      await warehouse.createTable('x.y', { schema: Ride, partitionBy: ['day(time)'] })
      // @ts-expect-error no such column to put into buckets
      await warehouse.createTable('x.y', { schema: Ride, partitionBy: ['bucket(16, number)'] })
      // @ts-expect-error how many buckets is not said
      await warehouse.createTable('x.y', { schema: Ride, partitionBy: ['bucket(id)'] })
      // @ts-expect-error no such column to sort by
      await warehouse.createTable('x.y', { schema: Ride, sortBy: ['town desc'] })
      // @ts-expect-error no such isolation
      await rides.overwritePartitions([ride], { isolation: 'strict' })
      // @ts-expect-error properties are text
      await rides.transaction((tx) => tx.setProperties({ batch: 42 }))
      // @ts-expect-error a predicate of other rows
      const other: Filter<typeof rides> = eq('town', 'Oslo')
      rides.scan().where(other)
      // @ts-expect-error a number of milliseconds is a bigint
      rides.scan().asOf(5)
      // @ts-expect-error a guard says yes or no
      await rides.transaction((tx) => tx.guard(() => 'yes'))
      // @ts-expect-error what was not selected is not there
      for await (const row of rides.scan().select('id')) expectTypeOf(row.city)
    })
  })
})
