import type { MaintenanceSteps } from '../../maintenance/maintain.ts'
import type { MaintenanceResult } from '../maintenance-output.ts'
import { doneCompaction, plannedCompaction } from './compaction.ts'
import { doneExpiry, plannedExpiry } from './expiry.ts'
import { doneManifests, plannedManifests } from './manifests.ts'
import { doneRemoval, plannedRemoval } from './orphan-removal.ts'

/** What the steps of a maintenance did, or would do, in their order. */
export function stepResults(steps: MaintenanceSteps): readonly MaintenanceResult[] {
  const { expire, manifests, orphans, compact } = steps
  return [
    expire === null ? null : expiryResult(expire),
    manifests === null ? null : manifestsResult(manifests),
    orphans === null ? null : removalResult(orphans),
    compact === null ? null : compactionResult(compact),
  ].filter((result) => result !== null)
}

type Taken<Step extends keyof MaintenanceSteps> = NonNullable<MaintenanceSteps[Step]>

export function expiryResult({ plan, report }: Taken<'expire'>): MaintenanceResult {
  return report === null ? plannedExpiry(plan) : doneExpiry(report)
}

export function manifestsResult({ plan, report }: Taken<'manifests'>): MaintenanceResult {
  return report === null ? plannedManifests(plan) : doneManifests(plan, report)
}

export function removalResult({ plan, report }: Taken<'orphans'>): MaintenanceResult {
  return report === null ? plannedRemoval(plan) : doneRemoval(plan, report)
}

export function compactionResult({ plan, report }: Taken<'compact'>): MaintenanceResult {
  return report === null ? plannedCompaction(plan) : doneCompaction(plan, report)
}
