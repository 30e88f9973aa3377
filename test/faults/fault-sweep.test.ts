/**
 * Everything that is done to tables, with every request failing in every way: what the caller was told is true, the table
 * is sound, and can go on. A share of it, another each time, unless `FRAZIL_FAULT_SWEEP=1` asks for the whole.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../src/base/errors.ts'
import { createFileCatalog } from '../../src/catalog/file-catalog.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import type { Warehouse } from '../../src/client/warehouse.ts'
import { createLocalStore } from '../../src/io/local-store.ts'
import { createMemoryStore } from '../../src/io/memory-store.ts'
import type { ObjectStore } from '../../src/io/object-store.ts'
import { sizeFromEnvironment } from '../support/commit-writers.ts'
import { SCENARIOS, TRIAL, contentOf, openRides, prepareRides } from '../support/fault-scenarios.ts'
import type { Actor, Scenario } from '../support/fault-scenarios.ts'
import { createFaultyStore, faultsOf } from '../support/faulty-store.ts'
import type { Fault, FaultyStore } from '../support/faulty-store.ts'
import { temporaryFolder } from '../support/folders.ts'
import { movingEnvironment } from '../support/moving-environment.ts'
import type { FileRows } from '../support/snapshot-audit.ts'
import { auditTable } from '../support/table-audit.ts'

/** The part of all single faults that is tried. */
const SHARE = sizeFromEnvironment('FRAZIL_FAULT_SWEEP', 0.03)
/** Pairs of faults tried for each scenario: there are many more of them than of single ones. */
const PAIRS = Math.ceil(SHARE ** 2 * 300)

const SWEEP_TIMEOUT_MS = 60_000 * Math.max(1, SHARE * 60)

const NAMED = SCENARIOS.map((scenario) => [scenario.name, scenario] as const)

/** A fault of the request of that number, from 1. */
type Planned = readonly [request: number, fault: Fault]

interface Place {
  readonly name: string
  readonly open: () => { readonly store: ObjectStore; readonly location: string }
}

const MEMORY: Place = {
  name: 'in memory',
  open: () => ({ store: createMemoryStore(), location: 'memory:' }),
}

const DISK: Place = {
  name: 'in local files',
  open: () => ({ store: createLocalStore(), location: temporaryFolder() }),
}

describe.each([
  { ...MEMORY, share: SHARE },
  // The protocol is the same, and its syncs take their time.
  { ...DISK, share: SHARE / 6 },
])('a store that fails, $name', ({ share, ...place }) => {
  it.each(NAMED)(
    '%s: is told as it was, and the table goes on, whichever request fails in whichever way',
    async (_, scenario) => {
      const single = (await requestsOf(scenario, place)).flatMap((request, index) =>
        faultsOf(request).map((fault): Planned => [index + 1, fault]),
      )
      for (const planned of sampled(single, share)) await checked(scenario, place, [planned])
    },
    SWEEP_TIMEOUT_MS,
  )
})

describe('a store that fails', () => {
  it.each(NAMED)(
    '%s: is always told as it was when two requests fail',
    async (_, scenario) => {
      const requests = await requestsOf(scenario, MEMORY)
      const anyPlanned = (index: number): fc.Arbitrary<Planned> =>
        fc
          .constantFrom(...faultsOf(requests[index] ?? 'put'))
          .map((fault): Planned => [index + 1, fault])
      // The second one often meets what is done about the first, which may take more requests than there were.
      const anyPair = fc
        .tuple(fc.nat(requests.length - 1), fc.oneof(fc.integer({ min: 1, max: 3 }), fc.nat(30)))
        .chain(([index, later]) => fc.tuple(anyPlanned(index), anyPlanned(index + later)))
      await fc.assert(
        fc.asyncProperty(anyPair, (planned) => checked(scenario, MEMORY, planned)),
        { numRuns: PAIRS },
      )
    },
    SWEEP_TIMEOUT_MS,
  )

  it.each(NAMED)(
    '%s: leaves a sound table when it is aborted, whichever request is under way',
    async (_, scenario) => {
      const all = (await requestsOf(scenario, MEMORY)).map((_request, index) => index + 1)
      for (const request of sampled(all, SHARE)) await checkAbort(scenario, request)
    },
    SWEEP_TIMEOUT_MS,
  )
})

const recorded = new Map<string, Promise<readonly string[]>>()

/** What a scenario requests when nothing fails. */
function requestsOf(scenario: Scenario, place: Place): Promise<readonly string[]> {
  const key = `${place.name}: ${scenario.name}`
  const requests = recorded.get(key) ?? checkRun(scenario, place, [])
  recorded.set(key, requests)
  return requests
}

/** A share of the items, at least one, by the seed of this run. */
function sampled<Item>(items: readonly Item[], share: number): readonly Item[] {
  if (share >= 1) return items
  const length = Math.max(1, Math.round(items.length * share))
  return (
    fc.sample(fc.shuffledSubarray([...items], { minLength: length, maxLength: length }), {
      numRuns: 1,
      ...seedOfRun(),
    })[0] ?? items
  )
}

function seedOfRun(): { readonly seed?: number } {
  const { seed } = fc.readConfigureGlobal()
  return seed === undefined ? {} : { seed }
}

/** What the caller may take for true. */
type Outcome = 'committed' | 'failed' | 'unknown'

/** Every one of these tells what to do, and none that the library is at fault. */
function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof IcebergError)) throw error
  expect(['conflict', 'commit-unknown', 'unavailable', 'not-found']).toContain(error.kind)
  return error.kind === 'commit-unknown' ? 'unknown' : 'failed'
}

