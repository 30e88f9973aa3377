// What programs without types may misspell: an option that is passed over would delete, replace or repeat what it was to spare.
import { describe, expect, it } from 'vitest'

import { openTable } from '../../src/client/open-table.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { duckdb } from '../../src/duckdb.ts'
import {
  appendsOf,
  files,
  incrementalJob,
  iterable,
  kafka,
  moveJobState,
  resetStreamState,
  streamJob,
} from '../../src/jobs.ts'
import {
  addFiles,
  compactFiles,
  computePartitionStatistics,
  examine,
  examineTable,
  expireSnapshots,
  metadataTable,
  planAddFiles,
  planCompaction,
  planExpiry,
  planMaintenance,
  planOrphanRemoval,
  planRewriteManifests,
  removeOrphans,
  rewriteManifests,
} from '../../src/maintenance.ts'
import { createS3Store } from '../../src/s3.ts'
import { createMemoryStore } from '../../src/io/memory-store.ts'
import type { ObjectStore } from '../../src/io/object-store.ts'
import { Ride, newRides } from '../support/rides.ts'
import type { Rides } from '../support/rides.ts'
import { collect } from '../support/streams.ts'

/** As JavaScript has it. */
type Untyped = (...given: unknown[]) => unknown

interface Lab {
  readonly rides: Rides
  readonly target: Rides
}

/** A call with options that are right but for those of the row. */
type Call = (lab: Lab, options: object) => unknown

const untyped = (call: unknown): Untyped => call as Untyped

const stream: Call = ({ target }, options) =>
  untyped(streamJob)({ id: 'x', source: rows(), target, trigger: 'once', ...options })

const job: Call = ({ rides, target }, options) =>
  untyped(incrementalJob)({
    id: 'x',
    source: rides,
    target,
    window: { column: 'id', start: 0, step: 10 },
    write: { mode: 'append' },
    ...options,
  })

const runOf =
  (describeJob: Call, method: string, ...before: unknown[]): Call =>
  async (lab, options) => {
    const described = describeJob(lab, {}) as Record<string, Untyped>
    const result = await described[method]?.(...before, options)
    return typeof result === 'object' && result !== null && Symbol.asyncIterator in result
      ? collect(result as AsyncIterable<unknown>)
      : result
  }

function rows(): unknown {
  return untyped(iterable)([{ id: 1 }], { schema: Ride })
}

const of =
  (call: unknown, ...before: unknown[]): Call =>
  ({ rides }, options) =>
    untyped(call)(rides, ...before, options)

const table: Call = async (_, options) => {
  const warehouse = await openWarehouse('memory:')
  return untyped(warehouse.createTable.bind(warehouse))('city.new', { schema: Ride, ...options })
}

/** A method of the table that is given what comes before and the options. */
const method =
  (name: string, ...before: unknown[]): Call =>
  ({ rides }, options) =>
    untyped(rides[name as keyof Rides]).call(rides, ...before, options)

/** What a scan of the table does. */
const scanned =
  (name: string): Call =>
  async ({ rides }, options) => {
    const scan = rides.scan()
    const result = await untyped(scan[name as keyof typeof scan]).call(scan, options)
    return typeof result === 'object' && result !== null && Symbol.asyncIterator in result
      ? collect(result as AsyncIterable<unknown>)
      : result
  }

/** The run of a plan. */
const runOfPlan =
  (plan: unknown, ...before: unknown[]): Call =>
  async ({ rides }, options) => {
    const planned = await untyped(plan)(rides, ...before)
    return untyped((planned as { readonly run: unknown }).run)(options)
  }

const NEW_ROWS = [{ id: 3 }]

/** What is done with a job of a file that has none: its options are looked at before the job is looked for. */
const ofWorkflow =
  (call: unknown, ...before: unknown[]): Call =>
  async (_, given) => {
    const options = { job: 'x', config: {}, ...given }
    try {
      return await untyped(call)({ dag: [], name: 'x', workspace: 'x' }, ...before, options)
    } catch (error) {
      if (error instanceof Error && error.message.includes('of that name')) return 'looked for'
      throw error
    }
  }

