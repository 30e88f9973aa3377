// Windows of a stream against windows of all its rows at once: in whatever order they come, however they are cut into batches, and
// however often one of these is done again.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isKind } from '../../src/base/errors.ts'
import { batchFromValues } from '../../src/formats/arrow/builders.ts'
import { rowsOf } from '../../src/formats/arrow/rows.ts'
import { MEASURE_FUNCTIONS } from '../../src/jobs/stream/event-time/definition.ts'
import type { Aggregate, Watermark } from '../../src/jobs/stream/event-time/definition.ts'
import { EventTimeStage } from '../../src/jobs/stream/event-time/event-time-stage.ts'
import type { HeldFiles } from '../../src/jobs/stream/event-time/held-windows.ts'
import { NOTHING_CARRIED } from '../../src/jobs/stream/stream.ts'
import type { Carried } from '../../src/jobs/stream/stream.ts'
import type { Schema } from '../../src/types/schema.ts'
import type { PrimitiveType } from '../../src/types/type.ts'
import type { Value } from '../../src/types/value.ts'
import { anyDecimalType, anyPrimitiveTypeOf } from '../support/arbitraries/types.ts'
import { anyPrimitiveValueOf } from '../support/arbitraries/values.ts'
import { isMeasure, isOutgrown, slowWindows, textOf } from '../support/jobs/slow-windows.ts'
import type { SlowGroup, SlowRules, TimedRow } from '../support/jobs/slow-windows.ts'
import { runs } from '../support/runs.ts'

const HOUR = 3_600_000_000n
const DAY = 24n * HOUR

const anyTimeType: fc.Arbitrary<PrimitiveType> = fc.constantFrom(
  { kind: 'timestamp' },
  { kind: 'timestamptz' },
  { kind: 'timestamp_ns' },
  { kind: 'date' },
)

const anyNumberType: fc.Arbitrary<PrimitiveType> = fc.oneof(
  fc.constantFrom<PrimitiveType>(
    { kind: 'int' },
    { kind: 'long' },
    { kind: 'float' },
    { kind: 'double' },
  ),
  anyDecimalType,
)

/** Times within a few windows of each other. */
function anyTimeOf({ kind }: PrimitiveType): fc.Arbitrary<Value> {
  if (kind === 'date') return fc.integer({ min: -6, max: 6 })
  const micros = fc.oneof(
    fc.bigInt({ min: -4n * HOUR, max: 4n * HOUR }),
    fc
      .tuple(fc.bigInt({ min: -4n, max: 4n }), fc.constantFrom(-1n, 0n, 1n))
      .map(([hours, more]) => hours * HOUR + more),
  )
  if (kind !== 'timestamp_ns') return micros
  return fc.tuple(micros, fc.bigInt({ min: 0n, max: 999n })).map(([us, ns]) => us * 1000n + ns)
}

/** Sums of small numbers fit their types. */
function anyNumberOf(type: PrimitiveType): fc.Arbitrary<Value> {
  const isWhole = type.kind === 'int' || type.kind === 'float' || type.kind === 'double'
  const small = fc.integer({ min: -9, max: 9 }).map((value) => (isWhole ? value : BigInt(value)))
  return fc.oneof(
    { weight: 3, arbitrary: small },
    { weight: 1, arbitrary: anyPrimitiveValueOf(type) },
  )
}

interface Scenario {
  readonly rules: SlowRules
  readonly schema: Schema
  readonly batches: readonly TimedRow[][]
  /** Of each batch how often it is done in vain before, and whether by another process. */
  readonly repeats: readonly { readonly times: number; readonly isRestarted: boolean }[]
}

