import type { RecordBatch } from 'apache-arrow'
import { describe, expectTypeOf, it } from 'vitest'

import { openWarehouse, schema, t } from '../../src/index.ts'
import type { Row, RowInput, Table } from '../../src/index.ts'
import { incrementalJob } from '../../src/jobs.ts'
import type { JobRun } from '../../src/jobs.ts'

const Order = schema({
  id: t.long(),
  order_date: t.timestamp(),
  place: t.struct({ since: t.date() }),
})

const warehouse = await openWarehouse('memory:')
const orders: Table<Row<typeof Order>, RowInput<typeof Order>> = await warehouse.createTable(
  'raw.orders',
  { schema: Order },
)
const byDay = await warehouse.loadTable('gold.orders')

const base = { id: 'orders-monthly', source: orders, target: byDay } as const
const window = { column: 'order_date', start: '2020-01-01', step: '1 month' } as const
const write = { mode: 'append' } as const

describe('a job between two tables', () => {
  it('is cut by a column of its source, at any depth, or by commits', () => {
    incrementalJob({ ...base, window, write })
    incrementalJob({ ...base, window: { ...window, column: 'place.since' }, write })
    incrementalJob({ ...base, window: { by: 'commit', overwriteSnapshots: 'added' }, write })
    // @ts-expect-error the source has no such column
    incrementalJob({ ...base, window: { ...window, column: 'order_day' }, write })
    // @ts-expect-error windows are by a column or by commits
    incrementalJob({ ...base, window: { by: 'month' }, write })
  })

  it('changes rows by a transform or by SQL, not by both', () => {
    const transform = (batches: AsyncIterable<RecordBatch>): AsyncIterable<RecordBatch> => batches
    incrementalJob({ ...base, window, write, transform })
    incrementalJob({ ...base, window, write, sql: 'select * from source' })
    // @ts-expect-error one of them
    incrementalJob({ ...base, window, write, transform, sql: 'select * from source' })
    // @ts-expect-error rows are added, or take the place of partitions
    incrementalJob({ ...base, window, write: { mode: 'overwrite' } })
  })

  it('gives a run for each window', () => {
    const job = incrementalJob({ ...base, window, write })
    expectTypeOf(job.next()).resolves.toEqualTypeOf<JobRun>()
    expectTypeOf(job.catchUp()).toExtend<AsyncIterable<JobRun>>()
    expectTypeOf<JobRun['snapshotId']>().toEqualTypeOf<bigint | null>()
  })
})
