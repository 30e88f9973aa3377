// Dynamic overwrite: the partitions that receive files are replaced, all others are left as they are. One partition may
// have rows in files of other specs too, if the table was partitioned otherwise once; the caller says what then.
import { IcebergError } from '../base/errors.ts'
import type { DataFile } from '../metadata/data-file.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import type { TableState } from '../table/table-state.ts'
import { validateSince } from './conflicts.ts'
import type { Isolation } from './conflicts.ts'
import { manifestsOnce } from './fast-append.ts'
import { overwriteContent } from './overwrite-content.ts'
import { removalOfPartitions } from './removal.ts'
import { liveManifests } from './remove-rows.ts'
import { createFileRewriter } from './rewrite-file.ts'
import type { SnapshotWrite } from './snapshot-producer.ts'
import type { WriteContext } from './write-context.ts'

/**
 * What becomes of files of other specs, some of whose rows may belong to a replaced partition.
 *
 * - `refuse`: a table that has such files is not overwritten.
 * - `replace`: rows of a replaced partition go, whichever file they are in; files that hold others too are rewritten.
 */
export type OtherSpecs = 'refuse' | 'replace'

/** @throws IcebergError `invalid` for what is neither */
export function checkedOtherSpecs(otherSpecs: OtherSpecs): OtherSpecs {
  if (['refuse', 'replace'].includes(otherSpecs)) return otherSpecs
  throw new IcebergError('invalid', 'files of other specs are to refuse or to replace', {
    context: { otherSpecs },
  })
}

export interface ReplaceRequest {
  /** All of one spec, at least one. */
  readonly added: readonly DataFile[]
  readonly specId: number
  readonly isolation: Isolation
  readonly otherSpecs: OtherSpecs
  /** The snapshot the writer worked from; null for a table that had none. */
  readonly readSnapshotId: bigint | null
}

/**
 * Replaces the partitions that the added files belong to.
 *
 * @throws IcebergError `unsupported` when files of another spec or delete files may hold the same rows
 * @throws IcebergError `conflict` when a commit since the read changed a replaced partition
 */
export function replacePartitions(context: WriteContext, request: ReplaceRequest): SnapshotWrite {
  const { added, specId, otherSpecs } = request
  const addedManifests = manifestsOnce(context, added)
  const rewriteFile = createFileRewriter(context)
  const tuples = added.map(({ partition }) => partition)
  return {
    async content(state, slot) {
      const removal = removalOfPartitions(state.metadata, specId, tuples)
      const mayReplace = (file: DataFile): boolean =>
        removal.lossOf(file) !== 'none' || (otherSpecs === 'refuse' && file.specId !== specId)
      const { committedId } = slot
      const what = 'a partition that this one replaces'
      await validateSince(state, { ...request, committedId, mayReplace, what }, context)
      const manifests = await liveManifests(context, state, slot)
      if (otherSpecs === 'refuse') refuseForeign(state, manifests, specId)
      const work = { state, slot, removal, rewriteFile }
      const content = await overwriteContent(context, manifests, work, { added, addedManifests })
      return { ...content, operation: 'overwrite', summary: REPLACES_PARTITIONS }
    },
  }
}

const REPLACES_PARTITIONS: ReadonlyMap<string, string> = new Map([['replace-partitions', 'true']])

/** Rows that were to be replaced would stay, and nobody would notice. */
export function refuseForeign(
  state: TableState,
  manifests: readonly ManifestFile[],
  specId: number,
): void {
  const foreign = manifests.find(
    (manifest) => manifest.content === 'data' && manifest.specId !== specId,
  )
  if (foreign === undefined) return
  throw new IcebergError(
    'unsupported',
    'the table holds files of another partition spec, whose rows a dynamic overwrite leaves in place unless otherSpecs is replace (replaceAcrossSpecs: true in a job file)',
    { context: { table: state.name, specId: foreign.specId, currentSpecId: specId } },
  )
}
