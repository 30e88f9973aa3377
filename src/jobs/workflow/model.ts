import type { NullOrder, SortDirection } from '../../layout/sort-order.ts'
import type { Transform } from '../../layout/transform.ts'
import type { Schema } from '../../types/schema.ts'
import type { DatasetAddress, FolderAddress, MetadataTableAddress } from '../address.ts'
import type { EventTime } from '../stream/event-time/definition.ts'
import type { BoundFunction } from '../functions/define.ts'
import type { Place } from '../yaml/faults.ts'
import type { MaintenanceJob } from './actions/action.ts'

/** A workflow file, whatever generation of keys it was written in. */
export interface Workflow {
  readonly name: string
  readonly workspace: string
  /** Where it was read from; null when nobody said. */
  readonly file: string | null
  readonly title: string | null
  readonly description: string | null
  readonly tags: readonly string[]
  /** For the scheduler that starts us; nothing here waits for it. */
  readonly schedule: Schedule | null
  /** In file order; names distinct, dependencies known and without a cycle. */
  readonly dag: readonly Job[]
}

export interface Schedule {
  readonly cron: string
  readonly concurrencyPolicy: 'Allow' | 'Forbid' | 'Replace'
  readonly endOn: string | null
  readonly timezone: string | null
}

export type Job = FlareJob | MaintenanceJob | ToolboxJob

export interface JobFrame {
  /** `<workspace>/<workflow>/<job>`: what state is kept under. */
  readonly id: string
  readonly name: string
  readonly title: string | null
  readonly description: string | null
  readonly tags: readonly string[]
  /** As it was written, version included. */
  readonly stack: string
  /** Names of jobs that must have succeeded before. */
  readonly dependencies: readonly string[]
  /** How often a failed job is tried again. */
  readonly retries: number
  readonly place: Place
}

/** Reads inputs, writes outputs. */
export interface FlareJob extends JobFrame {
  readonly kind: 'flare'
  /** Whether the plan goes into the run's report. */
  readonly explain: boolean
  readonly logLevel: LogLevel | null
  /** How many rows of each step the report shows; 0: none. */
  readonly previewRows: number
  /** At least one; names distinct. */
  readonly inputs: readonly Input[]
  /** Views made of inputs and earlier steps, in file order; names distinct, from those of inputs too. */
  readonly steps: readonly Step[]
  /** At least one; each named like an input or a step. */
  readonly outputs: readonly Output[]
  /** How it runs; null for a job that reads its inputs as they are, or in windows. */
  readonly stream: StreamSettings | null
}

/** How a job runs that takes what comes. */
export interface StreamSettings {
  readonly trigger: StreamTrigger
  /** A folder for what lets an interrupted batch be repeated as it was. */
  readonly checkpoint: FolderAddress
  /** Records of one batch that may be put aside because they are no rows; null: the first one ends the stream. */
  readonly maxBadRecords: number | null
  /** What is done with event time; null for nothing. */
  readonly time: StreamTime | null
  readonly place: Place
}

/** What a stream does with event time, and the views that take part in it. */
export interface StreamTime {
  readonly eventTime: EventTime
  /** The view whose rows have event times: the last one that is made by a query, or the only input. */
  readonly judged: string
  /** What goes on of it: a view of windows, or its rows under its own name. */
  readonly result: string
  /** The view of late rows, where they are set aside; else null. */
  readonly late: string | null
  /** Of the windows; where there are none, of the watermark. */
  readonly place: Place
}

/** When batches begin; as `jobs/stream` knows them. */
export type StreamTrigger =
  | { readonly kind: 'once' }
  | { readonly kind: 'available-now' }
  | { readonly kind: 'interval'; readonly everyMs: number }

/** One view of a `sequence`: a query, and what is done to its rows after it. */
export interface Step {
  readonly name: string
  /** Reads inputs and earlier steps by their names. */
  readonly sql: string
  /** In the order in which they are applied. */
  readonly functions: readonly FunctionCall[]
  /** Whether the file asks to keep the rows once they are made. */
  readonly isCached: boolean
  readonly place: Place
  /** Of `sql`. */
  readonly sqlPlace: Place
}

/** A function of the catalogue (`jobs/functions`) with its arguments. */
export interface FunctionCall {
  readonly name: string
  readonly bound: BoundFunction
  readonly place: Place
}

/** Makes a version of a table the one that readers see. */
export interface ToolboxJob extends JobFrame {
  readonly kind: 'toolbox'
  readonly dataset: DatasetAddress
  /** `value`: `latest`, or the name of a metadata file. */
  readonly action: { readonly name: 'set_version'; readonly value: string }
}

