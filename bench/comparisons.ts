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

export type Group = 'append' | 'sort' | 'scan' | 'job' | 'commit' | 'plan'

export const GROUPS: readonly Group[] = ['append', 'sort', 'scan', 'job', 'commit', 'plan']

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
    name: 'sorted append of 30 partitions',
    group: 'sort',
    sides: [
      side('frazil, spilled', 'sort-frazil', 'spilled'),
      side('frazil, in memory', 'sort-frazil', 'memory'),
      side('frazil, not sorted', 'sort-frazil', 'unsorted'),
    ],
  },
  scan('scan, all columns', 'all'),
  scan('scan, 3 of 10 columns', 'columns'),
  scan('scan, 1 % by a range that statistics know', 'range'),
  scan('scan, 1 % by a value of each row', 'rows'),
  {
    name: 'job, six months',
    group: 'job',
    sides: [
      side('frazil', 'job-frazil'),
      side('DuckDB, a COPY a day', 'job-duckdb', 'ordered'),
      side('DuckDB, PARTITION_BY (out of order)', 'job-duckdb', 'partition-by'),
    ],
  },
  plan('planning, one manifest', 'manifest'),
  plan('planning, 1 % of the files of all manifests', 'bounds'),
  plan('planning, all files', 'all'),
  start('command, help', 'help'),
  start('command, snapshots of the planned table', 'snapshots'),
  start('command, ten rows of the planned table', 'rows'),
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
export const PREPARATIONS: Readonly<Record<Group, Side | null>> = {
  append: null,
  sort: null,
  scan: side('rides', 'append-frazil'),
  job: side('flights', 'job-load'),
  commit: null,
  plan: side('planned table', 'planning-table'),
}

/** Whether a side runs by Python. */
export function isPython({ program }: Side): boolean {
  return program.endsWith('-pyiceberg')
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
