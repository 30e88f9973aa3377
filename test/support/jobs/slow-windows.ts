// Windows of event time as they follow from all the rows at once, row by row and with numbers of any size.
import type {
  Aggregate,
  Measure,
  Watermark,
} from '../../../src/jobs/stream/event-time/definition.ts'
import { comparatorOf } from '../../../src/types/compare.ts'
import type { PrimitiveType } from '../../../src/types/type.ts'
import type { PrimitiveValue, Value } from '../../../src/types/value.ts'
import { isNearestDouble, unitsOf } from '../exact-double.ts'

/** A row by the names of its columns. */
export type TimedRow = Readonly<Record<string, Value | null>>

export interface SlowRules {
  readonly aggregate: Aggregate
  readonly watermark: Watermark | null
  readonly types: Readonly<Record<string, PrimitiveType>>
}

/** A window and the rows of it that have the same values in the columns of `by`. */
export interface SlowGroup {
  readonly startMicros: bigint
  readonly endMicros: bigint
  readonly key: string
  readonly rows: TimedRow[]
}

const MICROS_PER_TICK: Readonly<Record<string, [bigint, bigint]>> = {
  timestamp: [1n, 1n],
  timestamptz: [1n, 1n],
  timestamp_ns: [1n, 1000n],
  timestamptz_ns: [1n, 1000n],
  date: [86_400_000_000n, 1n],
}

/** Microseconds as a fraction: numerator and denominator. */
function microsOf(rules: SlowRules, time: Value): readonly [bigint, bigint] {
  const type = rules.types[rules.aggregate.column]?.kind ?? ''
  const [numerator, denominator] = MICROS_PER_TICK[type] ?? [1n, 1n]
  return [BigInt(time as number | bigint) * numerator, denominator]
}

function floor(numerator: bigint, denominator: bigint): bigint {
  let quotient = numerator / denominator
  while (quotient * denominator > numerator) quotient -= 1n
  return quotient
}

/** The windows that are given out, and what is left of the rows, after batches of rows. */
export interface SlowRun {
  /** By batch. */
  readonly given: readonly (readonly SlowGroup[])[]
  readonly lateRows: readonly number[]
  readonly watermarks: readonly (bigint | null)[]
}

export function slowWindows(rules: SlowRules, batches: readonly (readonly TimedRow[])[]): SlowRun {
  const { aggregate, watermark } = rules
  let groups: SlowGroup[] = []
  let mark: bigint | null = null
  const run = {
    given: [] as SlowGroup[][],
    lateRows: [] as number[],
    watermarks: [] as (bigint | null)[],
  }
  for (const batch of batches) {
    let late = 0
    let latest: bigint | null = null
    for (const row of batch) {
      const time = row[aggregate.column] ?? null
      if (time === null) continue
      const [numerator, denominator] = microsOf(rules, time)
      const micros = floor(numerator, denominator)
      if (latest === null || micros > latest) latest = micros
      const startMicros =
        floor(numerator, denominator * aggregate.sizeMicros) * aggregate.sizeMicros
      const endMicros = startMicros + aggregate.sizeMicros
      if (mark !== null && endMicros <= mark) {
        late += 1
        if (watermark?.late !== 'keep') continue
      }
      const key = keyOf(rules, row)
      const known = groups.find((group) => group.startMicros === startMicros && group.key === key)
      if (known === undefined) groups.push({ startMicros, endMicros, key, rows: [row] })
      else known.rows.push(row)
    }
    if (watermark !== null && latest !== null) {
      const reached: bigint = latest - watermark.delayMicros
      if (mark === null || reached > mark) mark = reached
    }
    const until: bigint | null = mark
    const isGiven = (group: SlowGroup): boolean =>
      aggregate.output === 'complete' || (until !== null && group.endMicros <= until)
    // What is given is as it is now.
    run.given.push(groups.filter(isGiven).map((group) => ({ ...group, rows: [...group.rows] })))
    if (aggregate.output === 'append') groups = groups.filter((group) => !isGiven(group))
    run.lateRows.push(late)
    run.watermarks.push(mark)
  }
  return run
}

function keyOf({ aggregate, types }: SlowRules, row: TimedRow): string {
  return aggregate.by.map((name) => textOf(types[name], row[name] ?? null)).join('&')
}

