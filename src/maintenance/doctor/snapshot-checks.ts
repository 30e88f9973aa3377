// A snapshot against the manifests that it lists.
import type { ManifestFile } from '../../metadata/manifest-file.ts'
import type { Snapshot } from '../../metadata/snapshot.ts'
import { finding } from './finding.ts'
import type { Finding } from './finding.ts'
import { addTotals, noTotals } from './manifest-digest.ts'
import type { DeleteDigest, ManifestDigest, Totals } from './manifest-digest.ts'
import { pathNumber } from './path-number.ts'

/** A snapshot, and what is known of each of its manifests. */
export interface ListedSnapshot {
  readonly snapshot: Snapshot
  readonly manifests: readonly ManifestFile[]
  /** In the order of the manifests. */
  readonly digests: readonly ManifestDigest[]
  /** The row id that the next new row of the table gets; null where there are none. */
  readonly nextRowId: bigint | null
  /** The sequence number of a snapshot; undefined for one that has expired. */
  readonly sequenceNumberOf: (snapshotId: bigint) => bigint | undefined
  /** The location of the manifest list, for the findings. */
  readonly path: string
}

/** Checks a snapshot, but for files that are listed twice: {@link repeatedPaths}. */
export function checkListed(listed: ListedSnapshot): readonly Finding[] {
  return [
    ...checkNumbers(listed),
    ...checkTotals(listed),
    ...checkRowIds(listed),
    ...checkDeletes(listed),
  ]
}

/** No manifest is younger than a snapshot that lists it, and each as old as the one that added it (spec: Sequence Numbers). */
function checkNumbers({
  snapshot,
  manifests,
  sequenceNumberOf,
}: ListedSnapshot): readonly Finding[] {
  return manifests.flatMap(({ path, sequenceNumber, addedSnapshotId }) => {
    const added = sequenceNumberOf(addedSnapshotId) ?? sequenceNumber
    if (sequenceNumber <= snapshot.sequenceNumber && sequenceNumber === added) return []
    const context = {
      snapshotId: snapshot.snapshotId,
      snapshotSequenceNumber: snapshot.sequenceNumber,
      addedSnapshotId,
      addedSequenceNumber: added,
      sequenceNumber,
    }
    return [finding('manifest-sequence-number', path, context)]
  })
}

/** The entries of a summary that tell of the whole snapshot (spec: Optional Snapshot Summary Fields). */
const TOTALS: readonly (readonly [entry: string, total: keyof Totals])[] = [
  ['total-records', 'records'],
  ['total-data-files', 'dataFiles'],
  ['total-delete-files', 'deleteFiles'],
  ['total-position-deletes', 'positionDeletes'],
  ['total-equality-deletes', 'equalityDeletes'],
]

function checkTotals({ snapshot, digests, path }: ListedSnapshot): readonly Finding[] {
  const { snapshotId, summary } = snapshot
  const totals = digests.map((digest) => digest.totals).reduce(addTotals, noTotals)
  const wrong = TOTALS.find(([entry, total]) => {
    return isStatedOtherwise(summary.get(entry), [totals[total]])
  })
  const size = summary.get(TOTAL_SIZE)
  const isOtherSize = isStatedOtherwise(size, [totals.bytes, totals.contentBytes])
  const found: Finding[] = []
  if (wrong !== undefined) {
    const [entry, total] = wrong
    const context = { snapshotId, entry, stated: summary.get(entry) ?? '', found: totals[total] }
    found.push(finding('summary-totals', path, context))
  }
  if (isOtherSize) {
    const context = { snapshotId, stated: size ?? '', found: totals.bytes }
    found.push(finding('summary-size', path, context))
  }
  return found
}

const TOTAL_SIZE = 'total-files-size'

function isStatedOtherwise(stated: string | undefined, found: readonly bigint[]): boolean {
  return stated !== undefined && !found.map(String).includes(stated)
}

/**
 * Numbers of paths that a snapshot lists more than once: two paths may have one number, so that they are to be looked for.
 */
