// The string map that tells what a snapshot did, and how large the table is after it (spec: Optional Snapshot Summary
// Fields). Counters of the commit are left out when they are zero, as other writers do; totals are carried on from the
// parent, and dropped for good once they are not known.
import { assert } from '../base/assert.ts'
import { toHex } from '../base/bytes.ts'
import { IcebergError } from '../base/errors.ts'
import { stringifyJson } from '../base/json-exact.ts'
import type { PrimitiveValue } from '../types/value.ts'
import type { DataFile } from './data-file.ts'
import type { Operation, Snapshot } from './snapshot.ts'

export interface SummaryRequest {
  readonly operation: Operation
  readonly added: readonly DataFile[]
  readonly deleted: readonly DataFile[]
  readonly parent: Snapshot | null
  /** What became of manifests, when that is told. */
  readonly manifests?: ManifestCounters
  /** Further entries, such as the engine's name. */
  readonly extra: ReadonlyMap<string, string>
  /** Tells of each partition too, when so many or fewer change. */
  readonly partitions?: {
    readonly limit: number
    /** The readable folder of a file's partition. */
    readonly pathOf: (file: DataFile) => string
  }
}

export interface ManifestCounters {
  /** Written for the snapshot, as far as it lists them. */
  readonly created: number
  /** Of the parent, as they are. */
  readonly kept: number
  /** Of the parent, and written anew. */
  readonly replaced: number
}

/**
 * All entries of a summary but `operation`.
 *
 * @throws IcebergError `invalid` when an extra entry has the name of a counter
 */
export function summarize(request: SummaryRequest): ReadonlyMap<string, string> {
  const added = tallyOf(request.added)
  const deleted = tallyOf(request.deleted)
  checkOperation(request.operation, added, deleted)
  checkExtra(request.extra)
  const summary = new Map([
    ...request.extra,
    ...changesOf(added, deleted),
    ...manifestEntries(request),
  ])
  for (const counter of COUNTERS) {
    const gained = counter.measure(added)
    const lost = counter.measure(deleted)
    if (counter.total === null) continue
    const before = totalBefore(request.parent, counter.total)
    if (before !== null && before + gained >= lost) {
      summary.set(counter.total, String(before + gained - lost))
    }
  }
  const changedPartitions = new Set([...added.partitions, ...deleted.partitions])
  summary.set(CHANGED_PARTITIONS, String(changedPartitions.size))
  if (changedPartitions.size > (request.partitions?.limit ?? 0)) return summary
  return new Map([...summary, ...partitionEntries(request)])
}

function manifestEntries({ manifests }: SummaryRequest): readonly (readonly [string, string])[] {
  if (manifests === undefined) return []
  const { created, kept, replaced } = manifests
  return [
    [MANIFESTS_CREATED, String(created)],
    [MANIFESTS_KEPT, String(kept)],
    [MANIFESTS_REPLACED, String(replaced)],
  ]
}

/** What came and what went, as far as anything did. */
function changesOf(added: Tally, deleted: Tally): readonly (readonly [string, string])[] {
  return COUNTERS.flatMap((counter) => {
    const gained = counter.measure(added)
    const lost = counter.measure(deleted)
    return [
      ...(gained > 0n ? [[counter.added, String(gained)] as const] : []),
      ...(lost > 0n ? [[counter.removed, String(lost)] as const] : []),
    ]
  })
}

/** An entry a partition, in the form that Iceberg Java gives it: `added-data-files=1,added-records=3`. */
function partitionEntries(request: SummaryRequest): readonly (readonly [string, string])[] {
  const { partitions } = request
  if (partitions === undefined) return []
  const added = byPath(request.added, partitions.pathOf)
  const deleted = byPath(request.deleted, partitions.pathOf)
  const entries = [...new Set([...added.keys(), ...deleted.keys()])].map((path) => {
    const changes = changesOf(tallyOf(added.get(path) ?? []), tallyOf(deleted.get(path) ?? []))
    const text = changes.map(([name, count]) => `${name}=${count}`).join(',')
    return [`${PARTITION_PREFIX}${path}`, text] as const
  })
  return entries.length === 0 ? [] : [[PARTITIONS_INCLUDED, 'true'], ...entries]
}

/** What a set of files amounts to. */
interface Tally {
  dataFiles: bigint
  records: bigint
  positionDeleteFiles: bigint
  positionDeletes: bigint
  equalityDeleteFiles: bigint
  equalityDeletes: bigint
  deletionVectors: bigint
  bytes: bigint
  readonly partitions: Set<string>
}

interface Counter {
  readonly measure: (tally: Tally) => bigint
  readonly added: string
  readonly removed: string
  /** Null where the specification has no total. */
  readonly total: string | null
}

