/** What users do to a table, each step with what the model says must come of it. */
import fc from 'fast-check'
import { expect } from 'vitest'

import type { RowValues } from '../../../src/layout/column-value.ts'
import type { Isolation } from '../../../src/write/conflicts.ts'
import { inputOf } from './input.ts'
import type { InputForm } from './input.ts'
import type { TableLayout } from './layout.ts'
import { commitTime, modelAppend, modelOverwrite, newModelTable, partitionsOf } from './model.ts'
import type { HandleIndex, Model, Real, UnknownTable } from './model.ts'
import { anyQuery, anyTravel } from './queries.ts'
import { Step, auditNewest, expectKind } from './step.ts'
import type { Command } from './step.ts'

export const TABLE = 'city.rides'

/** The property that transactions guard. */
const BATCH = 'acme.batch'

/** Commands on a table of this layout. */
export function anyCommands(
  layout: TableLayout,
  maxCommands: number,
): fc.Arbitrary<Iterable<Command>> {
  const handle = fc.constantFrom<HandleIndex[]>(0, 1)
  const rows = fc.array(fc.constantFrom(...layout.pool), { maxLength: 6 })
  const form = fc.constantFrom<InputForm[]>('objects', 'stream', 'batches', 'table')
  const isolation = fc.constantFrom<Isolation[]>('serializable', 'snapshot', 'none')
  const write = fc.record({ handle, rows, form })
  return fc.commands(
    [
      write.map((parts) => new Append(parts)),
      fc.record({ handle, rows, form, isolation }).map((parts) => new Overwrite(parts)),
      fc.record({ handle, rows, form, isRight: fc.boolean() }).map((parts) => new Batch(parts)),
      fc.tuple(rows, rows).map((both) => new AppendTogether(both)),
      anyQuery(layout),
      anyQuery(layout),
      anyTravel,
      fc.integer({ min: -100_000, max: 100_000 }).map((ms) => new MoveClock(ms)),
      handle.map((index) => new Refresh(index)),
      handle.map((index) => new Reopen(index)),
      handle.map((index) => new Recreate(index)),
    ],
    { maxCommands, size: 'max' },
  )
}

interface Write {
  readonly handle: HandleIndex
  readonly rows: readonly RowValues[]
  readonly form: InputForm
}

abstract class WriteStep<Parts extends Write> extends Step {
  readonly parts: Parts

  constructor(parts: Parts) {
    super()
    this.parts = parts
  }

  async act(model: Model, real: Real): Promise<void> {
    const { handle } = this.parts
    const seen = model.handles[handle]
    if (seen.table.isDropped) {
      await expectKind(this.write(model, real), this.writes() ? 'not-found' : null)
      return
    }
    if (this.writes() && this.conflicts(model))
      await expectKind(this.write(model, real), 'conflict')
    else {
      await this.write(model, real)
      this.change(model, real)
    }
    if (this.writes()) seen.seen = seen.table.snapshots.length
    await auditNewest(real, real.handles[handle])
  }

  /** Whether there is anything to commit. */
  writes(): boolean {
    return this.parts.rows.length > 0
  }

  conflicts(_model: Model): boolean {
    return false
  }

  abstract write(model: Model, real: Real): Promise<unknown>
  abstract change(model: Model, real: Real): void

  override toString(): string {
    return `${this.constructor.name}(${fc.stringify(this.parts)})`
  }
}

class Append extends WriteStep<Write> {
  write({ layout }: Model, real: Real): Promise<unknown> {
    const { handle, rows, form } = this.parts
    return real.handles[handle].append(inputOf(layout.schema, rows, form))
  }

  change({ layout, current }: Model, { environment }: Real): void {
    if (this.writes()) modelAppend(layout, current, this.parts.rows, environment)
  }
}

class Overwrite extends WriteStep<Write & { readonly isolation: Isolation }> {
  write({ layout }: Model, real: Real): Promise<unknown> {
    const { handle, rows, form, isolation } = this.parts
    const input = inputOf(layout.schema, rows, form)
    return real.handles[handle].overwritePartitions(input, { isolation })
  }

  override conflicts({ layout, handles, current }: Model): boolean {
    const { handle, rows, isolation } = this.parts
    if (isolation === 'none') return false
    const replaced = partitionsOf(layout, rows)
    return current.snapshots
      .slice(handles[handle].seen)
      .some(({ added, removed }) =>
        [...removed, ...(isolation === 'serializable' ? added : [])].some((key) =>
          replaced.has(key),
        ),
      )
  }

  change({ layout, current }: Model, { environment }: Real): void {
    if (this.writes()) modelOverwrite(layout, current, this.parts.rows, environment)
  }
}

