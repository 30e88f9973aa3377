import { ownThread } from './workers.js'

/** One way of doing the work: a program of `sides` that runs in a process of its own. */
export interface Side {
  readonly name: string
  readonly program: string
  readonly variant: string
}

/** Work done by us and by others. The ratios are those of the first side to each of the rest. */
export interface Comparison {
  readonly name: string
  /** What `--only` calls it by. */
  readonly group: Group
  readonly sides: readonly [Side, ...Side[]]
}

export type Group = (typeof GROUPS)[number]

export const GROUPS = [
  'append',
  'sort',
  'spark',
  'scan',
  'appends',
  'job',
  'window',
  'commit',
  'ndjson',
  'plan',
  'compact',
  'expiry',
  'orphans',
  'kafka',
] as const

export const COMPARISONS: readonly Comparison[] = [
  {
    name: 'append',
    group: 'append',
    sides: [
      side('frazil', 'append-frazil'),
      side('parquet-wasm', 'append-bare'),
      side('frazil in its own thread', 'append-frazil', ownThread('')),
      side('PyIceberg', 'append-pyiceberg'),
    ],
  },
  {
    name: 'sorted append of a tenth of the rows',
    group: 'sort',
    sides: [
      side('frazil', 'sort-frazil', 'tenth, sorted'),
      side('frazil, not sorted', 'sort-frazil', 'tenth'),
    ],
  },
  {
    name: 'append into 30 days',
    group: 'sort',
    sides: [
      side('frazil', 'sort-frazil', 'days'),
      side('frazil, not partitioned', 'sort-frazil', 'whole'),
    ],
  },
  {
    name: 'append into 30 sorted days',
    group: 'sort',
    sides: [
      side('frazil, spilled', 'sort-frazil', 'days, sorted and spilled'),
      side('frazil, in memory', 'sort-frazil', 'days, sorted in memory'),
      side('frazil, neither sorted nor partitioned', 'sort-frazil', 'whole'),
    ],
  },
  {
    name: 'copy into 30 sorted days',
    group: 'spark',
    sides: [
      side('frazil', 'copy-frazil', 'by batches'),
      side('frazil, by DuckDB', 'copy-frazil', 'by DuckDB'),
      side('Spark, warm', 'copy-spark'),
    ],
  },
  scan('scan, all columns', 'all'),
  scan('scan, 3 of 10 columns', 'columns'),
  scan('scan, 1 % by a range that statistics know', 'range'),
  scan('scan, 1 % by a value of each row', 'rows'),
  {
    name: 'rows of the last 100 of 1,000 appends',
    group: 'appends',
    sides: [side('frazil', 'appends-frazil'), side('PyIceberg', 'appends-pyiceberg')],
  },
  {
    name: 'planning the last 100 of 1,000 appends',
    group: 'appends',
    sides: [
      side('frazil', 'plan-appends-frazil', 'long'),
      side('frazil, 100 of 101', 'plan-appends-frazil', 'short'),
    ],
  },
  {
    name: 'job, six months',
    group: 'job',
    sides: [
      side('frazil', 'job-frazil'),
      side('DuckDB, a COPY a day', 'job-duckdb', 'ordered'),
      side('DuckDB, PARTITION_BY (out of order)', 'job-duckdb', 'partition-by'),
    ],
  },
  {
    name: 'window of one month of fourteen',
    group: 'window',
    sides: [
      side('frazil', 'window-frazil', 'direct'),
      side('DuckDB, a COPY a day', 'window-duckdb'),
      side('Spark, warm', 'window-spark'),
    ],
  },
  {
    name: 'window of one month of fourteen, by batches',
    group: 'window',
    sides: [side('frazil', 'window-frazil', 'fed'), side('its parts alone', 'window-bare')],
  },
  {
    name: 'compaction of small files',
    group: 'compact',
    sides: [
      side('frazil', 'compact-frazil', 'binpack'),
      side('Spark, warm', 'compact-spark', 'binpack'),
      side('frazil, by DuckDB', 'compact-frazil', 'binpack by DuckDB'),
    ],
  },
  {
    name: 'compaction of small files, sorted',
    group: 'compact',
    sides: [
      side('frazil', 'compact-frazil', 'sort'),
      side('Spark, warm', 'compact-spark', 'sort'),
      side('frazil, by DuckDB', 'compact-frazil', 'sort by DuckDB'),
    ],
  },
  plan('planning, one manifest', 'manifest'),
  plan('planning, 1 % of the files of all manifests', 'bounds'),
  plan('planning, all files', 'all'),
  start('command, help', 'help'),
  start('command, snapshots of the planned table', 'snapshots'),
  start('command, ten rows of the planned table', 'rows'),
  {
    name: 'expiry of 999 of 1,000 snapshots',
    group: 'expiry',
    sides: [side('frazil', 'expiry-frazil'), side('Spark, warm', 'expiry-spark')],
  },
  {
    name: 'orphans among a million objects',
    group: 'orphans',
    sides: [
      side('frazil', 'orphans-frazil'),
      side('the listing alone', 'orphans-frazil', 'listing'),
    ],
  },
  {
    name: 'lines of JSON to a table, through a stream',
    group: 'ndjson',
    sides: [
      side('frazil', 'ndjson-frazil'),
      side('JSON.parse, the file read and cut into lines', 'ndjson-bare', 'file'),
      side('JSON.parse alone', 'ndjson-bare', 'lines'),
    ],
  },
  {
    name: 'lines of JSON to a table, by the command',
    group: 'ndjson',
    sides: [
      side('frazil', 'ndjson-command'),
      side('JSON.parse, the file read and cut into lines', 'ndjson-bare', 'file'),
    ],
  },
  {
    name: 'a topic of JSON into a table',
    group: 'kafka',
    sides: [
      side('frazil', 'kafka-frazil'),
      side('consumed, parsed and thrown away', 'kafka-bare', 'parsed'),
      side('consumed alone', 'kafka-bare', 'counted'),
      side('frazil in its own thread', 'kafka-frazil', ownThread('')),
    ],
  },
  {
    name: 'small appends',
    group: 'commit',
    sides: [
      side('frazil', 'commit-frazil', 'files'),
      side('its files alone', 'commit-bare'),
      side('frazil in memory', 'commit-frazil', 'memory'),
    ],
  },
]

