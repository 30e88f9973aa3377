/**
 * Every key that a workflow file may have, and what becomes of it: read, without effect here, or meant for something that
 * is not built and therefore refused by name (jobs of the older key generations included).
 */

import type { Vocabulary } from '../yaml/fields.ts'

const LABELS = ['title', 'description', 'tags']

const WORKFLOW_KEYS = ['title', 'schedule', 'dag']

export const FILE: Vocabulary = {
  read: ['version', 'name', 'type', 'workspace', 'workflow', ...LABELS],
  ignored: ['owner', 'layer'],
}

export const WORKFLOW: Vocabulary = { read: WORKFLOW_KEYS }

/** A workflow without its frame. */
export const BARE_DAG: Vocabulary = {
  read: ['version', 'name', 'type', 'workspace', ...LABELS, ...WORKFLOW_KEYS],
  ignored: ['owner', 'layer'],
}

export const SCHEDULE: Vocabulary = { read: ['cron', 'concurrencyPolicy', 'endOn', 'timezone'] }

export const JOB: Vocabulary = { read: ['name', 'spec', 'dependencies', 'retry', ...LABELS] }

export const RETRY: Vocabulary = { read: ['count', 'strategy'] }

/** Sizes and rights of a cluster that is not there. */
export const CLUSTER_SPEC_KEYS: readonly string[] = [
  'resources',
  'configs',
  'tempVolume',
  'persistentVolume',
  'runAsUser',
  'runAsApiKey',
]

export const JOB_SPEC: Vocabulary = {
  read: ['stack', 'compute', 'envs', 'flare', 'toolbox', 'stackSpec', ...LABELS],
  ignored: CLUSTER_SPEC_KEYS,
}

export const CLUSTER_KEYS: readonly string[] = ['driver', 'executor', 'sparkConf', 'configs']

export const FLARE_BODY: Vocabulary = { read: ['job'], ignored: CLUSTER_KEYS }

export const FLARE_JOB: Vocabulary = {
  read: [
    'explain',
    'logLevel',
    'showPreviewLines',
    'variables',
    'streaming',
    'inputs',
    'steps',
    'outputs',
    'actions',
  ],
  later: ['assertions', 'udfs'],
}

export const ACTIONS: Vocabulary = {
  read: ['name', 'input', 'options'],
  ignored: LABELS,
  later: ['deleteWhere'],
}

/** What makes fewer files of many, or sorted ones. */
export const REWRITE_OPTIONS: Vocabulary = {
  read: ['strategy', 'sortOrder', 'where', 'properties'],
}

/** The options of Spark's `rewrite_data_files`. */
export const REWRITE_PROPERTIES: Vocabulary = {
  read: [
    'target-file-size-bytes',
    'min-file-size-bytes',
    'max-file-size-bytes',
    'min-input-files',
    'rewrite-all',
    'max-file-group-size-bytes',
    'max-concurrent-file-group-rewrites',
    'max-files-to-rewrite',
    'partial-progress.enabled',
    'partial-progress.max-commits',
    'use-starting-sequence-number',
    'output-spec-id',
    'delete-file-threshold',
    'delete-ratio-threshold',
    'remove-dangling-deletes',
  ],
  later: [
    'rewrite-job-order',
    'partial-progress.max-failed-commits',
    'shuffle-partitions-per-file',
  ],
}

export const MANIFEST_OPTIONS: Vocabulary = { read: ['useCaching', 'specId'] }

/** The newer words for what goes, and the older ones. */
export const EXPIRE_OPTIONS: Vocabulary = {
  read: [
    'olderThanMillis',
    'olderThanTimestamp',
    'retainLast',
    'snapshotIds',
    'expireOlderThan',
    'expireSnapshotId',
  ],
  ignored: ['maxConcurrentDeletes', 'streamDeleteResults'],
}

export const ORPHAN_OPTIONS: Vocabulary = {
  read: ['olderThanMillis', 'olderThanTimestamp', 'olderThan', 'location', 'dryRun'],
  ignored: ['maxConcurrentDeletes'],
}

export const STREAMING: Vocabulary = {
  read: [
    'batchMode',
    'forEachBatchMode',
    'triggerMode',
    'triggerDuration',
    'outputMode',
    'checkpointLocation',
    'maxBadRecords',
    'allowPartitionReplace',
    'watermark',
  ],
  ignored: ['extraOptions'],
}

export const WATERMARK: Vocabulary = { read: ['column', 'delay', 'late'] }

export const INPUT: Vocabulary = {
  read: [
    'name',
    'dataset',
    'format',
    'isStream',
    'incremental',
    'options',
    'schemaType',
    'schemaPath',
    'schemaString',
    'schemaRegistryUrl',
  ],
  ignored: LABELS,
  later: ['query', 'schemaSubject', 'schemaId'],
}

/** What selects a version of a table, or the rows that were appended from one on. */
export const SELECTORS = [
  'branch',
  'tag',
  'snapshot-id',
  'as-of-timestamp',
  'start-snapshot-id',
  'start-timestamp',
] as const

/** Where the rows appended from a version on may end. */
export const RANGE_ENDS = {
  'start-snapshot-id': 'end-snapshot-id',
  'start-timestamp': 'end-timestamp',
} as const

/** How files of texts are spelled, where they are read and where they are written. */
export const CSV_KEYS: readonly string[] = ['header', 'delimiter', 'sep', 'quote', 'nullValue']

/** Options of files that are done in one way here: with that value they say what is so anyway. */
export const SETTLED_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['mode', 'FAILFAST'],
  ['inferSchema', 'false'],
  ['encoding', 'UTF-8'],
  ['charset', 'UTF-8'],
])