/** Rows with a property that says how far they go, if nobody was there before. */
class Batch extends WriteStep<Write & { readonly isRight: boolean }> {
  override writes(): boolean {
    return true
  }

  override conflicts(): boolean {
    return !this.parts.isRight
  }

  write({ layout, handles }: Model, real: Real): Promise<unknown> {
    const { handle, rows, form, isRight } = this.parts
    const { batch } = handles[handle].table
    const expected = String(isRight ? batch : batch + 1)
    return real.handles[handle].transaction(async (tx) => {
      tx.guard(({ properties }) => (properties.get(BATCH) ?? '0') === expected)
      tx.setProperties({ [BATCH]: String(batch + 1) })
      await tx.append(inputOf(layout.schema, rows, form))
    })
  }

  change({ layout, current }: Model, { environment }: Real): void {
    current.batch += 1
    if (this.parts.rows.length === 0) commitTime(current, environment)
    else modelAppend(layout, current, this.parts.rows, environment)
  }
}

/** Both handles at once: each finds the other in its way. */
class AppendTogether extends Step {
  readonly rows: readonly [readonly RowValues[], readonly RowValues[]]

  constructor(rows: readonly [readonly RowValues[], readonly RowValues[]]) {
    super()
    this.rows = rows
  }

  override check({ handles }: Readonly<Model>): boolean {
    return (
      handles.every(({ table }) => !table.isDropped) && this.rows.every((some) => some.length > 0)
    )
  }

  async act({ layout, current, handles }: Model, real: Real): Promise<void> {
    const commits = await Promise.all(
      real.handles.map((handle, index) =>
        handle.append(inputOf(layout.schema, this.rows[index] ?? [], 'batches')),
      ),
    )
    for (const handle of real.handles) await handle.refresh()
    const made = real.handles[0].snapshots.map(({ snapshotId }) => snapshotId)
    const inOrder = [0, 1].toSorted(
      (left, right) =>
        place(made, commits[left]?.snapshotId) - place(made, commits[right]?.snapshotId),
    )
    for (const index of inOrder) {
      modelAppend(layout, current, this.rows[index] ?? [], real.environment)
    }
    // A writer that waits for another moves the clock; when, is up to the race.
    for (const [index, { timestampMs }] of real.handles[0].snapshots.entries()) {
      const snapshot = current.snapshots[index]
      if (snapshot !== undefined) current.snapshots[index] = { ...snapshot, timestampMs }
    }
    current.lastUpdatedMs = real.handles[0].metadata.lastUpdatedMs
    for (const handle of handles) handle.seen = current.snapshots.length
    await auditNewest(real, real.handles[0])
  }

  override toString(): string {
    return `AppendTogether(${fc.stringify(this.rows)})`
  }
}

function place(ids: readonly bigint[], id: bigint | null | undefined): number {
  const index = ids.findIndex((candidate) => candidate === id)
  expect(index).not.toBe(-1)
  return index
}

class MoveClock extends Step {
  readonly ms: number

  constructor(ms: number) {
    super()
    this.ms = ms
  }

  async act(_model: Model, { environment }: Real): Promise<void> {
    environment.timeMs += this.ms
  }

  override toString(): string {
    return `MoveClock(${this.ms})`
  }
}

abstract class HandleStep extends Step {
  readonly handle: HandleIndex

  constructor(handle: HandleIndex) {
    super()
    this.handle = handle
  }

  override toString(): string {
    return `${this.constructor.name}(${this.handle})`
  }
}

class Refresh extends HandleStep {
  async act({ handles }: Model, real: Real): Promise<void> {
    const seen = handles[this.handle]
    const refreshed = real.handles[this.handle].refresh()
    if (seen.table.isDropped) await expectKind(refreshed, 'not-found')
    else {
      await refreshed
      seen.seen = seen.table.snapshots.length
    }
  }
}

class Reopen extends HandleStep {
  async act(model: Model, real: Real): Promise<void> {
    real.handles[this.handle] = await real.warehouse.loadTable(TABLE)
    model.handles[this.handle] = { table: model.current, seen: model.current.snapshots.length }
  }
}

class Recreate extends HandleStep {
  async act(model: Model, real: Real): Promise<void> {
    await real.warehouse.dropTable(TABLE)
    model.current.isDropped = true
    model.current = newModelTable(real.environment)
    real.handles[this.handle] = await createTable(real, model.layout)
    model.handles[this.handle] = { table: model.current, seen: 0 }
  }
}

export function createTable(
  { warehouse }: Pick<Real, 'warehouse'>,
  { schema, partitionBy, sortBy, properties }: TableLayout,
): Promise<UnknownTable> {
  return warehouse.createTable(TABLE, { schema, partitionBy, sortBy, properties })
}