function anyScenario(
  anyWatermark: fc.Arbitrary<Watermark | null>,
  output: Aggregate['output'],
): fc.Arbitrary<Scenario> {
  return fc
    .record({
      t: anyTimeType,
      k: anyPrimitiveTypeOf(3),
      v: anyPrimitiveTypeOf(3),
      n: anyNumberType,
    })
    .chain((types) =>
      fc.record({
        types: fc.constant(types),
        by: fc.subarray(['k', 'v']),
        watermark: anyWatermark,
        few: fc.array(anyPrimitiveValueOf(types.k), { minLength: 1, maxLength: 3 }),
        batches: fc.array(
          fc.array(
            fc.record({
              t: fc.option(anyTimeOf(types.t), { freq: 12 }),
              k: fc.nat(3),
              v: fc.option(anyPrimitiveValueOf(types.v), { freq: 4 }),
              n: fc.option(anyNumberOf(types.n), { freq: 4 }),
            }),
            { maxLength: 8 },
          ),
          { minLength: 1, maxLength: 6 },
        ),
        repeats: fc.array(fc.record({ times: fc.nat(2), isRestarted: fc.boolean() }), {
          minLength: 6,
          maxLength: 6,
        }),
      }),
    )
    .map(({ types, by, watermark, few, batches, repeats }) => ({
      rules: {
        types,
        watermark,
        aggregate: {
          column: 't',
          sizeMicros: types.t.kind === 'date' ? 2n * DAY : HOUR,
          by,
          output,
          measures: [
            { name: 'rows', fn: 'count', column: null },
            ...MEASURE_FUNCTIONS.map((fn) => ({ name: `${fn}_n`, fn, column: 'n' })),
            { name: 'count_v', fn: 'count', column: 'v' },
            { name: 'min_v', fn: 'min', column: 'v' },
            { name: 'max_v', fn: 'max', column: 'v' },
          ],
        },
      },
      schema: {
        schemaId: 0,
        fields: COLUMNS.map((name, index) => ({
          id: index + 1,
          name,
          required: false,
          type: types[name],
        })),
        identifierFieldIds: [],
      },
      batches: batches.map((rows) => rows.map((row) => ({ ...row, k: few[row.k] ?? null }))),
      repeats,
    }))
}

const COLUMNS = ['t', 'k', 'v', 'n'] as const

function memoryFiles(): HeldFiles {
  const files = new Map<string, Uint8Array>()
  return {
    async hold(epoch, id, bytes) {
      const name = `held/${epoch}-${id}`
      files.set(name, bytes.slice())
      return name
    },
    async held(name) {
      const bytes = files.get(name)
      if (bytes === undefined) throw new Error('there is no such file')
      return bytes
    },
  }
}

interface Given {
  readonly windows: readonly (readonly (Value | null)[])[]
  readonly late: readonly (readonly (Value | null)[])[]
  readonly lateRows: bigint
  readonly carried: Carried
}

/** What each batch gives out. */
async function runBatches({ rules, schema, batches, repeats }: Scenario): Promise<Given[]> {
  const files = memoryFiles()
  let stage = new EventTimeStage(rules, files)
  let before = NOTHING_CARRIED
  const given: Given[] = []
  for (const [index, rows] of batches.entries()) {
    const { times, isRestarted } = repeats[index] ?? { times: 0, isRestarted: false }
    for (let left = times; left > 0; left -= 1) {
      await apply(stage, { schema, rows, before, epoch: index + 1 })
      if (isRestarted) stage = new EventTimeStage(rules, files)
    }
    const batch = await apply(stage, { schema, rows, before, epoch: index + 1 })
    given.push(batch)
    before = batch.carried
  }
  return given
}

interface Rows {
  readonly schema: Schema
  readonly rows: readonly TimedRow[]
  readonly before: Carried
  readonly epoch: number
}

async function apply(stage: EventTimeStage, { schema, rows, before, epoch }: Rows): Promise<Given> {
  const values = rows.map((row) => COLUMNS.map((name) => row[name] ?? null))
  const middle = Math.floor(values.length / 2)
  const batches = {
    async *[Symbol.asyncIterator]() {
      yield batchFromValues(schema, values.slice(0, middle))
      yield batchFromValues(schema, values.slice(middle))
    },
  }
  const timed = stage.apply({ epoch, before, input: { schema, batches } })
  const windows: (Value | null)[][] = []
  for await (const batch of timed.rows.batches) windows.push(...rowsOf(batch, timed.rows.schema))
  const late: (Value | null)[][] = []
  if (timed.late !== null) {
    for await (const batch of timed.late.batches) late.push(...rowsOf(batch, timed.late.schema))
  }
  return { windows, late, lateRows: timed.lateRows(), carried: timed.after() }
}

function microsOf({ types }: SlowRules, value: Value | null): bigint {
  const ticks = BigInt(value as number | bigint)
  if (types['t']?.kind === 'date') return ticks * DAY
  return types['t']?.kind === 'timestamp_ns' ? ticks / 1000n : ticks
}

function nameOf({ startMicros, endMicros, key }: SlowGroup): string {
  return `${startMicros} ${endMicros} ${key}`
}