export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'

/** A view for SQL and outputs to name. */
export interface Input {
  readonly name: string
  readonly dataset: DatasetAddress
  /**
   * What `dataset` means where its depot is one of a catalog, whose tables have no dots in their names; null unless its
   * last part is a word for what tables tell of themselves.
   */
  readonly metadataTable: MetadataTableAddress | null
  /** Null: what the depot holds, which only the configuration knows. */
  readonly format: InputFormat | null
  /** Which rows of a table; null unless the file selects any. */
  readonly selection: TableSelection | null
  /** How files are read; null where the file says nothing of it. */
  readonly files: FileReading | null
  /** How the messages of a log are read; null where the file says nothing of it. */
  readonly log: LogReading | null
  /** Null: the whole input in every run. */
  readonly incremental: IncrementalRead | null
  /** How it is taken batch by batch; null for an input that is there as a whole. */
  readonly stream: StreamReading | null
  readonly place: Place
}

/** What a batch takes of an input, where its source has a say in it; null: what the source does by itself. */
export interface StreamReading {
  readonly maxFiles: number | null
  readonly maxBytes: number | null
  readonly maxRows: number | null
  readonly latestFirst: boolean
  /** Whether files are passed over that are gone before they are read, rather than to end the stream. */
  readonly skipsMissing: boolean
  /** Milliseconds since the epoch: of a table, what was committed since. */
  readonly fromTimestampMs: bigint | null
  readonly skipsDeletes: boolean
  readonly skipsOverwrites: boolean
  /** Whether a table is read anew when what was not read of it has expired. */
  readonly rescans: boolean
}

export type InputFormat = 'iceberg' | 'parquet' | 'csv' | 'json'

/** Which version of a table, or which appended rows. Times are milliseconds since 1970-01-01T00:00:00 UTC. */
export type TableSelection =
  | { readonly kind: 'snapshot'; readonly snapshotId: bigint }
  | { readonly kind: 'time'; readonly timestampMs: bigint }
  /** A branch or tag. */
  | { readonly kind: 'ref'; readonly name: string; readonly type: 'branch' | 'tag' }
  /** Rows appended in `(since, until]`; `until` null: as it is now. */
  | { readonly kind: 'appends'; readonly since: RangeEnd; readonly until: RangeEnd | null }

export type RangeEnd =
  | { readonly kind: 'snapshot'; readonly snapshotId: bigint }
  | { readonly kind: 'time'; readonly timestampMs: bigint }

/** How the messages of a topic become rows. */
export interface LogReading {
  /** Where the schemas of its messages are; may hold credentials. Null: they name none. */
  readonly schemaRegistryUrl: string | null
  /** Where reading begins: -2 stands for the earliest offset of a partition, -1 for the latest. */
  readonly startingOffsets: 'earliest' | 'latest' | Readonly<Record<string, bigint>>
  /** Null: Avro where there is a registry, else JSON. */
  readonly valueFormat: MessageFormat | null
  readonly keyFormat: MessageFormat | null
  /** What a message is around its row; null: nothing. */
  readonly envelope: 'debezium' | null
  /** Columns that say where a message was. */
  readonly messageColumns: readonly string[]
  /** Offsets of one batch of a stream; null: all that there are. */
  readonly maxOffsetsPerTrigger: number | null
  /** Whether a run fails when the brokers no longer have what comes next. */
  readonly failsOnDataLoss: boolean
}

export type MessageFormat = 'json' | 'avro' | 'string' | 'binary'

/** How rows are found in files. */
export interface FileReading {
  /** Null: taken from the files, which only Parquet allows for all types. */
  readonly schema: Schema | null
  readonly csv: CsvFormat
  /** Whether a file of JSON is a document rather than lines. */
  readonly multiLine: boolean
  /** Name of a column that holds the file of each row; null: none. */
  readonly inputFileName: string | null
}

export interface CsvFormat {
  readonly header: boolean
  /** One character. */
  readonly delimiter: string
  readonly quote: string
  /** The text of an absent value. */
  readonly nullText: string
}

