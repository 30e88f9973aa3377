// Groups of rows: those of one window that have the same values in the columns of `by`.
import type { Data, RecordBatch } from 'apache-arrow'

import { IcebergError } from '../../../base/errors.ts'
import { floorMod } from '../../../base/integers.ts'
import { adaptColumn } from '../../../formats/arrow/adapt.ts'
import { createValueBatchBuilder } from '../../../formats/arrow/builders.ts'
import { columnsOf } from '../../../formats/arrow/column-data.ts'
import { columnReader } from '../../../formats/arrow/columns.ts'
import { BATCH_BYTES, BATCH_ROWS } from '../../../formats/arrow/from-rows.ts'
import { groupRows, intersectGroups } from '../../../formats/arrow/group-rows.ts'
import type { RowGroups } from '../../../formats/arrow/group-rows.ts'
import { valueKey } from '../../../types/compare.ts'
import { isFloating } from '../../../types/type.ts'
import type { PrimitiveType } from '../../../types/type.ts'
import type { Value } from '../../../types/value.ts'
import type { AggregatePlan, PlannedColumn } from './aggregate-plan.ts'
import { LONG } from './stored-column.ts'
import type { StoredColumn } from './stored-column.ts'
import { createTally } from './tallies.ts'
import type { Tally } from './tallies.ts'

/** Groups are numbered from 0, as they come. */
export class WindowGroups {
  readonly #plan: AggregatePlan
  readonly #tallies: readonly Tally[]
  /** The groups of each window by {@link keyOf} of their values. */
  #numbers = new Map<bigint, Map<GroupKey, number>>()
  #starts: bigint[] = []
  /** A list for each column of `by`: a million groups as objects would take several times the memory. */
  #values: readonly (Value | null)[][]

  constructor(plan: AggregatePlan) {
    this.#plan = plan
    this.#tallies = plan.measures.map(({ measure, column, type }) =>
      createTally(measure, { of: column?.type ?? null, result: type }),
    )
    this.#values = plan.by.map(() => [])
  }

  get count(): number {
    return this.#starts.length
  }

  /** Whether what it has is of such an aggregate, whatever the places of its columns. */
  isOf({ identity }: Pick<AggregatePlan, 'identity'>): boolean {
    return identity === this.#plan.identity
  }

  /**
   * Adds rows, all of which have an event time.
   *
   * @param plan where the columns of these rows are
   * @throws IcebergError `invalid` for a row whose window begins or ends beyond what its column can hold
   */
  add(batch: RecordBatch, plan: AggregatePlan): void {
    if (batch.numRows === 0) return
    const windows = windowsOf(plan, columnIn(batch, plan.time))
    const by = plan.by.map((column) => ({ ...column, data: columnIn(batch, column) }))
    const grouped = by.map(groupRows).reduce(intersectGroups, windows.groups)
    const readers = by.map(({ type, data }) => keyReader(type, data))
    const numbers = Uint32Array.from(grouped.firstRows, (row) => {
      const start = windows.starts[windows.groups.groups[row] ?? 0] ?? 0n
      return this.#numberOf(
        start,
        readers.map((read) => read(row)),
      )
    })
    const groups = grouped.groups.map((group) => numbers[group] ?? 0)
    for (const [index, { column }] of plan.measures.entries()) {
      this.#tallies[index]?.add(column === null ? null : columnIn(batch, column), groups)
    }
  }

  /** All groups, in the order of their windows. */
  allGroups(): readonly number[] {
    return this.#inOrder([...this.#starts.keys()])
  }

  /** The groups of windows that end at a tick or before, in the order of these. */
  groupsUntil(ticks: bigint): readonly number[] {
    return this.#inOrder(this.#groupsWhere((end) => end <= ticks))
  }

  /** Forgets the groups of windows that end at a tick or before. The others have new numbers. */
  forgetUntil(ticks: bigint): void {
    const kept = this.#groupsWhere((end) => end > ticks)
    if (kept.length === this.count) return
    const starts = this.#starts
    this.#starts = kept.map((group) => starts[group] ?? 0n)
    this.#values = this.#values.map((values) => kept.map((group) => values[group] ?? null))
    for (const tally of this.#tallies) tally.keep(kept)
    this.#find()
  }

  /** Groups as rows, a batch after the other. */
  *rows(groups: readonly number[]): Generator<RecordBatch> {
    const { clock, sizeTicks, schema } = this.#plan
    const columns: readonly ((group: number) => Value | null)[] = [
      (group) => clock.valueOf(this.#startOf(group)),
      (group) => clock.valueOf(this.#startOf(group) + sizeTicks),
      ...this.#values.map((values) => (group: number) => values[group] ?? null),
      ...this.#tallies.map((tally) => (group: number) => tally.result(group)),
    ]
    const builder = createValueBatchBuilder(schema)
    for (const group of groups) {
      builder.append(columns.map((valueOf) => valueOf(group)))
      if (builder.rowCount >= BATCH_ROWS || builder.sizeBytes >= BATCH_BYTES) yield builder.finish()
    }
    if (builder.rowCount > 0) yield builder.finish()
  }

  /** All that is known of the groups. */
  get stored(): readonly StoredColumn[] {
    const starts: StoredColumn = {
      type: LONG,
      get: (group) => this.#startOf(group),
      set: (group, start) => {
        // Neighbours are often of one window: then they share its number.
        const last = this.#starts[group - 1]
        if (typeof start === 'bigint') this.#starts[group] = start === last ? last : start
      },
    }
    const by = this.#values.map((values, index): StoredColumn => ({
      type: this.#plan.by[index]?.type ?? LONG,
      get: (group) => values[group] ?? null,
      set: (group, value) => {
        values[group] = value
      },
    }))
    return [starts, ...by, ...this.#tallies.flatMap(({ stored }) => stored)]
  }

  /**
   * Begins so many groups.
   *
   * @param restore fills the columns of {@link stored}
   */
  begin(count: number, restore: () => void): void {
    for (let left = count; left > 0; left -= 1) this.#begin(0n)
    restore()
    this.#find()
  }

  #numberOf(start: bigint, values: readonly (Value | null)[]): number {
    const numbers = this.#numbersIn(start)
    const key = keyOf(this.#plan.by, values)
    const known = numbers.get(key)
    if (known !== undefined) return known
    const number = this.#begin(start)
    for (const [index, value] of values.entries()) this.#values[index]?.push(value)
    numbers.set(key, number)
    return number
  }

  #begin(start: bigint): number {
    this.#starts.push(start)
    for (const tally of this.#tallies) tally.begin()
    return this.#starts.length - 1
  }

  #numbersIn(start: bigint): Map<GroupKey, number> {
    const known = this.#numbers.get(start)
    if (known !== undefined) return known
    const numbers = new Map<GroupKey, number>()
    this.#numbers.set(start, numbers)
    return numbers
  }

  /** Makes the groups be found under the numbers that they have. */
  #find(): void {
    const { by } = this.#plan
    this.#numbers = new Map()
    for (const [group, start] of this.#starts.entries()) {
      const values = this.#values.map((column) => column[group] ?? null)
      this.#numbersIn(start).set(keyOf(by, values), group)
    }
  }

  #startOf(group: number): bigint {
    return this.#starts[group] ?? 0n
  }

  #groupsWhere(test: (windowEnd: bigint) => boolean): number[] {
    const { sizeTicks } = this.#plan
    const groups: number[] = []
    for (const [group, start] of this.#starts.entries()) {
      if (test(start + sizeTicks)) groups.push(group)
    }
    return groups
  }

  #inOrder(groups: readonly number[]): readonly number[] {
    return groups.toSorted((left, right) => {
      const [one, other] = [this.#startOf(left), this.#startOf(right)]
      if (one === other) return left - right
      return one < other ? -1 : 1
    })
  }
}

