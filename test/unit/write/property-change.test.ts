import { describe, expect, it } from 'vitest'

import { propertiesAt } from '../../../src/write/property-change.ts'
import { anotherHandle, newRides } from '../../support/rides.ts'

describe('properties of a commit', () => {
  it('count the last one of a name', () => {
    const sources = [
      () => [['a', '1']] as const,
      () =>
        [
          ['b', '2'],
          ['a', '3'],
        ] as const,
    ]
    expect([...propertiesAt(sources, { snapshotId: null, sequenceNumber: 0n })]).toEqual([
      ['a', '3'],
      ['b', '2'],
    ])
  })

  it('know the head of a table that gets no snapshot', async () => {
    const rides = await newRides()
    const points: unknown[] = []
    const note = (): Promise<unknown> =>
      rides.transaction((tx) =>
        tx.setProperties((point) => {
          points.push({ ...point })
          return { a: '1' }
        }),
      )
    await note()
    const { snapshotId } = await rides.append([{ id: 1 }])
    await note()
    expect(points).toEqual([
      { snapshotId: null, sequenceNumber: 0n },
      { snapshotId, sequenceNumber: 1n },
    ])
  })

  it('know the snapshot that they come with, at every attempt', async () => {
    const rides = await newRides()
    const rival = await anotherHandle(rides)
    await rival.append([{ id: 1 }])
    const numbers: bigint[] = []
    const { snapshotId, attempts } = await rides.transaction(async (tx) => {
      tx.setProperties((point) => {
        numbers.push(point.sequenceNumber)
        return { 'acme.snapshot': String(point.snapshotId) }
      })
      await tx.append([{ id: 2 }])
    })
    expect(attempts).toBe(2)
    expect(numbers).toEqual([1n, 2n])
    expect(rides.properties.get('acme.snapshot')).toBe(String(snapshotId))
  })

  it('are refused at once when they are malformed', async () => {
    const rides = await newRides()
    const malformed = rides.transaction((tx) =>
      tx.setProperties({ 'write.target-file-size-bytes': 'large' }),
    )
    await expect(malformed).rejects.toMatchObject({ kind: 'invalid' })
    const late = rides.transaction((tx) =>
      tx.setProperties(() => ({ 'write.target-file-size-bytes': 'large' })),
    )
    await expect(late).rejects.toMatchObject({ kind: 'invalid' })
  })
})
