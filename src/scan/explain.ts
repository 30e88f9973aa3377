// Why each manifest, file and row group of a scan is read or not. The plan itself does not say: it looks at bytes where they
// stand, and asks no more of them than it must. Here everything is decoded, and each test of the predicate is asked by
// itself, with the very functions that decide in the plan: what is told to be read is what is read.
import { mapConcurrent } from '../base/concurrency.ts'
import { predicateText } from '../expressions/predicate-text.ts'
import { decodeManifest } from '../formats/avro/manifest-codec.ts'
import { readFooter } from '../formats/parquet/footer.ts'
import type { ParquetFooter } from '../formats/parquet/footer.ts'
import { openRandomAccess } from '../formats/parquet/random-access.ts'
import type { RequestOptions } from '../io/object-store.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import { perSpec } from '../metadata/per-spec.ts'
import { scanManifest } from '../table/manifest-io.ts'
import { tableFileError } from '../table/table-file-error.ts'
import type { TableState } from '../table/table-state.ts'
import type { Field } from '../types/type.ts'
import { explainRowGroups } from './explain-row-groups.ts'
import { ExplainedCounts } from './explained-counts.ts'
import type {
  ExplainedFile,
  ExplainedManifest,
  ExplainedRowGroup,
  Explanation,
} from './explanation.ts'
import { identifiedFooter } from './identified-footer.ts'
import { manifestsOf, manifestsOfRuns } from './incremental-manifests.ts'
import type { ManifestToScan } from './incremental-manifests.ts'
import { refuseDeletes } from './plan-files.ts'
import type { PlanRequest } from './plan-files.ts'
import { createSpecExplainer } from './spec-explainer.ts'
import type { JudgedFile, SpecExplainer } from './spec-explainer.ts'

const MANIFESTS_IN_FLIGHT = 4
const FOOTERS_IN_FLIGHT = 8

export interface ExplainRequest extends PlanRequest {
  /** The columns that are read. */
  readonly fields: readonly Field[]
}

/**
 * Tells of each manifest and of the live files in those that are read; of each file that is read, of its row groups; and
 * in the end what it comes to. The footers of the files that are read are read for it. In the order of the plan, in memory
 * that a few manifests bound.
 *
 * @throws IcebergError as planning and reading the files does
 */
export async function* explainScan(
  state: TableState,
  request: ExplainRequest,
): AsyncGenerator<Explanation> {
  const { snapshot, signal } = request
  const options = signal === undefined ? {} : { signal }
  const counts = new ExplainedCounts()
  for await (const judged of judgedManifests(state, request, options)) {
    counts.addManifest(judged.manifest)
    yield judged.manifest
    for await (const { file, rowGroups } of withRowGroups(state, judged.files, request)) {
      counts.addFile(file)
      yield file
      for (const rowGroup of rowGroups) {
        counts.addRowGroup(rowGroup)
        yield rowGroup
      }
    }
  }
  yield {
    kind: 'totals',
    snapshotId: snapshot?.snapshotId ?? null,
    predicate: predicateText(request.predicate),
    ...counts.totals(),
  }
}

/** A manifest, with its files where it is read. */
interface JudgedManifest {
  readonly manifest: ExplainedManifest
  readonly files: readonly JudgedFile[]
}

async function* judgedManifests(
  state: TableState,
  request: ExplainRequest,
  options: RequestOptions,
): AsyncGenerator<JudgedManifest> {
  const { snapshot, appends, signal } = request
  if (snapshot === null) return
  const manifests =
    appends === undefined
      ? await manifestsOf(state, snapshot, options)
      : await manifestsOfRuns(state, appends, options)
  refuseDeletes(state, manifests)
  const explainers = perSpec(state.metadata, (spec) =>
    createSpecExplainer(state.metadata, spec, request),
  )
  yield* mapConcurrent(
    manifests,
    MANIFESTS_IN_FLIGHT,
    (toScan) => judgeManifest(state, toScan, explainers(toScan.manifest.specId), request),
    signal,
  )
}

async function judgeManifest(
  state: TableState,
  { manifest, addedBy }: ManifestToScan,
  explainer: SpecExplainer,
  { schema, signal }: ExplainRequest,
): Promise<JudgedManifest> {
  const { path, specId } = manifest
  const verdict = explainer.judgeManifest(manifest)
  const explained = { kind: 'manifest' as const, path, specId, ...verdict }
  if (!verdict.isRead) return { manifest: explained, files: [] }
  const entries = await scanManifest(
    state,
    manifest,
    async (bytes) => decodeManifest(bytes, manifest, state.metadata, { schema }),
    signal === undefined ? {} : { signal },
  )
  const isAskedFor = ({ status, snapshotId }: ManifestEntry): boolean =>
    status !== 'deleted' &&
    (addedBy === undefined || addedBy.has(snapshotId ?? manifest.addedSnapshotId))
  const files = entries.filter(isAskedFor).map((entry) => explainer.judgeFile(entry, path))
  return { manifest: explained, files }
}

interface FileWithRowGroups {
  readonly file: ExplainedFile
  /** None of a file that is not read, or is of a format that has none that we know. */
  readonly rowGroups: readonly ExplainedRowGroup[]
}

function withRowGroups(
  state: TableState,
  files: readonly JudgedFile[],
  request: ExplainRequest,
): AsyncGenerator<FileWithRowGroups> {
  return mapConcurrent(
    files,
    FOOTERS_IN_FLIGHT,
    async ({ explained, task }) => {
      if (task === null || task.file.format !== 'parquet') return { file: explained, rowGroups: [] }
      const footer = await footerOf(state, task.file, request)
      return { file: explained, rowGroups: explainRowGroups(footer, task, request.schema) }
    },
    request.signal,
  )
}

async function footerOf(
  { services, metadata, name }: TableState,
  { path, fileSizeBytes }: ManifestEntry['file'],
  { fields, signal }: ExplainRequest,
): Promise<ParquetFooter> {
  try {
    const options = signal === undefined ? {} : { signal }
    const access = openRandomAccess(services.store, path, Number(fileSizeBytes), options)
    return identifiedFooter(await readFooter(access), metadata, fields)
  } catch (error) {
    throw tableFileError(error, { table: name, path })
  }
}
