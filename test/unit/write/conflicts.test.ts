import { describe, expect, it } from 'vitest'

import { validateSince } from '../../../src/write/conflicts.ts'
import type { Isolation } from '../../../src/write/conflicts.ts'
import { commitRowDeletes } from '../../support/foreign-commits.ts'
import { newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'

/** Validates a replacement of Oslo that has read a snapshot. */
function validate(
  rides: Rides,
  isolation: Isolation,
  readSnapshotId: bigint | null,
): Promise<void> {
  return validateSince(
    rides.state,
    {
      isolation,
      readSnapshotId,
      committedId: rides.metadata.currentSnapshotId,
      mayReplace: ({ partition: [city] }) => city === 'Oslo',
      what: 'a partition that this one replaces',
    },
    {},
  )
}

async function ridesInOslo(): Promise<{ rides: Rides; readId: bigint }> {
  const rides = await newRides({ partitionBy: ['city'] })
  await rides.append([{ id: 1, city: 'Oslo' }])
  return { rides, readId: rides.currentSnapshot?.snapshotId ?? 0n }
}

const conflict = {
  kind: 'conflict',
  message: 'another commit changed a partition that this one replaces',
}

describe('a replacement of partitions', () => {
  it('is right when nothing was committed since', async () => {
    const { rides, readId } = await ridesInOslo()
    await expect(validate(rides, 'serializable', readId)).resolves.toBeUndefined()
  })

  it('does not mind changes of other partitions', async () => {
    const { rides, readId } = await ridesInOslo()
    await rides.append([{ id: 2, city: 'Bergen' }])
    await rides.overwritePartitions([{ id: 3, city: 'Bergen' }])
    await expect(validate(rides, 'serializable', readId)).resolves.toBeUndefined()
  })

  it('finds a change behind the newest commit', async () => {
    const { rides, readId } = await ridesInOslo()
    const { snapshotId } = await rides.append([{ id: 2, city: 'Oslo' }])
    await rides.append([{ id: 3, city: 'Bergen' }])
    await rides.append([{ id: 4, city: 'Bergen' }])
    await expect(validate(rides, 'serializable', readId)).rejects.toMatchObject({
      ...conflict,
      context: { snapshotId },
    })
    await expect(validate(rides, 'snapshot', readId)).resolves.toBeUndefined()
  })

  it('finds removed rows, also those that were added since', async () => {
    const { rides, readId } = await ridesInOslo()
    await rides.overwritePartitions([{ id: 2, city: 'Oslo' }])
    await rides.append([{ id: 3, city: 'Bergen' }])
    await expect(validate(rides, 'snapshot', readId)).rejects.toMatchObject(conflict)
    await expect(validate(rides, 'none', readId)).resolves.toBeUndefined()
  })

  it('takes row-level deletes for removed rows', async () => {
    const { rides, readId } = await ridesInOslo()
    await commitRowDeletes(rides, ['Oslo'])
    await expect(validate(rides, 'snapshot', readId)).rejects.toMatchObject(conflict)
  })

  it('looks at the whole history when there was no snapshot', async () => {
    const { rides } = await ridesInOslo()
    await rides.append([{ id: 2, city: 'Bergen' }])
    await expect(validate(rides, 'serializable', null)).rejects.toMatchObject(conflict)
    await expect(validate(rides, 'snapshot', null)).resolves.toBeUndefined()
  })

  it('is refused when the history since is not known', async () => {
    const { rides } = await ridesInOslo()
    await expect(validate(rides, 'snapshot', 12345n)).rejects.toMatchObject({
      kind: 'conflict',
      message: 'the history since the table was read is gone',
    })
  })
})
