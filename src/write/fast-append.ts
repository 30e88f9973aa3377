import type { DataFile } from '../metadata/data-file.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { specById } from '../metadata/table-metadata.ts'
import { mayHoldLiveFiles, readManifestList } from '../table/manifest-io.ts'
import { writeManifests } from './manifest-writer.ts'
import type { SnapshotSlot, SnapshotWrite } from './snapshot-producer.ts'
import type { WriteContext } from './write-context.ts'

/** Adds files in manifests of their own and touches nothing else. */
export function fastAppend(
  context: WriteContext,
  added: readonly DataFile[],
  summary: ReadonlyMap<string, string> = new Map(),
): SnapshotWrite {
  const addedManifests = manifestsOnce(context, added)
  return {
    async content(state, slot) {
      const kept = slot.parent === null ? [] : await readManifestList(state, slot.parent, context)
      return {
        operation: 'append',
        manifests: [...(await addedManifests(slot)), ...kept.filter(mayHoldLiveFiles)],
        added,
        deleted: [],
        summary,
      }
    },
  }
}

/**
 * Manifests for new files, one or more a spec. They are written at the first attempt and serve all later ones, because
 * their entries leave the sequence number to be inherited (spec: Sequence Number Inheritance).
 */
export function manifestsOnce(
  context: WriteContext,
  added: readonly DataFile[],
): (slot: SnapshotSlot) => Promise<readonly ManifestFile[]> {
  let written: Promise<readonly ManifestFile[]> | null = null
  return async (slot) => {
    written ??= writeAddedFiles(context, added, slot)
    return (await written).map((manifest) => ({
      ...manifest,
      sequenceNumber: slot.sequenceNumber,
      minSequenceNumber: slot.sequenceNumber,
    }))
  }
}

/** Manifests for files that come with this snapshot, one or more a spec; none for no files. */
export async function writeAddedFiles(
  context: WriteContext,
  added: readonly DataFile[],
  slot: SnapshotSlot,
): Promise<readonly ManifestFile[]> {
  const manifests: ManifestFile[] = []
  for (const specId of new Set(added.map((file) => file.specId))) {
    const entries: ManifestEntry[] = added
      .filter((file) => file.specId === specId)
      .map((file) => ({
        status: 'added',
        snapshotId: slot.snapshotId,
        dataSequenceNumber: null,
        fileSequenceNumber: null,
        file,
      }))
    const spec = specById(context.state.metadata, specId)
    manifests.push(...(await writeManifests(context, { ...slot, spec, entries })))
  }
  return manifests
}
