import { describe, expectTypeOf, it } from 'vitest'
import { schema, t } from '../../src/types/define.ts'
import type { DecimalInput } from '../../src/types/define.ts'
import type { At, Paths, Row, RowInput } from '../../src/types/row-types.ts'
import type { Schema } from '../../src/types/schema.ts'

const Ride = schema({
  id: t.long(),
  city: t.string(),
  ts: t.timestamptz(),
  fare: t.decimal(9, 2),
  driver: t.struct({ name: t.string(), rating: t.double().optional() }).optional(),
  tags: t.map(t.string(), t.string().optional()).optional(),
  stops: t.list(t.struct({ at: t.timestamp(), place: t.string() })),
})
type Ride = typeof Ride

describe('rows of a typed schema', () => {
  it('are read with every column, optional ones possibly null', () => {
    expectTypeOf<Row<Ride>>().toEqualTypeOf<{
      id: bigint
      city: string
      ts: string
      fare: string
      driver: { name: string; rating: number | null } | null
      tags: Map<string, string | null> | null
      stops: { at: string; place: string }[]
    }>()
  })

  it('are written with what each type takes', () => {
    expectTypeOf<RowInput<Ride>['id']>().toEqualTypeOf<bigint | number>()
    expectTypeOf<RowInput<Ride>['ts']>().toEqualTypeOf<string | bigint | Date>()
    expectTypeOf<RowInput<Ride>['fare']>().toEqualTypeOf<string | DecimalInput>()
    expectTypeOf<RowInput<Ride>['driver']>().toEqualTypeOf<
      { readonly name: string; readonly rating?: number | null | undefined } | null | undefined
    >()
    expectTypeOf<RowInput<Ride>['tags']>().toEqualTypeOf<
      | ReadonlyMap<string, string | null>
      | readonly (readonly [string, string | null])[]
      | null
      | undefined
    >()
  })

  it('take literals where they stand', () => {
    const append = (_rows: readonly RowInput<Ride>[]): void => {}
    append([
      { id: 1n, city: 'Oslo', ts: '2026-01-31T12:00:00Z', fare: '12.50', stops: [] },
      {
        id: 2,
        city: 'Oslo',
        ts: new Date(0),
        fare: { unscaled: 1250n, scale: 2 },
        driver: { name: 'Ada', rating: undefined },
        tags: [['a', null]],
        stops: [{ at: 0n, place: 'Bergen' }],
      },
      { id: 3n, city: 'Oslo', ts: 0n, fare: '1', driver: null, tags: new Map(), stops: [] },
    ])
    // @ts-expect-error a required column is missing
    append([{ id: 1n, city: 'Oslo', ts: 0n, stops: [] }])
    // @ts-expect-error there is no such column
    append([{ id: 1n, city: 'Oslo', ts: 0n, fare: '1', stops: [], town: 'Oslo' }])
    // @ts-expect-error a decimal is never a number
    append([{ id: 1n, city: 'Oslo', ts: 0n, fare: 12.5, stops: [] }])
    // @ts-expect-error a required column is never null
    append([{ id: null, city: 'Oslo', ts: 0n, fare: '1', stops: [] }])
    // @ts-expect-error the struct has no such field
    append([{ id: 1n, city: 'Oslo', ts: 0n, fare: '1', stops: [], driver: { nam: 'Ada' } }])
    // @ts-expect-error elements of the list are required
    append([{ id: 1n, city: 'Oslo', ts: 0n, fare: '1', stops: [null] }])
  })

  it('are read in the form that was asked for by name', () => {
    const Forms = schema({
      count: t.long({ as: 'number' }),
      day: t.date({ as: 'date' }),
      at: t.timestamptz({ as: 'micros' }),
      seen: t.timestamptz({ as: 'date' }).optional(),
      local: t.timestamp({ as: 'micros' }),
      clock: t.time({ as: 'micros' }),
      counts: t.list(t.long({ as: 'number' }).optional()),
    })
    expectTypeOf<Row<typeof Forms>>().toEqualTypeOf<{
      count: number
      day: Date
      at: bigint
      seen: Date | null
      local: bigint
      clock: bigint
      counts: (number | null)[]
    }>()
    // @ts-expect-error a timestamp without zone is no moment
    t.timestamp({ as: 'date' })
    // @ts-expect-error keys of a map are required
    t.map(t.string().optional(), t.int())
  })

  it('leave out what has a default, and read it as what it is', () => {
    const Defaulted = schema({
      id: t.long(),
      n: t.int().default(7),
      city: t.string().optional().default('Oslo'),
      note: t.string().default('').optional(),
      p: t.struct({ x: t.int().default(0), y: t.int() }),
    })
    expectTypeOf<Row<typeof Defaulted>>().toEqualTypeOf<{
      id: bigint
      n: number
      city: string | null
      note: string | null
      p: { x: number; y: number }
    }>()
    expectTypeOf<RowInput<typeof Defaulted>>().toEqualTypeOf<{
      readonly id: bigint | number
      readonly n?: number | undefined
      readonly city?: string | null | undefined
      readonly note?: string | null | undefined
      readonly p: { readonly x?: number | undefined; readonly y: number }
    }>()
    const append = (_row: RowInput<typeof Defaulted>): void => {}
    append({ id: 1n, p: { y: 1 } })
    // @ts-expect-error a default stands in for what is left out, not for null
    append({ id: 1n, n: null, p: { y: 1 } })
    // @ts-expect-error the default is no integer
    t.int().default('7')
    // @ts-expect-error a default is never null
    t.int().optional().default(null)
    // @ts-expect-error a struct with a required column cannot be made of nothing
    t.struct({ x: t.int() }).default({})
    // @ts-expect-error elements have no defaults
    t.list(t.int().default(1))
    // @ts-expect-error keys have no defaults
    t.map(t.int().default(1), t.int())
  })

  it('hold nanoseconds, and nulls where nothing more is known', () => {
    const Later = schema({
      ts: t.timestampNs(),
      at: t.timestamptzNs({ as: 'nanos' }),
      u: t.unknown(),
      v: t.variant().optional(),
    })
    expectTypeOf<Row<typeof Later>>().toEqualTypeOf<{
      ts: string
      at: bigint
      u: null
      v: null
    }>()
    expectTypeOf<RowInput<typeof Later>['at']>().toEqualTypeOf<string | bigint | Date>()
    expectTypeOf<RowInput<typeof Later>['u']>().toEqualTypeOf<null | undefined>()
    // @ts-expect-error milliseconds do not hold nanoseconds
    t.timestamptzNs({ as: 'date' })
    // @ts-expect-error there is no such way along the earth
    t.geography('OGC:CRS84', 'flat')
  })

  it('belong to a schema like any other', () => {
    expectTypeOf(Ride).toExtend<Schema>()
    expectTypeOf<Row<Schema>>().toBeNever()
  })

  it('keep optional and documented columns apart from the original', () => {
    const name = t.string().doc('a name')
    expectTypeOf(name.optional().doc('maybe')).toEqualTypeOf(t.string().optional())
    expectTypeOf(name).toEqualTypeOf(t.string())
  })
})

