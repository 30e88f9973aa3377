/** What users do to a table, each step with what the model says must come of it. */
import fc from 'fast-check'

import type { ErrorKind } from '../../../src/base/errors.ts'
import type { Isolation } from '../../../src/write/conflicts.ts'
import { draw, anySeed } from './draw.ts'
import { anyEvolution, canBeReadAs, evolve, onNewest } from './evolution.ts'
import type { Evolution } from './evolution.ts'
import { anyInputOf, canBeStored, inputOf } from './input.ts'
import type { Input } from './input.ts'
import type { TableLayout } from './layout.ts'
import { appended, firstVersion, nextVersion, overwriteFault, overwritten } from './model.ts'
import type { HandleIndex, Model, ModelHandle, ModelVersion, Real, UnknownTable } from './model.ts'
import { Query, RowsAndPlaces, TimeTravel } from './queries.ts'
import { Step, auditNewest, expectKind } from './step.ts'
import type { Command, StepOptions } from './step.ts'

export const TABLE = 'city.rides'

/** The property that transactions guard. */
const BATCH = 'acme.batch'

/** Any steps of two who use one table. */
export function anyCommands(maxCommands: number): fc.Arbitrary<Iterable<Command>> {
  const options = fc.record({ handle: fc.constantFrom<HandleIndex[]>(0, 1), seed: anySeed })
  const any = (Kind: new (options: StepOptions) => Step): fc.Arbitrary<Step> =>
    options.map((some) => new Kind(some))
  return fc.commands(
    [
      any(Append),
      any(Append),
      any(Overwrite),
      any(Batch),
      any(AppendTogether),
      any(Evolve),
      any(Evolve),
      any(Evolve),
      any(Query),
      any(Query),
      any(RowsAndPlaces),
      any(TimeTravel),
      any(MoveClock),
      any(Refresh),
      any(Reopen),
      any(Recreate),
    ],
    { maxCommands, size: 'max' },
  )
}

/** A commit: what is asked for, what becomes of the table, and how it fails. */
interface Commit {
  /** Whether there is anything to commit. */
  readonly isEmpty: boolean
  /** Null for a commit that lands. */
  readonly fault: ErrorKind | null
  readonly text: string
  write(table: UnknownTable): Promise<unknown>
  /** The version after it, made at that time. */
  after(newest: ModelVersion, nowMs: number): ModelVersion
}

abstract class CommitStep extends Step {
  async act({ handles }: Model, real: Real): Promise<void> {
    const handle = handles[this.handle]
    const commit = this.commit(handle)
    this.tell(real, commit.text)
    const table = real.handles[this.handle]
    await expectKind(commit.write(table), commit.fault)
    if (commit.isEmpty || handle.table.isDropped) return
    if (commit.fault === null) {
      handle.table.newest = commit.after(handle.table.newest, real.environment.nowMs())
    } else {
      await table.refresh()
    }
    handle.seen = handle.table.newest
    await auditNewest(real, table)
  }

  abstract commit(handle: ModelHandle): Commit
}

/** What keeps rows from being written, whatever the table is by now. */
function writeFault({ schema }: ModelVersion, input: Input | null): ErrorKind | null {
  if (input === null || input.rows.length === 0) return null
  return canBeStored(schema.fields) ? null : 'unsupported'
}

function goneFault({ table }: ModelHandle): ErrorKind | null {
  return table.isDropped ? 'not-found' : null
}

class Append extends CommitStep {
  commit(handle: ModelHandle): Commit {
    const input = draw(anyInputOf(handle), this.seed)
    const isEmpty = input.rows.length === 0
    return {
      isEmpty,
      fault: isEmpty ? null : (writeFault(handle.seen, input) ?? goneFault(handle)),
      text: textOf(input),
      write: (table) => table.append(inputOf(handle.seen.schema, input)),
      after: (newest, nowMs) => appended(newest, input.rows, nowMs),
    }
  }
}

class Overwrite extends CommitStep {
  commit(handle: ModelHandle): Commit {
    const anyIsolation = fc.constantFrom<Isolation[]>('serializable', 'snapshot', 'none')
    const [input, isolation] = draw(fc.tuple(anyInputOf(handle), anyIsolation), this.seed)
    const isEmpty = input.rows.length === 0
    return {
      isEmpty,
      fault: isEmpty
        ? null
        : (writeFault(handle.seen, input) ?? overwriteFault(handle, input.rows, isolation)),
      text: `${isolation} ${textOf(input)}`,
      write: (table) =>
        table.overwritePartitions(inputOf(handle.seen.schema, input), { isolation }),
      after: (newest, nowMs) => overwritten(newest, input.rows, nowMs),
    }
  }
}

/** Rows with a property that says how far they go, if nobody was there before. */
class Batch extends CommitStep {
  commit(handle: ModelHandle): Commit {
    const [input, isRight] = draw(fc.tuple(anyInputOf(handle), fc.boolean()), this.seed)
    const { batch } = handle.table.newest
    const expected = String(isRight ? batch : batch + 1)
    return {
      isEmpty: false,
      fault: writeFault(handle.seen, input) ?? goneFault(handle) ?? (isRight ? null : 'conflict'),
      text: `${isRight ? 'right' : 'wrong'} ${textOf(input)}`,
      write: (table) =>
        table.transaction(async (tx) => {
          tx.guard(({ properties }) => (properties.get(BATCH) ?? '0') === expected)
          tx.setProperties({ [BATCH]: String(batch + 1) })
          await tx.append(inputOf(handle.seen.schema, input))
        }),
      after: (newest, nowMs) => {
        const counted = nextVersion(newest, nowMs, { batch: batch + 1 })
        return input.rows.length === 0 ? counted : appended(counted, input.rows, nowMs)
      },
    }
  }
}

