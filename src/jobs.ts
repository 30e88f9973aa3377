// Workflow files: declarative jobs over tables.
export { runWorkflow } from './jobs/run-workflow.ts'
export type { RunOptions } from './jobs/run-workflow.ts'
export { backfillJob, jobState, moveJobState, replayJob } from './jobs/job-calls.ts'
export type { AgainOptions, JobCallOptions, JobStateMove } from './jobs/job-calls.ts'
export { parseWorkflow } from './jobs/workflow/parse.ts'
export type { ParsedWorkflow, ParseOptions } from './jobs/workflow/parse.ts'
export { lintWorkflow } from './jobs/workflow/lint.ts'
export type { LintOptions } from './jobs/workflow/lint.ts'
export type { Finding, LintRule } from './jobs/workflow/lint/finding.ts'
export type { Workflow } from './jobs/workflow/model.ts'
export { findConfigFile, loadConfigFile } from './jobs/config-file.ts'
export { parseConfig } from './jobs/config.ts'
export type { Config } from './jobs/config.ts'
export type {
  ActionReport,
  ConsoleReport,
  FilesReport,
  FilesSource,
  JobReport,
  MetadataSource,
  OutputReport,
  RunKind,
  SourceReport,
  TableReport,
  TableSource,
  WindowReport,
  WorkflowReport,
  WritePlan,
} from './jobs/report.ts'
export type { SessionOptions } from './jobs/session.ts'
export type { ShownRows } from './jobs/sinks/sink.ts'
export { columnTagsOf } from './jobs/sinks/column-tags.ts'

// The same windows between two tables of a program.
export { incrementalJob } from './jobs/incremental-job.ts'
export type {
  AppendedWindow,
  ColumnWindow,
  IncrementalJob,
  IncrementalJobOptions,
  JobRange,
  JobRun,
  JobWrite,
  NextOptions,
  StopOptions,
} from './jobs/incremental-job.ts'
export type { BatchTransform } from './jobs/rows-change.ts'
export type { BackfillRange } from './jobs/incremental/backfill.ts'
export type { KeptState } from './jobs/incremental/kept-state.ts'
export type { AuditEntry } from './jobs/incremental/state-notes.ts'
export { createFileStateStore, createMemoryStateStore } from './jobs/incremental/state-store.ts'
export type { StateStore, StoredState } from './jobs/incremental/state-store.ts'
export type { IncrementalState } from './jobs/state-record.ts'
