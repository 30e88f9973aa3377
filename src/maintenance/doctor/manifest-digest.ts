// What checks of snapshots need of a manifest, so that it is read once however many snapshots list it.
import { partitionKey } from '../../layout/partition-key.ts'
import type { PartitionSpec } from '../../layout/partition-spec.ts'
import type { DataFile } from '../../metadata/data-file.ts'
import type { ManifestEntry } from '../../metadata/manifest-entry.ts'
import type { ManifestFile } from '../../metadata/manifest-file.ts'
import { partitionTypesOf } from '../../metadata/partition-types.ts'
import { specById } from '../../metadata/table-metadata.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import { pathNumber } from './path-number.ts'

/** Live files of a snapshot, or of a part of it. */
export interface Totals {
  readonly dataFiles: bigint
  readonly deleteFiles: bigint
  readonly records: bigint
  readonly positionDeletes: bigint
  readonly equalityDeletes: bigint
  readonly bytes: bigint
  /** The same with vectors for what is theirs of the files that they share, as Iceberg Java counts them. */
  readonly contentBytes: bigint
}

export const noTotals: Totals = {
  dataFiles: 0n,
  deleteFiles: 0n,
  records: 0n,
  positionDeletes: 0n,
  equalityDeletes: 0n,
  bytes: 0n,
  contentBytes: 0n,
}

/** A live file of deletes. */
export interface DeleteDigest {
  readonly path: string
  readonly isEquality: boolean
  readonly isVector: boolean
  /** The spec and the tuple; null where deletes are of the whole table (spec: Scan Planning). */
  readonly partition: string | null
  readonly dataSequenceNumber: bigint
  readonly referencedDataFile: string | null
}

/** The live entries of one manifest. */
export interface ManifestDigest {
  readonly totals: Totals
  /** Of each data or delete file, {@link pathNumber}; files that are no deletion vectors. */
  readonly paths: Float64Array
  /** Of data files that have row ids, the first of each and what follows its last. */
  readonly rowIdStarts: BigInt64Array
  readonly rowIdEnds: BigInt64Array
  /** The lowest data sequence number of the data files of each partition. */
  readonly partitions: ReadonlyMap<string, bigint>
  readonly deletes: readonly DeleteDigest[]
}

export function digestOf(
  metadata: TableMetadata,
  { specId }: Pick<ManifestFile, 'specId'>,
  entries: readonly ManifestEntry[],
): ManifestDigest {
  const live = entries.filter(({ status }) => status !== 'deleted')
  const spec = specById(metadata, specId)
  const types = partitionTypesOf(metadata, spec)
  const keyOf = ({ partition }: DataFile): string => `${specId}:${partitionKey(types, partition)}`
  const data = live.filter(({ file }) => file.content === 'data')
  const numbered = data.map(({ file }) => file).filter(({ firstRowId }) => firstRowId !== undefined)
  return {
    totals: live.map(({ file }) => totalsOf(file)).reduce(addTotals, noTotals),
    paths: Float64Array.from(
      live.filter(({ file }) => !isVector(file)),
      ({ file }) => pathNumber(file.path),
    ),
    rowIdStarts: BigInt64Array.from(numbered, ({ firstRowId = 0n }) => firstRowId),
    rowIdEnds: BigInt64Array.from(
      numbered,
      ({ firstRowId = 0n, recordCount }) => firstRowId + recordCount,
    ),
    partitions: lowestNumbers(data, keyOf),
    deletes: live
      .filter(({ file }) => file.content !== 'data')
      .map((entry) => deleteDigest(entry, keyOf(entry.file), isUnpartitioned(spec))),
  }
}

/** Deletion vectors of many data files may be in one file (spec: Deletion Vectors). */
export function isVector({ content, format }: DataFile): boolean {
  return content === 'position-deletes' && format === 'puffin'
}

function isUnpartitioned({ fields }: PartitionSpec): boolean {
  return fields.every(({ transform }) => transform.kind === 'void')
}

function deleteDigest(
  { file, dataSequenceNumber }: ManifestEntry,
  key: string,
  isOfAll: boolean,
): DeleteDigest {
  const isEquality = file.content === 'equality-deletes'
  return {
    path: file.path,
    isEquality,
    isVector: isVector(file),
    partition: isEquality && isOfAll ? null : key,
    dataSequenceNumber: dataSequenceNumber ?? 0n,
    referencedDataFile: file.referencedDataFile ?? null,
  }
}

function lowestNumbers(
  data: readonly ManifestEntry[],
  keyOf: (file: DataFile) => string,
): ReadonlyMap<string, bigint> {
  const lowest = new Map<string, bigint>()
  for (const { file, dataSequenceNumber } of data) {
    const key = keyOf(file)
    const number = dataSequenceNumber ?? 0n
    if (number < (lowest.get(key) ?? number + 1n)) lowest.set(key, number)
  }
  return lowest
}

function totalsOf(file: DataFile): Totals {
  const { content, recordCount, fileSizeBytes } = file
  const isData = content === 'data'
  return {
    dataFiles: isData ? 1n : 0n,
    deleteFiles: isData ? 0n : 1n,
    records: isData ? recordCount : 0n,
    positionDeletes: content === 'position-deletes' ? recordCount : 0n,
    equalityDeletes: content === 'equality-deletes' ? recordCount : 0n,
    bytes: fileSizeBytes,
    contentBytes: isVector(file) ? (file.contentSizeBytes ?? fileSizeBytes) : fileSizeBytes,
  }
}

export function addTotals(left: Totals, right: Totals): Totals {
  return {
    dataFiles: left.dataFiles + right.dataFiles,
    deleteFiles: left.deleteFiles + right.deleteFiles,
    records: left.records + right.records,
    positionDeletes: left.positionDeletes + right.positionDeletes,
    equalityDeletes: left.equalityDeletes + right.equalityDeletes,
    bytes: left.bytes + right.bytes,
    contentBytes: left.contentBytes + right.contentBytes,
  }
}
