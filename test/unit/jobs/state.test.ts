import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { unreachable } from '../../../src/base/assert.ts'
import { isKind } from '../../../src/base/errors.ts'
import { blankState, formatAnchoredState, formatState } from '../../../src/jobs/state-record.ts'
import type { IncrementalState } from '../../../src/jobs/state-record.ts'
import {
  definitionsOf,
  findRun,
  findState,
  redefinedKeys,
  sameState,
  stateAfter,
} from '../../../src/jobs/state.ts'
import type { IncrementalKey } from '../../../src/jobs/workflow/model.ts'
import { unpartitionedSpec } from '../../../src/layout/partition-spec.ts'
import { unsortedOrder } from '../../../src/layout/sort-order.ts'
import type { StateAnchor } from '../../../src/metadata/job-standing.ts'
import type { Snapshot } from '../../../src/metadata/snapshot.ts'
import { newTableMetadata } from '../../../src/metadata/table-metadata.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { runs } from '../../support/runs.ts'

const KEY = 'frazil.incremental.public/port-calls/monthly.every_call'

/** A table to which only happens what matters to the state of one job. */
class History {
  metadata: TableMetadata = newTableMetadata({
    uuid: '8f0e1c52-6c3c-4f0e-9d2b-0f6b1f7a2c11',
    location: 'memory:/calls',
    schema: { schemaId: 0, fields: [], identifierFieldIds: [] },
    spec: unpartitionedSpec,
    sortOrder: unsortedOrder,
    properties: new Map(),
    nowMs: 0,
  })

  get head(): Snapshot | null {
    const { currentSnapshotId, snapshots } = this.metadata
    return snapshots.find(({ snapshotId }) => snapshotId === currentSnapshotId) ?? null
  }

  /** From the head back, as far as it goes. */
  get line(): readonly Snapshot[] {
    const line: Snapshot[] = []
    for (let next = this.head; next !== null;) {
      line.push(next)
      const { parentId } = next
      next = this.metadata.snapshots.find(({ snapshotId }) => snapshotId === parentId) ?? null
    }
    return line
  }

  find(): IncrementalState | null {
    return findState(this.metadata, { key: KEY })
  }

  /** A commit of somebody else. */
  commit(summary: ReadonlyMap<string, string> = new Map()): void {
    const sequenceNumber = this.metadata.lastSequenceNumber + 1n
    const snapshot: Snapshot = {
      snapshotId: 1000n + sequenceNumber,
      parentId: this.metadata.currentSnapshotId,
      sequenceNumber,
      timestampMs: Number(sequenceNumber),
      manifestList: `memory:/calls/metadata/snap-${sequenceNumber}.avro`,
      operation: 'append',
      summary,
      schemaId: 0,
    }
    const snapshots = [...this.metadata.snapshots, snapshot]
    this.metadata = { ...this.metadata, snapshots, lastSequenceNumber: sequenceNumber }
    this.rollBackTo(snapshot)
  }

  /** A run with rows. */
  run(state: IncrementalState): void {
    this.commit(new Map([[KEY, formatState(state)]]))
    this.advance(state)
  }

  /** A run without rows: the property alone. */
  advance(state: IncrementalState, anchor: StateAnchor = this.anchor()): void {
    this.setProperty(formatAnchoredState({ state, anchor }))
  }

  anchor(): StateAnchor {
    return {
      branch: 'main',
      snapshotId: this.head?.snapshotId ?? null,
      sequenceNumber: this.head?.sequenceNumber ?? 0n,
    }
  }

  setProperty(text: string): void {
    const properties = new Map([...this.metadata.properties, [KEY, text]])
    this.metadata = { ...this.metadata, properties }
  }

  removeProperty(): void {
    this.metadata = { ...this.metadata, properties: new Map() }
  }

  rollBackTo({ snapshotId }: Snapshot): void {
    this.metadata = {
      ...this.metadata,
      currentSnapshotId: snapshotId,
      refs: new Map([['main', { snapshotId, kind: 'branch' }]]),
    }
  }

  /** Keeps the newest snapshots of the line and nothing else. */
  expire(kept: number): void {
    this.keep(this.line.slice(0, kept).map((snapshot) => snapshot.snapshotId))
  }

  keep(snapshotIds: readonly bigint[]): void {
    const snapshots = this.metadata.snapshots.filter((snapshot) =>
      snapshotIds.includes(snapshot.snapshotId),
    )
    this.metadata = { ...this.metadata, snapshots }
  }
}

