import { describe, expect, it } from 'vitest'

import { bind } from '../../../src/expressions/bind.ts'
import { boundTrue } from '../../../src/expressions/bound.ts'
import { parsePredicate } from '../../../src/expressions/parse.ts'
import { countTask } from '../../../src/scan/count-task.ts'
import { withMetadataColumns } from '../../../src/scan/metadata-columns.ts'
import type { FileScanTask } from '../../../src/scan/task.ts'
import { rowIdColumn } from '../../../src/types/reserved-fields.ts'
import { newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'

/** A table of version 3 with two rows in one file. */
async function twoRides(): Promise<{ rides: Rides; task: FileScanTask }> {
  const rides = await newRides({ formatVersion: 3 })
  await rides.append([{ id: 1 }, { id: 2 }])
  const [task] = (await rides.scan().plan()).tasks
  if (task === undefined) throw new Error('there is a file')
  return { rides, task }
}

describe('counting the rows of a file', () => {
  it('does not read a file whose metrics decide the filter for all rows', async () => {
    const { rides, task } = await twoRides()
    const { schema } = rides
    const file = { ...task.file, path: 'memory:/nowhere' }
    const residual = bind(parsePredicate('id <= 2 and city is null'), schema)
    expect(await countTask(rides.state, { ...task, file, residual }, { schema })).toBe(2n)
  })

  it('reads a file that may hold rows of both kinds', async () => {
    const { rides, task } = await twoRides()
    const { schema } = rides
    const residual = bind(parsePredicate('id < 2'), schema)
    expect(await countTask(rides.state, { ...task, residual }, { schema })).toBe(1n)
  })

  it('reads a file whose number of rows is unknown', async () => {
    const { rides, task } = await twoRides()
    const { schema } = rides
    const file = { ...task.file, recordCount: -1n }
    expect(await countTask(rides.state, { ...task, file, residual: boundTrue }, { schema })).toBe(
      2n,
    )
  })

  it('does not take what a file says of stored row ids for the ids that its rows have (spec: Row Lineage)', async () => {
    const { rides, task } = await twoRides()
    const schema = withMetadataColumns(rides.schema, null)
    const residual = bind(parsePredicate('_row_id is null'), schema)
    const allNull = new Map([[rowIdColumn.id, 2n]])
    const metrics = { ...task.file.metrics, valueCounts: allNull, nullCounts: allNull }
    const file = { ...task.file, metrics }
    expect(await countTask(rides.state, { ...task, file, residual }, { schema })).toBe(0n)
  })
})
