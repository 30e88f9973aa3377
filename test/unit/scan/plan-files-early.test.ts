import { describe, expect, it } from 'vitest'

import type { TableEvent } from '../../../src/table/events.ts'
import { newRides } from '../../support/rides.ts'

describe('a scan with a limit', () => {
  it('reads no more manifests than it needs, and tells how many', async () => {
    const events: TableEvent[] = []
    const rides = await newRides({}, { onEvent: (event) => void events.push(event) })
    for (const id of [1, 2, 3]) await rides.append([{ id }, { id: id * 10 }])
    events.length = 0
    expect(await rides.scan().limit(3).toArray()).toMatchObject([
      { id: 3n },
      { id: 30n },
      { id: 2n },
    ])
    expect(events).toMatchObject([
      { kind: 'scan-planned', manifests: 3, manifestsRead: 2, filesRead: 2 },
    ])
  })

  it('reads on where the first files have no matching row', async () => {
    const rides = await newRides()
    for (const id of [1, 2, 3]) await rides.append([{ id }])
    expect(await rides.scan().where('id < 2').limit(3).toArray()).toMatchObject([{ id: 1n }])
    expect(await rides.scan().where("city = 'Oslo'").limit(1).toArray()).toEqual([])
  })

  it('tells of no plan when planning fails', async () => {
    const events: TableEvent[] = []
    const rides = await newRides({}, { onEvent: (event) => void events.push(event) })
    await rides.append([{ id: 1 }])
    const list = rides.currentSnapshot?.manifestList ?? ''
    const { store, cache } = rides.state.services
    const [line] = cache.lists.get(list) ?? []
    await store.put(line?.path ?? '', new Uint8Array([1]), 'overwrite')
    events.length = 0
    await expect(rides.scan().limit(1).toArray()).rejects.toMatchObject({ kind: 'corrupt' })
    expect(events).toEqual([])
  })
})
