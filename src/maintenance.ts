// What keeps tables in order. A plan says what would be done, and does it when it is run.
export { compactFiles, planCompaction } from './maintenance/compact-files.ts'
export type { CompactionPlan } from './maintenance/compact-files.ts'
export type {
  CompactedTable,
  CompactionOptions,
  CompactionProgress,
  CompactionReport,
  CompactionRun,
  GroupFailure,
} from './maintenance/compaction-options.ts'
export type { CompactionStrategy } from './maintenance/arrangement.ts'
export type { PlannedCompaction } from './maintenance/describe-compaction.ts'
export type {
  CompactionPolicy,
  FileGroup,
  LeftAlone,
  PlannedGroups,
} from './maintenance/plan-compaction.ts'
export { expireSnapshots, planExpiry } from './maintenance/expire-snapshots.ts'
export type {
  ExpireOptions,
  ExpirePlan,
  ExpireProgress,
  ExpireReport,
  ExpireRun,
} from './maintenance/expire-snapshots.ts'
export type { OrphanOptions, OrphanProgress, OrphanRun } from './maintenance/orphan-search.ts'
export { planOrphanRemoval, removeOrphans } from './maintenance/remove-orphans.ts'
export type { OrphanFile, OrphanPlan, OrphanReport } from './maintenance/remove-orphans.ts'
export type { LeftFile } from './maintenance/delete-files.ts'
export type { Age } from './maintenance/moment.ts'
export type { TableFile, TableFileKind } from './maintenance/table-file.ts'
export { addFiles, planAddFiles } from './maintenance/import-files.ts'
export type {
  AddFilesOptions,
  AddFilesPlan,
  AddFilesReport,
  AddFilesRun,
} from './maintenance/import-files.ts'
export {
  computePartitionStatistics,
  planPartitionStatistics,
} from './maintenance/partition-statistics.ts'
export type {
  PartitionStatisticsOptions,
  PartitionStatisticsPlan,
  PartitionStatisticsReport,
  PartitionStatisticsRun,
} from './maintenance/partition-statistics.ts'
export type { PartitionTotals } from './metadata/partition-totals.ts'
export { planRewriteManifests, rewriteManifests } from './maintenance/rewrite-manifests.ts'
export type {
  RewriteManifestsOptions,
  RewriteManifestsPlan,
  RewriteManifestsReport,
  RewriteManifestsRun,
} from './maintenance/rewrite-manifests.ts'
export type { ManifestChoice } from './maintenance/plan-manifest-rewrite.ts'
export type {
  RewriteManifestsProgress,
  RewriteOutcome,
} from './maintenance/rewrite-manifests-write.ts'
export { examineTable } from './client/table-place.ts'
export { examine } from './maintenance/doctor.ts'
export type { Examination, ExamineOptions } from './maintenance/doctor.ts'
export type { ExaminedCounts } from './maintenance/doctor/examine-snapshots.ts'
export type { Finding } from './maintenance/doctor/finding.ts'
export type { Severity } from './maintenance/doctor/checks.ts'
export { maintain, planMaintenance } from './maintenance/maintain.ts'
export type {
  MaintenanceBudget,
  MaintenancePlan,
  MaintenancePolicy,
  MaintenanceReport,
  MaintenanceRun,
  MaintenanceStep,
  MaintenanceSteps,
  StepResult,
} from './maintenance/maintain.ts'
export { metadataTable } from './maintenance/metadata-table.ts'
export type { MetadataTableOptions } from './maintenance/metadata-table.ts'
export type { EntryFacts, FileColumns, FileFacts } from './scan/facts/entry-facts.ts'
export type { Facts } from './scan/facts/facts.ts'
export type { HistoryFacts } from './scan/facts/history-facts.ts'
export type { ListedManifestFacts, ManifestFacts } from './scan/facts/manifest-facts.ts'
export type { MetadataRows } from './scan/facts/metadata-facts.ts'
export type { MetadataLogFacts } from './scan/facts/metadata-log-facts.ts'
export type { PartitionFacts } from './scan/facts/partition-facts.ts'
export type { PositionDeleteFacts } from './scan/facts/position-delete-facts.ts'
export type { RefFacts } from './scan/facts/ref-facts.ts'
export type { SnapshotFacts } from './scan/facts/snapshot-facts.ts'
export type { MetadataTableName } from './scan/facts/metadata-table-names.ts'
