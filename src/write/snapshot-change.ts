// A commit of rows, with all that goes with it: first what the table becomes, then a snapshot for each change of rows, each
// on top of the one before, and properties last. The main branch is seen to move once.
import { MAIN_BRANCH } from '../metadata/refs.ts'
import { snapshotById } from '../metadata/table-metadata.ts'
import type { TableState } from '../table/table-state.ts'
import type { Change } from './commit.ts'
import type { TableEvolution } from './evolution.ts'
import { createManifestMerger } from './merge-manifests.ts'
import { metadataChange } from './metadata-change.ts'
import { headOf, propertiesAt, propertyUpdates } from './property-change.ts'
import type { PropertySource } from './property-change.ts'
import { produceSnapshot, unusedSnapshotId } from './snapshot-producer.ts'
import type { ManifestMerger, ProducedSnapshot, SnapshotWrite } from './snapshot-producer.ts'
import { stateAfter } from './state-after.ts'
import type { WriteContext } from './write-context.ts'

/** One change of rows, and the entries of its summary. */
export interface RowWrite {
  readonly write: SnapshotWrite
  readonly summary: ReadonlyMap<string, string>
}

/** What a commit of rows changes beside them. */
export interface MetadataParts {
  readonly evolution: TableEvolution
  readonly properties: readonly PropertySource[]
  /** Entries of the summary of every snapshot. */
  readonly summary: ReadonlyMap<string, string>
}

export interface SnapshotChange extends Change {
  /** What the last attempt proposed: a snapshot for each write that had something to change. */
  produced(): readonly ProducedSnapshot[]
}

export function snapshotChange(
  context: WriteContext,
  writes: readonly RowWrite[],
  parts: MetadataParts,
): SnapshotChange {
  const prepared = preparedWrites(context, writes)
  const withoutRows = metadataChange(parts.evolution, parts.properties)
  let produced: readonly ProducedSnapshot[] = []
  return {
    async propose(state, attempt) {
      const { opening, state: evolved } = parts.evolution.on(state)
      produced = await produceInRow(context, evolved, { writes: prepared, parts, attempt })
      const last = produced.at(-1)
      if (last === undefined) {
        const isEmpty = parts.evolution.isEmpty && parts.properties.length === 0
        return isEmpty ? null : withoutRows.propose(state, attempt)
      }
      const set = propertiesAt(parts.properties, last.snapshot)
      const { snapshotId } = headOf(state.metadata)
      return {
        requirements: [
          ...opening.requirements,
          { type: 'assert-ref-snapshot-id', ref: MAIN_BRANCH, snapshotId },
        ],
        updates: [
          ...opening.updates,
          ...produced.flatMap(({ updates }) => updates),
          ...propertyUpdates(set),
        ],
      }
    },
    isIn(metadata) {
      if (produced.length === 0) return withoutRows.isIn(metadata)
      return produced.every(
        ({ snapshot }) => snapshotById(metadata, snapshot.snapshotId) !== undefined,
      )
    },
    produced: () => produced,
  }
}

/** A write with what stays of it from one attempt to the next. */
interface PreparedWrite extends RowWrite {
  readonly snapshotId: bigint
  readonly mergeManifests: ManifestMerger
}

/** Ids are chosen once, so that a commit whose outcome is not known can be looked for. */
function preparedWrites(
  context: WriteContext,
  writes: readonly RowWrite[],
): readonly PreparedWrite[] {
  const taken = new Set<bigint>()
  return writes.map((write) => {
    const snapshotId = unusedSnapshotId(context.state, taken)
    taken.add(snapshotId)
    return { ...write, snapshotId, mergeManifests: createManifestMerger(context) }
  })
}

async function produceInRow(
  context: WriteContext,
  evolved: TableState,
  work: {
    readonly writes: readonly PreparedWrite[]
    readonly parts: MetadataParts
    readonly attempt: number
  },
): Promise<readonly ProducedSnapshot[]> {
  const produced: ProducedSnapshot[] = []
  const committedId = evolved.metadata.currentSnapshotId
  let state = evolved
  for (const { write, summary, ...prepared } of work.writes) {
    const made = await produceSnapshot(context, state, write, {
      ...prepared,
      attempt: work.attempt,
      committedId,
      summary: new Map([...work.parts.summary, ...summary]),
    })
    if (made === null) continue
    produced.push(made)
    state = stateAfter(state, made.updates)
  }
  return produced
}
