/** Rows appended in a range, held against a list of commits: whatever became of files and manifests since. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Table } from '../../src/client/table.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import type { Operation } from '../../src/metadata/snapshot.ts'
import type { FormatVersion } from '../../src/metadata/table-metadata.ts'
import type { AppendsOptions, RangePoint } from '../../src/scan/incremental.ts'
import { schema, t } from '../../src/types/define.ts'
import type { Row, RowInput } from '../../src/types/row-types.ts'
import { anyFormatVersion } from '../support/arbitraries/metadata.ts'
import { commitUpdates } from '../support/foreign-commits.ts'
import { commitSnapshot } from '../support/foreign-snapshots.ts'
import type { ForeignSnapshot } from '../support/foreign-snapshots.ts'
import { movingEnvironment } from '../support/moving-environment.ts'
import { runs } from '../support/runs.ts'

const Ride = schema({ id: t.long(), city: t.string().optional() })
type Rides = Table<Row<typeof Ride>, RowInput<typeof Ride>>
interface Ride {
  readonly id: bigint
  readonly city: string
}

/** A commit as the model knows it. */
interface Committed {
  readonly snapshotId: bigint
  readonly parentId: bigint | null
  readonly timestampMs: number
  readonly operation: Operation
  /** Of the files that it added. */
  readonly rows: readonly Ride[]
}

interface History {
  readonly rides: Rides
  readonly commits: Committed[]
}

/** One commit of a history: by this library on main, or by another engine on a branch. */
interface Step {
  readonly by: 'append' | 'overwrite' | 'other'
  readonly operation: Operation
  readonly branch: 'main' | 'audit'
  readonly cities: readonly string[]
  readonly manifests: ForeignSnapshot['manifests']
  /** Which files another engine removes. */
  readonly removes: number
  readonly waitMs: number
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  by: fc.constantFrom<Step['by'][]>('append', 'append', 'overwrite', 'other', 'other', 'other'),
  operation: fc.constantFrom<Operation[]>(
    'append',
    'append',
    'append',
    'replace',
    'overwrite',
    'delete',
  ),
  branch: fc.constantFrom<Step['branch'][]>('main', 'main', 'main', 'audit'),
  cities: fc.array(fc.constantFrom('Oslo', 'Bergen', 'Tromsø'), { minLength: 1, maxLength: 3 }),
  manifests: fc.constantFrom<ForeignSnapshot['manifests'][]>('beside', 'merged', 'split'),
  removes: fc.integer({ min: 1, max: 3 }),
  waitMs: fc.constantFrom(0, 1, 5, -3),
})

const anySteps = fc.array(anyStep, { minLength: 2, maxLength: 8 })

async function historyOf(
  steps: readonly Step[],
  { formatVersion, isPartitioned }: { formatVersion: FormatVersion; isPartitioned: boolean },
): Promise<History> {
  const environment = movingEnvironment()
  const warehouse = await openWarehouse('memory:', { environment })
  const rides = await warehouse.createTable('city.rides', {
    schema: Ride,
    formatVersion,
    partitionBy: isPartitioned ? ['city'] : [],
  })
  const history: History = { rides, commits: [] }
  for (const [index, step] of steps.entries()) {
    environment.timeMs += step.waitMs
    const rows = step.cities.map((city, place) => ({ id: BigInt(index * 10 + place), city }))
    if (step.by === 'append') await rides.append(rows)
    else if (step.by === 'overwrite') await rides.overwritePartitions(rows)
    else await commitForeign(history, step, { rows, index, timestampMs: environment.timeMs })
    await remember(history, step, rows)
  }
  return history
}

async function commitForeign(
  { rides }: History,
  { operation, branch, manifests, removes }: Step,
  { rows, index, timestampMs }: { rows: readonly Ride[]; index: number; timestampMs: number },
): Promise<void> {
  const isPlain = operation === 'append'
  await commitSnapshot(rides, {
    snapshotId: BigInt(1000 + index),
    branch,
    operation,
    timestampMs,
    rows: operation === 'delete' ? [] : rows,
    ...(isPlain ? {} : { removes: ({ recordCount }) => Number(recordCount) % 4 <= removes }),
    manifests: isPlain || manifests !== 'beside' ? manifests : 'merged',
  })
}

async function remember(
  { rides, commits }: History,
  step: Step,
  rows: readonly Ride[],
): Promise<void> {
  await rides.refresh()
  const snapshot = rides.snapshots.at(-1)
  if (snapshot === undefined) throw new Error('every step commits a snapshot')
  const { snapshotId, parentId, timestampMs, operation } = snapshot
  expect(operation).toBe(step.by === 'other' ? step.operation : step.by)
  commits.push({
    snapshotId,
    parentId,
    timestampMs,
    operation,
    rows: operation === 'delete' ? [] : rows,
  })
}

/** The commits that lead to the head of a branch, oldest first. */
function lineOf({ rides, commits }: History, branch: string): readonly Committed[] {
  const line: Committed[] = []
  const byId = new Map(commits.map((commit) => [commit.snapshotId, commit]))
  let next = rides.metadata.refs.get(branch)?.snapshotId ?? null
  while (next !== null) {
    const commit = byId.get(next)
    if (commit === undefined) throw new Error('every snapshot is remembered')
    line.unshift(commit)
    next = commit.parentId
  }
  return line
}

