// The package's main entry: warehouses, tables, scans, schemas, predicates.
export { openWarehouse, Warehouse } from './client/warehouse.ts'
export type { WarehouseOptions } from './client/warehouse.ts'
export { Table } from './client/table.ts'
export type { Filter } from './client/table.ts'
export type {
  DeleteOptions,
  OverwriteOptions,
  OverwritePartitionsOptions,
  WriteOptions,
} from './client/write-options.ts'
export type { BatchOutcome, StreamWriter, StreamWriterOptions } from './client/stream-writer.ts'
export type { CommitPace, StreamCommit, StreamOptions } from './client/stream-writer-options.ts'
export type { BatchId } from './client/producer-position.ts'
export type { StreamChunk, TableWritableOptions } from './client/writable.ts'
export type { Transaction } from './client/transaction.ts'
export type { RefChange, RollbackPoint, TagOptions } from './client/ref-change.ts'
export type { RefOptions, RefRetention } from './metadata/ref-change.ts'
export type { ColumnName, SchemaChange } from './client/schema-change.ts'
export type { FieldPlace } from './types/schema-change.ts'
export type { SpecChange } from './client/spec-change.ts'
export type { NewTableOptions } from './client/new-table.ts'
export type { PartitionText, SortText } from './client/layout-texts.ts'
export type { UnknownRow } from './client/row-shapes.ts'

export type { BatchOptions, ScanOptions, TableScan } from './scan/table-scan.ts'
export type {
  DirectRelation,
  FileRows,
  QueryRows,
  RowContent,
  RowSource,
} from './scan/row-source.ts'
export type { RowEngine } from './write/row-engine.ts'
export type { AppendsOptions, RangePoint } from './scan/incremental.ts'
export type {
  ExplainedFile,
  ExplainedManifest,
  ExplainedRowGroup,
  ExplainedTotals,
  Explanation,
  FailedTest,
  PrunedBy,
} from './scan/explanation.ts'
export type { PlanCounts, ScanPlan } from './scan/scan-plan.ts'
export type { FileScanTask } from './scan/task.ts'
export type { Commit } from './write/commit-report.ts'
export type { Guard } from './write/commit.ts'
export type { Isolation } from './write/conflicts.ts'
export type { OtherSpecs } from './write/replace-partitions.ts'
export type { WriteInput } from './write/input.ts'
export type { CommitPoint } from './write/property-change.ts'
export type { EventListener, TableEvent } from './table/events.ts'

export { schema, t } from './types/define.ts'
export type { DecimalInput } from './types/define.ts'
export type { MetadataPath, MetadataRow, WithMetadata } from './types/metadata-row.ts'
export type { Picked } from './types/picked-row.ts'
export type { Given, Row, RowInput, RowInputOf, RowOf, Taken } from './types/row-types.ts'
export type {
  AnyColumn,
  Column,
  ColumnDefinition,
  Presence,
  Shape,
  TypedSchema,
} from './types/typed-schema.ts'
export type { Schema } from './types/schema.ts'
export type {
  EdgeAlgorithm,
  Field,
  ListType,
  MapType,
  PrimitiveType,
  StructType,
  Type,
  VariantType,
} from './types/type.ts'

export {
  alwaysFalse,
  alwaysTrue,
  and,
  between,
  eq,
  gt,
  gtEq,
  isIn,
  isNaN,
  isNull,
  lt,
  ltEq,
  not,
  notEq,
  notIn,
  notNaN,
  notNull,
  notStartsWith,
  or,
  startsWith,
} from './expressions/build.ts'
export type { Predicate } from './expressions/build.ts'

export { IcebergError } from './base/errors.ts'
export type { ErrorContext, ErrorKind, Problem } from './base/errors.ts'
export type { Environment } from './base/environment.ts'
export type { PartitionTerm, SortTerm } from './layout/layout-text.ts'
export type { PartitionField, PartitionSpec } from './layout/partition-spec.ts'
export { parquetFile } from './client/parquet-file.ts'
export { openTable } from './client/open-table.ts'
export type { OpenTableOptions } from './client/open-table.ts'
export type { NullOrder, SortDirection, SortField, SortOrder } from './layout/sort-order.ts'
export type { TimeTransformKind, Transform } from './layout/transform.ts'
export type { DataFile } from './metadata/data-file.ts'
export type { SnapshotRef } from './metadata/refs.ts'
export type { Operation, Snapshot } from './metadata/snapshot.ts'
export type { FormatVersion, TableMetadata } from './metadata/table-metadata.ts'

// What may be brought along in place of what is here.
export type {
  Catalog,
  CommitOutcome,
  LoadOptions,
  LoadedTable,
  TableCommit,
} from './catalog/catalog.ts'
export type { TableIdentifier } from './catalog/identifier.ts'
export type { TableRequirement } from './metadata/requirements.ts'
export type { TableUpdate } from './metadata/updates.ts'
export type {
  CodecCallOptions,
  DecodeOptions,
  DictionaryChoice,
  EncodeOptions,
  ParquetCodec,
  ParquetCompression,
} from './formats/parquet/codec.ts'
export type { RequestOptions } from './io/object-store.ts'
export type { S3Options } from './io/s3-options.ts'
