/** The file catalog in S3: what every catalog promises, and many writers who race, also where connections are cut. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { systemEnvironment } from '../../../src/base/environment.ts'
import { isKind } from '../../../src/base/errors.ts'
import type { Catalog } from '../../../src/catalog/catalog.ts'
import { createFileCatalog } from '../../../src/catalog/file-catalog.ts'
import { parseIdentifier } from '../../../src/catalog/identifier.ts'
import type { ObjectStore } from '../../../src/io/object-store.ts'
import { createS3Store } from '../../../src/io/s3-store.ts'
import { describeCatalog } from '../../support/catalog-contract.ts'
import { sizeFromEnvironment } from '../../support/commit-writers.ts'
import { fixedEnvironment } from '../../support/fixed-environment.ts'
import { newTable, setting } from '../../support/new-table.ts'
import { WRITER, tableHistory } from '../../support/table-history.ts'
import { s3At, useS3 } from '../support/s3.ts'
import { describeWithServers, startProxy } from '../support/servers.ts'
import type { FaultyProxy, S3Kind } from '../support/servers.ts'

const WRITERS = sizeFromEnvironment('FRAZIL_RACE_PROCESSES', 16)
const COMMITS = sizeFromEnvironment('FRAZIL_RACE_COMMITS', 4)

const rides = parseIdentifier('city.rides')

describeWithServers('a file catalog in S3', () => {
  describeServer('versitygw')
  describeServer('moto')
  describeRaces()
})

function describeServer(kind: S3Kind): void {
  describe(`of ${kind}`, () => {
    const { store, newFolder } = useS3(kind)
    let shared: ObjectStore | undefined
    describeCatalog(`files in S3 (${kind})`, async () => {
      shared ??= store()
      const warehouse = newFolder()
      const options = { store: shared, environment: fixedEnvironment(), warehouse }
      return { catalog: createFileCatalog(options), store: shared, warehouse }
    })
  })
}

/**
 * On one server: moto looks and then writes, with no lock around both, so that under load two writers win now and then,
 * and some of many probes find that out.
 */
function describeRaces(): void {
  describe('with many writers', () => {
    const { server, store, newFolder } = useS3('versitygw')
    let proxy: FaultyProxy
    beforeAll(async () => {
      proxy = await startProxy(server())
    })
    afterEach(async () => {
      await proxy.mend()
    })
    afterAll(async () => {
      await proxy.stop()
    })

    it('puts every acknowledged commit into the history once', async () => {
      const warehouse = newFolder()
      const ends = await race(warehouse, () => store())
      expect(ends.filter(({ end }) => end === 'committed')).toHaveLength(WRITERS * COMMITS)
      expect(await signatures(store(), warehouse)).toEqual(ends.map(({ name }) => name).sort())
    })

    it.each([
      ['answers are lost', 'downstream', { type: 'reset_peer', attributes: { timeout: 0 } }],
      ['answers are cut', 'downstream', { type: 'limit_data', attributes: { bytes: 600 } }],
      ['requests are lost', 'upstream', { type: 'reset_peer', attributes: { timeout: 0 } }],
    ])(
      'acknowledges what is in the history, once, and nothing else where %s',
      async (_what, stream, toxic) => {
        const warehouse = newFolder()
        await proxy.breakBy({ ...toxic, stream, toxicity: 0.15 })
        const ends = await race(warehouse, () => createS3Store(s3At(proxy.endpoint)))
        const history = await signatures(store(), warehouse)
        expect(new Set(history).size).toBe(history.length)
        const known = ends.filter(({ end }) => end === 'committed').map(({ name }) => name)
        const doubtful = ends.filter(({ end }) => end === 'unknown').map(({ name }) => name)
        expect(history.filter((name) => !doubtful.includes(name))).toEqual(known.sort())
        expect(known.length).toBeGreaterThan(0)
      },
    )
  })
}

interface End {
  /** What the commit is signed with. */
  readonly name: string
  readonly end: 'committed' | 'unknown'
}

/** Many writers, each with a store of its own, make their commits on one table. */
async function race(warehouse: string, open: () => ObjectStore): Promise<readonly End[]> {
  const ends: End[] = []
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    const options = { store: open(), environment: systemEnvironment, warehouse }
    const catalog = createFileCatalog(options)
    await patiently(async () => createUnlessThere(catalog))
    for (let index = 0; index < COMMITS; index += 1) {
      const name = `${writer}.${index}`
      ends.push({ name, end: await commit(catalog, name) })
    }
  })
  await Promise.all(writers)
  return ends
}

async function createUnlessThere(catalog: Catalog): Promise<void> {
  if (await catalog.tableExists(rides)) return
  try {
    await catalog.createTable(rides, newTable(catalog.defaultLocation(rides)))
  } catch (error) {
    if (!isKind(error, 'conflict')) throw error
  }
}

async function commit(catalog: Catalog, name: string): Promise<End['end']> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await patiently(async () => {
      const base = await catalog.loadTable(rides)
      return catalog.commitTable(base, setting({ [WRITER]: name })).catch((cause: unknown) => {
        // That the next version is another's was found out, and then the table could not be read.
        if (isKind(cause, 'unavailable')) return { kind: 'conflict' as const }
        throw cause
      })
    })
    if (outcome.kind === 'committed' || outcome.kind === 'unknown') return outcome.kind
    await systemEnvironment.sleep(systemEnvironment.random() * Math.min(200, 10 * 2 ** attempt))
  }
}

/** What fails in passing is tried again. Not for commits. */
async function patiently<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isKind(error, 'unavailable') && !isKind(error, 'commit-unknown')) throw error
    }
  }
}

/** Who signed the versions of the table, sorted. */
async function signatures(store: ObjectStore, warehouse: string): Promise<readonly string[]> {
  const [first, ...rest] = await tableHistory(store, `${warehouse}/city/rides`)
  expect(first?.kind).toBe('created')
  return rest.map((entry) => (entry.kind === 'committed' ? entry.writer : entry.kind)).sort()
}