/** What must be there before the sides of a group run. */
export const PREPARATIONS: Readonly<Record<Group, readonly Side[]>> = {
  append: [],
  sort: [],
  spark: [side('rides of any day', 'sort-frazil', 'source')],
  scan: [side('rides', 'append-frazil')],
  appends: [
    side('a long history', 'history-frazil', 'long'),
    side('a short history', 'history-frazil', 'short'),
  ],
  job: [side('flights', 'job-load')],
  window: [side('fourteen months of rides', 'window-load')],
  commit: [],
  ndjson: [side('lines of JSON', 'ndjson-load')],
  plan: [side('planned table', 'planning-table')],
  compact: [side('a table of small files', 'compact-load')],
  expiry: [side('a table of many snapshots', 'expiry-table')],
  orphans: [side('a table of many files', 'orphans-table')],
  kafka: [side('a topic of JSON', 'kafka-load')],
}

/** Whether a side runs by Python. */
export function isPython({ program }: Side): boolean {
  return program.endsWith('-pyiceberg') || program.endsWith('-spark')
}

function plan(name: string, variant: string): Comparison {
  const bare = side('all manifests read and inflated', 'planning-bare')
  return { name, group: 'plan', sides: [side('frazil', 'planning-frazil', variant), bare] }
}

function start(name: string, variant: string): Comparison {
  const bare = side('node -e 0', 'start-command', 'node')
  return { name, group: 'plan', sides: [side('frazil', 'start-command', variant), bare] }
}

function scan(name: string, variant: string): Comparison {
  const sides = [
    side('frazil', 'scan-frazil', variant),
    side('parquet-wasm', 'scan-bare', variant),
    side('frazil in its own thread', 'scan-frazil', ownThread(variant)),
    side('PyIceberg', 'scan-pyiceberg', variant),
  ] as const
  return { name, group: 'scan', sides: [...sides] }
}

function side(name: string, program: string, variant = ''): Side {
  return { name, program, variant }
}
