// What is remembered of each group for one measure, group by group in columns: of a million groups objects would take several
// times the memory. Whatever the order of rows, the result is the same to the bit.
import type { Data } from 'apache-arrow'

import { assert, unreachable } from '../../../base/assert.ts'
import { IcebergError } from '../../../base/errors.ts'
import { INT64_MAX, INT64_MIN, isInt64 } from '../../../base/integers.ts'
import { validityTest } from '../../../formats/arrow/column-data.ts'
import { columnReader } from '../../../formats/arrow/columns.ts'
import { comparatorOf } from '../../../types/compare.ts'
import { formatType, isFloating } from '../../../types/type.ts'
import type { PrimitiveType } from '../../../types/type.ts'
import type { PrimitiveValue, Value } from '../../../types/value.ts'
import type { Measure } from './definition.ts'
import { ExactDoubles } from './exact-doubles.ts'
import { nearestDouble } from './exact-quotient.ts'
import type { DecimalType } from './measure-types.ts'
import { scaledFromText, scaledToText } from './scaled-text.ts'
import { DOUBLE, LONG, TEXT } from './stored-column.ts'
import type { StoredColumn } from './stored-column.ts'

export interface Tally {
  /** Begins one more group, without rows. */
  begin(): void
  /**
   * Adds rows.
   *
   * @param column what the measure is of; null for all rows
   * @param groups the group of each row
   */
  add(column: Data | null, groups: Uint32Array): void
  /** @throws IcebergError `invalid` for a number that its type has no room for */
  result(group: number): Value | null
  /** All that is remembered. */
  readonly stored: readonly StoredColumn[]
  /** Forgets all groups but these, which are numbered in this order. */
  keep(groups: readonly number[]): void
}

export interface TallyTypes {
  /** Of the column; null for all rows. */
  readonly of: PrimitiveType | null
  readonly result: PrimitiveType
}

export function createTally(measure: Measure, { of, result }: TallyTypes): Tally {
  const { fn } = measure
  if (of === null || fn === 'count') return new RowTally()
  switch (fn) {
    case 'min':
    case 'max':
      return new ExtremeTally(of, fn)
    case 'sum':
    case 'avg': {
      if (isFloating(of)) return new DoubleTally(of, fn)
      return new IntegerTally(of, integerResult(measure, of, result))
    }
    default:
      return unreachable(fn)
  }
}

/** A count stays below 2^53. */
class RowTally implements Tally {
  readonly stored: readonly StoredColumn[] = [
    {
      type: DOUBLE,
      get: (group) => this.count(group),
      set: (group, count) => {
        this.#counts[group] = Number(count)
      },
    },
  ]
  #counts: number[] = []

  begin(): void {
    this.#counts.push(0)
  }

  add(column: Data | null, groups: Uint32Array): void {
    const isValid = column === null ? everyRow : validityTest(column)
    for (let row = 0; row < groups.length; row += 1) {
      if (isValid(row)) this.addOne(groups[row] ?? 0)
    }
  }

  addOne(group: number): void {
    this.#counts[group] = this.count(group) + 1
  }

  count(group: number): number {
    return this.#counts[group] ?? 0
  }

  result(group: number): Value {
    return BigInt(this.count(group))
  }

  keep(groups: readonly number[]): void {
    this.#counts = picked(this.#counts, groups)
  }
}

function everyRow(): boolean {
  return true
}

type IntegerResult = (total: bigint, count: number) => Value

/** Sums of whole numbers and of decimals, which no type bounds before the end. */
class IntegerTally implements Tally {
  readonly stored: readonly StoredColumn[]
  readonly #type: PrimitiveType
  readonly #result: IntegerResult
  readonly #counts = new RowTally()
  #totals: bigint[] = []

  constructor(type: PrimitiveType, result: IntegerResult) {
    this.#type = type
    this.#result = result
    this.stored = [...this.#counts.stored, this.#longs(), this.#texts()]
  }

  begin(): void {
    this.#counts.begin()
    this.#totals.push(0n)
  }

  add(column: Data | null, groups: Uint32Array): void {
    const read = readerOf(this.#type, column)
    for (let row = 0; row < groups.length; row += 1) {
      const value = read(row)
      if (value === null) continue
      const group = groups[row] ?? 0
      this.#counts.addOne(group)
      // Whole numbers are held as `number` or `bigint`.
      this.#totals[group] = (this.#totals[group] ?? 0n) + BigInt(value as number | bigint)
    }
  }

  result(group: number): Value | null {
    const count = this.#counts.count(group)
    return count === 0 ? null : this.#result(this.#totals[group] ?? 0n, count)
  }

  keep(groups: readonly number[]): void {
    this.#counts.keep(groups)
    this.#totals = picked(this.#totals, groups)
  }

  /** Nearly all totals fit 64 bits. */
  #longs(): StoredColumn {
    return {
      type: LONG,
      get: (group) => {
        const total = this.#totals[group] ?? 0n
        return isInt64(total) ? total : null
      },
      set: (group, total) => {
        if (typeof total === 'bigint') this.#totals[group] = total
      },
    }
  }

  /** Those that do not. */
  #texts(): StoredColumn {
    return {
      type: TEXT,
      get: (group) => {
        const total = this.#totals[group] ?? 0n
        return isInt64(total) ? null : scaledToText({ digits: total, exponent: 0 })
      },
      set: (group, text) => {
        if (typeof text === 'string') this.#totals[group] = scaledFromText(text).digits
      },
    }
  }
}

