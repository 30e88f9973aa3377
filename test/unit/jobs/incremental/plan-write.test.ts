import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../../src/base/errors.ts'
import { parseDatasetAddress } from '../../../../src/jobs/address.ts'
import { planWrite } from '../../../../src/jobs/incremental/plan-write.ts'
import type { TableTarget } from '../../../../src/jobs/sinks/target.ts'
import { workflowOutputs } from '../../../../src/jobs/sinks/workflow-outputs.ts'
import type { JobTable, Lake } from '../../../../src/jobs/lake.ts'
import type { WritePlan } from '../../../../src/jobs/report.ts'
import type { PartitionItem, TableOutput } from '../../../../src/jobs/workflow/model.ts'
import { partitionPath } from '../../../../src/layout/partition-key.ts'
import { partitionTypes } from '../../../../src/layout/partition-spec.ts'
import type { Commit } from '../../../../src/write/commit-report.ts'
import { labLake, rowsAs, tableOutput } from '../../../support/jobs/sinks.ts'
import { runs } from '../../../support/runs.ts'

const RIDES = 'id int, city string, ts timestamp'

const DAY: PartitionItem = { transform: { kind: 'day' }, column: 'ts', name: 'day' }
const HOUR: PartitionItem = { transform: { kind: 'hour' }, column: 'ts', name: 'hour' }
const CITY: PartitionItem = { transform: { kind: 'identity' }, column: 'city', name: 'city' }
const CASELESS: PartitionItem = { ...CITY, column: 'CITY' }
const SHARD: PartitionItem = {
  transform: { kind: 'bucket', numBuckets: 2 },
  column: 'id',
  name: 'shard',
}

interface Ride {
  readonly id: number
  readonly city: string | null
  readonly ts: string
}

function ride(id: number, city: string | null, ts: string): Ride {
  return { id, city, ts: `2026-01-${ts}:00:00` }
}

async function targetOf(lake: Lake, output: Partial<TableOutput>): Promise<TableTarget> {
  const [target] = await workflowOutputs([tableOutput(output)], { lake, jobId: 'public/wf/job' })
  if (target?.kind !== 'table') throw new Error('the output is no table')
  return target
}

async function plan(
  lake: Lake,
  output: Partial<TableOutput>,
  rows: readonly Ride[],
): Promise<WritePlan> {
  const target = await targetOf(lake, output)
  const table = await target.find()
  return planWrite(target, { table, rows: rowsAs(RIDES, ...rows), replaceWhere: null })
}

async function write(
  lake: Lake,
  output: Partial<TableOutput>,
  rows: readonly Ride[],
): Promise<Commit | null> {
  const target = await targetOf(lake, output)
  const table = await target.find()
  const how = { table, replaceWhere: null, describe: () => undefined }
  return (await target.write(rowsAs(RIDES, ...rows), how)).commit
}

const REPLACE = { mode: 'overwrite-partitions' } as const

describe('what a write would do', () => {
  it('is told by the partitions that the file declares anew', async () => {
    const lake = labLake()
    const before = [ride(1, 'Oslo', '01T05'), ride(2, 'Oslo', '01T06'), ride(3, 'Rome', '02T05')]
    await write(lake, { partitionSpec: [DAY] }, before)
    const changed = { ...REPLACE, partitionSpec: [CITY], replacesAcrossSpecs: true }
    expect(await plan(lake, changed, [ride(4, 'Oslo', '03T05')])).toEqual({
      makesTable: false,
      how: 'replace partitions',
      rows: 1n,
      partitions: ['city=Oslo'],
      replacedPartitions: ['day=2026-01-01'],
      replacedFiles: 1,
      replacedRows: 2n,
    })
  })

  it('is refused as the write is, when files of other partitions would stay', async () => {
    const lake = labLake()
    await write(lake, { partitionSpec: [DAY] }, [ride(1, 'Oslo', '01T05')])
    const changed = { ...REPLACE, partitionSpec: [CITY] }
    await expect(plan(lake, changed, [ride(2, 'Rome', '01T05')])).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringContaining('the table holds files of another partition spec'),
    })
  })

  it('is refused as the write is, for a table that cannot be made and for an order that is none', async () => {
    const lake = labLake()
    const rows = [ride(1, 'Oslo', '01T05')]
    const clash = { partitionSpec: [{ ...DAY, name: 'city' }] }
    await expect(plan(lake, clash, rows)).rejects.toMatchObject({ kind: 'invalid' })
    const by = { name: 'fare', direction: 'asc', nullOrder: 'nulls-first' } as const
    const sorted = { sort: { mode: 'global', columns: [by] } } as const
    await expect(plan(lake, sorted, rows)).rejects.toMatchObject({ kind: 'invalid' })
  })

  it('is nothing where a table is to be left alone', async () => {
    const lake = labLake()
    await write(lake, {}, [ride(1, 'Oslo', '01T05')])
    expect(await plan(lake, { mode: 'ignore' }, [ride(2, 'Oslo', '01T05')])).toMatchObject({
      rows: 0n,
      partitions: [],
    })
  })

  it('is always what the write then does, however the table was partitioned before', async () => {
    const step = fc.record({
      output: fc.record({
        mode: fc.constantFrom('append', 'overwrite', 'overwrite-partitions', 'ignore'),
        replacesAcrossSpecs: fc.boolean(),
        partitionSpec: fc.constantFrom(
          null,
          [],
          [DAY],
          [HOUR],
          [CITY],
          [CASELESS],
          [CITY, HOUR],
          [SHARD],
        ),
      }),
      rows: fc.array(anyRide, { maxLength: 5 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
        const lake = labLake()
        for (const { output, rows } of steps) {
          const planned = await outcomeOf(() => plan(lake, output, rows))
          const written = await outcomeOf(() => write(lake, output, rows))
          expect(planned.error).toEqual(written.error)
          if (planned.value === null || (written.value ?? null) === null) continue
          const { addedRows, removedFiles, removedRows, snapshotId } = written.value as Commit
          expect(planned.value).toMatchObject({
            rows: addedRows,
            replacedFiles: removedFiles,
            replacedRows: removedRows,
            partitions: await addedPartitions(lake, snapshotId),
          })
        }
      }),
      runs(30),
    )
  })
})

const anyRide: fc.Arbitrary<Ride> = fc
  .record({
    id: fc.nat(6),
    city: fc.constantFrom('Oslo', 'Rome', null),
    ts: fc.constantFrom('01T05', '01T06', '02T05'),
  })
  .map(({ id, city, ts }) => ride(id, city, ts))

interface Outcome<Value> {
  readonly value: Value | null
  readonly error: readonly string[] | null
}

async function outcomeOf<Value>(work: () => Promise<Value>): Promise<Outcome<Value>> {
  try {
    return { value: await work(), error: null }
  } catch (error) {
    if (!(error instanceof IcebergError)) throw error
    return { value: null, error: [error.kind, error.message] }
  }
}

/** The partitions of files that a snapshot added and that are laid out as the table now is. */
async function addedPartitions(lake: Lake, snapshotId: bigint | null): Promise<readonly string[]> {
  const address = parseDatasetAddress('dataos://lake:city/rides')
  const table: JobTable = await lake.loadTable(address)
  const types = partitionTypes(table.spec, table.schema)
  const { tasks } = await table.scan().plan()
  const added = tasks.filter(
    ({ file, addedSnapshotId }) =>
      addedSnapshotId === snapshotId && file.specId === table.spec.specId,
  )
  return [
    ...new Set(added.map(({ file }) => partitionPath(table.spec, types, file.partition))),
  ].sort()
}
