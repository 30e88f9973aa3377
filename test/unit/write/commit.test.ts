import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../src/base/errors.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import type { Catalog, CommitOutcome } from '../../../src/catalog/catalog.ts'
import { createMemoryCatalog } from '../../../src/catalog/memory-catalog.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import type { TableEvent } from '../../../src/table/events.ts'
import type { LiveTable } from '../../../src/table/table-state.ts'
import { commitChange } from '../../../src/write/commit.ts'
import type { Change, CommitOptions } from '../../../src/write/commit.ts'
import { movingEnvironment } from '../../support/moving-environment.ts'
import type { MovingEnvironment } from '../../support/moving-environment.ts'
import { setting } from '../../support/new-table.ts'
import { RIDES, Ride, sharedWith } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'
import { runs } from '../../support/runs.ts'

/** What the catalog says to one attempt; `committed` is left to the real one, and `lost` is what it says but nobody hears. */
type Answer = 'committed' | 'conflict' | 'unknown' | 'lost'

interface Place {
  readonly rides: Rides
  readonly environment: MovingEnvironment
  readonly events: TableEvent[]
  /** What happened at the catalog, with the time. */
  readonly calls: string[]
}

/** A table whose catalog gives the answers in turn, then commits. */
async function opened(
  answers: readonly Answer[],
  properties: Readonly<Record<string, string>> = {},
): Promise<Place> {
  const environment = movingEnvironment(0)
  const store = createMemoryStore()
  const inner = createMemoryCatalog({ store, environment, warehouse: 'memory:' })
  const events: TableEvent[] = []
  const calls: string[] = []
  const left = [...answers]
  const note = (call: string): void => void calls.push(`${environment.timeMs} ${call}`)
  const catalog: Catalog = Object.assign(Object.create(inner) as Catalog, {
    defaultLocation: inner.defaultLocation.bind(inner),
    createTable: inner.createTable.bind(inner),
    async loadTable(...args: Parameters<Catalog['loadTable']>) {
      note('load')
      return inner.loadTable(...args)
    },
    async commitTable(...args: Parameters<Catalog['commitTable']>): Promise<CommitOutcome> {
      const answer = left.shift() ?? 'committed'
      note(answer)
      if (answer === 'conflict') return { kind: 'conflict', reason: 'asked for' }
      if (answer === 'unknown') return { kind: 'unknown', cause: new Error('lost') }
      const outcome = await inner.commitTable(...args)
      return answer === 'lost' ? { kind: 'unknown', cause: new Error('lost') } : outcome
    },
  })
  const warehouse = await openWarehouse('memory:', {
    store,
    environment,
    catalog,
    onEvent: (event) => void events.push(event),
  })
  const rides = await warehouse.createTable(RIDES, { schema: Ride, properties })
  return { rides, environment, events, calls }
}

function setsA(): Change & { readonly proposals: number[] } {
  const proposals: number[] = []
  return {
    proposals,
    async propose(_state, attempt) {
      proposals.push(attempt)
      return setting({ a: '1' })
    },
    isIn: ({ properties }: TableMetadata) => properties.get('a') === '1',
  }
}

function commit({ rides }: Place, options: CommitOptions = {}): ReturnType<typeof commitChange> {
  return commitChange(rides, setsA(), options)
}