function stateOf(run: number): IncrementalState {
  return {
    ...blankState,
    run,
    keys: new Map([
      ['start', `${run}`],
      ['end', `${run + 1}`],
    ]),
    state: new Map([['start', `${run + 1}`]]),
    sourceSnapshotId: BigInt(run),
  }
}

function isUnknown(history: History): boolean {
  try {
    history.find()
    return false
  } catch (error) {
    if (!isKind(error, 'invalid')) throw error
    return true
  }
}

describe('findState', () => {
  it('is null for a table without a run, with or without snapshots', () => {
    const history = new History()
    expect(history.find()).toBeNull()
    history.commit()
    expect(history.find()).toBeNull()
  })

  it('sees the last run behind what others have committed since', () => {
    const history = new History()
    history.run(stateOf(1))
    history.run(stateOf(2))
    history.commit()
    history.commit()
    expect(history.find()).toEqual(stateOf(2))
  })

  it('sees a run without rows, also in a table without snapshots', () => {
    const history = new History()
    history.advance(stateOf(1))
    expect(history.find()).toEqual(stateOf(1))
    history.run(stateOf(2))
    history.advance(stateOf(3))
    history.commit()
    expect(history.find()).toEqual(stateOf(3))
  })

  it('believes the summary when the property lags behind', () => {
    const history = new History()
    history.run(stateOf(1))
    history.commit(new Map([[KEY, formatState(stateOf(2))]]))
    expect(history.find()).toEqual(stateOf(2))
  })

  it('believes the summary when the property is gone', () => {
    const history = new History()
    history.run(stateOf(1))
    history.removeProperty()
    expect(history.find()).toEqual(stateOf(1))
  })

  it('believes the property when the snapshot of the run has expired', () => {
    const history = new History()
    history.run(stateOf(1))
    history.commit()
    history.commit()
    history.expire(1)
    expect(history.find()).toEqual(stateOf(1))
  })

  it('goes back with the rows when the table is rolled back', () => {
    const history = new History()
    history.commit()
    const [before] = history.line
    history.run(stateOf(1))
    const [first] = history.line
    history.run(stateOf(2))
    if (first === undefined || before === undefined) throw new Error('no snapshots')
    history.rollBackTo(first)
    expect(history.find()).toEqual(stateOf(1))
    history.rollBackTo(before)
    expect(history.find()).toBeNull()
  })

  it('stays back when what was rolled back expires, as long as all before is kept', () => {
    const history = new History()
    history.commit()
    const [before] = history.line
    history.run(stateOf(1))
    if (before === undefined) throw new Error('no snapshots')
    history.rollBackTo(before)
    history.expire(5)
    history.commit()
    expect(history.find()).toBeNull()
  })

  it('does not guess when the run may have expired and no property knows', () => {
    const history = new History()
    history.run(stateOf(1))
    history.commit()
    history.removeProperty()
    history.expire(1)
    expect(() => history.find()).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        context: { key: KEY, branch: 'main', oldestSnapshotId: 1002n },
      }),
    )
  })

  it('resumes where a property set by hand says', () => {
    const history = new History()
    history.commit()
    history.commit()
    history.expire(1)
    expect(isUnknown(history)).toBe(true)
    const text = '{"run":1,"keys":{},"state":{"start":"7"},"branch":"main","sequence-number":0}'
    history.setProperty(text)
    expect(history.find()?.state).toEqual(new Map([['start', '7']]))
  })

  it('does not take a property that another line of history left', () => {
    const history = new History()
    history.run(stateOf(1))
    history.commit()
    const [other] = history.line
    history.run(stateOf(2))
    const abandoned = history.metadata.currentSnapshotId
    if (other === undefined || abandoned === null) throw new Error('no snapshots')
    history.rollBackTo(other)
    history.commit()
    history.keep([...history.line.slice(0, 1).map((snapshot) => snapshot.snapshotId), abandoned])
    expect(isUnknown(history)).toBe(true)
  })

  it('does not take a property of a later moment that this line never came to', () => {
    const history = new History()
    history.commit()
    const [fork] = history.line
    history.commit()
    const [kept] = history.line
    if (fork === undefined || kept === undefined) throw new Error('no snapshots')
    history.rollBackTo(fork)
    history.run(stateOf(1))
    history.rollBackTo(kept)
    history.expire(1)
    expect(isUnknown(history)).toBe(true)
  })

  it('begins again in a table that was replaced', () => {
    const history = new History()
    history.run(stateOf(1))
    history.metadata = { ...history.metadata, currentSnapshotId: null, refs: new Map() }
    expect(history.find()).toBeNull()
    history.commit()
    history.expire(5)
    expect(history.find()).toBeNull()
  })

  it('does not take a property of another branch', () => {
    const history = new History()
    history.commit()
    history.advance(stateOf(1), { ...history.anchor(), branch: 'audit' })
    expect(history.find()).toBeNull()
    expect(findState(history.metadata, { key: KEY, branch: 'audit' })).toBeNull()
  })

  it('looks along the branch it is asked about', () => {
    const history = new History()
    history.run(stateOf(1))
    const [first] = history.line
    if (first === undefined) throw new Error('no snapshots')
    history.run(stateOf(2))
    history.metadata = {
      ...history.metadata,
      refs: new Map([
        ...history.metadata.refs,
        ['audit', { snapshotId: first.snapshotId, kind: 'branch' }],
      ]),
    }
    expect(findState(history.metadata, { key: KEY, branch: 'audit' })).toEqual(stateOf(1))
  })

  it('names the place of what cannot be read', () => {
    const history = new History()
    history.commit(new Map([[KEY, '{"run":']]))
    expect(() => history.find()).toThrow(
      expect.objectContaining({
        kind: 'corrupt',
        context: expect.objectContaining({ key: KEY, snapshotId: 1001n }),
      }),
    )
    const other = new History()
    other.setProperty('{}')
    expect(() => other.find()).toThrow(expect.objectContaining({ kind: 'corrupt' }))
  })
})

