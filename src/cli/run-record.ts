// What a run did, as programs read it.
import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import type {
  ActionReport,
  FilesReport,
  JobReport,
  OutputReport,
  SourceReport,
  TableSource,
  WindowReport,
  WorkflowReport,
  WritePlan,
} from '../jobs/report.ts'
import { commitRecord } from './commit-record.ts'
import { errorText } from './error-text.ts'
import type { FactRecord } from './records.ts'
import { actionResult } from './results/action.ts'
import { totalsRecord } from './results/batch.ts'

/** The whole report as JSON. */
export function reportRecord({ workflow, jobs }: WorkflowReport): FactRecord {
  return { workflow, jobs: jobs.map(jobRecord) }
}

function jobRecord(job: JobReport): FactRecord {
  switch (job.kind) {
    case 'windows':
      return { job: job.job, kind: job.kind, windows: job.windows.map(windowRecord) }
    case 'failed':
      return {
        job: job.job,
        kind: job.kind,
        error: errorText(job.error),
        'error-kind': job.error instanceof IcebergError ? job.error.kind : 'internal',
        windows: job.windows.map(windowRecord),
        actions: job.actions.map(actionRecord),
      }
    case 'maintained':
      return { job: job.job, kind: job.kind, actions: job.actions.map(actionRecord) }
    case 'streamed':
      return { job: job.job, kind: job.kind, ...totalsRecord(job.batches) }
    case 'stream-planned':
      return {
        job: job.job,
        kind: job.kind,
        'next-batch': job.epoch,
        sources: job.sources.map((source) => ({ ...source })),
        outputs: job.outputs.map(outputRecord),
      }
    case 'published':
      return {
        job: job.job,
        kind: job.kind,
        target: job.target,
        'metadata-location': job.metadataLocation,
      }
    case 'skipped':
      return { job: job.job, kind: job.kind, because: job.because }
    default:
      return unreachable(job)
  }
}

function actionRecord(report: ActionReport): FactRecord {
  const { action, target, durationMs } = report
  const { facts, files } = actionResult(report)
  const isPlan = report.report === null
  return { action, target, 'dry-run': isPlan, 'duration-ms': durationMs, ...facts, files }
}

function windowRecord(report: WindowReport): FactRecord {
  return {
    kind: report.kind,
    outcome: report.outcome,
    run: report.run,
    window: report.window,
    sources: report.sources.map(sourceRecord),
    outputs: report.outputs.map(outputRecord),
    beyond: report.beyond,
    'duration-ms': report.durationMs,
    warnings: report.warnings,
  }
}

function sourceRecord(source: SourceReport): FactRecord {
  switch (source.kind) {
    case 'table':
      return tableRecord(source)
    case 'metadata':
      return { kind: source.kind, table: source.table, 'snapshot-id': source.snapshotId }
    case 'files':
    case 'topic':
      return { ...source }
    default:
      return unreachable(source)
  }
}

function tableRecord(source: TableSource): FactRecord {
  const { counts } = source
  return {
    kind: source.kind,
    table: source.table,
    'snapshot-id': source.snapshotId,
    filter: source.filter,
    direct: source.direct,
    manifests: counts.manifests,
    'manifests-pruned': counts.manifestsPruned,
    files: counts.files,
    'files-pruned-by-partition': counts.filesPrunedByPartition,
    'files-pruned-by-metrics': counts.filesPrunedByMetrics,
    'records-planned': counts.recordsPlanned,
    'bytes-planned': counts.bytesPlanned,
  }
}

function outputRecord(output: OutputReport): FactRecord {
  const { kind, name } = output
  switch (output.kind) {
    case 'table':
      return {
        kind,
        name,
        target: output.target,
        commit: output.commit === null ? null : commitRecord(output.commit),
        plan: output.plan === null ? null : planRecord(output.plan),
      }
    case 'files':
      return {
        kind,
        name,
        target: output.target,
        file: output.file === null ? null : fileRecord(output.file),
      }
    case 'console':
      return { kind, name, rows: output.rows }
    default:
      return unreachable(output)
  }
}

function fileRecord({ location, rows, sizeBytes }: WrittenFile): FactRecord {
  return { path: location, rows, 'size-bytes': sizeBytes }
}

type WrittenFile = Exclude<FilesReport['file'], null>

function planRecord(plan: WritePlan): FactRecord {
  return {
    'makes-table': plan.makesTable,
    how: plan.how,
    rows: plan.rows,
    partitions: plan.partitions,
    'replaced-partitions': plan.replacedPartitions,
    'replaced-files': plan.replacedFiles,
    'replaced-rows': plan.replacedRows,
  }
}