/** The same text for the same value, zeros of either sign among them. */
export function textOf(type: PrimitiveType | undefined, value: Value | null): string {
  if (value === null) return 'nothing'
  if (value instanceof Uint8Array) return `bytes ${[...value].join(' ')}`
  if (type?.kind === 'string') return JSON.stringify(value)
  return value === 0 ? '0' : String(value)
}

/** A measure that its type has no room for. */
export const OUTGROWN: unique symbol = Symbol('outgrown')

/** Whether a value is that of a measure of rows. */
export function isMeasure(
  rules: SlowRules,
  measure: Measure,
  { rows, value }: { readonly rows: readonly TimedRow[]; readonly value: Value | null },
): boolean {
  if (measure.column === null) return value === BigInt(rows.length)
  const type = rules.types[measure.column] ?? { kind: 'unknown' }
  const { column } = measure
  const values = valuesOf(rows, column)
  if (measure.fn === 'count') return value === BigInt(values.length)
  if (values.length === 0) return value === null
  if (value === null) return false
  if (measure.fn === 'min' || measure.fn === 'max') {
    const compare = comparatorOf(type)
    const sign = measure.fn === 'min' ? 1 : -1
    // Columns of primitive types have primitive values.
    const own = value as PrimitiveValue
    return (
      values.every((other) => sign * compare(own, other as PrimitiveValue) <= 0) &&
      values.some((other) => compare(own, other as PrimitiveValue) === 0)
    )
  }
  if (type.kind === 'float' || type.kind === 'double') {
    return isDoubleOf(measure, values.map(Number), Number(value))
  }
  const total = totalOf(values)
  const count = BigInt(values.length)
  if (type.kind === 'decimal') return value === decimalOf(measure, type, { total, count })
  if (measure.fn === 'sum') return value === total
  return isNearestDouble(Number(value), total << 1074n, count)
}

function valuesOf(rows: readonly TimedRow[], column: string): readonly Value[] {
  return rows.map((row) => row[column] ?? null).filter((value) => value !== null)
}

function isDoubleOf({ fn }: Measure, values: readonly number[], value: number): boolean {
  const odd = values.filter((one) => !Number.isFinite(one))
  if (odd.length > 0) {
    return Object.is(
      value,
      odd.reduce((sum, one) => sum + one),
    )
  }
  const units = values.reduce((sum, one) => sum + unitsOf(one), 0n)
  if (Object.is(value, -0)) return units < 0n
  return isNearestDouble(value, units, fn === 'sum' ? 1n : BigInt(values.length))
}

function totalOf(values: readonly Value[]): bigint {
  return values.reduce<bigint>((sum, one) => sum + BigInt(one as number | bigint), 0n)
}

interface Total {
  readonly total: bigint
  readonly count: bigint
}

type DecimalType = Extract<PrimitiveType, { kind: 'decimal' }>

function decimalOf(
  { fn }: Measure,
  { precision, scale }: DecimalType,
  { total, count }: Total,
): bigint | typeof OUTGROWN {
  if (fn === 'sum') return within(total, Math.min(38, precision + 10))
  const digits = total * 10n ** BigInt(Math.min(38, scale + 4) - scale)
  const doubled = (digits < 0n ? -digits : digits) * 2n + count
  const rounded = doubled / (2n * count)
  return within(digits < 0n ? -rounded : rounded, Math.min(38, precision + 4))
}

function within(value: bigint, precision: number): bigint | typeof OUTGROWN {
  return value < 10n ** BigInt(precision) && value > -(10n ** BigInt(precision)) ? value : OUTGROWN
}

/** Whether a measure of rows has no room in its type. */
export function isOutgrown(rules: SlowRules, measure: Measure, rows: readonly TimedRow[]): boolean {
  const { column, fn } = measure
  if (column === null || (fn !== 'sum' && fn !== 'avg')) return false
  const type = rules.types[column]
  const values = valuesOf(rows, column)
  if (values.length === 0 || type === undefined) return false
  if (type.kind === 'decimal') {
    const total = totalOf(values)
    return decimalOf(measure, type, { total, count: BigInt(values.length) }) === OUTGROWN
  }
  if (fn === 'avg' || type.kind === 'float' || type.kind === 'double') return false
  const total = totalOf(values)
  return total !== BigInt.asIntN(64, total)
}
