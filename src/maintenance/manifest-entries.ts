// The live entries of manifests, read so that memory does not grow with them: an entry is taken out of its manifest as bytes,
// which are decoded when it is written again.
import { mapConcurrent } from '../base/concurrency.ts'
import { boundTrue } from '../expressions/bound.ts'
import { wantedPartition } from '../formats/avro/entry-views.ts'
import { createManifestScanner } from '../formats/avro/manifest-scan.ts'
import type { RequestOptions } from '../io/object-store.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { PartitionTuple } from '../layout/partition-tuple.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { scanManifest } from '../table/manifest-io.ts'
import type { TableState } from '../table/table-state.ts'
import type { PartitionOrder } from './plan-manifests.ts'

const MANIFESTS_IN_FLIGHT = 4

/** Entries that are held at once, some kilobyte each. */
export const HELD_ENTRIES = 50_000

/** Reads the live entries of a manifest of one spec, with what they inherit. */
export type EntryReader = (
  manifest: ManifestFile,
  options?: RequestOptions,
) => Promise<readonly ManifestEntry[]>

export function entryReader(state: TableState, spec: PartitionSpec): EntryReader {
  const scanner = createManifestScanner({
    partition: wantedPartition(state.metadata, spec),
    projected: boundTrue,
    predicate: boundTrue,
  })
  return async (manifest, options) => (await scanManifest(state, manifest, scanner, options)).kept
}

/** Where an entry is, and where it is to go. */
interface EntryPlace {
  readonly manifest: ManifestFile
  readonly index: number
  readonly partition: PartitionTuple
}

/**
 * The entries of manifests in the order of their partitions; those of one partition as they come. Manifests are read once to
 * find out, and then once for each lot of entries that is held.
 */
export async function* entriesInOrder(
  manifests: readonly ManifestFile[],
  request: {
    readonly read: EntryReader
    readonly order: PartitionOrder
    readonly heldEntries?: number
    readonly signal?: AbortSignal | undefined
  },
): AsyncGenerator<ManifestEntry> {
  const { order, heldEntries = HELD_ENTRIES } = request
  const places: EntryPlace[] = []
  for await (const { manifest, entries } of readAll(manifests, request)) {
    for (const [index, { file }] of entries.entries()) {
      places.push({ manifest, index, partition: file.partition })
    }
  }
  places.sort((left, right) => order(left.partition, right.partition))
  for (let start = 0; start < places.length; start += heldEntries) {
    yield* entriesAt(places.slice(start, start + heldEntries), request)
  }
}

async function* entriesAt(
  places: readonly EntryPlace[],
  request: Parameters<typeof readAll>[1],
): AsyncGenerator<ManifestEntry> {
  const ranks = new Map<ManifestFile, Map<number, number>>()
  for (const [rank, { manifest, index }] of places.entries()) {
    const ofManifest = ranks.get(manifest) ?? new Map<number, number>()
    ranks.set(manifest, ofManifest.set(index, rank))
  }
  const held: (ManifestEntry | undefined)[] = Array.from({ length: places.length })
  for await (const { manifest, entries } of readAll([...ranks.keys()], request)) {
    for (const [index, rank] of ranks.get(manifest) ?? []) held[rank] = entries[index]
  }
  for (const [rank, entry] of held.entries()) {
    // Decoded by who takes it: what it then is must not stay here.
    held[rank] = undefined
    if (entry !== undefined) yield entry
  }
}

function readAll(
  manifests: readonly ManifestFile[],
  { read, signal }: { readonly read: EntryReader; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<{
  readonly manifest: ManifestFile
  readonly entries: readonly ManifestEntry[]
}> {
  return mapConcurrent(
    manifests,
    MANIFESTS_IN_FLIGHT,
    async (manifest, stop) => ({ manifest, entries: await read(manifest, { signal: stop }) }),
    signal,
  )
}
