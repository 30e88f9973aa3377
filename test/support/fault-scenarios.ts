/** What users do to a table, to be tried over stores that fail: what is done, and what is different afterwards. */
import { expect } from 'vitest'

import type { Table } from '../../src/client/table.ts'
import type { Warehouse } from '../../src/client/warehouse.ts'
import { expireSnapshots } from '../../src/maintenance/expire-snapshots.ts'
import { removeOrphans } from '../../src/maintenance/remove-orphans.ts'
import { addFiles } from '../../src/maintenance/import-files.ts'
import { computePartitionStatistics } from '../../src/maintenance/partition-statistics.ts'
import { rewriteManifests } from '../../src/maintenance/rewrite-manifests.ts'
import { compactFiles } from '../../src/maintenance/compact-files.ts'
import { joinLocation } from '../../src/io/location.ts'
import { schema, t } from '../../src/types/define.ts'
import type { Row, RowInput } from '../../src/types/row-types.ts'
import { foreignParquet } from './foreign-parquet.ts'

const Ride = schema({ id: t.long(), city: t.string() })
export type FaultRides = Table<Row<typeof Ride>, RowInput<typeof Ride>>

const RIDES = 'city.rides'
const FARES = 'city.fares'

/** What one who does something has in hand. */
export interface Actor {
  readonly warehouse: Warehouse
  readonly rides: FaultRides
  readonly signal?: AbortSignal
}

function stopOf({ signal }: Pick<Actor, 'signal'>): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}

export interface Scenario {
  readonly name: string
  /** Makes the table of {@link prepareRides} what it is before. */
  readonly prepare?: (actor: Actor) => Promise<unknown>
  readonly run: (actor: Actor) => Promise<unknown>
  /** Lines of {@link contentOf} that go and come. */
  readonly goes?: readonly string[]
  readonly comes?: readonly string[]
}

/** A table of two snapshots, each of which has a file with two rows. */
export async function prepareRides(warehouse: Warehouse): Promise<FaultRides> {
  const rides = await warehouse.createTable(RIDES, { schema: Ride, partitionBy: ['city'] })
  await rides.append([
    { id: 1, city: 'Bergen' },
    { id: 2, city: 'Oslo' },
  ])
  await rides.append([
    { id: 3, city: 'Oslo' },
    { id: 4, city: 'Oslo' },
  ])
  return rides
}

/** A handle on {@link prepareRides}. */
export function openRides(warehouse: Warehouse): Promise<FaultRides> {
  return warehouse.loadTable(RIDES, Ride)
}

/** What a reader sees, in lines. */
export async function contentOf(warehouse: Warehouse): Promise<readonly string[]> {
  const lines: string[] = []
  if (await warehouse.tableExists(FARES)) lines.push('table of fares')
  if (!(await warehouse.tableExists(RIDES))) return lines
  const rides = await warehouse.loadTable(RIDES)
  const { metadata, sortOrder, spec } = rides
  lines.push(`table of format ${metadata.formatVersion}`)
  lines.push(`columns ${rides.schema.fields.map(({ name }) => name).join(', ')}`)
  lines.push(`partitioned by ${spec.fields.map(({ name }) => name).join(', ')}`)
  for (const { direction } of sortOrder.fields) lines.push(`sorted ${direction}`)
  for (const [name, value] of rides.properties) {
    if (name.startsWith('acme.')) lines.push(`${name} is ${value}`)
  }
  for (const name of rides.refs.keys()) {
    const rows = await rides.scan().ref(name).toArray()
    lines.push(...rows.map((row) => `${name}: ${Object.values(row).join(' ')}`))
  }
  return lines.sort()
}

/** The row that a table gets when it is tried whether it can still be written to. */
export const TRIAL = { id: 99, city: 'Bodø' } as const

const NINE = { id: 9, city: 'Oslo' } as const

/** Where a file of another program lies. */
function foreignFile({ metadata }: FaultRides): string {
  return joinLocation(metadata.location, 'lake', 'a.parquet')
}

async function readsAll({ rides }: Actor): Promise<void> {
  const rows = await rides.scan().toArray()
  expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([1n, 2n, 3n, 4n]))
}

async function readsAppended({ rides }: Actor): Promise<void> {
  const [first] = rides.snapshots
  const rows = await rides.appends({ since: { snapshot: first?.snapshotId ?? 0n } }).toArray()
  expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([3n, 4n]))
}

