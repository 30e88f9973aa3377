import { describe, expect, it } from 'vitest'

import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { expireSnapshots, planExpiry } from '../../../src/maintenance/expire-snapshots.ts'
import { planOrphanRemoval } from '../../../src/maintenance/remove-orphans.ts'
import { kindOfFile } from '../../../src/maintenance/table-file.ts'
import { newBusyRides } from '../../support/busy-table.ts'
import { commitRowDeletes, commitUpdates } from '../../support/foreign-commits.ts'
import { movingEnvironment } from '../../support/moving-environment.ts'
import type { Rides } from '../../support/rides.ts'

async function ridesWithDeletes(): Promise<Rides> {
  const environment = movingEnvironment()
  const rides = await newBusyRides(
    createMemoryStore({ clock: () => environment.timeMs }),
    environment,
  )
  await rides.append([{ id: 1, city: 'Oslo' }])
  environment.timeMs += 1
  await commitRowDeletes(rides, ['Oslo'])
  environment.timeMs += 1
  return rides
}

describe('files of row-level deletes', () => {
  it('are kept by what reads them, and are no orphans', async () => {
    const rides = await ridesWithDeletes()
    const path = `${rides.metadata.location}/data/deletes.parquet`
    await rides.state.services.store.put(path, new Uint8Array(100), 'create')
    const { files } = await expireSnapshots(rides, { olderThan: '0 days' })
    expect(files.map(({ kind }) => kind)).toEqual(['manifest-list'])
    const plan = await planOrphanRemoval(rides, { olderThan: 9_999_999_999_999n, force: true })
    expect(plan.files.filter((file) => file.path === path)).toEqual([])
  })

  it('go with the last snapshot that has them', async () => {
    const rides = await ridesWithDeletes()
    const [first] = rides.snapshots
    const ref = { snapshotId: first?.snapshotId ?? 0n, kind: 'branch' } as const
    await commitUpdates(rides, [{ action: 'set-snapshot-ref', name: 'main', ref }])
    const { files } = await planExpiry(rides, { olderThan: 9_999_999_999_999n })
    expect(files.map(({ kind, sizeBytes }) => [kind, typeof sizeBytes])).toEqual([
      ['position-deletes', 'bigint'],
      ['manifest', 'bigint'],
      ['manifest-list', 'object'],
    ])
  })

  it('are told apart', () => {
    const file = { path: 'a', sizeBytes: 1n }
    const kindOf = (
      content: 'data' | 'position-deletes' | 'equality-deletes',
      format: string,
    ): string => kindOfFile({ ...file, content, format })
    expect(kindOf('data', 'PARQUET')).toBe('data')
    expect(kindOf('equality-deletes', 'avro')).toBe('equality-deletes')
    expect(kindOf('position-deletes', 'orc')).toBe('position-deletes')
    expect(kindOf('position-deletes', 'PUFFIN')).toBe('deletion-vectors')
  })
})
