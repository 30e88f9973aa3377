/**
 * Every key that a workflow file may have, and what becomes of it: read, without effect here, or meant for something that
 * is not built and therefore refused by name (jobs of the older key generations included).
 */

import type { Vocabulary } from '../yaml/fields.ts'

const LABELS = ['title', 'description', 'tags']

export const FILE: Vocabulary = {
  read: ['version', 'name', 'type', 'workspace', 'workflow', ...LABELS],
  ignored: ['owner', 'layer'],
}

export const WORKFLOW: Vocabulary = { read: ['title', 'schedule', 'dag'] }

export const SCHEDULE: Vocabulary = { read: ['cron', 'concurrencyPolicy', 'endOn', 'timezone'] }

export const JOB: Vocabulary = { read: ['name', 'spec', 'dependencies', 'retry', ...LABELS] }

export const RETRY: Vocabulary = { read: ['count', 'strategy'] }

export const JOB_SPEC: Vocabulary = {
  read: ['stack', 'compute', 'envs', 'flare', 'toolbox', 'stackSpec', ...LABELS],
}

/** Sizes of a cluster that is not there. */
export const CLUSTER_KEYS: readonly string[] = ['driver', 'executor', 'sparkConf']

export const FLARE_BODY: Vocabulary = { read: ['job'], ignored: CLUSTER_KEYS }

export const FLARE_JOB: Vocabulary = {
  read: ['explain', 'logLevel', 'inputs', 'outputs'],
  later: ['streaming', 'steps', 'actions', 'showPreviewLines', 'variables', 'assertions', 'udfs'],
}

export const INPUT: Vocabulary = {
  read: ['name', 'dataset', 'format', 'isStream', 'incremental', 'options'],
  later: ['schemaRegistryUrl', 'schemaType', 'schemaPath', 'schemaString'],
}

export const INCREMENTAL: Vocabulary = {
  read: ['context', 'sql', 'keys', 'state', 'until'],
  later: ['lag'],
}

export const INCREMENTAL_KEY: Vocabulary = {
  read: ['name', 'sql', 'default'],
  later: ['updateFromKey'],
}

export const STATE_ENTRY: Vocabulary = { read: ['key', 'value'] }

export const OUTPUT: Vocabulary = {
  read: ['name', 'dataset', 'format', 'options', ...LABELS],
  later: ['depot', 'checkpointLocation', 'columnTags'],
}

export const OUTPUT_OPTIONS: Vocabulary = {
  read: ['saveMode', 'sort', 'iceberg', 'extraOptions', 'partitionSpec'],
  later: [
    'checkpointLocation',
    'compressionType',
    'file',
    'merge',
    'mergeSchema',
    'persistSortOrder',
    'replaceAcrossSpecs',
    'createBranch',
  ],
}

export const SORT: Vocabulary = { read: ['mode', 'columns'] }

export const SORT_COLUMN: Vocabulary = { read: ['name', 'order'] }

export const ICEBERG: Vocabulary = { read: ['properties', 'partitionSpec'], later: ['merge'] }

export const PARTITION_ITEM: Vocabulary = {
  read: ['type', 'column', 'numBuckets', 'bucket_count', 'width', 'name', 'asColumn'],
}

export const TOOLBOX_BODY: Vocabulary = { read: ['dataset', 'action'] }

export const TOOLBOX_ACTION: Vocabulary = { read: ['name', 'value'] }