describe('a commit (spec: Commit Conflict Resolution and Retry)', () => {
  it('takes one request when nobody else writes', async () => {
    const place = await opened([])
    expect(await commit(place)).toMatchObject({ attempts: 1 })
    expect(place.calls).toEqual(['0 committed'])
    expect(place.rides.properties.get('a')).toBe('1')
  })

  it('waits, and only then looks at what the others have done', async () => {
    const place = await opened(['conflict', 'conflict'])
    expect(await commit(place)).toMatchObject({ attempts: 3 })
    expect(place.calls).toEqual([
      '0 conflict',
      '100 load',
      '100 conflict',
      '300 load',
      '300 committed',
    ])
  })

  it('waits twice as long each time up to the longest wait, less up to half by chance', async () => {
    const properties = {
      'commit.retry.min-wait-ms': '10',
      'commit.retry.max-wait-ms': '50',
      'commit.retry.num-retries': '5',
    }
    const place = await opened(Array(5).fill('conflict') as Answer[], properties)
    place.environment.chance = 0.5
    await commit(place)
    expect(place.environment.sleptMs).toEqual([7.5, 15, 30, 37.5, 37.5])
  })

  it('ends as conflict after as many retries as the table allows', async () => {
    const place = await opened(Array(9).fill('conflict') as Answer[], {
      'commit.retry.num-retries': '2',
    })
    await expect(commit(place)).rejects.toMatchObject({
      kind: 'conflict',
      context: { table: RIDES, attempts: 3, reason: 'asked for' },
    })
  })

  it('starts no attempt after the total time', async () => {
    const place = await opened(Array(9).fill('conflict') as Answer[], {
      'commit.retry.total-timeout-ms': '250',
    })
    await expect(commit(place)).rejects.toMatchObject({
      kind: 'conflict',
      context: { attempts: 2 },
    })
    expect(place.environment.timeMs).toBe(100)
  })

  it('proposes the change anew at every attempt, and never twice for one', async () => {
    const { rides } = await opened(['conflict', 'conflict'])
    const change = setsA()
    await commitChange(rides, change)
    expect(change.proposals).toEqual([1, 2, 3])
  })

  it('ends at once when the change itself finds a conflict', async () => {
    const place = await opened([])
    const fault = new IcebergError('conflict', 'rows are gone')
    const change: Change = { propose: () => Promise.reject(fault), isIn: () => false }
    await expect(commitChange(place.rides, change)).rejects.toBe(fault)
    expect(place.calls).toEqual([])
  })

  it('looks for itself when the outcome is not known, and tries nothing again', async () => {
    const place = await opened(['unknown'])
    await expect(commit(place)).rejects.toMatchObject({
      kind: 'commit-unknown',
      cause: new Error('lost'),
    })
    expect(place.calls).toEqual(['0 unknown', '0 load', '1000 load', '3000 load'])
  })

  it('looks as often, and waits as long in between, as the table says', async () => {
    const looks = async (
      properties: Readonly<Record<string, string>>,
    ): Promise<readonly string[]> => {
      const place = await opened(['unknown'], properties)
      await expect(commit(place)).rejects.toMatchObject({ kind: 'commit-unknown' })
      return place.calls.slice(1)
    }
    const waits = {
      'commit.status-check.num-retries': '5',
      'commit.status-check.min-wait-ms': '10',
      'commit.status-check.max-wait-ms': '30',
    }
    expect(await looks({ 'commit.status-check.num-retries': '1' })).toEqual(['0 load'])
    expect(await looks(waits)).toEqual(['0 load', '10 load', '30 load', '60 load', '90 load'])
    expect(await looks({ ...waits, 'commit.status-check.total-timeout-ms': '40' })).toEqual([
      '0 load',
      '10 load',
      '30 load',
    ])
  })

  it('is committed when it finds itself', async () => {
    const place = await opened(['lost'])
    expect(await commit(place)).toMatchObject({ attempts: 1 })
    expect(place.calls).toEqual(['0 lost', '0 load'])
    expect(place.rides.properties.get('a')).toBe('1')
  })

  it('stops while it waits when it is aborted', async () => {
    const place = await opened(['conflict'])
    const reason = new Error('enough')
    const abort = new AbortController()
    const { proposals: _, ...change } = setsA()
    const aborting: Change = {
      ...change,
      async propose(...args) {
        abort.abort(reason)
        return change.propose(...args)
      },
    }
    await expect(commitChange(place.rides, aborting, { signal: abort.signal })).rejects.toBe(reason)
    expect(place.calls).toEqual(['0 conflict'])
  })

  it('stops while it looks at the newest version when it is aborted', async () => {
    const { rides, calls } = await opened(['conflict'])
    const reason = new Error('enough')
    const abort = new AbortController()
    const slow: LiveTable = {
      state: rides.state,
      moveTo: (loaded) => rides.moveTo(loaded),
      refresh(options) {
        abort.abort(reason)
        return rides.refresh(options)
      },
    }
    await expect(commitChange(slow, setsA(), { signal: abort.signal })).rejects.toBe(reason)
    expect(calls.map((call) => call.replace(/^\d+ /, ''))).toEqual(['conflict', 'load'])
  })

  it('looks to the end for a commit in doubt, although it is aborted', async () => {
    const { rides } = await opened(['lost'])
    const abort = new AbortController()
    const { proposals: _, ...change } = setsA()
    const aborting: Change = {
      ...change,
      async propose(...args) {
        abort.abort(new Error('enough'))
        return change.propose(...args)
      },
    }
    expect(await commitChange(rides, aborting, { signal: abort.signal })).toMatchObject({
      attempts: 1,
    })
    expect(rides.properties.get('a')).toBe('1')
  })

  it('tells its events in order', async () => {
    const place = await opened(['conflict'])
    await place.rides.transaction((tx) => tx.setProperties({ a: '1' }))
    expect(place.events).toEqual([
      { kind: 'commit-attempted', table: RIDES, attempt: 1 },
      { kind: 'commit-conflict', table: RIDES, attempt: 1, reason: 'asked for' },
      { kind: 'commit-attempted', table: RIDES, attempt: 2 },
      { kind: 'committed', table: RIDES, snapshotId: null, attempts: 2 },
    ])
  })

  it('always makes as many attempts as conflicts allow, each after its wait', async () => {
    const anyPolicy = fc.record({
      conflicts: fc.nat(8),
      retries: fc.nat(6),
      minMs: fc.nat(100),
      maxMs: fc.nat(300),
      totalMs: fc.nat(1000),
    })
    await fc.assert(
      fc.asyncProperty(anyPolicy, async ({ conflicts, retries, minMs, maxMs, totalMs }) => {
        const place = await opened(Array(conflicts).fill('conflict') as Answer[], {
          'commit.retry.num-retries': String(retries),
          'commit.retry.min-wait-ms': String(minMs),
          'commit.retry.max-wait-ms': String(maxMs),
          'commit.retry.total-timeout-ms': String(totalMs),
        })
        const outcome = await commit(place).then(
          ({ attempts }) => attempts,
          (error: unknown) => (error as IcebergError).kind,
        )
        const { sleptMs, timeMs } = place.environment
        expect(sleptMs.length).toBeLessThanOrEqual(Math.min(conflicts, retries))
        expect(timeMs).toBeLessThanOrEqual(totalMs)
        expect(sleptMs.every((ms) => ms <= maxMs)).toBe(true)
        if (outcome === 'conflict') {
          const next = Math.min(maxMs, minMs * 2 ** sleptMs.length)
          expect(sleptMs.length === retries || timeMs + next > totalMs).toBe(true)
        } else expect(outcome).toBe(conflicts + 1)
      }),
      runs(50),
    )
  })
})