/** A place on a line, and how it is told. */
interface Place {
  readonly count: number
  readonly kind: 'snapshot' | 'time' | 'ref'
}

const anyPlaces = fc.tuple(
  ...[0, 1, 2].map(() =>
    fc.record({
      count: fc.nat(),
      kind: fc.constantFrom<Place['kind'][]>('snapshot', 'time', 'ref'),
    }),
  ),
)

/** Tells a place in its way, and how far along the line that really is: a time does not part what is as late. */
async function pointAt(
  { rides }: History,
  line: readonly Committed[],
  { count, kind }: Place,
): Promise<{ readonly point: RangePoint; readonly count: number }> {
  const upTo = line.slice(0, count)
  const last = upTo.at(-1)
  if (last === undefined) return { point: { time: 0n }, count: 0 }
  if (kind === 'snapshot') return { point: { snapshot: last.snapshotId }, count }
  if (kind === 'ref') {
    const ref = { kind: 'tag' as const, snapshotId: last.snapshotId }
    await commitUpdates(rides, [{ action: 'set-snapshot-ref', name: `tag-${count}`, ref }])
    return { point: { ref: `tag-${count}` }, count }
  }
  const latest = Math.max(...upTo.map(({ timestampMs }) => timestampMs))
  const later = line.findIndex(({ timestampMs }) => timestampMs > latest)
  return { point: { time: BigInt(latest) }, count: later < 0 ? line.length : later }
}

/** What a range gives by the list of commits. */
function modelRows(
  range: readonly Committed[],
  reads: readonly Operation[],
  keeps: (row: Ride) => boolean = () => true,
): readonly string[] {
  return range
    .filter(({ operation }) => reads.includes(operation))
    .flatMap(({ snapshotId, timestampMs, rows }) =>
      rows.filter(keeps).map(({ id, city }) => [id, city, snapshotId, timestampMs].join(' ')),
    )
    .sort()
}

async function readRows(
  rides: Rides,
  options: AppendsOptions,
  filter = 'id is not null',
): Promise<readonly string[]> {
  const rows = await rides
    .appends(options)
    .where(filter)
    .select('id', 'city', '_commit_snapshot_id', '_commit_timestamp')
    .toArray()
  return rows
    .map(({ id, city, _commit_snapshot_id: snapshotId, _commit_timestamp: time }) =>
      [id, city, snapshotId, Date.parse(time ?? '')].join(' '),
    )
    .sort()
}

const anyCase = fc.record({
  steps: anySteps,
  formatVersion: anyFormatVersion,
  isPartitioned: fc.boolean(),
  branch: fc.constantFrom('main', 'main', 'audit'),
  places: anyPlaces,
  filter: fc.record({ above: fc.nat(80), city: fc.constantFrom('Oslo', 'Bergen') }),
})

const SKIP = { overwriteSnapshots: 'skip', deleteSnapshots: 'skip' } as const
const ADDED = { overwriteSnapshots: 'added', deleteSnapshots: 'skip' } as const

describe('rows appended in a range', () => {
  it('are always those of the commits in it, of ranges joined those of the whole, of a filter those that match', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ steps, places, filter, branch, ...table }) => {
        const history = await historyOf(steps, table)
        const { rides } = history
        const ref = rides.metadata.refs.has(branch) ? branch : 'main'
        const line = lineOf(history, ref)
        const points: Awaited<ReturnType<typeof pointAt>>[] = []
        for (const { count, kind } of places) {
          points.push(await pointAt(history, line, { count: count % (line.length + 1), kind }))
        }
        const [first, second, third] = points.toSorted((left, right) => left.count - right.count)
        if (first === undefined || second === undefined || third === undefined) return
        const range = line.slice(first.count, third.count)
        const whole = { since: first.point, until: third.point, ref }

        const appended = await readRows(rides, { ...whole, ...SKIP })
        expect(appended).toEqual(modelRows(range, ['append']))
        expect(await rides.appends({ ...whole, ...SKIP }).count()).toBe(BigInt(appended.length))
        expect(await readRows(rides, { ...whole, ...ADDED })).toEqual(
          modelRows(range, ['append', 'overwrite']),
        )

        const former = { since: first.point, until: second.point, ref, ...SKIP }
        const latter = { since: second.point, until: third.point, ref, ...SKIP }
        const joined = [...(await readRows(rides, former)), ...(await readRows(rides, latter))]
        expect(joined.sort()).toEqual(appended)

        const { above, city } = filter
        expect(
          await readRows(rides, { ...whole, ...SKIP }, `id > ${above} and city = '${city}'`),
        ).toEqual(
          modelRows(range, ['append'], (row) => row.id > BigInt(above) && row.city === city),
        )

        const strange = range.find(({ operation }) => ['overwrite', 'delete'].includes(operation))
        const strict = readRows(rides, whole)
        if (strange === undefined) expect(await strict).toEqual(appended)
        else {
          const { snapshotId, operation } = strange
          await expect(strict).rejects.toMatchObject({
            kind: 'invalid',
            context: { snapshotId, operation },
          })
        }
      }),
      runs(60),
    )
  })
})
