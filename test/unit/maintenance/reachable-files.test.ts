import { expect, it } from 'vitest'

import { eachManifest } from '../../../src/maintenance/reachable-files.ts'
import { createManifestCache } from '../../../src/table/manifest-cache.ts'
import { newRides } from '../../support/rides.ts'

it('the lists of all snapshots are shown without one being kept: nobody asks for those that expire again', async () => {
  const rides = await newRides()
  for (let id = 1; id <= 3; id += 1) await rides.append([{ id }])
  const cache = createManifestCache()
  const { state } = rides
  const paths: string[] = []
  await eachManifest(
    { ...state, services: { ...state.services, cache } },
    rides.snapshots,
    ({ path }) => paths.push(path),
  )
  expect(paths).toHaveLength(1 + 2 + 3)
  const kept = rides.snapshots.map(({ manifestList }) => cache.lists.get(manifestList ?? ''))
  expect(kept).toEqual([undefined, undefined, undefined])
})
