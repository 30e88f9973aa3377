// Where a job stands, as people and as programs read it.
import type { KeptState } from '../jobs/incremental/kept-state.ts'
import type { AuditEntry } from '../jobs/incremental/state-notes.ts'
import type { IncrementalState } from '../jobs/state-record.ts'
import { printable } from './printable.ts'
import type { FactRecord } from './records.ts'

/** A line for each place and input, and one for each time that somebody moved it. */
export function stateText(kept: readonly KeptState[]): string {
  return kept
    .flatMap(({ place, inputs, audit }) => [
      ...[...inputs].map(([input, state]) => `${place}, ${input}: ${standText(state)}`),
      ...audit.map((entry) => `  ${auditText(entry)}`),
    ])
    .map(printable)
    .join('\n')
}

function standText(state: IncrementalState | null): string {
  if (state === null) return 'no run yet'
  const how = state.isSet ? 'moved by hand' : `window ${valuesText(state.keys)}`
  const read =
    state.sourceSnapshotId === null ? '' : `, source at snapshot ${state.sourceSnapshotId}`
  const next = state.state.size === 0 ? 'begins anew' : `takes ${valuesText(state.state)}`
  return `run ${state.run}, ${how}${read}; the next run ${next}`
}

function auditText({ atMs, action, before, after }: AuditEntry): string {
  const time = new Date(atMs).toISOString()
  return `${time} ${action}: ${valuesText(before)} became ${valuesText(after)}`
}

function valuesText(values: ReadonlyMap<string, string>): string {
  return values.size === 0
    ? 'nothing'
    : [...values].map(([key, value]) => `${key} ${value}`).join(', ')
}

export function stateRecord(job: string, kept: readonly KeptState[]): FactRecord {
  return {
    job,
    places: kept.map(({ place, inputs, audit }) => ({
      place,
      inputs: [...inputs].map(([input, state]) => inputRecord(input, state)),
      audit: audit.map(({ atMs, action, before, after }) => ({
        'at-ms': atMs,
        action,
        before,
        after,
      })),
    })),
  }
}

function inputRecord(input: string, state: IncrementalState | null): FactRecord {
  if (state === null) return { input, run: null }
  return {
    input,
    run: state.run,
    window: state.keys,
    state: state.state,
    'source-snapshot-id': state.sourceSnapshotId,
    'moved-by-hand': state.isSet,
  }
}