type GroupKey = boolean | number | bigint | string | null

/** The same for the same values alone: of one column they are it, of several a text that has their lengths, too. */
function keyOf(by: readonly PlannedColumn[], values: readonly (Value | null)[]): GroupKey {
  const parts = by.map(({ type }, index) => partKey(type, values[index] ?? null))
  const [only = null] = parts
  if (parts.length <= 1) return only
  return parts
    .map((part) => (part === null ? NULL_KEY : `${String(part).length}:${String(part)}`))
    .join('')
}

const NULL_KEY = '-'

function partKey(type: PrimitiveType, value: Value | null): GroupKey {
  return value === null ? null : valueKey(type, value)
}

function columnIn(batch: RecordBatch, { position, type, name }: PlannedColumn): Data {
  const column = columnsOf(batch)[position]
  if (column === undefined) {
    throw new IcebergError('internal', 'a batch has the columns of its schema', {
      context: { column: name },
    })
  }
  return adaptColumn(type, column)
}

/** Zeros of both signs are one group, as in SQL. */
function keyReader(type: PrimitiveType, data: Data): (row: number) => Value | null {
  const read = columnReader(type, data)
  return isFloating(type) ? (row) => withoutSign(read(row)) : read
}

function withoutSign(value: Value | null): Value | null {
  return Object.is(value, -0) ? 0 : value
}

interface Windows {
  readonly groups: RowGroups
  /** Where the window of each group begins. */
  readonly starts: readonly bigint[]
}

/** Neighbouring rows are often of one window, which is then not looked for. */
function windowsOf(plan: AggregatePlan, times: Data): Windows {
  const timeOf = plan.clock.reader(times)
  const groups = new Uint32Array(times.length)
  const firstRows: number[] = []
  const starts: bigint[] = []
  const known = new Map<bigint, number>()
  let [start, end, group] = [0n, 0n, 0]
  for (let row = 0; row < times.length; row += 1) {
    const time = timeOf(row) ?? 0n
    if (time < start || time >= end) {
      start = time - floorMod(time, plan.sizeTicks)
      end = start + plan.sizeTicks
      group = known.get(start) ?? starts.length
      if (group === starts.length) {
        checkWindow(plan, start, end)
        known.set(start, group)
        starts.push(start)
        firstRows.push(row)
      }
    }
    groups[row] = group
  }
  return { groups: { groups, firstRows }, starts }
}

function checkWindow({ clock, time }: AggregatePlan, start: bigint, end: bigint): void {
  if (start >= clock.lowest && end <= clock.highest) return
  throw new IcebergError('invalid', 'a window begins or ends beyond what its column can hold', {
    context: { column: time.name },
  })
}
