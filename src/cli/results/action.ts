import { unreachable } from '../../base/assert.ts'
import type { ActionReport } from '../../jobs/report.ts'
import type { MaintenanceResult } from '../maintenance-output.ts'
import { compactionResult, expiryResult, manifestsResult, removalResult } from './steps.ts'

/** What an action of a job did or would do, as the command says it that does the same. */
export function actionResult(report: ActionReport): MaintenanceResult {
  switch (report.action) {
    case 'rewrite_dataset':
      return compactionResult(report)
    case 'rewrite_manifest':
      return manifestsResult(report)
    case 'expire_snapshots':
      return expiryResult(report)
    case 'remove_orphans':
      return removalResult(report)
    default:
      return unreachable(report)
  }
}