/** That windows are those of the model, in the order of their time. */
function expectWindows(
  rules: SlowRules,
  windows: Given['windows'],
  expected: readonly SlowGroup[],
): void {
  const { by, measures } = rules.aggregate
  const groups = new Map(expected.map((group) => [nameOf(group), group]))
  const starts = windows.map(([start = null]) => microsOf(rules, start))
  expect(starts).toEqual(
    starts.toSorted((left, right) => (left < right ? -1 : Number(left > right))),
  )
  expect(windows).toHaveLength(expected.length)
  for (const [start = null, end = null, ...values] of windows) {
    const key = by.map((name, index) => textOf(rules.types[name], values[index] ?? null)).join('&')
    const name = `${microsOf(rules, start)} ${microsOf(rules, end)} ${key}`
    const group = groups.get(name)
    expect(group, name).toBeDefined()
    for (const [index, measure] of measures.entries()) {
      const value = values[by.length + index] ?? null
      expect(isMeasure(rules, measure, { rows: group?.rows ?? [], value }), measure.name).toBe(true)
    }
  }
}

/** Whether a measure of the model has no room: then the stream ends. */
function hasOutgrown(rules: SlowRules, groups: readonly SlowGroup[]): boolean {
  return groups.some(({ rows }) =>
    rules.aggregate.measures.some((measure) => isOutgrown(rules, measure, rows)),
  )
}

async function expectAsModel(scenario: Scenario): Promise<'same' | 'outgrown'> {
  const { rules, batches } = scenario
  const model = slowWindows(rules, batches)
  if (hasOutgrown(rules, model.given.flat())) {
    const error: unknown = await runBatches(scenario).catch((thrown: unknown) => thrown)
    expect(isKind(error, 'invalid')).toBe(true)
    return 'outgrown'
  }
  const given = await runBatches(scenario)
  for (const [index, { windows, late, lateRows, carried }] of given.entries()) {
    expectWindows(rules, windows, model.given[index] ?? [])
    expect(lateRows).toBe(BigInt(model.lateRows[index] ?? 0))
    expect(carried.watermarkMicros).toBe(model.watermarks[index] ?? null)
    if (rules.watermark?.late === 'aside') expect(late).toHaveLength(Number(lateRows))
  }
  return 'same'
}

const anyDelay = fc.oneof(
  fc.bigInt({ min: 0n, max: 3n * HOUR }),
  fc.constantFrom(0n, 1n, HOUR, DAY),
)

describe('windows that are appended', () => {
  it('always have all rows that came in time, and late rows are counted', async () => {
    let same = 0
    const anyWatermark = fc.record({
      column: fc.constant('t'),
      delayMicros: anyDelay,
      late: fc.constantFrom('drop' as const, 'aside' as const),
    })
    await fc.assert(
      fc.asyncProperty(anyScenario(anyWatermark, 'append'), async (scenario) => {
        if ((await expectAsModel(scenario)) === 'same') same += 1
      }),
      runs(150),
    )
    expect(same).toBeGreaterThan(50)
  })

  it('are always those of all rows at once, when none comes later than the delay', async () => {
    // More than any two times of a scenario are apart.
    const watermark: Watermark = { column: 't', delayMicros: 30n * DAY, late: 'drop' }
    await fc.assert(
      fc.asyncProperty(anyScenario(fc.constant(watermark), 'append'), async (scenario) => {
        const { rules, batches, repeats } = scenario
        const isDate = rules.types['t']?.kind === 'date'
        const farMicros = 3650n * DAY
        const ticks = rules.types['t']?.kind === 'timestamp_ns' ? farMicros * 1000n : farMicros
        const far: TimedRow = { t: isDate ? 3650 : ticks, k: null, v: null, n: null }
        const atOnce = slowWindows(
          { ...rules, watermark: null, aggregate: { ...rules.aggregate, output: 'complete' } },
          [batches.flat()],
        )
        const expected = atOnce.given[0] ?? []
        if (hasOutgrown(rules, expected)) return
        const given = await runBatches({
          rules,
          schema: scenario.schema,
          repeats,
          batches: [...batches, [far]],
        })
        expectWindows(
          rules,
          given.flatMap(({ windows }) => windows),
          expected,
        )
        expect(given.every(({ lateRows }) => lateRows === 0n)).toBe(true)
      }),
      runs(100),
    )
  })
})

describe('windows that are all written with each batch', () => {
  it('always have all rows that there ever were, late ones only if they are kept', async () => {
    const anyWatermark = fc.option(
      fc.record({
        column: fc.constant('t'),
        delayMicros: anyDelay,
        late: fc.constantFrom('drop' as const, 'keep' as const, 'aside' as const),
      }),
    )
    await fc.assert(
      fc.asyncProperty(anyScenario(anyWatermark, 'complete'), async (scenario) => {
        await expectAsModel(scenario)
      }),
      runs(100),
    )
  })
})