/** How Spark shares out the work of a read. */
export const TUNING_OPTIONS: readonly string[] = [
  'split-size',
  'lookback',
  'file-open-cost',
  'vectorization-enabled',
  'batch-size',
]

/** What a batch takes of an input. */
export const STREAM_OPTIONS: readonly string[] = [
  'maxFilesPerTrigger',
  'maxBytesPerTrigger',
  'latestFirst',
  'ignoreMissingFiles',
  'stream-from-timestamp',
  'streaming-max-files-per-micro-batch',
  'streaming-max-rows-per-micro-batch',
  'streaming-skip-delete-snapshots',
  'streaming-skip-overwrite-snapshots',
  'onExpired',
]

/** How the messages of a topic are read. */
export const LOG_OPTIONS: readonly string[] = [
  'startingOffsets',
  'maxOffsetsPerTrigger',
  'failOnDataLoss',
  'valueFormat',
  'keyFormat',
  'envelope',
  'messageColumns',
]

export const INPUT_OPTIONS: Vocabulary = {
  read: [
    ...SELECTORS,
    ...Object.values(RANGE_ENDS),
    ...CSV_KEYS,
    ...SETTLED_OPTIONS.keys(),
    'inputFileName',
    'multiLine',
    ...LOG_OPTIONS,
    ...STREAM_OPTIONS,
  ],
  ignored: TUNING_OPTIONS,
  later: [
    'comment',
    'dateFormat',
    'emptyValue',
    'endingOffsets',
    'escape',
    'lineSep',
    'modifiedAfter',
    'modifiedBefore',
    'nanValue',
    'pathGlobFilter',
    'recursiveFileLookup',
    'timestampFormat',
  ],
}

export const INCREMENTAL: Vocabulary = {
  read: [
    'context',
    'sql',
    'keys',
    'state',
    'until',
    'lag',
    'overwriteSnapshots',
    'deleteSnapshots',
  ],
}

export const INCREMENTAL_KEY: Vocabulary = { read: ['name', 'sql', 'default', 'updateFromKey'] }

export const STATE_ENTRY: Vocabulary = { read: ['key', 'value'] }

export const STEPS: Vocabulary = { read: ['sequence', 'sink'] }

export const SEQUENCE_ITEM: Vocabulary = {
  read: ['name', 'sql', 'sqlFile', 'classpath', 'functions', 'commands', 'aggregate'],
  ignored: ['doc'],
  later: ['transform'],
}

export const AGGREGATE: Vocabulary = { read: ['window', 'by', 'measures'] }

export const WINDOW: Vocabulary = { read: ['column', 'size'], later: ['slide'] }

export const MEASURE: Vocabulary = { read: ['name', 'fn', 'column'] }

export const COMMAND: Vocabulary = { read: ['name', 'sequenceName', 'mode'] }

export const SINK: Vocabulary = {
  read: [
    'sequenceName',
    'outputName',
    'datasetName',
    'outputType',
    'outputOptions',
    'columnTags',
    ...LABELS,
  ],
  ignored: ['checkpointLocation'],
}

export const OUTPUT: Vocabulary = {
  read: ['name', 'dataset', 'depot', 'format', 'options', 'columnTags', ...LABELS],
  ignored: ['checkpointLocation'],
  later: ['driver'],
}

/** What only a table has. */
export const TABLE_KEYS: readonly string[] = [
  'iceberg',
  'partitionSpec',
  'persistSortOrder',
  'replaceAcrossSpecs',
  'mergeSchema',
]

export const CONSOLE_KEYS: readonly string[] = ['numRows', 'truncate']

export const OUTPUT_OPTIONS: Vocabulary = {
  read: [
    'saveMode',
    'sort',
    'compressionType',
    'extraOptions',
    'file',
    ...TABLE_KEYS,
    ...CSV_KEYS,
    ...CONSOLE_KEYS,
  ],
  ignored: ['checkpointLocation', 'triggerDuration'],
  later: ['merge', 'createBranch'],
}

export const FILE_OPTIONS: Vocabulary = {
  read: ['saveMode', 'outputType', 'compressionType', ...CSV_KEYS],
}

/** Options of Spark's that are done in one way here: with that value they say what is so anyway. */
export const SETTLED_WRITE_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['write-format', 'parquet'],
  ['check-nullability', 'true'],
  ['check-ordering', 'true'],
])

/** Options of Spark's writer of tables. */
export const TABLE_WRITE_OPTIONS: readonly string[] = [
  'overwrite-mode',
  'compression-codec',
  'mergeSchema',
  'merge-schema',
  'fanout-enabled',
  ...SETTLED_WRITE_OPTIONS.keys(),
]

export const EXTRA_OPTIONS: Vocabulary = {
  read: [...TABLE_WRITE_OPTIONS, ...CSV_KEYS, ...CONSOLE_KEYS, 'compression'],
  later: [
    'branch',
    'compression-level',
    'compression-strategy',
    'distribution-mode',
    'isolation-level',
    'target-file-size-bytes',
    'validate-from-snapshot-id',
  ],
}

export const SORT: Vocabulary = { read: ['mode', 'columns', 'persistSortOrder'] }

export const SORT_COLUMN: Vocabulary = { read: ['name', 'order'] }

export const COLUMN_TAGS: Vocabulary = {
  read: ['columnName', 'columnNames', 'columnRegex', 'tags'],
}

export const ICEBERG: Vocabulary = { read: ['properties', 'partitionSpec'], later: ['merge'] }

export const PARTITION_ITEM: Vocabulary = {
  read: ['type', 'column', 'numBuckets', 'bucket_count', 'width', 'name', 'asColumn'],
}

export const TOOLBOX_BODY: Vocabulary = { read: ['dataset', 'action'] }

export const TOOLBOX_ACTION: Vocabulary = { read: ['name', 'value'] }