describe('paths of a row', () => {
  it('go into structs, and nowhere else', () => {
    expectTypeOf<Paths<RowInput<Ride>>>().toEqualTypeOf<
      'id' | 'city' | 'ts' | 'fare' | 'driver' | 'driver.name' | 'driver.rating' | 'tags' | 'stops'
    >()
    expectTypeOf<Paths<Row<Ride>>>().toEqualTypeOf<Paths<RowInput<Ride>>>()
  })

  it('lead to the type of the column', () => {
    expectTypeOf<At<RowInput<Ride>, 'city'>>().toEqualTypeOf<string>()
    expectTypeOf<At<RowInput<Ride>, 'driver.name'>>().toEqualTypeOf<string>()
    expectTypeOf<At<RowInput<Ride>, 'driver.rating'>>().toEqualTypeOf<number | null | undefined>()
    expectTypeOf<At<RowInput<Ride>, 'driver.age'>>().toBeNever()
  })

  it('take a name with a dot before a way into a struct', () => {
    expectTypeOf<At<{ 'a.b': number; a: { b: string } }, 'a.b'>>().toEqualTypeOf<number>()
  })

  it('are any text for rows of which nothing is known', () => {
    expectTypeOf<Paths<Record<string, unknown>>>().toEqualTypeOf<string>()
  })
})
