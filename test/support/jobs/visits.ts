// A source of visits and tables of them by day, in memory, with a store whose requests can be held or lost.
import { createFileCatalog } from '../../../src/catalog/file-catalog.ts'
import type { Catalog } from '../../../src/catalog/catalog.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import type { Warehouse } from '../../../src/client/warehouse.ts'
import type { Table } from '../../../src/client/table.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { incrementalJob } from '../../../src/jobs/incremental-job.ts'
import type { IncrementalJob, IncrementalJobOptions } from '../../../src/jobs/incremental-job.ts'
import type { TableUpdate } from '../../../src/metadata/updates.ts'
import { schema, t } from '../../../src/types/define.ts'
import type { Row, RowInput } from '../../../src/types/row-types.ts'
import { createFaultyStore } from '../faulty-store.ts'
import type { FaultyStore } from '../faulty-store.ts'
import { movingEnvironment } from '../moving-environment.ts'
import { commitUpdates } from '../foreign-commits.ts'

export const Visit = schema({ id: t.long(), at: t.timestamp() })

export type VisitTable = Table<Row<typeof Visit>, RowInput<typeof Visit>>

type VisitJob = IncrementalJobOptions<
  Row<typeof Visit>,
  RowInput<typeof Visit>,
  Row<typeof Visit>,
  RowInput<typeof Visit>
>

export interface VisitsLab {
  readonly store: FaultyStore
  readonly catalog: Catalog
  readonly warehouse: Warehouse
  source(): Promise<VisitTable>
  target(name?: string): Promise<VisitTable>
  /** Adds visits, numbered from 0 over all calls, at noon of these days of January 2026, or at these times. */
  visit(...times: readonly (number | string)[]): Promise<void>
  /** The job that takes a day a window. */
  job(options?: Partial<Omit<VisitJob, 'transform' | 'sql'>>): Promise<IncrementalJob>
}

export async function openVisits(): Promise<VisitsLab> {
  const store = createFaultyStore(createMemoryStore())
  const environment = movingEnvironment()
  const catalog = createFileCatalog({ store, environment, warehouse: 'memory:' })
  const warehouse = await openWarehouse('memory:', { store, catalog, environment })
  await warehouse.createTable('raw.visits', { schema: Visit })
  await warehouse.createTable('silver.visits', { schema: Visit, partitionBy: ['day(at)'] })
  let next = 0n
  const lab: VisitsLab = {
    store,
    catalog,
    warehouse,
    source: () => warehouse.loadTable('raw.visits', Visit),
    target: (name = 'silver.visits') => warehouse.loadTable(name, Visit),
    async visit(...times) {
      const rows = times.map((time) => {
        const at = typeof time === 'number' ? `${dayText(time)}T12:00:00` : time
        return { id: next++, at }
      })
      await (await lab.source()).append(rows)
    },
    async job(options = {}) {
      return incrementalJob({
        id: 'visits-by-day',
        source: await lab.source(),
        target: await lab.target(),
        window: { column: 'at', start: dayText(1), step: '1 day', until: dayText(31) },
        write: { mode: 'overwrite-partitions', sort: 'id' },
        ...options,
      })
    },
  }
  return lab
}

/** `2026-01-05` for 5; later months for numbers above 31. */
export function dayText(day: number): string {
  return new Date(Date.UTC(2026, 0, day)).toISOString().slice(0, 10)
}

/** Numbers of the visits in a table, ascending. */
export async function visitsIn(table: VisitTable): Promise<readonly number[]> {
  const ids: number[] = []
  for await (const { id } of table.scan().select('id')) ids.push(Number(id))
  return ids.toSorted((left, right) => left - right)
}

/** Rolls a table back to one of its snapshots, as another engine does. */
export async function rollBackTo(table: VisitTable, snapshotId: bigint): Promise<void> {
  await commitUpdates(table, [
    { action: 'set-snapshot-ref', name: 'main', ref: { kind: 'branch', snapshotId } },
  ])
}

/** Expires all snapshots but these, as another engine does. */
export async function expireAllBut(table: VisitTable, kept: readonly bigint[]): Promise<void> {
  const snapshotIds = table.snapshots
    .map(({ snapshotId }) => snapshotId)
    .filter((snapshotId) => !kept.includes(snapshotId))
  if (snapshotIds.length === 0) return
  const update: TableUpdate = { action: 'remove-snapshots', snapshotIds }
  await commitUpdates(table, [update])
}
