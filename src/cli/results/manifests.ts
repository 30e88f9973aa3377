import { counted } from '../../base/counted.ts'
import type {
  RewriteManifestsPlan,
  RewriteManifestsReport,
} from '../../maintenance/rewrite-manifests.ts'
import type { FileRecord, MaintenanceResult } from '../maintenance-output.ts'

const COMMAND = 'rewrite-manifests'

/** The manifests that would be rewritten. */
export function plannedManifests(plan: RewriteManifestsPlan): MaintenanceResult {
  const { specId, entries, keptManifests } = plan
  return {
    command: COMMAND,
    text: plan.describe(),
    facts: { 'spec-id': specId, entries, 'kept-manifests': keptManifests },
    files: plan.groups.flat().map(({ path }) => manifestRecord(path, 'replaced')),
  }
}

/** What became of manifests. */
export function doneManifests(
  { specId }: RewriteManifestsPlan,
  report: RewriteManifestsReport,
): MaintenanceResult {
  const { snapshotId, entries, keptManifests, removedManifests, addedManifests } = report
  const [removed, added] = [removedManifests.length, addedManifests.length]
  return {
    command: COMMAND,
    text:
      snapshotId === null
        ? 'nothing to rewrite'
        : `wrote ${counted(added, 'manifest')} in place of ${removed} for ${counted(entries, 'file')}, and kept ${keptManifests}`,
    facts: {
      'snapshot-id': snapshotId,
      'spec-id': specId,
      entries,
      'kept-manifests': keptManifests,
    },
    files: [
      ...removedManifests.map((path) => manifestRecord(path, 'replaced')),
      ...addedManifests.map((path) => manifestRecord(path, 'added')),
    ],
  }
}

function manifestRecord(path: string, change: 'replaced' | 'added'): FileRecord {
  return { path, kind: 'manifest', change }
}
