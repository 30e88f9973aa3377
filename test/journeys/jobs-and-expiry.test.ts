/** A job goes on where it stood, whatever has expired of its tables meanwhile. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isKind } from '../../src/base/errors.ts'
import { expireSnapshots, planExpiry } from '../../src/maintenance/expire-snapshots.ts'
import { ancestorsOf } from '../../src/metadata/history.ts'
import { dayText, openVisits, rollBackTo, visitsIn } from '../support/jobs/visits.ts'
import type { VisitTable, VisitsLab } from '../support/jobs/visits.ts'
import { runs } from '../support/runs.ts'

/** Time stands still in these tables: whatever is there is older. */
const ALL = { olderThan: 9_999_999_999_999n } as const

/** A row of somebody else, on a day that no window takes. */
async function disturb(table: VisitTable, id: number): Promise<void> {
  await table.overwritePartitions([{ id: 1_000 + id, at: `${dayText(60)}T12:00:00` }])
}

async function nextStart(lab: VisitsLab): Promise<string> {
  const { window } = await (await lab.job()).next()
  return window.start.slice(0, 10)
}

describe('a job whose table has lost its past', () => {
  it('goes on with the next window, though the snapshot of its last run is gone', async () => {
    const lab = await openVisits()
    await lab.visit(1, 2, 3)
    expect(await nextStart(lab)).toBe('2026-01-01')
    const target = await lab.target()
    for (const id of [1, 2, 3]) await disturb(target, id)
    const report = await expireSnapshots(target, { ...ALL, jobSnapshots: 'expire' })
    expect(report.snapshotIds).toHaveLength(3)
    expect(await nextStart(lab)).toBe('2026-01-02')
    expect(await visitsIn(await lab.target())).toEqual([0, 1, 1_003])
  })

  it('keeps the snapshot that says where it stands, which is named in the plan', async () => {
    const lab = await openVisits()
    await lab.visit(1, 2, 3)
    await nextStart(lab)
    await nextStart(lab)
    const target = await lab.target()
    await disturb(target, 1)
    const [first, second, third] = target.snapshots.map(({ snapshotId }) => snapshotId)
    const plan = await planExpiry(target, ALL)
    expect(plan).toMatchObject({ snapshotIds: [first], jobSnapshotIds: [second] })
    expect(plan.describe()).toContain(
      `snapshot ${second} stays, because it says where a job stands`,
    )
    await plan.run()
    expect(target.snapshots.map(({ snapshotId }) => snapshotId)).toEqual([second, third])
    expect(await nextStart(lab)).toBe('2026-01-03')
  })

  it('does a window again that was rolled back, though nothing shows any more that it was', async () => {
    const lab = await openVisits()
    await lab.visit(1, 2, 3)
    await nextStart(lab)
    const target = await lab.target()
    const { currentSnapshot } = target
    await nextStart(lab)
    await target.refresh()
    await rollBackTo(target, currentSnapshot?.snapshotId ?? 0n)
    await disturb(target, 1)
    await expireSnapshots(target, { ...ALL, jobSnapshots: 'expire' })
    expect(target.snapshots).toHaveLength(1)
    expect(await nextStart(lab)).toBe('2026-01-02')
    expect(await visitsIn(await lab.target())).toEqual([0, 1, 1_001])
  })

  it('never skips a window, whatever was rolled back and expired between its runs', async () => {
    const anyStep = fc.oneof(
      fc.constantFrom('run' as const, 'run' as const, 'disturb' as const, 'expire' as const),
      fc.record({ back: fc.nat(3) }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { minLength: 3, maxLength: 9 }),
        fc.constantFrom('keep' as const, 'expire' as const),
        async (steps, jobSnapshots) => {
          const [lab, twin] = [await openVisits(), await openVisits()]
          for (const one of [lab, twin]) await one.visit(1, 2, 3, 4, 5, 6, 7, 8)
          for (const [index, step] of steps.entries()) {
            const [table, same] = [await lab.target(), await twin.target()]
            if (step === 'expire') {
              await expireSnapshots(table, { ...ALL, retainLast: 2, jobSnapshots })
            } else if (step === 'disturb') {
              for (const one of [table, same]) await disturb(one, index)
            } else if (step === 'run') {
              if ((await runBoth(lab, twin)) === 'refused') return
            } else {
              await rollBothBack(table, same, step.back)
            }
            expect(await visitsIn(await lab.target())).toEqual(await visitsIn(await twin.target()))
          }
        },
      ),
      runs(12),
    )
  })
})

/** The same window in both, unless the job whose table has lost its past says that it cannot tell. */
async function runBoth(lab: VisitsLab, twin: VisitsLab): Promise<'done' | 'refused'> {
  const start = await nextStart(lab).catch((error: unknown) => {
    if (isKind(error, 'invalid')) return null
    throw error
  })
  if (start === null) return 'refused'
  expect(start).toBe(await nextStart(twin))
  return 'done'
}

/** As far as the table still remembers that has lost its past. Commits of both stand at the same places. */
async function rollBothBack(table: VisitTable, twin: VisitTable, back: number): Promise<void> {
  const { currentSnapshotId } = table.metadata
  const headId = twin.metadata.currentSnapshotId
  if (currentSnapshotId === null || headId === null) return
  const line = [...ancestorsOf(table.metadata, currentSnapshotId)]
  const at = Math.min(back, line.length - 1)
  const twinLine = [...ancestorsOf(twin.metadata, headId)]
  await rollBackTo(table, line[at]?.snapshotId ?? currentSnapshotId)
  await rollBackTo(twin, twinLine[at]?.snapshotId ?? headId)
}
