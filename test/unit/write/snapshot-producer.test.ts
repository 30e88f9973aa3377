import { describe, expect, it } from 'vitest'

import type { Environment } from '../../../src/base/environment.ts'
import { unusedSnapshotId } from '../../../src/write/snapshot-producer.ts'
import { movingEnvironment } from '../../support/moving-environment.ts'
import { newRides } from '../../support/rides.ts'

/** An environment that draws these ids, then others. */
function drawing(ids: readonly bigint[]): Environment {
  const environment = movingEnvironment()
  const left = [...ids]
  return {
    ...environment,
    randomBytes(length) {
      const bytes = new Uint8Array(length)
      const id = left.shift()
      if (id === undefined) return environment.randomBytes(length)
      new DataView(bytes.buffer).setBigUint64(length - 8, id)
      return bytes
    },
  }
}

describe('the id of a new snapshot (spec: Snapshots)', () => {
  it('is drawn again while a snapshot has it, or it is taken otherwise', async () => {
    const rides = await newRides()
    const { snapshotId } = await rides.append([{ id: 1 }])
    if (snapshotId === null) throw new Error('there is a snapshot')
    const taken = 3_051_729_675_574_597_004n
    const environment = drawing([snapshotId, taken, snapshotId, 7n])
    const state = { ...rides.state, services: { ...rides.state.services, environment } }
    expect(unusedSnapshotId(state, new Set([taken]))).toBe(7n)
  })
})