/** All snapshots but the last expire, if anybody comes to it. */
const ALL = { olderThan: '2100-01-01T00:00:00Z' }

const CALLS: readonly (readonly [string, Call, object])[] = [
  ['expireSnapshots', of(expireSnapshots), { olderThen: '5 days' }],
  ['expireSnapshots', of(expireSnapshots), { jobSnapshots: 'Keep' }],
  ['planExpiry', of(planExpiry), { retainlast: 3 }],
  ['compactFiles', of(compactFiles), { were: 'id > 5' }],
  ['compactFiles', of(compactFiles), { strategy: 'z-order' }],
  ['compactFiles', of(compactFiles), { compression: 'zip' }],
  ['compactFiles', of(compactFiles), { partialProgress: { maxCommit: 2 } }],
  ['planCompaction', of(planCompaction), { targetbytes: 5 }],
  ['compactFiles', of(compactFiles), { rewriteAll: true, sort: 'id', sortBytes: '64MiB' }],
  ['compactFiles', of(compactFiles), { rewriteAll: true, sort: 'id', sortBytes: Number.NaN }],
  ['compactFiles', of(compactFiles), { rewriteAll: true, sort: 'id', tempFolder: '' }],
  ['removeOrphans', of(removeOrphans), { olderThan: '5 days', dryRun: true }],
  ['removeOrphans', of(removeOrphans), { prefixMismatch: 'warn' }],
  ['planOrphanRemoval', of(planOrphanRemoval), { folder: 'data' }],
  ['rewriteManifests', of(rewriteManifests), { specID: 1 }],
  ['rewriteManifests', of(rewriteManifests), { sortBy: 'city' }],
  ['rewriteManifests', of(rewriteManifests), { where: "city = 'Oslo'" }],
  ['examine', of(examine), { deap: true }],
  ['duckdb', (_, options) => untyped(duckdb)(options), { memory: 1 << 30 }],
  ['duckdb', (_, options) => untyped(duckdb)(options), { memoryBytes: '1GB' }],
  ['duckdb', (_, options) => untyped(duckdb)(options), { memoryBytes: -1 }],
  ['computePartitionStatistics', of(computePartitionStatistics), { snapshotId: 1n }],
  ['addFiles', of(addFiles, 'memory:/none'), { duplicate: 'allowed' }],
  ['addFiles', of(addFiles, 'memory:/none'), { duplicates: 'skip' }],
  ['maintain', ({ rides }, policy) => untyped(rides.maintain.bind(rides))(policy), { expiry: {} }],
  ...[
    { expire: {}, compact: { strategy: 'zip' } },
    { expire: {}, orphans: { olderThen: '9 days' } },
    { expire: {}, manifests: { specID: 1 } },
    { expire: true },
    { expire: {}, budget: { second: 5 } },
    { expire: { olderThan: 'yesterday' } },
    { expire: ALL, orphans: { olderThan: 'yesterday' } },
    { expire: ALL, orphans: { olderThan: '1 hour' } },
    { expire: ALL, orphans: { location: 'memory:/elsewhere' } },
    { expire: ALL, compact: true },
    { expire: ALL, compact: { targetBytes: '512MiB' } },
    { expire: ALL, compact: { sort: 'nothing' } },
    { expire: ALL, compact: { zorder: ['nothing'] } },
    { expire: ALL, compact: { where: 'nothing = 1' } },
    { expire: ALL, compact: { outputSpecId: 7 } },
    { expire: ALL, manifests: { specId: 7 } },
    { expire: ALL, manifests: { sortBy: ['nothing'] } },
  ].map(
    (policy) =>
      [
        'maintain',
        ({ rides }: Lab) => untyped(rides.maintain.bind(rides))(policy),
        policy,
      ] as const,
  ),
  ['append', method('append', NEW_ROWS), { sorce: 'x' }],
  ['append', method('append', NEW_ROWS), { isolation: 'snapshot' }],
  ['append', method('append', NEW_ROWS), { source: 5 }],
  ['append', method('append', NEW_ROWS), { sort: 5 }],
  ['append', method('append', NEW_ROWS), { sort: ['id'] }],
  ['append', method('append', NEW_ROWS), { sort: [{ column: 'id', transform: {} }] }],
  [
    'append',
    method('append', NEW_ROWS),
    { sort: [{ column: ['id'], transform: { kind: 'identity' }, direction: 'up' }] },
  ],
  ['append', method('append', NEW_ROWS), { signal: true }],
  ['append', method('append', NEW_ROWS), { compression: 'zip' }],
  ['overwrite', method('overwrite', 'id > 0', NEW_ROWS), { isolaton: 'snapshot' }],
  ['overwrite', method('overwrite', 'id > 0', NEW_ROWS), { otherSpecs: 'replace' }],
  ['overwritePartitions', method('overwritePartitions', NEW_ROWS), { otherSpec: 'replace' }],
  ['overwritePartitions', method('overwritePartitions', NEW_ROWS), { otherSpecs: 'drop' }],
  ['deleteWhere', method('deleteWhere', 'id > 0'), { dryRun: true }],
  ['deleteWhere', method('deleteWhere', 'id > 0'), { sort: 'id' }],
  [
    'transaction',
    ({ rides }, options) => rides.transaction((tx) => tx.append([{ id: 3 }]), options),
    { source: 'x' },
  ],
  [
    'deleteWhere of a transaction',
    ({ rides }, options) =>
      rides.transaction(
        (tx) => untyped(tx.deleteWhere.bind(tx))('id > 0', options) as Promise<void>,
      ),
    { dryRun: true },
  ],
  ['appends', method('appends'), { since: { time: 0n }, untill: { time: 1n } }],
  ['appends', method('appends'), { since: { time: 0n }, ref: 5 }],
  ['batches', scanned('batches'), { batchRow: 5 }],
  ['rows', scanned('rows'), { limit: 5 }],
  ['toArray', scanned('toArray'), { filter: 'id > 0' }],
  ['toArrow', scanned('toArrow'), { batchRows: '5' }],
  ['ndjson', scanned('ndjson'), { signal: 'x' }],
  ['plan', scanned('plan'), { batchRows: 5 }],
  ['explain', scanned('explain'), { deep: true }],
  ['count', scanned('count'), { where: 'id > 0' }],
  ['openWarehouse', (_, options) => untyped(openWarehouse)('memory:', options), { readonly: true }],
  ['openWarehouse', (_, options) => untyped(openWarehouse)('memory:', options), { worker: 0 }],
  ['openWarehouse', (_, options) => untyped(openWarehouse)('memory:', options), { onEvent: 'x' }],
  [
    'openWarehouse',
    (_, options) => untyped(openWarehouse)('memory:', options),
    { s3: { endPoint: 'x' } },
  ],
  [
    'openWarehouse',
    (_, options) => untyped(openWarehouse)('memory:', options),
    { s3: { unsafe: 'no' } },
  ],
  ['createS3Store', (_, options) => untyped(createS3Store)(options), { maxAttempt: 5 }],
  ['openTable', (_, options) => untyped(openTable)('/none', options), { relocated: [] }],
  ['openTable', (_, options) => untyped(openTable)('/none', options), { relocate: '/other' }],
  ['examineTable', (_, options) => untyped(examineTable)('/none', options), { deap: true }],
  ['examineTable', (_, options) => untyped(examineTable)('/none', options), { deep: 'yes' }],
  ['metadataTable', ({ rides }) => untyped(metadataTable)(rides, 'nope'), {}],
  ['metadataTable', ({ rides }) => untyped(metadataTable)(rides, 'toString'), {}],
  ['metadataTable', of(metadataTable, 'files'), { snapshotId: 5n }],
  ['metadataTable', of(metadataTable, 'files'), { snapshot: 5 }],
  ['metadataTable', of(metadataTable, 'files'), { ref: 5 }],
  ['expireSnapshots', of(expireSnapshots), { ...ALL, snapshotIds: 5n }],
  ['expireSnapshots', of(expireSnapshots), { ...ALL, snapshotIds: [5] }],
  ['expireSnapshots', of(expireSnapshots), { ...ALL, onProgress: 'x' }],
  ['planExpiry', of(planExpiry, ALL), { sginal: 'x' }],
  ['run of an expiry', runOfPlan(planExpiry, ALL), { dryRun: true }],
  ['compactFiles', of(compactFiles), { rewriteAll: 'no' }],
  ['compactFiles', of(compactFiles), { rewriteAll: true, partialProgress: 'yes' }],
  ['compactFiles', of(compactFiles), { rewriteAll: true, partialProgress: null }],
  ['compactFiles', of(compactFiles), { rewriteAll: true, sort: 5 }],
  ['compactFiles', of(compactFiles), { rewriteAll: true, zorder: 5 }],
  ['compactFiles', of(compactFiles), { rewriteAll: true, zorder: [5] }],
  ['planCompaction', of(planCompaction, {}), { dryRun: true }],
  ['run of a compaction', runOfPlan(planCompaction, { rewriteAll: true }), { maxFiles: 1 }],
  ['removeOrphans', of(removeOrphans), { force: 'no' }],
  ['removeOrphans', of(removeOrphans), { equalSchemes: 's3a=s3' }],
  ['removeOrphans', of(removeOrphans), { equalAuthorities: { a: 5 } }],
  ['run of an orphan removal', runOfPlan(planOrphanRemoval), { dryRun: true }],
  ['run of a manifest rewrite', runOfPlan(planRewriteManifests), { specId: 0 }],
  [
    'run of an import',
    runOfPlan(planAddFiles, 'memory:/city/rides/data', { duplicates: 'allowed' }),
    { duplicates: 'refused' },
  ],
  ['addFiles', ({ rides }) => untyped(addFiles)(rides, 5), {}],
  ['addFiles', ({ rides }) => untyped(addFiles)(rides, [5]), {}],
  ['computePartitionStatistics', of(computePartitionStatistics), { snapshot: 5 }],
  ['planMaintenance', of(planMaintenance, { expire: ALL }), { dryRun: true }],
  ['maintain', method('maintain', { expire: ALL }), { dryRun: true }],
  ['moveJobState', ofWorkflow(moveJobState, { kind: 'reset' }), { dryRun: true }],
  ['moveJobState', ofWorkflow(moveJobState, { kind: 'rest' }), {}],
  ['moveJobState', ofWorkflow(moveJobState, { kind: 'reset', values: new Map() }), {}],
  ['moveJobState', ofWorkflow(moveJobState, { kind: 'set', values: { id: '5' } }), {}],
  ['moveJobState', ofWorkflow(moveJobState, undefined), {}],
  ['resetStreamState', ofWorkflow(resetStreamState), { offset: new Map() }],
  ['resetStreamState', ofWorkflow(resetStreamState), { offsets: {} }],
  ['createTable', table, { partitionBy: 'city' }],
  ['createTable', table, { partitionBy: [5] }],
  ['createTable', table, { sortBy: [null] }],
  ['createTable', table, { partitionedBy: ['city'] }],
  ['createTable', table, { schema: Ride, property: {} }],
  ['streamWriter', writer, { producer: 'x', startAfterr: 4n }],
  ['streamWriter', writer, { producer: 'x', commitEvery: { row: 5 } }],
  ['streamWriter', writer, { producer: 'x', compactAfter: { commit: 5 } }],
  ['streamWriter', writer, { producer: 'x', branch: 'audit' }],
  ['writable', writable, { comitEvery: { rows: 5 } }],
  ['writable', writable, { producer: 'x' }],
  ['incrementalJob', job, { write: { mode: 'overwrite' } }],
  ['incrementalJob', job, { write: { mode: 'append', sorted: 'id' } }],
  ['incrementalJob', job, { retry: 3 }],
  ['incrementalJob', job, { retries: 'often' }],
  ['incrementalJob', job, { window: { by: 'snapshot' } }],
  ['incrementalJob', job, { window: { by: 'commit', overwriteSnapshots: 'ignore' } }],
  ['incrementalJob', job, { window: { column: 'id', start: 0, step: 1, lags: 5 } }],
  ['next', runOf(job, 'next'), { dryrun: true }],
  ['catchUp', runOf(job, 'catchUp'), { dryRun: true }],
  ['backfill', runOf(job, 'backfill', { from: 0, to: 5 }), { dry: true }],
  ['backfill', runOf(job, 'backfill'), { from: 0, until: 5, to: 9 }],
  ['replay', runOf(job, 'replay', 1), { dry: true }],
  ['streamJob', stream, { check_point: 'memory:/checkpoint' }],
  ['streamJob', stream, { write: { mode: 'overwrite' } }],
  ['streamJob', stream, { write: { modus: 'append' } }],
  ['streamJob', stream, { trigger: 'always' }],
  ['streamJob', stream, { trigger: { everyMs: 5, maxMs: 9 } }],
  ['streamJob', stream, { badRecords: 'skip' }],
  ['streamJob', stream, { retries: -1 }],
  ['streamJob', stream, { watermark: { column: 'ts', delay: '1 hour', late: 'aside' } }],
  ['streamJob', stream, { watermark: { column: 'ts', dely: '1 hour' } }],
  ['streamJob', stream, { watermark: { column: 'ts', delay: '1 hour', late: { to: 'x' } } }],
  ['run', runOf(stream, 'run'), { stoping: new AbortController().signal }],
  ['reset', runOf(stream, 'reset'), { offsets: {} }],
  ['files', (_, options) => untyped(files)('memory:/landing', options), { maxFiles: 5 }],
  ['files', (_, options) => untyped(files)('memory:/landing', options), { format: 'orc' }],
  ['files', (_, options) => untyped(files)('memory:/landing', options), { order: 'age' }],
  ['files', (_, options) => untyped(files)('memory:/landing', options), { onMissingFile: 'pass' }],
  [
    'files',
    (_, options) => untyped(files)('memory:/landing', options),
    { csv: { separator: ';' } },
  ],
  ['appendsOf', of(appendsOf), { maxRows: 5 }],
  ['appendsOf', of(appendsOf), { onExpired: 'skip' }],
  ['appendsOf', of(appendsOf), { deleteSnapshots: 'added' }],
  ['iterable', (_, options) => untyped(iterable)([], options), { schema: {}, maxRows: 5 }],
  ['kafka', topic, { startingOffset: 'latest' }],
  ['kafka', topic, { startingOffsets: 'newest' }],
  ['kafka', topic, { valueFormat: 'JSON' }],
  ['kafka', topic, { failOnDataloss: false }],
]

