import { describe, expect, it } from 'vitest'

import { iterable } from '../../../src/jobs/sources/iterable-stream.ts'
import { streamJob } from '../../../src/jobs/stream-job.ts'
import type { StreamJob } from '../../../src/jobs/stream-job.ts'
import { schema, t } from '../../../src/types/define.ts'
import { newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'

const Ride = schema({ id: t.long() })

/** A stream of three rides, described as a program that is not typed would. */
function ridesInto(target: Rides, options: object): StreamJob {
  const source = iterable([{ id: 1 }, { id: 2 }, { id: 3 }], {
    schema: Ride,
    maxRowsPerTrigger: 1,
  })
  return streamJob({ id: 'rides', source, target, trigger: 'available-now', ...options })
}

describe('a stream of a program', () => {
  it('never replaces rows unless it is told to by name', async () => {
    const rides = await newRides()
    await rides.append([{ id: 0 }])
    for (const mode of ['Append', 'overwrite', null]) {
      expect(() => ridesInto(rides, { write: { mode } })).toThrow(
        expect.objectContaining({ kind: 'invalid', context: { mode: String(mode) } }),
      )
    }
    for await (const _ of ridesInto(rides, { write: { mode: undefined, sort: 'id' } }).run());
    expect(await rides.scan().count()).toBe(4n)
    for await (const _ of ridesInto(rides, { id: 'all', write: { mode: 'complete' } }).run());
    expect(await rides.scan().count()).toBe(1n)
  })

  it('runs for ever only where it is told to by name', async () => {
    const rides = await newRides()
    for (const trigger of ['always', {}, { everyMs: 0.5 }]) {
      expect(() => ridesInto(rides, { trigger })).toThrow(
        expect.objectContaining({ kind: 'invalid' }),
      )
    }
  })
})
