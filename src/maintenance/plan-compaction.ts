// Which data files are worth rewriting, and which of them together. Nothing is read here:
//  1. a file that is within the sizes wanted stays, and so does one that has row-level deletes or is in a format not read;
//  2. the others of a partition are put into groups that are not too large (`base/bin-pack.ts`), nor of more files than may be
//     rewritten. Those of other specs make groups of their own: their rows may be of any partition of the spec that they go to;
//  3. a group is rewritten if it has files enough, or rows enough for a file, or a file to be cut;
//  4. its rows are cut into files of like size, so many that none is too small or too large. So what a run leaves is not
//     found again by the next.
import { packFirstFit } from '../base/bin-pack.ts'
import { IcebergError } from '../base/errors.ts'
import type { PartitionTuple } from '../layout/partition-tuple.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'

/** What files are to be like. Sizes are of files as they are stored. */
export interface CompactionPolicy {
  readonly targetBytes: number
  /** Smaller files are rewritten. */
  readonly minFileBytes: number
  /** Larger files are cut. */
  readonly maxFileBytes: number
  /** Small files that are worth rewriting although they are less than a file together. */
  readonly minInputFiles: number
  /** Files of any size are rewritten. */
  readonly rewriteAll: boolean
  /** What is read for one group at the most, but for a file that is larger by itself. */
  readonly maxGroupBytes: number
  /** Files that are rewritten in all, at the most. */
  readonly maxFiles: number
  /** The partition spec of the files to write. */
  readonly outputSpecId: number
}

/** Why a file stays that could be rewritten by its size. */
export type LeftAlone = 'row-level deletes' | 'format'

/** A live data file. */
export interface CompactionCandidate {
  readonly entry: ManifestEntry
  /** Equal for files of one partition. */
  readonly partitionKey: string
  /** Null for one that can be rewritten. */
  readonly leftAlone: LeftAlone | null
}

/** Files that are rewritten together. */
export interface FileGroup {
  /** Null for files of other specs than their rows go to. */
  readonly partition: PartitionTuple | null
  readonly partitionKey: string
  /** In the order of their rows. */
  readonly inputs: readonly ManifestEntry[]
  readonly bytes: bigint
  readonly rows: bigint
  /** Files that the rows are cut into; at least so many where they are of several partitions. */
  readonly outputFiles: number
}

/** What a plan chose, and what it did not. */
export interface PlannedGroups {
  readonly groups: readonly FileGroup[]
  /** Files that would be rewritten by their size, by why they are not. */
  readonly leftAlone: ReadonlyMap<LeftAlone, number>
}

/** The key of all files of other specs. */
const OTHER_SPECS = 'other specs'

/**
 * Chooses groups from the live files of a table.
 *
 * @param candidates oldest first: so are the rows of a group
 */
export function planGroups(
  candidates: Iterable<CompactionCandidate>,
  policy: CompactionPolicy,
): PlannedGroups {
  const partitions = new Map<string, ManifestEntry[]>()
  const leftAlone = new Map<LeftAlone, number>()
  for (const { entry, partitionKey, leftAlone: reason } of candidates) {
    if (!isMisfit(entry, policy)) continue
    if (reason !== null) {
      leftAlone.set(reason, (leftAlone.get(reason) ?? 0) + 1)
      continue
    }
    const key = isForeign(entry, policy) ? OTHER_SPECS : partitionKey
    const known = partitions.get(key)
    if (known === undefined) partitions.set(key, [entry])
    else known.push(entry)
  }
  const groups = [...partitions].flatMap(([key, entries]) => groupsOf(key, entries, policy))
  return { groups: firstOf(groups, policy.maxFiles), leftAlone }
}

