import { describeFiles, totalBytes } from '../../maintenance/describe-files.ts'
import type { OrphanFile, OrphanPlan, OrphanReport } from '../../maintenance/remove-orphans.ts'
import type { FileRecord, MaintenanceResult } from '../maintenance-output.ts'
import type { FactRecord } from '../records.ts'

const COMMAND = 'orphans'

/** The orphans that would be removed. */
export function plannedRemoval(plan: OrphanPlan): MaintenanceResult {
  return {
    command: COMMAND,
    text: plan.describe(),
    facts: factsOf(plan, plan.files),
    files: plan.files.map(fileRecord),
  }
}

/** What became of orphans. */
export function doneRemoval(
  plan: OrphanPlan,
  { files, left, kept }: OrphanReport,
): MaintenanceResult {
  return {
    command: COMMAND,
    text: [
      files.length === 0 ? 'nothing was removed' : `${describeFiles(files)} removed`,
      ...kept.map(({ path }) => `kept: ${path}: the table names it now, or it is too young`),
      ...left.map(({ path, reason }) => `left: ${path}: ${reason}`),
    ].join('\n'),
    facts: {
      ...factsOf(plan, files),
      left: left.map(({ path, reason }) => ({ location: path, reason })),
      kept: kept.map(({ path }) => path),
    },
    files: files.map(fileRecord),
  }
}

function factsOf(plan: OrphanPlan, files: readonly OrphanFile[]): FactRecord {
  return {
    location: plan.location,
    'older-than-ms': plan.olderThanMs,
    young: plan.young,
    'other-tables': plan.otherTables,
    'linked-places': plan.linkedPlaces,
    bytes: totalBytes(files),
  }
}

function fileRecord({ path, sizeBytes, modifiedMs }: OrphanFile): FileRecord {
  return { path, kind: 'orphan', 'size-bytes': sizeBytes, 'modified-ms': modifiedMs }
}