/** Reads one window of a table in each run. */
export interface IncrementalRead {
  /** Name of the view over the whole table that `sql` reads. */
  readonly context: string
  /** Selects the window, with a hole `$|name|` for each key it needs. */
  readonly sql: string
  /** At least one, in the order they get their values; names distinct. */
  readonly keys: readonly IncrementalKey[]
  /** What a run leaves for the next one; empty: every run computes its window anew. */
  readonly state: readonly StateEntry[]
  readonly until: Until
  /** How far before its stored start a window begins, for rows that come late: `2 days`, or a number. Null: not at all. */
  readonly lag: string | null
  /** What snapshots that overwrote or deleted rows are to a window over commit times. */
  readonly overwriteSnapshots: 'throw' | 'skip' | 'added'
  readonly deleteSnapshots: 'throw' | 'skip'
  /** Of `context`, which names it. */
  readonly place: Place
  /** Of `sql`. */
  readonly sqlPlace: Place
  /** Of `until`; of the mapping where it is not said. */
  readonly untilPlace: Place
}

/** A value of the window, kept as text. What is stored comes first, then `sql`, then `default`; not both are null. */
export interface IncrementalKey {
  readonly name: string
  /** May have holes for keys that come before. */
  readonly sql: string | null
  readonly default: string | null
  readonly place: Place
  /** Of `sql`; of the key where it has none. */
  readonly sqlPlace: Place
}

/** After a run, the next one's `key` is this one's `value`; both name keys. */
export interface StateEntry {
  readonly key: string
  readonly value: string
}

/** How far windows may reach: one that would end beyond it is not run. */
export type Until =
  | { readonly kind: 'none' }
  | { readonly kind: 'now' }
  /** The largest value of the column that the window is cut by. */
  | { readonly kind: 'source-max' }
  | { readonly kind: 'value'; readonly text: string }
  | { readonly kind: 'sql'; readonly sql: string }

/** Where a view is written to, and how. */
export type Output = TableOutput | FileOutput | ConsoleOutput

export interface OutputFrame {
  /** Of the view. */
  readonly name: string
  readonly title: string | null
  readonly description: string | null
  readonly tags: readonly string[]
  readonly place: Place
}

/** An Iceberg table. */
export interface TableOutput extends OutputFrame {
  readonly kind: 'table'
  readonly dataset: DatasetAddress
  readonly mode: WriteMode
  /** Whether rows of the replaced partitions that stand in files of older partition specs go too. */
  readonly replacesAcrossSpecs: boolean
  /** Whether columns that the table does not have are added to it. */
  readonly mergesSchema: boolean
  readonly sort: WriteSort | null
  /** Whether `sort` becomes the table's own order. */
  readonly persistsSort: boolean
  /** Table properties; what only steers a write is not among them. */
  readonly properties: ReadonlyMap<string, string>
  /** Null: as the table is; a new one is not partitioned. */
  readonly partitionSpec: readonly PartitionItem[] | null
  /** How this write compresses its data files; null: as the table says. */
  readonly compression: Compression | null
  /** Tags of columns by their paths or a pattern. */
  readonly columnTags: readonly ColumnTags[]
}

/** Files in a folder, all of them there or none. */
export interface FileOutput extends OutputFrame {
  readonly kind: 'files'
  readonly dataset: DatasetAddress
  readonly format: 'parquet' | 'csv' | 'ndjson'
  readonly mode: Exclude<WriteMode, 'overwrite-partitions'>
  readonly sort: WriteSort | null
  readonly csv: CsvFormat
  /** Of Parquet; null: the writer's own choice. */
  readonly compression: Compression | null
}

export type Compression = 'uncompressed' | 'snappy' | 'gzip' | 'zstd' | 'lz4' | 'brotli'

/** The first rows, printed. */
export interface ConsoleOutput extends OutputFrame {
  readonly kind: 'console'
  readonly rows: number
}

/**
 * `overwrite` replaces all rows; `overwrite-partitions` replaces the partitions that get rows, and no others;
 * `error-if-exists` and `ignore` write only where nothing is.
 */
export type WriteMode =
  | 'append'
  | 'overwrite'
  | 'overwrite-partitions'
  | 'error-if-exists'
  | 'ignore'

export interface ColumnTags {
  readonly columns: { readonly names: readonly string[] } | { readonly pattern: string }
  readonly tags: readonly string[]
}

export interface WriteSort {
  /** `global`: files of a partition have disjoint ranges; `partition`: order within each file only. */
  readonly mode: 'global' | 'partition'
  /** At least one; columns distinct. */
  readonly columns: readonly SortColumn[]
}

export interface SortColumn {
  readonly name: string
  readonly direction: SortDirection
  readonly nullOrder: NullOrder
}

export interface PartitionItem {
  readonly transform: Transform
  readonly column: string
  readonly name: string
}