/** @throws IcebergError `invalid` for sizes that would have files rewritten over and over */
export function checkPolicy(policy: CompactionPolicy): void {
  const { targetBytes, minFileBytes, maxFileBytes, minInputFiles, maxGroupBytes, maxFiles } = policy
  const check = (isSound: boolean, message: string): void => {
    if (!isSound) {
      const context = { targetBytes, minFileBytes, maxFileBytes, minInputFiles, maxGroupBytes }
      throw new IcebergError('invalid', message, { context })
    }
  }
  const sizes = [targetBytes, minFileBytes, maxFileBytes, maxGroupBytes]
  check(sizes.every(isCount), 'sizes of files are whole numbers of bytes')
  check(minFileBytes < targetBytes, 'minFileBytes must be less than targetBytes')
  check(maxFileBytes > targetBytes, 'maxFileBytes must be more than targetBytes')
  check(
    maxFileBytes >= 2 * minFileBytes,
    'maxFileBytes must be twice minFileBytes: a file a little larger could not be cut',
  )
  check(
    maxGroupBytes >= 2 * targetBytes,
    'maxGroupBytes must be twice targetBytes: smaller groups would be rewritten over and over',
  )
  check(isCount(minInputFiles) && minInputFiles >= 1, 'minInputFiles must be 1 or more')
  check(maxFiles === Infinity || isCount(maxFiles), 'maxFiles must be a number of files')
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

/** Whether a file is to be rewritten by its size, if by anything. */
export function isMisfit({ file }: ManifestEntry, policy: CompactionPolicy): boolean {
  const { minFileBytes, maxFileBytes, rewriteAll } = policy
  return rewriteAll || file.fileSizeBytes < minFileBytes || file.fileSizeBytes > maxFileBytes
}

function isForeign({ file }: ManifestEntry, { outputSpecId }: CompactionPolicy): boolean {
  return file.specId !== outputSpecId
}

function groupsOf(
  partitionKey: string,
  entries: readonly ManifestEntry[],
  policy: CompactionPolicy,
): readonly FileGroup[] {
  const bins = packFirstFit(entries, ({ file }) => file.fileSizeBytes, BigInt(policy.maxGroupBytes))
  return bins
    .flatMap((bin) => cut(bin, policy.maxFiles))
    .map((bin) => groupOf(partitionKey, bin, policy))
    .filter((group) => isWorth(group, policy))
}

/** A group that no run could take whole would never be taken. */
function cut(
  bin: readonly ManifestEntry[],
  maxFiles: number,
): readonly (readonly ManifestEntry[])[] {
  if (bin.length <= maxFiles) return [bin]
  const size = Math.max(1, maxFiles)
  const parts = Math.ceil(bin.length / size)
  return Array.from({ length: parts }, (_, index) => bin.slice(index * size, (index + 1) * size))
}

function groupOf(
  partitionKey: string,
  inputs: readonly ManifestEntry[],
  policy: CompactionPolicy,
): FileGroup {
  const bytes = inputs.reduce((sum, { file }) => sum + file.fileSizeBytes, 0n)
  const rows = inputs.reduce((sum, { file }) => sum + file.recordCount, 0n)
  const [first] = inputs
  const isOwn = first !== undefined && !isForeign(first, policy)
  return {
    partition: isOwn ? first.file.partition : null,
    partitionKey,
    inputs,
    bytes,
    rows,
    outputFiles: Math.min(outputFilesOf(Number(bytes), policy), Math.max(1, Number(rows))),
  }
}

/** What is encoded anew takes a few percent more or less than it did: files are kept so far from the smallest size wanted. */
const MARGIN = 0.1

/** As many files of like size as come closest to the target, none of them too small or too large where that can be. */
function outputFilesOf(
  bytes: number,
  { targetBytes, minFileBytes, maxFileBytes }: CompactionPolicy,
): number {
  const nearest = Math.floor(bytes / targetBytes + 0.5 - MARGIN)
  const most = Math.floor(bytes / (minFileBytes * (1 + MARGIN / 2)))
  const least = Math.ceil(bytes / maxFileBytes)
  return Math.max(1, least, Math.min(nearest, most))
}

function isWorth(group: FileGroup, policy: CompactionPolicy): boolean {
  const { inputs, bytes, outputFiles } = group
  if (policy.rewriteAll) return true
  if (inputs.length === 1) return outputFiles > 1
  return inputs.length >= policy.minInputFiles || bytes > policy.targetBytes
}

/** Whole groups, so long as there is room for their files. */
function firstOf(groups: readonly FileGroup[], maxFiles: number): readonly FileGroup[] {
  let left = maxFiles
  return groups.filter(({ inputs }) => {
    if (inputs.length > left) return false
    left -= inputs.length
    return true
  })
}