type Step =
  | { readonly kind: 'run' | 'empty-run' | 'foreign' }
  | { readonly kind: 'expire'; readonly kept: number }
  | { readonly kind: 'drop'; readonly index: number }
  | { readonly kind: 'roll-back'; readonly index: number }

const anyWork: fc.Arbitrary<Step> = fc.constantFrom(
  { kind: 'run' } as const,
  { kind: 'empty-run' } as const,
  { kind: 'foreign' } as const,
)
const anyExpiry: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('expire'),
  kept: fc.integer({ min: 1, max: 4 }),
})
/** Expiry of one snapshot by its id, which can leave older ones behind a gap. */
const anyDrop: fc.Arbitrary<Step> = fc.record({ kind: fc.constant('drop'), index: fc.nat(10) })
const anyRollBack: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('roll-back'),
  index: fc.nat(10),
})

/** Takes a step; gives the run that it was, or null. */
function take(history: History, step: Step): number | null {
  switch (step.kind) {
    case 'foreign':
      history.commit()
      return null
    case 'run':
    case 'empty-run': {
      const run = (history.find()?.run ?? 0) + 1
      if (step.kind === 'run') history.run(stateOf(run))
      else history.advance(stateOf(run))
      return run
    }
    case 'expire':
      history.expire(step.kept)
      return null
    case 'drop': {
      const old = history.metadata.snapshots.filter((snapshot) => snapshot !== history.head)
      const dropped = old[step.index % Math.max(1, old.length)]
      const kept = history.metadata.snapshots.filter((snapshot) => snapshot !== dropped)
      history.keep(kept.map((snapshot) => snapshot.snapshotId))
      return null
    }
    case 'roll-back': {
      const target = history.line[step.index % Math.max(1, history.line.length)]
      if (target !== undefined) history.rollBackTo(target)
      return null
    }
    default:
      return unreachable(step)
  }
}

/** Histories that a job can go on in: its first run comes before anything has expired. */
function anySteps(...others: readonly fc.Arbitrary<Step>[]): fc.Arbitrary<readonly Step[]> {
  const first = fc.constantFrom({ kind: 'run' } as const, { kind: 'empty-run' } as const)
  const rest = fc.array(fc.oneof(anyWork, ...others), { maxLength: 30 })
  return fc.tuple(first, rest).map(([step, steps]) => [step, ...steps])
}

