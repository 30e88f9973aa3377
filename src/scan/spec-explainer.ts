// What the partition spec, the bounds and the facts of files decide of a predicate, each test by itself.
import type { BoundLeaf, BoundPredicate } from '../expressions/bound.ts'
import { failingTests } from '../expressions/failing-tests.ts'
import { metricsMatcher } from '../expressions/match-metrics.ts'
import { rowMatcher } from '../expressions/match-row.ts'
import { summariesMatcher } from '../expressions/match-summaries.ts'
import { predicateText } from '../expressions/predicate-text.ts'
import { projectInclusive } from '../expressions/project.ts'
import { residualOf } from '../expressions/residual.ts'
import { formatPath } from '../layout/find-column.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { partitionTypesOf } from '../metadata/partition-types.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { ColumnMetrics } from '../types/metrics.ts'
import { isPrimitive } from '../types/type.ts'
import type { ExplainedFile, FailedTest, PrunedBy } from './explanation.ts'
import { boundJson, plainFact, valueJson } from './facts/values.ts'
import { decideByFacts, fileFacts } from './file-facts.ts'
import type { FileFacts } from './file-facts.ts'
import { storedPart } from './metadata-columns.ts'
import type { PlanRequest } from './plan-files.ts'
import type { FileScanTask } from './task.ts'

/** What is decided, and by which tests. */
export interface Verdict {
  readonly isRead: boolean
  readonly prunedBy: PrunedBy | null
  readonly because: readonly FailedTest[]
}

/** A file, and what the plan would make of it: null when it would leave it out. */
export interface JudgedFile {
  readonly explained: ExplainedFile
  readonly task: FileScanTask | null
}

/** Made once a spec, and asked once a manifest or a file. */
export interface SpecExplainer {
  judgeManifest(manifest: ManifestFile): Verdict
  /** @param manifest the path of the file's manifest */
  judgeFile(entry: ManifestEntry, manifest: string): JudgedFile
}

const READ: Verdict = { isRead: true, prunedBy: null, because: [] }

/** The verdict of one level: null tests let it be read. */
export function verdictOf(
  failing: readonly BoundLeaf[] | null,
  prunedBy: PrunedBy,
  knownOf: (leaf: BoundLeaf) => Readonly<Record<string, unknown>>,
): Verdict {
  if (failing === null) return READ
  const because = failing.map((leaf) => ({
    test: predicateText(leaf),
    column: formatPath(leaf.column.path),
    known: knownOf(leaf),
  }))
  return { isRead: false, prunedBy, because }
}