/** Append to this list what can be done to a table. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'creating a table',
    run: ({ warehouse }) => warehouse.createTable(FARES, { schema: Ride }),
    comes: ['table of fares'],
  },
  {
    name: 'dropping a table',
    prepare: ({ warehouse }) => warehouse.createTable(FARES, { schema: Ride }),
    run: ({ warehouse }) => warehouse.dropTable(FARES),
    goes: ['table of fares'],
  },
  {
    name: 'reading a table',
    run: readsAll,
  },
  {
    name: 'reading what was appended',
    run: readsAppended,
  },
  {
    name: 'appending rows',
    run: ({ rides, ...actor }) => rides.append([NINE], stopOf(actor)),
    comes: ['main: 9 Oslo'],
  },
  {
    name: 'appending rows that are sorted and spilled',
    run: ({ rides, signal }) =>
      rides.append([NINE, { id: 8, city: 'Oslo' }, { id: 7, city: 'Bodø' }], {
        sort: 'id desc',
        sortBytes: 1,
        ...(signal === undefined ? {} : { signal }),
      }),
    comes: ['main: 9 Oslo', 'main: 8 Oslo', 'main: 7 Bodø'],
  },
  {
    name: 'overwriting rows by a condition',
    run: ({ rides, ...actor }) =>
      rides.overwrite("city = 'Oslo' and id <= 9 and id <> 4", [NINE], stopOf(actor)),
    goes: ['main: 2 Oslo', 'main: 3 Oslo'],
    comes: ['main: 9 Oslo'],
  },
  {
    name: 'overwriting partitions',
    run: ({ rides, ...actor }) =>
      rides.overwritePartitions([NINE, { id: 9, city: 'Tromsø' }], stopOf(actor)),
    goes: ['main: 2 Oslo', 'main: 3 Oslo', 'main: 4 Oslo'],
    comes: ['main: 9 Oslo', 'main: 9 Tromsø'],
  },
  {
    name: 'overwriting partitions of a table that was partitioned otherwise',
    prepare: ({ rides }) =>
      rides.transaction((tx) =>
        tx.updateSpec((change) => change.drop('city').add('truncate(2, id)')),
      ),
    run: ({ rides, ...actor }) =>
      rides.overwritePartitions([{ id: 3, city: 'Bodø' }], {
        otherSpecs: 'replace',
        ...stopOf(actor),
      }),
    goes: ['main: 2 Oslo', 'main: 3 Oslo'],
    comes: ['main: 3 Bodø'],
  },
  {
    name: 'deleting rows',
    run: ({ rides, ...actor }) => rides.deleteWhere('id = 1 or id = 3', stopOf(actor)),
    goes: ['main: 1 Bergen', 'main: 3 Oslo'],
  },
  {
    name: 'compacting files',
    run: ({ rides, ...actor }) => compactFiles(rides, { minInputFiles: 2, ...stopOf(actor) }),
  },
  {
    name: 'compacting files of rows that have ids, sorted and spilled, by one commit a partition',
    prepare: async ({ rides }) => {
      await rides.transaction((tx) => tx.upgradeFormat(3))
      await rides.append([{ id: 5, city: 'Bergen' }])
    },
    run: ({ rides, ...actor }) =>
      compactFiles(rides, {
        minInputFiles: 2,
        sort: 'id desc',
        sortBytes: 1,
        partialProgress: true,
        ...stopOf(actor),
      }),
  },
  {
    name: 'several changes of rows in one commit',
    run: ({ rides, ...actor }) =>
      rides.transaction(async (tx) => {
        await tx.append([NINE, { id: 9, city: 'Bodø' }])
        await tx.deleteWhere('id = 3')
        await tx.overwritePartitions([{ id: 8, city: 'Bodø' }])
      }, stopOf(actor)),
    goes: ['main: 3 Oslo'],
    comes: ['main: 9 Oslo', 'main: 8 Bodø'],
  },
  {
    name: 'appending rows to manifests that are then merged',
    prepare: ({ rides }) =>
      rides.transaction((tx) => tx.setProperties({ 'commit.manifest.min-count-to-merge': '2' })),
    run: ({ rides, ...actor }) => rides.append([NINE], stopOf(actor)),
    comes: ['main: 9 Oslo'],
  },
  {
    name: 'importing a file',
    prepare: async ({ rides }) => {
      const rows = [[9n, 'Oslo']]
      await rides.state.services.store.put(foreignFile(rides), foreignParquet(Ride, rows), 'create')
    },
    run: ({ rides, ...actor }) => addFiles(rides, foreignFile(rides), stopOf(actor)),
    comes: ['main: 9 Oslo'],
  },
  {
    name: 'counting partitions',
    run: ({ rides, ...actor }) => computePartitionStatistics(rides, stopOf(actor)),
  },
  {
    name: 'rewriting manifests',
    run: ({ rides, ...actor }) => rewriteManifests(rides, stopOf(actor)),
  },
  {
    name: 'changing columns, and appending rows that have them',
    run: ({ rides, ...actor }) =>
      rides.transaction(async (tx) => {
        tx.updateSchema((change) => change.add('tip', t.int().optional()))
        // Rows of a transaction have the columns that it makes.
        const rows: readonly object[] = [{ id: 9, city: 'Oslo', tip: 7 }]
        await tx.append(rows as readonly RowInput<typeof Ride>[])
      }, stopOf(actor)),
    goes: [
      'columns id, city',
      ...['1 Bergen', '2 Oslo', '3 Oslo', '4 Oslo'].map((row) => `main: ${row}`),
    ],
    comes: [
      'columns id, city, tip',
      ...['1 Bergen ', '2 Oslo ', '3 Oslo ', '4 Oslo ', '9 Oslo 7'].map((row) => `main: ${row}`),
    ],
  },
  {
    name: 'changing partitions and order, and appending rows by them',
    run: ({ rides, ...actor }) =>
      rides.transaction(async (tx) => {
        tx.updateSpec((change) => change.add('bucket(4, id)'))
        tx.replaceSortOrder('id desc')
        await tx.append([NINE, { id: 8, city: 'Oslo' }])
      }, stopOf(actor)),
    goes: ['partitioned by city'],
    comes: ['partitioned by city, id_bucket_4', 'sorted desc', 'main: 9 Oslo', 'main: 8 Oslo'],
  },
  {
    name: 'upgrading the format, and appending rows in it',
    run: ({ rides, ...actor }) =>
      rides.transaction(async (tx) => {
        tx.upgradeFormat(3)
        await tx.append([NINE])
      }, stopOf(actor)),
    goes: ['table of format 2'],
    comes: ['table of format 3', 'main: 9 Oslo'],
  },
  {
    name: 'tagging a table and rolling it back',
    run: ({ rides, ...actor }) =>
      rides.transaction((tx) => {
        const [first] = rides.snapshots
        tx.updateRefs((refs) => {
          refs.createTag('march').rollbackTo({ snapshot: first?.snapshotId ?? 0n })
        })
      }, stopOf(actor)),
    goes: ['main: 3 Oslo', 'main: 4 Oslo'],
    comes: ['1 Bergen', '2 Oslo', '3 Oslo', '4 Oslo'].map((row) => `march: ${row}`),
  },
  {
    name: 'a guarded commit of rows and a property',
    run: ({ rides, ...actor }) =>
      rides.transaction(async (tx) => {
        tx.guard(({ properties }) => !properties.has('acme.batch'))
        tx.setProperties({ 'acme.batch': '9' })
        await tx.append([NINE])
      }, stopOf(actor)),
    comes: ['acme.batch is 9', 'main: 9 Oslo'],
  },
  {
    name: 'changing a property of a table that lets go of former versions',
    prepare: ({ rides }) =>
      rides.transaction((tx) =>
        tx.setProperties({
          'write.metadata.delete-after-commit.enabled': 'true',
          'write.metadata.previous-versions-max': '1',
          'write.metadata.compression-codec': 'gzip',
        }),
      ),
    run: ({ rides, ...actor }) =>
      rides.transaction((tx) => tx.setProperties({ 'acme.batch': '9' }), stopOf(actor)),
    comes: ['acme.batch is 9'],
  },
  {
    name: 'expiring snapshots',
    prepare: oldTag,
    run: ({ rides, ...actor }) => expireSnapshots(rides, { olderThan: '0 days', ...stopOf(actor) }),
    goes: ['old: 1 Bergen', 'old: 2 Oslo'],
  },
  {
    name: 'removing orphans',
    prepare: strewn,
    run: ({ rides, signal }) =>
      removeOrphans(rides, {
        // Whatever clock the store has.
        olderThan: 9_999_999_999_999n,
        force: true,
        ...(signal === undefined ? {} : { signal }),
      }),
  },
]

/** A tag that is too old for its snapshot by then. */
async function oldTag({ rides }: Actor): Promise<void> {
  const [first] = rides.snapshots
  await rides.transaction((tx) => {
    tx.updateRefs((refs) =>
      refs.createTag('old', { snapshotId: first?.snapshotId ?? 0n, maxRefAgeMs: 1 }),
    )
  })
  // Where time stands still it moves while somebody waits.
  await rides.state.services.environment.sleep(10)
}

/** Files that nothing names. */
async function strewn({ rides }: Actor): Promise<void> {
  const { store } = rides.state.services
  for (const name of ['data/lost.parquet', 'metadata/lost.tmp']) {
    await store.put(`${rides.metadata.location}/${name}`, new Uint8Array(3), 'create')
  }
}
