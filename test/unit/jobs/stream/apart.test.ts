import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../../../src/client/warehouse.ts'
import { createMemoryStore } from '../../../../src/io/memory-store.ts'
import type { ObjectStore } from '../../../../src/io/object-store.ts'
import type { OtherTarget } from '../../../../src/jobs/sinks/target.ts'
import { files } from '../../../../src/jobs/sources/files-stream.ts'
import { iterable } from '../../../../src/jobs/sources/iterable-stream.ts'
import { appendsOf } from '../../../../src/jobs/sources/table-stream.ts'
import type { StreamSource } from '../../../../src/jobs/sources/stream-source.ts'
import { streamJob } from '../../../../src/jobs/stream-job.ts'
import { checkApart } from '../../../../src/jobs/stream/apart.ts'
import { tableStream } from '../../../../src/jobs/stream/program-stream.ts'
import type { Stream } from '../../../../src/jobs/stream/stream.ts'
import type { LiveTable } from '../../../../src/table/table-state.ts'
import { schema, t } from '../../../../src/types/define.ts'
import { temporaryFolder } from '../../../support/folders.ts'
import { newRides, sharedWith } from '../../../support/rides.ts'
import type { Rides } from '../../../support/rides.ts'
import { collect } from '../../../support/streams.ts'

const Id = schema({ id: t.long() })

const CHECKPOINT = 'memory:/checkpoint'

/** A run that is to be refused; with what the store had before it and has after it. */
async function refusedRun(
  source: (rides: Rides) => StreamSource | Promise<StreamSource>,
  options: object = {},
): Promise<{ readonly error: unknown; readonly before: unknown; readonly after: unknown }> {
  const store = createMemoryStore()
  const rides = await newRides({}, { store })
  await rides.append([{ id: 1 }])
  const job = streamJob({
    id: 'rides',
    source: await source(rides),
    target: rides,
    checkpoint: CHECKPOINT,
    trigger: 'available-now',
    ...options,
  })
  const before = await locationsIn(store)
  const error = await collect(job.run()).then(
    () => null,
    (reason: unknown) => reason,
  )
  return { error, before, after: await locationsIn(store) }
}

async function locationsIn(store: ObjectStore): Promise<readonly string[]> {
  const found = await collect(store.list('memory:'))
  return found.map(({ location }) => location).toSorted()
}

describe('a stream that would read what it writes', () => {
  it('is refused where it reads the table that it writes, by whatever handle', async () => {
    const { error, before, after } = await refusedRun(async (rides) => {
      const warehouse = await openWarehouse('memory:', sharedWith(rides))
      return appendsOf(await warehouse.loadTable('city.rides'))
    })
    expect(error).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('write to another table'),
      context: { input: 'source', table: 'city.rides' },
    })
    expect(after).toEqual(before)
  })

  it('is refused where it reads the table that takes its late rows', async () => {
    const warehouse = await openWarehouse('memory:')
    const target = await warehouse.createTable('city.rides', { schema: Id })
    const late = await warehouse.createTable('city.late', { schema: Id })
    await expect(checkApart(streamOf(appendsOf(late), target, late))).rejects.toMatchObject({
      kind: 'invalid',
      context: { table: 'city.late' },
    })
  })

  it('may read another branch of the table', async () => {
    const rides = await newRides()
    const source = appendsOf(rides, { branch: 'audited' })
    await expect(checkApart(streamOf(source, rides))).resolves.toBeUndefined()
  })

  it.each([
    ['in the folder of the table', 'memory:/city/rides/landing/*.json'],
    ['that are the data of the table', 'memory:/city/rides/data'],
    ['of a folder that the table is in', 'memory:/city'],
    ['of a pattern that the metadata of the table fit', 'memory:/c*/**/*.json'],
    ['in the folder of the checkpoint', 'memory:/checkpoint/landing'],
  ])('is refused where it reads files %s', async (_, location) => {
    const { error, before, after } = await refusedRun(() =>
      files(location, { schema: Id, format: 'json' }),
    )
    expect(error).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('lie where it keeps its own'),
      context: { input: 'source' },
    })
    expect(after).toEqual(before)
  })

  it.each([
    ['beside the table', 'memory:/city/landing'],
    ['of a pattern that reaches no folder', 'memory:/city/*.json'],
    ['whose folder begins as the name of the table does', 'memory:/city/rides2/landing'],
  ])('may read files %s', async (_, location) => {
    const rides = await newRides()
    const source = files(location, { schema: Id })
    await expect(checkApart(streamOf(source, rides))).resolves.toBeUndefined()
  })

  it('is refused where the table keeps its data among the files', async () => {
    const properties = { 'write.data.path': 'memory:/landing/data' }
    const warehouse = await openWarehouse('memory:')
    const table = await warehouse.createTable('city.rides', { schema: Id, properties })
    await expect(
      checkApart(streamOf(files('memory:/landing', { schema: Id }), table)),
    ).rejects.toMatchObject({ kind: 'invalid', context: { table: 'memory:/landing/data' } })
    const pattern = files('memory:/landing/*.json', { schema: Id })
    await expect(checkApart(streamOf(pattern, table))).resolves.toBeUndefined()
  })

  it.each([
    ['to the folder of the table', 'warehouse/city/rides', true],
    ['to a folder that the table is in', 'warehouse', true],
    ['to another folder', 'elsewhere', false],
  ])('is refused where it reads files through a link %s: %s', async (_, target, isRefused) => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'elsewhere'))
    const warehouse = await openWarehouse(join(folder, 'warehouse'))
    const table = await warehouse.createTable('city.rides', { schema: Id })
    symlinkSync(join(folder, target), join(folder, 'landing'), 'dir')
    const refused = await checkApart(
      streamOf(files(join(folder, 'landing'), { schema: Id }), table),
    ).then(
      () => false,
      () => true,
    )
    expect(refused).toBe(isRefused)
  })

  it.each([
    ['in', 'in', true],
    ['in', 'in/out', true],
    ['in/deep', 'in', true],
    ['in/*.json', 'in/out', false],
    ['in', 'in/_out', false],
    ['in', 'out', false],
  ])('of %s is refused where it writes files to %s: %s', async (read, written, isRefused) => {
    const output: OtherTarget = {
      kind: 'other',
      view: 'out',
      identity: written,
      folder: `memory:/lake/${written}`,
      planned: { kind: 'files', name: 'out', target: written, file: null },
      write: async () => ({ kind: 'files', name: 'out', target: written, file: null }),
    }
    const source = files(`memory:/lake/${read}`, { schema: Id })
    const stream = {
      sources: new Map([['in', source]]),
      outputs: [output],
      checkpoint: null,
    }
    const refused = await checkApart(stream).then(
      () => false,
      () => true,
    )
    expect(refused).toBe(isRefused)
  })

  it('is told apart from one whose rows come from elsewhere', async () => {
    const { error } = await refusedRun(() => iterable([{ id: 2 }], { schema: Id }))
    expect(error).toBeNull()
  })
})

function streamOf(source: StreamSource, target: LiveTable, late: LiveTable | null = null): Stream {
  return tableStream({
    id: 'rides',
    source,
    target,
    late,
    change: null,
    write: { mode: 'append' },
    checkpoint: null,
    badRecords: { kind: 'fail' },
  })
}