function writer({ rides }: Lab, options: object): unknown {
  return untyped(rides.streamWriter.bind(rides))(options)
}

function writable({ rides }: Lab, options: object): unknown {
  return untyped(rides.writable.bind(rides))(options)
}

function topic(_: Lab, options: object): unknown {
  return untyped(kafka)('rides', { brokers: ['127.0.0.1:1'], ...options })
}

describe('a misspelt option', () => {
  it.each(CALLS)('ends %s before anything is written: %#', async (_, call, options) => {
    const store = createMemoryStore()
    const warehouse = await openWarehouse('memory:', { store })
    const rides = await newRides({}, { store })
    await rides.append([{ id: 1 }])
    await rides.append([{ id: 2 }])
    const target = await warehouse.createTable('city.copies', { schema: rides.schema })
    const before = await contentOf(store)
    const failed = await Promise.resolve()
      .then(() => call({ rides, target } as Lab, options))
      .then(
        () => null,
        (error: unknown) => error,
      )
    expect(failed).toMatchObject({ name: 'IcebergError', kind: 'invalid' })
    expect(await contentOf(store)).toEqual(before)
  })
})

async function contentOf(store: ObjectStore): Promise<readonly string[]> {
  const found = await collect(store.list('memory:'))
  return found.map(({ location }) => location).toSorted()
}