const COUNTERS: readonly Counter[] = [
  {
    measure: (tally) => tally.dataFiles,
    added: 'added-data-files',
    removed: 'deleted-data-files',
    total: 'total-data-files',
  },
  {
    measure: (tally) =>
      tally.positionDeleteFiles + tally.equalityDeleteFiles + tally.deletionVectors,
    added: 'added-delete-files',
    removed: 'removed-delete-files',
    total: 'total-delete-files',
  },
  {
    measure: (tally) => tally.positionDeleteFiles,
    added: 'added-position-delete-files',
    removed: 'removed-position-delete-files',
    total: null,
  },
  {
    measure: (tally) => tally.equalityDeleteFiles,
    added: 'added-equality-delete-files',
    removed: 'removed-equality-delete-files',
    total: null,
  },
  {
    measure: (tally) => tally.deletionVectors,
    added: 'added-dvs',
    removed: 'removed-dvs',
    total: null,
  },
  {
    measure: (tally) => tally.records,
    added: 'added-records',
    removed: 'deleted-records',
    total: 'total-records',
  },
  {
    measure: (tally) => tally.bytes,
    added: 'added-files-size',
    removed: 'removed-files-size',
    total: 'total-files-size',
  },
  {
    measure: (tally) => tally.positionDeletes,
    added: 'added-position-deletes',
    removed: 'removed-position-deletes',
    total: 'total-position-deletes',
  },
  {
    measure: (tally) => tally.equalityDeletes,
    added: 'added-equality-deletes',
    removed: 'removed-equality-deletes',
    total: 'total-equality-deletes',
  },
]

function byPath(
  files: readonly DataFile[],
  pathOf: (file: DataFile) => string,
): ReadonlyMap<string, readonly DataFile[]> {
  const groups = new Map<string, DataFile[]>()
  for (const file of files) {
    const path = pathOf(file)
    const group = groups.get(path)
    if (group === undefined) groups.set(path, [file])
    else group.push(file)
  }
  return groups
}

const MANIFESTS_CREATED = 'manifests-created'
const MANIFESTS_KEPT = 'manifests-kept'
const MANIFESTS_REPLACED = 'manifests-replaced'
const CHANGED_PARTITIONS = 'changed-partition-count'
const PARTITIONS_INCLUDED = 'partition-summaries-included'
const PARTITION_PREFIX = 'partitions.'

const RESERVED_NAMES: ReadonlySet<string> = new Set([
  'operation',
  MANIFESTS_CREATED,
  MANIFESTS_KEPT,
  MANIFESTS_REPLACED,
  CHANGED_PARTITIONS,
  ...COUNTERS.flatMap(({ added, removed, total }) => [
    added,
    removed,
    ...(total === null ? [] : [total]),
  ]),
])

/** The partitions that files belong to, each as a key of its own. */
export function partitionsOf(files: Iterable<DataFile>): ReadonlySet<string> {
  return new Set(Array.from(files, partitionOf))
}

function partitionOf({ specId, partition }: DataFile): string {
  return `${specId}/${partition.map(keyOf).join('/')}`
}

function tallyOf(files: Iterable<DataFile>): Tally {
  const sum: Tally = {
    dataFiles: 0n,
    records: 0n,
    positionDeleteFiles: 0n,
    positionDeletes: 0n,
    equalityDeleteFiles: 0n,
    equalityDeletes: 0n,
    deletionVectors: 0n,
    bytes: 0n,
    partitions: new Set(),
  }
  for (const file of files) {
    countRows(sum, file)
    sum.bytes += file.fileSizeBytes
    sum.partitions.add(partitionOf(file))
  }
  return sum
}

function countRows(sum: Tally, { content, format, recordCount }: DataFile): void {
  switch (content) {
    case 'data':
      sum.dataFiles += 1n
      sum.records += recordCount
      break
    case 'position-deletes':
      if (format === 'puffin') sum.deletionVectors += 1n
      else sum.positionDeleteFiles += 1n
      sum.positionDeletes += recordCount
      break
    case 'equality-deletes':
      sum.equalityDeleteFiles += 1n
      sum.equalityDeletes += recordCount
      break
  }
}

/** Equal for equal values of one type; the zeros are two values, all NaN are one. */
function keyOf(value: PrimitiveValue | null): string {
  if (value instanceof Uint8Array) return toHex(value)
  if (typeof value === 'string') return stringifyJson(value)
  return Object.is(value, -0) ? '-0' : String(value)
}

/** Null when the parent's total is missing or makes no sense. */
function totalBefore(parent: Snapshot | null, name: string): bigint | null {
  if (parent === null) return 0n
  const text = parent.summary.get(name)
  return text !== undefined && /^\d{1,19}$/.test(text) ? BigInt(text) : null
}

/** What the name of the operation promises to those who skip such snapshots (spec: Snapshots). */
function checkOperation(operation: Operation, added: Tally, deleted: Tally): void {
  assert(operation !== 'append' || deleted.partitions.size === 0, 'append removes files')
  assert(operation !== 'replace' || added.records <= deleted.records, 'replace adds rows')
}

function checkExtra(extra: ReadonlyMap<string, string>): void {
  for (const name of extra.keys()) {
    if (!RESERVED_NAMES.has(name)) continue
    throw new IcebergError('invalid', 'summary entry has the name of a counter', {
      context: { name },
    })
  }
}
