import { describe, expect, it } from 'vitest'

import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { maintain, planMaintenance } from '../../../src/maintenance/maintain.ts'
import { newBusyRides } from '../../support/busy-table.ts'
import { movingEnvironment } from '../../support/moving-environment.ts'
import type { MovingEnvironment } from '../../support/moving-environment.ts'
import { idsOf } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'

const DAY_MS = 86_400_000

interface Lab {
  readonly rides: Rides
  readonly environment: MovingEnvironment
}

/** A table of six small files in each of two cities, from a commit a day. */
async function lab(): Promise<Lab> {
  const environment = movingEnvironment()
  const store = createMemoryStore({ clock: () => environment.timeMs })
  const rides = await newBusyRides(store, environment)
  for (let id = 0; id < 6; id += 1) {
    environment.timeMs += DAY_MS
    await rides.append([
      { id: 2 * id, city: 'Oslo' },
      { id: 2 * id + 1, city: 'Bergen' },
    ])
  }
  return { rides, environment }
}

const ALL = { expire: { olderThan: '2 days' }, manifests: {}, orphans: {}, compact: {} }

describe('maintenance by a policy', () => {
  it('takes the steps that it names, and leaves the rows', async () => {
    const { rides } = await lab()
    const before = await idsOf(rides)
    const report = await maintain(rides, ALL)
    expect(report.expire?.report?.snapshotIds).toHaveLength(3)
    expect(report.compact?.report).toMatchObject({ groups: 2, overtakenGroups: 0, leftGroups: 0 })
    expect(report.orphans?.report?.files).toEqual([])
    expect(report.unfinished).toEqual([])
    expect(new Set(await idsOf(rides))).toEqual(new Set(before))
    expect((await rides.scan().plan()).tasks).toHaveLength(2)
  })

  it('leaves out what it does not name', async () => {
    const { rides } = await lab()
    const report = await rides.maintain({ expire: { retainLast: 1, olderThan: '1 hour' } })
    expect(report).toMatchObject({ manifests: null, orphans: null, compact: null })
    expect(rides.snapshots).toHaveLength(1)
  })

  it('changes nothing when it is only planned, and says it all', async () => {
    const { rides } = await lab()
    const { metadataLocation } = rides
    const plan = await planMaintenance(rides, ALL)
    expect(plan.describe()).toMatch(/3 of 6 snapshots expire[^]*compact 12 files/)
    await rides.refresh()
    expect(rides.metadataLocation).toBe(metadataLocation)
    expect(plan.expire?.report).toBe(null)
  })

  it('begins no group of files beyond its budget of bytes, and goes on with the next run', async () => {
    const { rides } = await lab()
    const policy = { compact: {}, budget: { bytes: 1 } }
    const first = await maintain(rides, policy)
    expect(first.compact?.report).toMatchObject({ groups: 1, leftGroups: 1 })
    expect(first.unfinished).toEqual(['compact'])
    const second = await maintain(rides, policy)
    expect(second.compact?.report).toMatchObject({ groups: 1, leftGroups: 0 })
    expect(second.unfinished).toEqual([])
    expect(await idsOf(rides)).toHaveLength(12)
  })

  it('begins no step after its seconds', async () => {
    const { rides, environment } = await lab()
    const steps: string[] = []
    const report = await maintain(
      rides,
      { ...ALL, budget: { seconds: 60 } },
      {
        onStep(step) {
          steps.push(step)
          if (step === 'manifests') environment.timeMs += 61_000
        },
      },
    )
    expect(steps).toEqual(['expire', 'manifests'])
    expect(report.unfinished).toEqual(['orphans', 'compact'])
    expect(report.compact).toBe(null)
  })

  it('says which step failed, and keeps what those before it did', async () => {
    const { rides } = await lab()
    const [lost] = (await rides.scan().plan()).tasks
    await rides.state.services.store.deleteAll([lost?.file.path ?? ''])
    const policy = { expire: { olderThan: '2 days' }, compact: { partialProgress: false } }
    await expect(maintain(rides, policy)).rejects.toMatchObject({
      kind: 'not-found',
      context: { step: 'compact' },
    })
    expect(rides.snapshots).toHaveLength(3)
  })

  it('never begins a step before all are what they can be, and says which is not', async () => {
    const { rides } = await lab()
    const policy = { expire: { olderThan: '2 days' }, orphans: { olderThan: '1 hour' } }
    const expected = { kind: 'invalid', context: { step: 'orphans' } }
    await expect(maintain(rides, policy)).rejects.toMatchObject(expected)
    await expect(planMaintenance(rides, policy)).rejects.toMatchObject(expected)
    expect(rides.snapshots).toHaveLength(6)
  })

  it.each([{ seconds: -1 }, { seconds: Number.NaN }, { bytes: 0.5 }, { bytes: -1 }])(
    'refuses a budget of %o',
    async (budget) => {
      const { rides } = await lab()
      await expect(maintain(rides, { expire: {}, budget })).rejects.toMatchObject({
        kind: 'invalid',
      })
      await expect(planMaintenance(rides, { budget })).rejects.toMatchObject({ kind: 'invalid' })
    },
  )
})
