// From a snapshot and a predicate to the files that may hold a match (spec: Scan Planning):
//  1. the manifest list: manifests whose partition summaries leave no match are not opened;
//  2. each manifest: entries are dropped by their partition, then by their bounds and counts;
//  3. each file that is left: what its partition already decides is taken off the predicate.
// When in doubt the file is kept.
import { mapConcurrent } from '../base/concurrency.ts'
import { IcebergError } from '../base/errors.ts'
import type { BoundPredicate } from '../expressions/bound.ts'
import { metricsMatcher } from '../expressions/match-metrics.ts'
import { rowMatcher } from '../expressions/match-row.ts'
import { summariesMatcher } from '../expressions/match-summaries.ts'
import { projectInclusive } from '../expressions/project.ts'
import { residualOf } from '../expressions/residual.ts'
import { partitionTypes } from '../layout/partition-spec.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import type { Snapshot } from '../metadata/snapshot.ts'
import { specById } from '../metadata/table-metadata.ts'
import { mayHoldLiveFiles, readManifest, readManifestList } from '../table/manifest-io.ts'
import type { TableState } from '../table/table-state.ts'
import type { Schema } from '../types/schema.ts'
import type { PlanCounts, ScanPlan } from './scan-plan.ts'
import type { FileScanTask } from './task.ts'

const MANIFESTS_IN_FLIGHT = 8

export interface PlanRequest {
  readonly snapshot: Snapshot | null
  /** The schema that the predicate is bound to. */
  readonly schema: Schema
  readonly predicate: BoundPredicate
  readonly signal?: AbortSignal
}

/**
 * The data files of a snapshot that may hold matching rows, in the order of the manifests.
 *
 * @throws IcebergError `unsupported` when the snapshot has row-level deletes
 */
export async function planFiles(state: TableState, request: PlanRequest): Promise<ScanPlan> {
  const { snapshot, signal } = request
  if (snapshot === null) return { snapshotId: null, tasks: [], counts: noCounts }
  const options = signal === undefined ? {} : { signal }
  const listed = await readManifestList(state, snapshot, options)
  const manifests = listed.filter(mayHoldLiveFiles)
  refuseDeletes(state, manifests)

  const pruners = prunersBySpec(state, request)
  const open = manifests.filter((manifest) => pruners(manifest.specId).keepsManifest(manifest))
  const tasks: FileScanTask[] = []
  const tally = new Tally()
  const read = mapConcurrent(
    open,
    MANIFESTS_IN_FLIGHT,
    async (manifest) => ({ manifest, entries: await readManifest(state, manifest, options) }),
    signal,
  )
  for await (const { manifest, entries } of read) {
    for (const task of pruners(manifest.specId).keptFiles(entries, tally)) tasks.push(task)
  }
  const counts = tally.counts(manifests.length, open.length)
  report(state, snapshot, counts, tasks.length)
  return { snapshotId: snapshot.snapshotId, tasks, counts }
}

function refuseDeletes(state: TableState, manifests: readonly ManifestFile[]): void {
  const deletes = manifests.find((manifest) => manifest.content === 'deletes')
  if (deletes === undefined) return
  throw new IcebergError('unsupported', 'tables with row-level deletes cannot be read yet', {
    context: { table: state.name, manifest: deletes.path },
  })
}

/** Everything that is decided once a partition spec, and then asked once a manifest or a file. */
interface Pruner {
  keepsManifest(manifest: ManifestFile): boolean
  keptFiles(entries: readonly ManifestEntry[], tally: Tally): Iterable<FileScanTask>
}

function prunersBySpec(state: TableState, request: PlanRequest): (specId: number) => Pruner {
  const known = new Map<number, Pruner>()
  return (specId) => {
    const pruner = known.get(specId) ?? createPruner(specById(state.metadata, specId), request)
    known.set(specId, pruner)
    return pruner
  }
}

function createPruner(spec: PartitionSpec, { schema, predicate }: PlanRequest): Pruner {
  const projected = projectInclusive(predicate, spec, schema)
  const keepsSummaries = summariesMatcher(projected, partitionTypes(spec, schema))
  const keepsPartition = rowMatcher(projected)
  const keepsMetrics = metricsMatcher(predicate)
  const residual = residualOf(predicate, spec, schema)
  return {
    keepsManifest: (manifest) => keepsSummaries(manifest.partitions),
    *keptFiles(entries, tally) {
      for (const { status, file, dataSequenceNumber, snapshotId } of entries) {
        if (status === 'deleted') continue
        if (!keepsPartition(file.partition)) tally.filesPrunedByPartition += 1
        else if (!keepsMetrics(file.metrics, file.recordCount)) tally.filesPrunedByMetrics += 1
        else {
          tally.keep(file.recordCount, file.fileSizeBytes)
          yield {
            file,
            dataSequenceNumber: dataSequenceNumber ?? 0n,
            addedSnapshotId: snapshotId,
            residual: residual(file.partition),
          }
        }
      }
    },
  }
}

class Tally {
  filesPrunedByPartition = 0
  filesPrunedByMetrics = 0
  #kept = 0
  #records = 0n
  #bytes = 0n

  keep(records: bigint, bytes: bigint): void {
    this.#kept += 1
    this.#records += records
    this.#bytes += bytes
  }

  counts(manifests: number, manifestsRead: number): PlanCounts {
    return {
      manifests,
      manifestsPruned: manifests - manifestsRead,
      files: this.#kept + this.filesPrunedByPartition + this.filesPrunedByMetrics,
      filesPrunedByPartition: this.filesPrunedByPartition,
      filesPrunedByMetrics: this.filesPrunedByMetrics,
      recordsPlanned: this.#records,
      bytesPlanned: this.#bytes,
    }
  }
}

const noCounts: PlanCounts = new Tally().counts(0, 0)

function report(
  state: TableState,
  snapshot: Snapshot,
  counts: PlanCounts,
  filesRead: number,
): void {
  state.services.onEvent({
    kind: 'scan-planned',
    table: state.name,
    snapshotId: snapshot.snapshotId,
    manifests: counts.manifests,
    manifestsRead: counts.manifests - counts.manifestsPruned,
    files: counts.files,
    filesRead,
  })
}
