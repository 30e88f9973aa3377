import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../src/base/errors.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { DELETE_BATCH, deleteFiles } from '../../../src/maintenance/delete-files.ts'
import { createFaultyStore } from '../../support/faulty-store.ts'
import type { FaultyStore } from '../../support/faulty-store.ts'

const FILES = Array.from({ length: 2 * DELETE_BATCH + 1 }, (_, index) => ({
  path: `memory:/${index}`,
}))

function store(): FaultyStore {
  return createFaultyStore(createMemoryStore())
}

describe('removal of files', () => {
  it('takes as many at once as a request of S3 does, and tells how far it is', async () => {
    const watched = store()
    const told: number[] = []
    const outcome = await deleteFiles(watched, FILES, { onDone: (files) => told.push(files) })
    expect(outcome).toEqual({ deleted: FILES, left: [] })
    expect(watched.requests).toHaveLength(3)
    expect(told).toEqual([DELETE_BATCH, 2 * DELETE_BATCH, FILES.length])
    expect(await deleteFiles(watched, [])).toEqual({ deleted: [], left: [] })
  })

  it('goes on after a request that failed, and tells what is left', async () => {
    const watched = store()
    watched.faults.set(2, 'fails')
    const { deleted, left } = await deleteFiles(watched, FILES)
    expect(deleted).toHaveLength(DELETE_BATCH + 1)
    expect(left).toEqual(
      FILES.slice(DELETE_BATCH, 2 * DELETE_BATCH).map((file) => ({
        ...file,
        reason: 'fault was asked for',
      })),
    )
  })

  it('tells of files that the store could not remove, and why', async () => {
    const watched = store()
    const cause = new Error('EACCES: permission denied')
    const error = new IcebergError('unavailable', 'file system failed', { cause })
    watched.deleteAll = async ([location = '']) => [{ location, error }]
    const { deleted, left } = await deleteFiles(watched, FILES.slice(0, 3))
    expect(deleted).toEqual(FILES.slice(1, 3))
    const reason = 'file system failed: EACCES: permission denied'
    expect(left).toEqual([{ path: FILES[0]?.path, reason }])
  })

  it('leaves the rest when the caller gives up', async () => {
    const stop = new AbortController()
    stop.abort(new Error('enough'))
    const { deleted, left } = await deleteFiles(store(), FILES, { signal: stop.signal })
    expect(deleted).toEqual([])
    expect(new Set(left.map(({ reason }) => reason))).toEqual(new Set(['enough']))
  })

  it('does not hide what is wrong with the program', async () => {
    const watched = store()
    watched.deleteAll = () => Promise.reject(new TypeError('bug'))
    await expect(deleteFiles(watched, FILES)).rejects.toThrow('bug')
  })
})
