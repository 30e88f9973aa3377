// From a snapshot and a predicate to the files that may hold a match (spec: Scan Planning):
//  1. the manifest list: manifests whose partition summaries leave no match are not opened, nor those of other snapshots
//     where the question is what some snapshots added;
//  2. each manifest: entries are dropped by their partition, then by their bounds and counts;
//  3. each file that is left: what its partition already decides is taken off the predicate.
// When in doubt the file is kept.
import { mapConcurrent } from '../base/concurrency.ts'
import { IcebergError } from '../base/errors.ts'
import type { BoundPredicate } from '../expressions/bound.ts'
import { summariesMatcher } from '../expressions/match-summaries.ts'
import { projectInclusive } from '../expressions/project.ts'
import { residualOf } from '../expressions/residual.ts'
import { wantedPartition } from '../formats/avro/entry-views.ts'
import { createManifestScanner } from '../formats/avro/manifest-scan.ts'
import type { ManifestScanner, ScannedManifest } from '../formats/avro/manifest-scan.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { partitionTypesOf } from '../metadata/partition-types.ts'
import { perSpec } from '../metadata/per-spec.ts'
import type { Snapshot } from '../metadata/snapshot.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { scanManifest } from '../table/manifest-io.ts'
import type { TableState } from '../table/table-state.ts'
import type { Schema } from '../types/schema.ts'
import { manifestsOf, manifestsOfRuns } from './incremental-manifests.ts'
import type { AppendRun, ManifestToScan } from './incremental-manifests.ts'
import type { PlanCounts, ScanPlan } from './scan-plan.ts'
import type { FileScanTask } from './task.ts'

const MANIFESTS_IN_FLIGHT = 8

export interface PlanRequest {
  readonly snapshot: Snapshot | null
  /** Instead of all files of the snapshot, those that were added in runs of snapshots that lead to it. */
  readonly appends?: readonly AppendRun[]
  /** The schema that the predicate is bound to. */
  readonly schema: Schema
  readonly predicate: BoundPredicate
  /** Manifests that are read at once: fewer for who may stop early. */
  readonly manifestsInFlight?: number
  readonly signal?: AbortSignal
}

/**
 * The data files of a snapshot that may hold matching rows, in the order of the manifests.
 *
 * @throws IcebergError `unsupported` when the snapshot has row-level deletes
 */
export async function planFiles(state: TableState, request: PlanRequest): Promise<ScanPlan> {
  const tasks: FileScanTask[] = []
  const tally = new Tally()
  for await (const planned of planTasks(state, request, tally)) {
    for (const task of planned) tasks.push(task)
  }
  return { snapshotId: request.snapshot?.snapshotId ?? null, tasks, counts: tally.counts() }
}

/**
 * The same files manifest by manifest, each list as soon as its manifest is read: who needs no more stops.
 *
 * @param tally counts what was planned so far
 */
export async function* planTasks(
  state: TableState,
  request: PlanRequest,
  tally: Tally = new Tally(),
): AsyncGenerator<readonly FileScanTask[]> {
  const { snapshot, appends, signal, manifestsInFlight = MANIFESTS_IN_FLIGHT } = request
  if (snapshot === null) return
  const options = signal === undefined ? {} : { signal }
  const manifests =
    appends === undefined
      ? await manifestsOf(state, snapshot, options)
      : await manifestsOfRuns(state, appends, options)
  refuseDeletes(state, manifests)

  const pruners = perSpec(state.metadata, (spec) => createPruner(state.metadata, spec, request))
  const open = manifests.filter(({ manifest }) => pruners(manifest.specId).keepsManifest(manifest))
  tally.manifests = manifests.length
  tally.manifestsPruned = manifests.length - open.length
  const scanned = mapConcurrent(
    open,
    manifestsInFlight,
    async ({ manifest, addedBy }) => {
      const { scanner, taskOf } = pruners(manifest.specId)
      const scan: ManifestScanner = (bytes, line) => scanner(bytes, line, { addedBy })
      const files = await scanManifest(state, manifest, scan, options)
      return { files, tasks: files.kept.map(taskOf) }
    },
    signal,
  )
  // Who stops does so at a yield; what fails fails elsewhere, and is no plan to tell of.
  let isSound = false
  try {
    for await (const { files, tasks } of scanned) {
      tally.add(files)
      isSound = true
      yield tasks
      isSound = false
    }
    isSound = true
  } finally {
    if (isSound) report(state, snapshot, tally)
  }
}

/** @throws IcebergError `unsupported` when manifests are of row-level deletes */
export function refuseDeletes(state: TableState, manifests: readonly ManifestToScan[]): void {
  const deletes = manifests.find(({ manifest }) => manifest.content === 'deletes')
  if (deletes === undefined) return
  throw new IcebergError('unsupported', 'tables with row-level deletes cannot be read yet', {
    context: { table: state.name, manifest: deletes.manifest.path },
  })
}

/** Everything that is decided once a partition spec, and then asked once a manifest or a file. */
interface Pruner {
  keepsManifest(manifest: ManifestFile): boolean
  readonly scanner: ManifestScanner
  taskOf(this: void, entry: ManifestEntry): FileScanTask
}

function createPruner(
  metadata: TableMetadata,
  spec: PartitionSpec,
  { schema, predicate }: PlanRequest,
): Pruner {
  const projected = projectInclusive(predicate, spec, schema)
  const keepsSummaries = summariesMatcher(projected, partitionTypesOf(metadata, spec, schema))
  const residual = residualOf(predicate, spec, schema)
  return {
    keepsManifest: (manifest) => keepsSummaries(manifest.partitions),
    scanner: createManifestScanner({
      partition: wantedPartition(metadata, spec, schema),
      projected,
      predicate,
    }),
    taskOf: ({ file, dataSequenceNumber, snapshotId }) => ({
      file,
      dataSequenceNumber: dataSequenceNumber ?? 0n,
      addedSnapshotId: snapshotId,
      residual: residual(file.partition),
    }),
  }
}

/** How far each level of pruning got so far. */
export class Tally {
  manifests = 0
  manifestsPruned = 0
  #manifestsRead = 0
  #kept = 0
  #prunedByPartition = 0
  #prunedByMetrics = 0
  #records = 0n
  #bytes = 0n

  add({ kept, prunedByPartition, prunedByMetrics }: ScannedManifest): void {
    this.#manifestsRead += 1
    this.#kept += kept.length
    this.#prunedByPartition += prunedByPartition
    this.#prunedByMetrics += prunedByMetrics
    for (const { file } of kept) {
      this.#records += file.recordCount
      this.#bytes += file.fileSizeBytes
    }
  }

  get manifestsRead(): number {
    return this.#manifestsRead
  }

  get kept(): number {
    return this.#kept
  }

  counts(): PlanCounts {
    return {
      manifests: this.manifests,
      manifestsPruned: this.manifestsPruned,
      files: this.#kept + this.#prunedByPartition + this.#prunedByMetrics,
      filesPrunedByPartition: this.#prunedByPartition,
      filesPrunedByMetrics: this.#prunedByMetrics,
      recordsPlanned: this.#records,
      bytesPlanned: this.#bytes,
    }
  }
}

function report(state: TableState, { snapshotId }: Snapshot, tally: Tally): void {
  const counts = tally.counts()
  state.services.onEvent({
    kind: 'scan-planned',
    table: state.name,
    snapshotId,
    manifests: counts.manifests,
    manifestsRead: tally.manifestsRead,
    files: counts.files,
    filesRead: tally.kept,
  })
}