describe('guards of a commit', () => {
  it('are asked again of every version that an attempt stands on', async () => {
    const place = await opened(['conflict', 'conflict'])
    const asked: (string | null)[] = []
    await commit(place, {
      guards: [({ tableUuid }) => asked.push(tableUuid) > 0],
    })
    expect(asked).toHaveLength(3)
  })

  it('end it as conflict when the newest version is not as they want', async () => {
    const place = await opened([])
    await expect(commit(place, { guards: [() => true, () => false] })).rejects.toMatchObject({
      kind: 'conflict',
      message: 'a guard of the commit does not hold',
    })
    expect(place.calls).toEqual(['0 load'])
  })

  it('are not held against an old version when the newest is as they want', async () => {
    const { rides } = await opened([])
    const rival = await (await openWarehouse('memory:', sharedWith(rides))).loadTable(RIDES)
    await rival.transaction((tx) => tx.setProperties({ turn: '2' }))
    await rides.transaction((tx) => {
      tx.guard(({ properties }) => properties.get('turn') === '2')
      tx.setProperties({ turn: '3' })
    })
    expect(rides.properties.get('turn')).toBe('3')
  })

  it('end it when they throw', async () => {
    const place = await opened([])
    const fault = new Error('broken')
    const guard = (): boolean => {
      throw fault
    }
    await expect(commit(place, { guards: [guard] })).rejects.toBe(fault)
  })
})
