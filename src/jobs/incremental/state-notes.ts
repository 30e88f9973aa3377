// Notes of who moved where a job stands: a property of the table, beside the state.
import { parseJson, stringifyJson } from '../../base/json-exact.ts'
import { readObject } from '../../base/json-fields.ts'
import type { JobTable } from '../lake.ts'
import type { WindowedJob } from './windowed-job.ts'

/** A move of the state by a person. */
export interface AuditEntry {
  /** Milliseconds since the epoch. */
  readonly atMs: number
  readonly action: string
  readonly before: ReadonlyMap<string, string>
  readonly after: ReadonlyMap<string, string>
}

/** Every reader of the table loads its properties: a note of a few moves, not a log. */
const KEPT_NOTES = 10

export function auditKey({ id }: WindowedJob): string {
  return `frazil.state-audit.${id}`
}

export function auditOf(job: WindowedJob, table: JobTable | null): readonly AuditEntry[] {
  const text = table?.properties.get(auditKey(job))
  if (text === undefined) return []
  const entries = readObject(parseJson(text), auditKey(job)).array('moves')
  return entries.map((entry, index) => {
    const fields = readObject(entry, `moves[${index}]`)
    return {
      atMs: fields.integer('at-ms'),
      action: fields.string('action'),
      before: fields.stringMap('before'),
      after: fields.stringMap('after'),
    }
  })
}

export function formatAudit(entries: readonly AuditEntry[]): string {
  const moves = entries
    .slice(0, KEPT_NOTES)
    .map(({ atMs, action, before, after }) => ({ 'at-ms': atMs, action, before, after }))
  return stringifyJson({ moves })
}