interface Lab {
  readonly faulty: FaultyStore
  /** Over the store that fails, from the first request on that is counted. */
  readonly actor: Actor
  /** Over the store as it is. */
  readonly clean: () => Promise<Warehouse>
  /** Files do not change: each is looked into once. */
  readonly files: FileRows
  readonly before: readonly string[]
}

async function openLab({ prepare }: Scenario, place: Place): Promise<Lab> {
  const { store, location } = place.open()
  const environment = movingEnvironment()
  const open = (over: ObjectStore): Promise<Warehouse> => {
    const catalog = createFileCatalog({ store: over, environment, warehouse: location })
    return openWarehouse(location, { store: over, environment, catalog, workers: 0 })
  }
  const clean = (): Promise<Warehouse> => open(store)
  const faulty = createFaultyStore(store)
  const warehouse = await open(faulty)
  await prepareRides(warehouse)
  const rides = await openRides(warehouse)
  await prepare?.({ warehouse, rides })
  const actor = { warehouse, rides: await openRides(warehouse) }
  return { faulty, actor, clean, files: new Map(), before: await contentOf(await clean()) }
}

/** Says which fault it was. */
async function checked(
  scenario: Scenario,
  place: Place,
  planned: readonly Planned[],
): Promise<void> {
  try {
    await checkRun(scenario, place, planned)
  } catch (error) {
    throw new Error(`${scenario.name}, with ${fc.stringify(planned)}`, { cause: error })
  }
}

/** Does what is to be done while requests fail, and holds what was said of it against what there is, then and later. */
async function checkRun(
  scenario: Scenario,
  place: Place,
  planned: readonly Planned[],
): Promise<readonly string[]> {
  const lab = await openLab(scenario, place)
  const { actor, before, faulty } = lab
  const made = faulty.requests.length
  for (const [request, fault] of planned) faulty.faults.set(made + request, fault)
  const outcome = await scenario.run(actor).then((): Outcome => 'committed', outcomeOf)
  if (planned.length === 0) expect(outcome).toBe('committed')
  const requests = faulty.requests.slice(made)
  expect(faulty.openWrites()).toBe(0)
  faulty.faults.clear()
  const after = afterOf(scenario, before)
  await isToldAsItWas(lab, after, outcome)
  // What is refused may be tried again while the first attempt is still on its way.
  const isTriedFirst = outcome === 'failed' && planned.length > 1
  if (!isTriedFirst) await faulty.landLate()
  const content = await isToldAsItWas(lab, after, outcome)
  await everyTableIsSound(lab)
  await canGoOn(lab, { scenario, content, after })
  if (!isTriedFirst) return requests
  await faulty.landLate()
  await hasGoneOn(lab, after)
  await everyTableIsSound(lab)
  return requests
}

async function checkAbort(scenario: Scenario, request: number): Promise<void> {
  const lab = await openLab(scenario, MEMORY)
  const { actor, before, faulty } = lab
  const stop = new AbortController()
  const reason = new Error(`stop at request ${request}`)
  const last = faulty.requests.length + request
  faulty.beforeRequest = async () => {
    if (faulty.requests.length === last) stop.abort(reason)
  }
  const outcome = await scenario.run({ ...actor, signal: stop.signal }).then(
    (): Outcome => 'committed',
    (error: unknown): Outcome => {
      expect(error).toBe(reason)
      return 'failed'
    },
  )
  expect(faulty.openWrites()).toBe(0)
  const after = afterOf(scenario, before)
  const content = await isToldAsItWas(lab, after, outcome)
  await everyTableIsSound(lab)
  await canGoOn(lab, { scenario, content, after })
}

function afterOf(
  { goes = [], comes = [] }: Scenario,
  before: readonly string[],
): readonly string[] {
  for (const line of goes) expect(before).toContain(line)
  return [...before.filter((line) => !goes.includes(line)), ...comes].sort()
}

/** What was acknowledged is there, what was refused changed nothing, and what is unknown was done once or not at all. */
async function isToldAsItWas(
  { before, clean }: Lab,
  after: readonly string[],
  outcome: Outcome,
): Promise<readonly string[]> {
  const content = await contentOf(await clean())
  if (outcome === 'committed') expect(content).toEqual(after)
  else if (outcome === 'failed') expect(content).toEqual(before)
  else expect([before, after]).toContainEqual(content)
  return content
}

async function everyTableIsSound({ clean, files }: Lab): Promise<void> {
  const warehouse = await clean()
  for (const name of await warehouse.listTables('city')) {
    await auditTable(await warehouse.loadTable(name), files)
  }
}

/** What has not landed lands when the same handle tries once more, and then the handle can go on. */
async function canGoOn(
  { actor, clean }: Lab,
  {
    scenario,
    content,
    after,
  }: {
    readonly scenario: Scenario
    readonly content: readonly string[]
    readonly after: readonly string[]
  },
): Promise<void> {
  if (content.join() !== after.join()) await scenario.run(actor)
  expect(await contentOf(await clean())).toEqual(after)
  const rows: readonly object[] = [TRIAL]
  await actor.rides.append(rows as Parameters<typeof actor.rides.append>[0])
  await hasGoneOn({ clean }, after)
}

/** There is what there was and the row of the trial, once. */
async function hasGoneOn({ clean }: Pick<Lab, 'clean'>, after: readonly string[]): Promise<void> {
  const content = await contentOf(await clean())
  const isTrial = (line: string): boolean => line.startsWith('main: 99 ')
  expect(content.filter(isTrial)).toHaveLength(1)
  expect(content.filter((line) => !isTrial(line))).toEqual(after)
}
