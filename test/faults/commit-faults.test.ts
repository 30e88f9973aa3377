/** Every request of a short history fails in every way: what the catalog says is true then, and when late writes have landed. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isKind } from '../../src/base/errors.ts'
import type { Catalog } from '../../src/catalog/catalog.ts'
import { createFileCatalog } from '../../src/catalog/file-catalog.ts'
import { parseIdentifier } from '../../src/catalog/identifier.ts'
import { createLocalStore } from '../../src/io/local-store.ts'
import { createMemoryStore } from '../../src/io/memory-store.ts'
import type { ObjectStore } from '../../src/io/object-store.ts'
import { FAULTS, createFaultyStore, faultsOf } from '../support/faulty-store.ts'
import type { Fault, FaultyStore } from '../support/faulty-store.ts'
import { fixedEnvironment } from '../support/fixed-environment.ts'
import { temporaryFolder } from '../support/folders.ts'
import { newTable, setting } from '../support/new-table.ts'
import { runs } from '../support/runs.ts'
import { collect } from '../support/streams.ts'
import { WRITER, tableHistory } from '../support/table-history.ts'

const rides = parseIdentifier('city.rides')

/** Two tables, one after the other; some of the versions are compressed. */
const STEPS = ['create 1', 'commit a', 'commit b', 'drop', 'create 2', 'commit c', 'commit d']

/** What the caller may take for true. */
type Claim = 'done' | 'not done' | 'unknown'

interface Place {
  readonly store: ObjectStore
  readonly warehouse: string
}

const inMemory = (): Place => ({ store: createMemoryStore(), warehouse: 'memory:' })
const onDisk = (): Place => ({ store: createLocalStore(), warehouse: temporaryFolder() })

describe.each([
  ['memory', inMemory, faultsOf],
  // The disk adds nothing to the protocol but its syncs, which take their time.
  ['local files', onDisk, () => ['applies-then-fails'] as const],
])('a history over a store that fails: %s', (_, place, faultsAt) => {
  it('is told as it was, whichever request fails in whichever way', async () => {
    const { requests } = await checkHistory(place(), [])
    expect(requests.length).toBeGreaterThan(30)
    for (const [index, request] of requests.entries()) {
      for (const fault of faultsAt(request)) await checkHistory(place(), [[index + 1, fault]])
    }
  })

  it('leaves nothing but versions and the hint', async () => {
    const failing = place()
    await checkHistory(failing, [
      [5, 'applies-then-fails'],
      [9, 'fails'],
    ])
    for (const { location } of await collect(failing.store.list(failing.warehouse))) {
      expect(location).toMatch(/\/metadata\/(v\d(\.gz)?\.metadata\.json|version-hint\.text)$/)
    }
  })
})

describe('a history over a store that fails again and again', () => {
  it('is always told as it was', async () => {
    await fc.assert(
      fc.asyncProperty(anyFaults, async (faults) => {
        await checkHistory(inMemory(), faults)
      }),
      runs(200),
    )
  })
})

describe('the outcome of one commit, whose second request is its create', () => {
  async function opened(): Promise<{
    store: FaultyStore
    commit: () => Promise<{ kind: string }>
  }> {
    const store = createFaultyStore(createMemoryStore())
    const catalog = open({ store, warehouse: 'memory:' })
    const base = await catalog.createTable(rides, newTable(catalog.defaultLocation(rides)))
    store.requests.length = 0
    return { store, commit: () => catalog.commitTable(base, setting({ a: '1' })) }
  }

  it.each([
    ['fails', 'unknown'],
    ['applies-then-fails', 'committed'],
    ['fails-then-applies', 'unknown'],
    ['repeats', 'committed'],
    ['is-slow', 'committed'],
  ] as const)('when its create %s: %s', async (fault, kind) => {
    const { store, commit } = await opened()
    store.faults.set(2, fault)
    expect((await commit()).kind).toBe(kind)
  })

  it('is unknown when the answer is lost and the file cannot be read back', async () => {
    const { store, commit } = await opened()
    store.faults.set(2, 'applies-then-fails').set(3, 'fails')
    expect(await commit()).toMatchObject({
      kind: 'unknown',
      cause: { kind: 'unavailable', context: { request: expect.stringMatching(/^put/) } },
    })
  })

  it('is conflict when the answer is lost and another writer has the version', async () => {
    const { store, commit } = await opened()
    await commit()
    store.faults.set(store.requests.length + 2, 'fails')
    expect((await commit()).kind).toBe('conflict')
  })
})

const anyFaults = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.constantFrom(...FAULTS)), {
  minLength: 2,
  maxLength: 8,
})

function open({ store, warehouse }: Place): Catalog {
  return createFileCatalog({ store, environment: fixedEnvironment(), warehouse })
}

/** Takes all steps over a store that fails, and compares what was said of each with what there is to see. */
async function checkHistory(
  place: Place,
  faults: readonly (readonly [number, Fault])[],
): Promise<{ readonly requests: readonly string[] }> {
  const store = createFaultyStore(place.store, faults)
  const failing = open({ ...place, store })
  const claims = new Map<string, Claim>()
  for (const step of STEPS) claims.set(step, await claim(failing, step))
  await checkClaims(claims, place)
  const { requests } = store
  await store.landLate()
  await checkClaims(claims, place)
  return { requests }
}

async function claim(catalog: Catalog, step: string): Promise<Claim> {
  const [action = '', name = ''] = step.split(' ')
  try {
    if (action === 'drop') await catalog.dropTable(rides)
    else if (action === 'create') {
      const location = catalog.defaultLocation(rides)
      await catalog.createTable(rides, newTable(location, { comment: name }))
    } else {
      const codec = { 'write.metadata.compression-codec': name === 'a' ? 'gzip' : 'none' }
      const base = await catalog.loadTable(rides)
      const { kind } = await catalog.commitTable(base, setting({ [WRITER]: name, ...codec }))
      if (kind !== 'committed') return kind === 'conflict' ? 'not done' : 'unknown'
    }
    return 'done'
  } catch (error) {
    return isKind(error, 'commit-unknown') ? 'unknown' : 'not done'
  }
}

async function checkClaims(claims: ReadonlyMap<string, Claim>, place: Place): Promise<void> {
  const catalog = open(place)
  const history = await tableHistory(place.store, catalog.defaultLocation(rides))
  const creates = history.filter((entry) => entry.kind === 'created').length
  const writers = history.map((entry) => (entry.kind === 'committed' ? entry.writer : ''))
  const isDropped = history.some((entry) => entry.kind === 'dropped')
  expect(new Set(writers.filter(Boolean)).size).toBe(writers.filter(Boolean).length)
  for (const name of ['a', 'b', 'c', 'd']) {
    expectTruth(claims.get(`commit ${name}`), writers.includes(name))
  }
  expectTruth(claims.get('drop'), isDropped)
  const claimedCreates = [claims.get('create 1'), claims.get('create 2')]
  const done = claimedCreates.filter((one) => one === 'done').length
  const unknown = claimedCreates.filter((one) => one === 'unknown').length
  expect(creates).toBeGreaterThanOrEqual(done)
  expect(creates).toBeLessThanOrEqual(done + unknown)
  const last = history.at(-1)
  expect(await catalog.tableExists(rides)).toBe(last !== undefined && last.kind !== 'dropped')
}

function expectTruth(claimed: Claim | undefined, isTrue: boolean): void {
  if (claimed !== 'unknown') expect(isTrue ? 'done' : 'not done').toBe(claimed)
}
