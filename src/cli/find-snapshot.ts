import type { Snapshot } from '../metadata/snapshot.ts'
import { selectSnapshot, timeToMs } from '../scan/selector.ts'
import type { SnapshotSelector } from '../scan/selector.ts'
import type { TableState } from '../table/table-state.ts'
import { findTable } from './find-table.ts'
import type { SnapshotOptions, TableOptions } from './options.ts'
import type { Terminal } from './terminal.ts'

/** A snapshot of the table that a command line names. */
export interface FoundSnapshot {
  readonly state: TableState
  /** Null for a table without snapshots. */
  readonly snapshot: Snapshot | null
}

/** @throws IcebergError `not-found` when the table has no such snapshot or ref */
export async function findSnapshot(
  terminal: Terminal,
  name: string,
  options: TableOptions & SnapshotOptions,
): Promise<FoundSnapshot> {
  const { state } = await findTable(terminal, name, options)
  const { snapshot } = selectSnapshot(state.metadata, selectorOf(options))
  return { state, snapshot }
}

/** The command line takes one of them at the most. */
function selectorOf({ snapshot, asOf, ref }: SnapshotOptions): SnapshotSelector {
  if (snapshot !== undefined) return { kind: 'snapshot', snapshotId: snapshot }
  if (asOf !== undefined) return { kind: 'as-of', timestampMs: timeToMs(asOf) }
  return ref === undefined ? { kind: 'current' } : { kind: 'ref', name: ref }
}