/** Changes of what the table is, and rows of the table as it then is, all in one commit. */
class Evolve extends CommitStep {
  commit(handle: ModelHandle): Commit {
    const { seen, table } = handle
    const steps = this.#steps(handle)
    const text = steps.map((step) => step.text).join('; ')
    const evolved = evolve(seen, steps)
    const landed =
      evolved === null ? null : onNewest(steps, { seen, evolved, newest: table.newest })
    const input =
      evolved === null ? null : this.#input({ seen: evolved, table: { newest: landed ?? evolved } })
    const isEmpty = steps.length === 0 && input === null
    const fault = goneFault(handle) ?? (landed === null ? 'conflict' : null)
    return {
      isEmpty,
      fault: evolved === null ? 'invalid' : isEmpty ? null : (writeFault(evolved, input) ?? fault),
      text: input === null ? text : `${text}; ${textOf(input)}`,
      write: (real) =>
        real.transaction(async (tx) => {
          for (const step of steps) step.tell(tx)
          if (evolved === null || input === null) return
          await tx.append(inputOf(evolved.schema, input))
        }),
      after: (newest, nowMs) => {
        const version = nextVersion(landed ?? newest, nowMs)
        return input === null ? version : appended(version, input.rows, nowMs)
      },
    }
  }

  /** One to three, each of the table as those before it leave it; none that rows cannot be read after. */
  #steps({ seen, table: { newest } }: ModelHandle): readonly Evolution[] {
    const steps: Evolution[] = []
    const rows = [...seen.snapshots, ...newest.snapshots].flatMap((snapshot) => snapshot.rows)
    for (let count = 0; count <= Math.abs(this.seed % 3); count += 1) {
      const step = draw(anyEvolution(evolve(seen, steps) ?? seen), this.seed + count)
      const { schema } = evolve(seen, [...steps, step]) ?? seen
      if (canBeReadAs(schema, rows)) steps.push(step)
    }
    return steps
  }

  /** Half of all changes come without rows. */
  #input(handle: Parameters<typeof anyInputOf>[0]): Input | null {
    const input = draw(anyInputOf(handle), this.seed)
    return this.seed % 2 === 0 || input.rows.length === 0 ? null : input
  }
}

/** Both handles at once: each finds the other in its way. */
class AppendTogether extends Step {
  override check({ handles }: Readonly<Model>): boolean {
    return handles.every(({ table, seen }) => !table.isDropped && canBeStored(seen.schema.fields))
  }

  async act({ current, handles }: Model, real: Real): Promise<void> {
    const inputs = handles.map((handle, index) => draw(anyInputOf(handle), this.seed + index))
    this.tell(real, inputs.map(textOf).join(' and '))
    const commits = await Promise.all(
      handles.map(({ seen: { schema } }, index) => {
        const input = inputs[index]
        if (input === undefined) throw new Error('one input for each handle')
        return real.handles[index as HandleIndex].append(inputOf(schema, input))
      }),
    )
    for (const handle of real.handles) await handle.refresh()
    const { snapshots, metadata } = real.handles[0]
    // Which of them came first is up to the race, and so is how far the clock moved while one waited.
    for (const { snapshotId, timestampMs } of snapshots.slice(current.newest.snapshots.length)) {
      const index = commits.findIndex((commit) => commit.snapshotId === snapshotId)
      current.newest = appended(current.newest, inputs[index]?.rows ?? [], timestampMs)
    }
    current.newest = { ...current.newest, lastUpdatedMs: metadata.lastUpdatedMs }
    for (const handle of handles) handle.seen = current.newest
    await auditNewest(real, real.handles[0])
  }
}

class MoveClock extends Step {
  async act(_model: Model, real: Real): Promise<void> {
    const ms = draw(fc.integer({ min: -100_000, max: 100_000 }), this.seed)
    this.tell(real, `${ms} ms`)
    real.environment.timeMs += ms
  }
}

class Refresh extends Step {
  async act({ handles }: Model, real: Real): Promise<void> {
    const handle = handles[this.handle]
    const { isDropped, newest } = handle.table
    await expectKind(real.handles[this.handle].refresh(), isDropped ? 'not-found' : null)
    if (!isDropped) handle.seen = newest
  }
}

class Reopen extends Step {
  async act(model: Model, real: Real): Promise<void> {
    real.handles[this.handle] = await real.warehouse.loadTable(TABLE)
    model.handles[this.handle] = { table: model.current, seen: model.current.newest }
  }
}

class Recreate extends Step {
  async act(model: Model, real: Real): Promise<void> {
    const { layout } = model
    await real.warehouse.dropTable(TABLE)
    model.current.isDropped = true
    const newest = firstVersion(layout, real.environment.nowMs())
    model.current = { newest, isDropped: false }
    real.handles[this.handle] = await createTable(real, layout)
    model.handles[this.handle] = { table: model.current, seen: newest }
  }
}

function textOf({ form, rows, unsaid }: Input): string {
  const without = unsaid.length === 0 ? '' : ` without ${unsaid.map(({ name }) => name).join(', ')}`
  return `${fc.stringify(rows.map(({ values }) => values))} as ${form}${without}`
}

export function createTable(
  { warehouse }: Pick<Real, 'warehouse'>,
  { formatVersion, schema, partitionBy, sortBy, properties }: TableLayout,
): Promise<UnknownTable> {
  return warehouse.createTable(TABLE, { formatVersion, schema, partitionBy, sortBy, properties })
}
