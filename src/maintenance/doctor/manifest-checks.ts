// A manifest against what its manifest list says of it, and its entries against the table.
import { orderOf } from '../../expressions/value-test.ts'
import { rangeReader } from '../../expressions/match-range.ts'
import type { FieldSummary } from '../../layout/field-summary.ts'
import type { EntryStatus, ManifestEntry } from '../../metadata/manifest-entry.ts'
import type { ManifestFile } from '../../metadata/manifest-file.ts'
import { partitionTypesOf } from '../../metadata/partition-types.ts'
import { specById } from '../../metadata/table-metadata.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import type { PrimitiveType } from '../../types/type.ts'
import type { PrimitiveValue } from '../../types/value.ts'
import { finding } from './finding.ts'
import type { Finding } from './finding.ts'
import { isVector } from './manifest-digest.ts'

/** Checks the entries of a manifest, whose spec the table must have, against its line in a manifest list. */
export function checkManifest(
  metadata: TableMetadata,
  manifest: ManifestFile,
  entries: readonly ManifestEntry[],
): readonly Finding[] {
  return [
    ...checkCounts(manifest, entries),
    ...checkSummaries(metadata, manifest, entries.filter(isLive)),
    ...checkNumbers(manifest, entries),
    ...entries.filter(isLive).flatMap((entry) => checkEntry(metadata, entry)),
  ]
}

function isLive({ status }: ManifestEntry): boolean {
  return status !== 'deleted'
}

/** Counts that are null are unknown. One finding tells the first that is wrong. */
function checkCounts(
  manifest: ManifestFile,
  entries: readonly ManifestEntry[],
): readonly Finding[] {
  const filesOf = (status: EntryStatus): number => entries.filter((e) => e.status === status).length
  const rowsOf = (status: EntryStatus): bigint =>
    entries
      .filter((entry) => entry.status === status)
      .reduce((sum, { file }) => sum + file.recordCount, 0n)
  const counts = [
    ['addedFiles', filesOf('added')],
    ['existingFiles', filesOf('existing')],
    ['deletedFiles', filesOf('deleted')],
    ['addedRows', rowsOf('added')],
    ['existingRows', rowsOf('existing')],
    ['deletedRows', rowsOf('deleted')],
  ] as const
  const wrong = counts.find(([name, found]) => manifest[name] !== null && manifest[name] !== found)
  if (wrong === undefined) return []
  const [count, found] = wrong
  return [finding('manifest-counts', manifest.path, { count, found, stated: manifest[count] ?? 0 })]
}

/** Whatever a summary leaves out, a scan may pass over (spec: Scan Planning). */
function checkSummaries(
  metadata: TableMetadata,
  { path, specId, partitions }: ManifestFile,
  live: readonly ManifestEntry[],
): readonly Finding[] {
  if (partitions === null) return []
  const spec = specById(metadata, specId)
  const types = partitionTypesOf(metadata, spec)
  const wrong = spec.fields.findIndex((_, index) => {
    const [summary, type] = [partitions[index], types[index] ?? null]
    if (summary === undefined || type === null) return false
    const covers = coverageOf(type, summary)
    return live.some(({ file }) => !covers(file.partition[index] ?? null))
  })
  const field = spec.fields[wrong]
  return field === undefined
    ? []
    : [finding('manifest-summaries', path, { field: field.name, specId })]
}

/** Whether a summary lets a value be found. In doubt it does: bounds that cannot be read keep everything. */
function coverageOf(
  type: PrimitiveType,
  { containsNull, containsNan, lowerBound, upperBound }: FieldSummary,
): (value: PrimitiveValue | null) => boolean {
  const { lower, upper } = rangeReader(type)(lowerBound, upperBound)
  const order = orderOf(type)
  const holdsNothingElse =
    lowerBound === null && upperBound === null && (containsNull || containsNan === true)
  return (value) => {
    if (value === null) return containsNull
    if (Number.isNaN(value)) return containsNan !== false
    if (holdsNothingElse) return false
    return (
      (lower === null || order(lower, value) <= 0) && (upper === null || order(value, upper) <= 0)
    )
  }
}

/** No entry is younger than its manifest, and no live one older than it says (spec: Manifest Lists). */
function checkNumbers(
  { path, sequenceNumber, minSequenceNumber }: ManifestFile,
  entries: readonly ManifestEntry[],
): readonly Finding[] {
  const wrong = entries.find((entry) => {
    const number = entry.dataSequenceNumber ?? 0n
    return number > sequenceNumber || (isLive(entry) && number < minSequenceNumber)
  })
  if (wrong === undefined) return []
  return [
    finding('manifest-sequence-number', path, {
      sequenceNumber,
      minSequenceNumber,
      dataSequenceNumber: wrong.dataSequenceNumber ?? 0n,
      file: wrong.file.path,
    }),
  ]
}

/** What an entry says of its file that needs no look at the file. */
function checkEntry(metadata: TableMetadata, { file }: ManifestEntry): readonly Finding[] {
  const { path, sortOrderId, splitOffsets, fileSizeBytes } = file
  const found: Finding[] = []
  const hasOrder =
    sortOrderId === null || metadata.sortOrders.some(({ orderId }) => orderId === sortOrderId)
  if (!hasOrder) found.push(finding('unknown-sort-order', path, { sortOrderId }))
  const stray = (splitOffsets ?? []).findIndex(
    (offset, index, all) => offset <= (all[index - 1] ?? -1n) || offset >= fileSizeBytes,
  )
  if (stray >= 0) found.push(finding('split-offsets', path, { index: stray, fileSizeBytes }))
  if (isVector(file) && !hasPlace(file)) found.push(finding('deletion-vector-place', path))
  return found
}

function hasPlace({
  referencedDataFile,
  contentOffset,
  contentSizeBytes,
}: ManifestEntry['file']): boolean {
  return (
    referencedDataFile !== undefined &&
    contentOffset !== undefined &&
    contentSizeBytes !== undefined
  )
}