export function repeatedPaths(digests: readonly ManifestDigest[]): ReadonlySet<number> {
  const paths = sortedPaths(digests)
  const repeated = new Set<number>()
  for (let index = 1; index < paths.length; index += 1) {
    const path = paths[index]
    if (path !== undefined && path === paths[index - 1]) repeated.add(path)
  }
  return repeated
}

function sortedPaths(digests: readonly ManifestDigest[]): Float64Array {
  const length = digests.reduce((sum, { paths }) => sum + paths.length, 0)
  const all = new Float64Array(length)
  let end = 0
  for (const { paths } of digests) {
    all.set(paths, end)
    end += paths.length
  }
  return all.sort()
}

/**
 * Ranges are apart exactly if, the starts and the ends sorted each by themselves, none ends after the next one starts: else
 * more have started than ended somewhere.
 */
function checkRowIds({
  snapshot: { snapshotId },
  digests,
  nextRowId,
  path,
}: ListedSnapshot): readonly Finding[] {
  const starts = joined(digests.map(({ rowIdStarts }) => rowIdStarts)).sort()
  const ends = joined(digests.map(({ rowIdEnds }) => rowIdEnds)).sort()
  const found: Finding[] = []
  const last = ends.at(-1)
  if (nextRowId !== null && last !== undefined && last > nextRowId) {
    found.push(finding('row-ids-to-come', path, { snapshotId, nextRowId, end: last }))
  }
  const overlap = ends.findIndex((end, index) => end > (starts[index + 1] ?? end))
  if (overlap >= 0) {
    const firstRowId = starts[overlap + 1] ?? 0n
    found.push(finding('row-id-overlap', path, { snapshotId, firstRowId }))
  }
  return found
}

function joined(parts: readonly BigInt64Array[]): BigInt64Array {
  const all = new BigInt64Array(parts.reduce((sum, { length }) => sum + length, 0))
  let end = 0
  for (const part of parts) {
    all.set(part, end)
    end += part.length
  }
  return all
}

function checkDeletes({ snapshot, digests }: ListedSnapshot): readonly Finding[] {
  const deletes = digests.flatMap((digest) => digest.deletes)
  if (deletes.length === 0) return []
  const { snapshotId } = snapshot
  const paths = new Set(sortedPaths(digests))
  const lowest = lowestNumbers(digests)
  return [
    ...repeatedVectors(deletes, snapshotId),
    ...deletes
      .filter((file) => isDangling(file, paths, lowest))
      .map(({ path, isVector, referencedDataFile }) =>
        finding(isVector ? 'dangling-deletion-vector' : 'dangling-delete', path, {
          snapshotId,
          ...(referencedDataFile === null ? {} : { referencedDataFile }),
        }),
      ),
  ]
}

function lowestNumbers(digests: readonly ManifestDigest[]): ReadonlyMap<string, bigint> {
  const lowest = new Map<string, bigint>()
  for (const { partitions } of digests) {
    for (const [key, number] of partitions) {
      if (number < (lowest.get(key) ?? number + 1n)) lowest.set(key, number)
    }
  }
  return lowest
}

/** Whether no data file is left that deletes apply to (spec: Scan Planning). */
function isDangling(
  { isEquality, partition, dataSequenceNumber, referencedDataFile }: DeleteDigest,
  paths: ReadonlySet<number>,
  lowest: ReadonlyMap<string, bigint>,
): boolean {
  if (referencedDataFile !== null) return !paths.has(pathNumber(referencedDataFile))
  const numbers = partition === null ? [...lowest.values()] : [lowest.get(partition)]
  return !numbers.some(
    (number) =>
      number !== undefined &&
      (isEquality ? number < dataSequenceNumber : number <= dataSequenceNumber),
  )
}

/** At most one applies to a data file (spec: Deletion Vectors). */
function repeatedVectors(deletes: readonly DeleteDigest[], snapshotId: bigint): readonly Finding[] {
  const known = new Map<string, string>()
  return deletes.flatMap(({ isVector, path, referencedDataFile }) => {
    if (!isVector || referencedDataFile === null) return []
    const other = known.get(referencedDataFile)
    known.set(referencedDataFile, path)
    if (other === undefined) return []
    return [finding('duplicate-deletion-vector', path, { snapshotId, other, referencedDataFile })]
  })
}