describe('findState after any history', () => {
  it('always finds the last run, whatever old snapshots expire', () => {
    fc.assert(
      fc.property(anySteps(anyExpiry), (steps) => {
        const history = new History()
        let last = 0
        for (const step of steps) {
          last = take(history, step) ?? last
          expect(history.find()).toEqual(stateOf(last))
        }
      }),
      runs(300),
    )
  })

  it('never finds another run than the last, whichever snapshots are expired by id', () => {
    fc.assert(
      fc.property(anySteps(anyDrop), (steps) => {
        const history = new History()
        let last = 0
        for (const step of steps) {
          if (isUnknown(history)) return
          last = take(history, step) ?? last
          if (!isUnknown(history)) expect(history.find()).toEqual(stateOf(last))
        }
      }),
      runs(300),
    )
  })

  it('never forgets a run whose rows are there, nor finds one that was rolled back', () => {
    fc.assert(
      fc.property(anySteps(anyRollBack), (steps) => {
        const history = new History()
        // The snapshot that each run made, or stood on when it had no rows.
        const done: {
          readonly run: number
          readonly at: bigint | null
          readonly hadRows: boolean
        }[] = []
        for (const step of steps) {
          const run = take(history, step)
          const at = history.metadata.currentSnapshotId
          if (run !== null) done.push({ run, at, hadRows: step.kind === 'run' })
          const line = new Set<bigint | null>([null, ...history.line.map((one) => one.snapshotId)])
          const here = done.filter((one) => line.has(one.at))
          const withRows = here.filter((one) => one.hadRows)
          const found = history.find()?.run ?? 0
          expect(found).toBeGreaterThanOrEqual(Math.max(0, ...withRows.map((one) => one.run)))
          expect(found).toBeLessThanOrEqual(Math.max(0, ...here.map((one) => one.run)))
          if (run !== null) expect(found).toBe(run)
        }
      }),
      runs(300),
    )
  })
})

describe('stateAfter', () => {
  const KEYS: readonly IncrementalKey[] = [
    {
      name: 'start',
      sql: 'select 1',
      default: null,
      place: { path: 'a' },
      sqlPlace: { path: 'a' },
    },
    {
      name: 'end',
      sql: "select '$|start|' + 1",
      default: null,
      place: { path: 'b' },
      sqlPlace: { path: 'b' },
    },
  ]
  const RUN = {
    run: 1,
    definitions: definitionsOf(KEYS),
    entries: [{ key: 'start', value: 'end' }],
    values: new Map([
      ['start', '1'],
      ['end', '2'],
    ]),
    sourceSnapshotId: 9n,
    afterSnapshotId: 8n,
    pins: new Map([['rates', 7n]]),
    outputs: ['dataos://lake:ports/calls'],
  }

  it('stores the end of a window as the start of the next, and what was read and written', () => {
    const { definitions, entries, values, ...versions } = RUN
    const state = stateAfter(RUN)
    expect(state).toMatchObject({ ...versions, keys: values, isSet: false })
    expect(state.state).toEqual(new Map([['start', '2']]))
    expect([...state.definitions.keys()]).toEqual(entries.map(({ key }) => key))
    expect(definitions.size).toBe(2)
  })

  it('stores nothing that the file does not', () => {
    expect(stateAfter({ ...RUN, entries: [] }).state).toEqual(new Map())
  })

  it('remembers how a stored key was defined', () => {
    const stored = stateAfter(RUN)
    const edited = KEYS.map((key) => ({ ...key, sql: `${key.sql} + 1` }))
    const defaults = KEYS.map((key) => ({ ...key, sql: null, default: key.sql }))
    expect(redefinedKeys(definitionsOf(KEYS), stored)).toEqual([])
    expect(redefinedKeys(definitionsOf(edited), stored)).toEqual(['start'])
    expect(redefinedKeys(definitionsOf(defaults), stored)).toEqual(['start'])
    expect(redefinedKeys(definitionsOf(edited), null)).toEqual([])
  })
})

describe('findRun', () => {
  it('finds a run behind later ones, whether it had rows or is the last', () => {
    const history = new History()
    history.run(stateOf(1))
    history.run(stateOf(2))
    history.commit()
    history.advance(stateOf(3))
    const run = (number: number): number | undefined =>
      findRun(history.metadata, { key: KEY }, number)?.run
    expect([1, 2, 3].map(run)).toEqual([1, 2, 3])
    expect(run(4)).toBeUndefined()
    history.expire(2)
    expect(run(1)).toBeUndefined()
    expect(run(3)).toBe(3)
  })
})

describe('sameState', () => {
  it('tells whether somebody was there in between', () => {
    expect(sameState(null, null)).toBe(true)
    expect(sameState(null, stateOf(1))).toBe(false)
    expect(sameState(stateOf(1), null)).toBe(false)
    expect(sameState(stateOf(1), stateOf(1))).toBe(true)
    expect(sameState(stateOf(1), stateOf(2))).toBe(false)
    expect(sameState(stateOf(1), { ...stateOf(1), state: new Map([['start', 'x']]) })).toBe(false)
    expect(sameState(stateOf(1), { ...stateOf(1), state: new Map() })).toBe(false)
    expect(sameState(stateOf(1), { ...stateOf(1), keys: new Map() })).toBe(false)
  })
})
