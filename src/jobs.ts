// Workflow files: declarative jobs over tables.
export { runWorkflow } from './jobs/run-workflow.ts'
export type { RunOptions } from './jobs/run-workflow.ts'
export {
  backfillJob,
  jobState,
  moveJobState,
  replayJob,
  resetStreamState,
  streamState,
} from './jobs/job-calls.ts'
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
  PlannedSource,
  RunKind,
  SourceReport,
  StreamPlan,
  StreamTotals,
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

// Whatever comes into a table, batch by batch.
export { streamJob } from './jobs/stream-job.ts'
export type {
  StreamJob,
  StreamJobOptions,
  StreamRunOptions,
  StreamTrigger,
  StreamWatermark,
} from './jobs/stream-job.ts'
export type { BatchReport, BatchSource } from './jobs/stream/batch-report.ts'
export type {
  MeasureFunction,
  StreamAggregate,
  StreamMeasure,
} from './jobs/stream/event-time/definition.ts'
export type { StandingBatch, StandingTable, StreamStatus } from './jobs/stream/stream-status.ts'
export { files } from './jobs/sources/files-stream.ts'
export type { FilesOptions } from './jobs/sources/files-stream-options.ts'
export { iterable } from './jobs/sources/iterable-stream.ts'
export type { IterableOptions, StreamRows } from './jobs/sources/iterable-stream.ts'
export { kafka } from './jobs/sources/kafka/kafka.ts'
export type {
  KafkaOptions,
  MessageFormat,
  SchemaRegistryOptions,
} from './jobs/sources/kafka/kafka-options.ts'
export type { MessageColumn } from './jobs/sources/kafka/message-columns.ts'
export type { StartingOffsets } from './jobs/sources/kafka/position.ts'
export { appendsOf } from './jobs/sources/table-stream.ts'
export type { AppendsOfOptions } from './jobs/sources/table-stream-options.ts'
export type {
  BadRecord,
  NextOffset,
  OffsetRange,
  OpenStream,
  ReadOptions,
  SourceLog,
  StreamAmount,
  StreamContext,
  StreamOffset,
  StreamOrigin,
  StreamSource,
} from './jobs/sources/stream-source.ts'
