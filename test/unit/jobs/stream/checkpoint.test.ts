import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../../../src/client/warehouse.ts'
import { createMemoryStore } from '../../../../src/io/memory-store.ts'
import { lastName } from '../../../../src/io/location.ts'
import { iterable } from '../../../../src/jobs/sources/iterable-stream.ts'
import { streamJob } from '../../../../src/jobs/stream-job.ts'
import { Checkpoint } from '../../../../src/jobs/stream/checkpoint.ts'
import { schema, t } from '../../../../src/types/define.ts'
import { collect, text } from '../../../support/streams.ts'

const FOLDER = 'memory:/checkpoints/counting'

describe('the folder of a stream', () => {
  it('keeps what batches of the last hundred left, and what another process is about to name', async () => {
    const store = createMemoryStore()
    const checkpoint = new Checkpoint({ store, folder: FOLDER })
    // Unfinished files of local stores lie beside what they become, and their names may begin with digits.
    const unfinished = '5d7f48c6-6631-444f-af8b-b50c9d5a1e7b.tmp'
    await store.put(`${FOLDER}/commits/${unfinished}`, text('{'), 'create')
    for (const epoch of [99, 100, 101, 200]) {
      const state = {
        epoch,
        offsets: new Map(),
        begun: new Map(),
        batchMicros: 0n,
        watermarkMicros: null,
        held: null,
      }
      await checkpoint.finish({ state, tables: new Map() })
    }
    const names = (await collect(store.list(`${FOLDER}/commits`))).map(({ location }) =>
      lastName(location),
    )
    expect(names.toSorted()).toEqual(['000000000101', '000000000200', unfinished])
  })

  it('lets go of what was never finished, a day later, and of nothing else', async () => {
    const clock = { ms: 0 }
    const store = createMemoryStore({ clock: () => clock.ms })
    const checkpoint = new Checkpoint({ store, folder: FOLDER })
    const [old, young] = [
      'offsets/5d7f48c6-6631-444f-af8b-b50c9d5a1e7b.tmp',
      'sources/a/5d7f48c6-6631-444f-af8b-b50c9d5a1e7c.tmp',
    ]
    const others = ['commits/000000000001', 'bad/000000000001-a.ndjson', 'mine.tmp']
    for (const name of [old, ...others]) await store.put(`${FOLDER}/${name}`, text('{'), 'create')
    clock.ms = 1
    await store.put(`${FOLDER}/${young}`, text('{'), 'create')
    await checkpoint.sweep(86_400_001)
    const names = (await collect(store.list(FOLDER))).map(({ location }) =>
      location.slice(FOLDER.length + 1),
    )
    expect(names.toSorted()).toEqual([...others, young].toSorted())
  })

  it.each(['', '/', '/data/x'])(
    'is never a folder of a table (its location and %j), whose orphan removal would take it',
    async (below) => {
      const warehouse = await openWarehouse('memory:')
      const Ride = schema({ id: t.long() })
      const target = await warehouse.createTable('city.rides', { schema: Ride })
      const source = iterable([], { schema: Ride })
      const checkpoint = target.metadata.location + below
      expect(() => streamJob({ id: 'rides', source, target, checkpoint })).toThrow(
        expect.objectContaining({
          kind: 'invalid',
          message: expect.stringContaining('a checkpoint lies outside of the tables'),
        }),
      )
    },
  )

  it('may be beside a table, whose name its own begins with', async () => {
    const checkpoint = new Checkpoint({ store: createMemoryStore(), folder: 'memory:/lake/rides2' })
    expect(() => checkpoint.checkOutside('memory:/lake/rides')).not.toThrow()
  })
})