export function createSpecExplainer(
  metadata: TableMetadata,
  spec: PartitionSpec,
  { schema, predicate }: PlanRequest,
): SpecExplainer {
  const types = partitionTypesOf(metadata, spec, schema)
  const stored = storedPart(predicate)
  const projected = projectInclusive(stored, spec, schema)
  const keepsSummaries = once((leaf) => summariesMatcher(leaf, types))
  const keepsTuple = once((leaf) => rowMatcher(leaf))
  const keepsMetrics = once((leaf) => metricsMatcher(leaf))
  const residuals = once((leaf) => residualOf(leaf, spec, schema))
  const residualOfStored = residualOf(stored, spec, schema)
  const residualOfAll = residualOf(predicate, spec, schema)
  const placeOf = ({ column: { positions } }: BoundLeaf): number => positions[0] ?? -1

  /** As the plan decides what is asked of metadata columns. */
  function decided(task: FileScanTask): FileScanTask {
    const left = residualOfAll(task.file.partition)
    return { ...task, residual: decideByFacts(left, fileFacts(metadata, task)) }
  }

  function judgeFacts(task: FileScanTask): Verdict {
    const facts = fileFacts(metadata, task)
    const { partition } = task.file
    const failing = failingTests(predicate, (leaf) => {
      return decideByFacts(residuals(leaf)(partition), facts).kind !== 'false'
    })
    return verdictOf(failing, 'metadata-columns', (leaf) => factJson(leaf, facts))
  }

  function judgeEntry({ file }: ManifestEntry): Verdict {
    const { partition, metrics, recordCount } = file
    const byPartition = failingTests(projected, (leaf) => keepsTuple(leaf)(partition))
    if (byPartition !== null) {
      return verdictOf(byPartition, 'partition', (leaf) => {
        const place = placeOf(leaf)
        return { value: plainFact(valueJson(types[place] ?? null, partition[place] ?? null)) }
      })
    }
    if (recordCount === 0n) return verdictOf([], 'metrics', () => ({}))
    const byMetrics = failingTests(stored, (leaf) => keepsMetrics(leaf)(metrics, recordCount))
    return verdictOf(byMetrics, 'metrics', (leaf) => metricsJson(leaf, metrics))
  }

  return {
    judgeManifest({ partitions }) {
      const failing = failingTests(projected, (leaf) => keepsSummaries(leaf)(partitions))
      return verdictOf(failing, 'partition-summaries', (leaf) => {
        const place = placeOf(leaf)
        const { containsNull, containsNan, lowerBound, upperBound } = partitions?.[place] ?? NOTHING
        const type = types[place] ?? null
        return known({
          lower: boundJson(type, lowerBound),
          upper: boundJson(type, upperBound),
          'contains-null': containsNull,
          'contains-nan': containsNan,
        })
      })
    },
    judgeFile(entry, manifest) {
      const { file, dataSequenceNumber, snapshotId } = entry
      const task: FileScanTask = {
        file,
        dataSequenceNumber: dataSequenceNumber ?? 0n,
        addedSnapshotId: snapshotId,
        residual: residualOfStored(file.partition),
      }
      const verdict = judgeEntry(entry)
      const isAsked = verdict.isRead && stored !== predicate
      return isAsked
        ? judged(manifest, decided(task), judgeFacts(task))
        : judged(manifest, task, verdict)
    },
  }
}

function judged(manifest: string, task: FileScanTask, verdict: Verdict): JudgedFile {
  const { path, recordCount, fileSizeBytes: sizeBytes } = task.file
  const residual = verdict.isRead ? predicateText(task.residual) : 'false'
  return {
    explained: { kind: 'file', path, manifest, recordCount, sizeBytes, residual, ...verdict },
    task: verdict.isRead ? task : null,
  }
}

const NOTHING = { containsNull: null, containsNan: null, lowerBound: null, upperBound: null }

/** Makes of each test what decides it, when it is first asked for. */
export function once<Made>(make: (leaf: BoundPredicate) => Made): (leaf: BoundLeaf) => Made {
  const made = new Map<BoundLeaf, Made>()
  return (leaf) => {
    const one = made.get(leaf) ?? make(leaf)
    made.set(leaf, one)
    return one
  }
}

/** What counts and bounds say of the column of a test. */
export function metricsJson(
  { column: { fieldId, type } }: BoundLeaf,
  metrics: ColumnMetrics,
): Readonly<Record<string, unknown>> {
  const bound = (bytes: Uint8Array | undefined): unknown =>
    type.kind !== 'nested' && isPrimitive(type) ? boundJson(type, bytes) : null
  return known({
    lower: bound(metrics.lowerBounds.get(fieldId)),
    upper: bound(metrics.upperBounds.get(fieldId)),
    values: metrics.valueCounts.get(fieldId) ?? null,
    nulls: metrics.nullCounts.get(fieldId) ?? null,
    nans: metrics.nanCounts.get(fieldId) ?? null,
  })
}

function factJson(
  { column: { fieldId, type } }: BoundLeaf,
  facts: FileFacts,
): Readonly<Record<string, unknown>> {
  const value = facts.get(fieldId)
  const isValue = value !== undefined && type.kind !== 'nested'
  // Facts of primitive columns are of their types.
  return isValue ? { value: plainFact(valueJson(type, value as never)) } : {}
}

function known(facts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const there = Object.entries(facts).filter(([, fact]) => fact !== null)
  return Object.fromEntries(there.map(([name, fact]) => [name, plainFact(fact)]))
}