function integerResult(measure: Measure, of: PrimitiveType, result: PrimitiveType): IntegerResult {
  if (result.kind === 'double') {
    return (total, count) => nearestDouble({ digits: total, exponent: 0 }, BigInt(count))
  }
  const checked = checkedIn(measure, result)
  if (measure.fn === 'sum') return checked
  assert(of.kind === 'decimal' && result.kind === 'decimal', 'a mean is a double or a decimal')
  const factor = 10n ** BigInt(scaleGain(of, result))
  return (total, count) => checked(roundedQuotient(total * factor, BigInt(count)))
}

function scaleGain(of: DecimalType, result: DecimalType): number {
  return result.scale - of.scale
}

/** Half away from zero, as SQL rounds decimals. */
function roundedQuotient(dividend: bigint, divisor: bigint): bigint {
  const twice = 2n * dividend
  return (dividend < 0n ? twice - divisor : twice + divisor) / (2n * divisor)
}

function checkedIn({ name, fn }: Measure, type: PrimitiveType): (value: bigint) => bigint {
  const [lowest, highest] = rangeOf(type)
  return (value) => {
    if (value >= lowest && value <= highest) return value
    throw new IcebergError(
      'invalid',
      'a measure has outgrown its type: make its column a decimal of more digits by SQL',
      { context: { measure: name, fn, type: formatType(type) } },
    )
  }
}

function rangeOf(type: PrimitiveType): readonly [bigint, bigint] {
  if (type.kind !== 'decimal') return [INT64_MIN, INT64_MAX]
  const highest = 10n ** BigInt(type.precision) - 1n
  return [-highest, highest]
}

class DoubleTally implements Tally {
  readonly stored: readonly StoredColumn[]
  readonly #type: PrimitiveType
  readonly #fn: 'sum' | 'avg'
  readonly #counts = new RowTally()
  readonly #totals = new ExactDoubles()

  constructor(type: PrimitiveType, fn: 'sum' | 'avg') {
    this.#type = type
    this.#fn = fn
    this.stored = [...this.#counts.stored, ...this.#totals.stored]
  }

  begin(): void {
    this.#counts.begin()
    this.#totals.begin()
  }

  add(column: Data | null, groups: Uint32Array): void {
    const read = readerOf(this.#type, column)
    for (let row = 0; row < groups.length; row += 1) {
      const value = read(row)
      if (value === null) continue
      const group = groups[row] ?? 0
      this.#counts.addOne(group)
      this.#totals.add(group, Number(value))
    }
  }

  result(group: number): Value | null {
    const count = this.#counts.count(group)
    if (count === 0) return null
    return this.#fn === 'sum' ? this.#totals.total(group) : this.#totals.mean(group, count)
  }

  keep(groups: readonly number[]): void {
    this.#counts.keep(groups)
    this.#totals.keep(groups)
  }
}

/** NaN is above all, and minus zero below zero, so that it does not matter which of two came first. */
class ExtremeTally implements Tally {
  readonly stored: readonly StoredColumn[]
  readonly #type: PrimitiveType
  readonly #isBetter: (value: PrimitiveValue, than: PrimitiveValue) => boolean
  #values: (Value | null)[] = []

  constructor(type: PrimitiveType, fn: 'min' | 'max') {
    this.stored = [
      {
        type,
        get: (group) => this.result(group),
        set: (group, value) => {
          this.#values[group] = value
        },
      },
    ]
    this.#type = type
    const compare = comparatorOf(type)
    this.#isBetter =
      fn === 'min'
        ? (value, than) => compare(value, than) < 0
        : (value, than) => compare(value, than) > 0
  }

  begin(): void {
    this.#values.push(null)
  }

  add(column: Data | null, groups: Uint32Array): void {
    const read = readerOf(this.#type, column)
    for (let row = 0; row < groups.length; row += 1) {
      const value = read(row)
      if (value === null) continue
      const group = groups[row] ?? 0
      const known = this.#values[group] ?? null
      // Columns of primitive types have primitive values.
      const [one, other] = [value as PrimitiveValue, known as PrimitiveValue | null]
      if (other === null || this.#isBetter(one, other)) this.#values[group] = value
    }
  }

  result(group: number): Value | null {
    return this.#values[group] ?? null
  }

  keep(groups: readonly number[]): void {
    this.#values = picked(this.#values, groups)
  }
}

function readerOf(type: PrimitiveType, column: Data | null): (row: number) => Value | null {
  assert(column !== null, 'what is no count of rows is of a column')
  return columnReader(type, column)
}

function picked<Item>(items: readonly Item[], indices: readonly number[]): Item[] {
  return indices.map((index) => {
    const item = items[index]
    assert(item !== undefined, 'groups that are kept are there')
    return item
  })
}
