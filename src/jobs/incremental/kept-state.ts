// Where a job stands, as each place that keeps it says.
import { isKind } from '../../base/errors.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import type { JobTable } from '../lake.ts'
import type { IncrementalState } from '../state-record.ts'
import { findState } from '../state.ts'
import { keptCuts } from './position.ts'
import type { RunContext } from './run-context.ts'
import { auditOf } from './state-notes.ts'
import type { AuditEntry } from './state-notes.ts'
import type { Cut, JobState, WindowedJob } from './windowed-job.ts'

/** What one place keeps of a job. */
export interface KeptState {
  /** The table, or `store`. */
  readonly place: string
  /** By the names of the inputs. */
  readonly inputs: ReadonlyMap<string, IncrementalState | null>
  /** The newest first. */
  readonly audit: readonly AuditEntry[]
}

/** What each place keeps, in the order of the job's outputs. */
export async function showState(
  job: WindowedJob,
  { store }: Pick<RunContext, 'store'>,
): Promise<readonly KeptState[]> {
  const cuts = keptCuts(job)
  if (store !== null) {
    const stored = await store.get(job.id)
    return [keptOf('store', cuts, { states: stored?.states ?? new Map(), audit: [] })]
  }
  const kept: KeptState[] = []
  for (const { target, table } of await tablesOf(job)) {
    kept.push(keptOf(target, cuts, { states: statesIn(table, cuts), audit: auditOf(job, table) }))
  }
  return kept
}

function keptOf(
  place: string,
  cuts: readonly Cut[],
  { states, audit }: { readonly states: JobState; readonly audit: readonly AuditEntry[] },
): KeptState {
  const inputs = new Map(cuts.map(({ input, stateKey }) => [input, states.get(stateKey) ?? null]))
  return { place, inputs, audit }
}

/** The tables of a job; null for one that is not there yet. */
export async function tablesOf(
  job: WindowedJob,
): Promise<readonly { readonly target: string; readonly table: JobTable | null }[]> {
  const tables: { readonly target: string; readonly table: JobTable | null }[] = []
  for (const output of job.outputs) {
    if (output.kind === 'table') tables.push({ target: output.target, table: await output.find() })
  }
  return tables
}

/** By state key. */
export function statesIn(table: JobTable | null, cuts: readonly Cut[]): JobState {
  return new Map(cuts.map(({ stateKey }) => [stateKey, stateOf(table, stateKey)]))
}

export function stateOf(table: JobTable | null, key: string): IncrementalState | null {
  return table === null ? null : stateIn(table.metadata, key)
}

/** What has expired is what a move is to mend: it counts as none. */
export function stateIn(metadata: TableMetadata, key: string): IncrementalState | null {
  try {
    return findState(metadata, { key })
  } catch (error) {
    if (isKind(error, 'invalid')) return null
    throw error
  }
}
