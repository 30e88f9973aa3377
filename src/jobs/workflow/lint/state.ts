// State that is kept and leads nowhere: windows that never move, or that move by what is no measure of progress.
import type { StateConfig } from '../../config.ts'
import { findHoles } from '../../sql/holes.ts'
import type { FlareJob, IncrementalKey, IncrementalRead } from '../model.ts'
import { functionsCalled, wordsOf } from '../sql-outline.ts'
import { usesChance } from './chance.ts'
import { finding } from './finding.ts'
import type { Finding } from './finding.ts'
import { outputsReached } from './flow.ts'

/** @param place where jobs keep their state */
export function stateFindings(job: FlareJob, place: StateConfig['kind']): readonly Finding[] {
  return job.inputs.flatMap(({ name, incremental: read }) => {
    if (read === null) return []
    return [
      ...standingKeys(read),
      ...countedKeys(read),
      ...(place === 'file' ? repeatedAppends(job, name, read) : []),
    ]
  })
}

function standingKeys(read: IncrementalRead): readonly Finding[] {
  return read.state.flatMap(({ key: name, value }) => {
    const key = read.keys.find((other) => other.name === name)
    if (key === undefined) return []
    if (!isRead(read, name)) {
      const message = `the state of ${name} is kept and nothing reads it: use $|${name}| in the query`
      return finding('state-not-advanced', key.place, message)
    }
    if (mayMove(read, value)) return []
    const message = `the next run takes ${value} for ${name}, which never changes: every run reads the same window`
    return finding('state-not-advanced', key.place, message)
  })
}

function isRead({ sql, keys, until }: IncrementalRead, name: string): boolean {
  const texts = [sql, ...keys.map((key) => key.sql ?? ''), until.kind === 'sql' ? until.sql : '']
  return texts.some((text) => holeNames(text).includes(name))
}

/** Words of SQL whose value is another one every time; what is read from a table may be, too. */
const MOVING = ['now', 'current_timestamp', 'current_date', 'localtimestamp', 'from']

/**
 * Whether a key can have another value in the next run. What is computed of a key that moves does; what state alone hands
 * from one key to the next goes round in a circle.
 */
function mayMove(read: IncrementalRead, name: string): boolean {
  return mayMoveFrom(read, name, { handed: [], computed: [] })
}

interface Trail {
  /** Keys whose stored value was followed to another key, since the last one that is computed. */
  readonly handed: readonly string[]
  /** Keys whose SQL was followed to the keys in it. */
  readonly computed: readonly string[]
}

function mayMoveFrom(read: IncrementalRead, name: string, trail: Trail): boolean {
  const entry = read.state.find((other) => other.key === name)
  if (entry !== undefined) {
    const handed = [...trail.handed, name]
    return !trail.handed.includes(name) && mayMoveFrom(read, entry.value, { ...trail, handed })
  }
  if (trail.computed.includes(name)) return true
  const sql = read.keys.find((key) => key.name === name)?.sql ?? ''
  if (wordsOf(sql).some((word) => MOVING.includes(word)) || usesChance(sql)) return true
  const further = { handed: [], computed: [...trail.computed, name] }
  return holeNames(sql).some((hole) => mayMoveFrom(read, hole, further))
}

/** How many rows there are says nothing of which: one that is removed makes the next ones be passed over. */
function countedKeys({ keys }: IncrementalRead): readonly Finding[] {
  return keys
    .filter(isCounted)
    .map((key) =>
      finding(
        'count-as-watermark',
        key.place,
        `${key.name} is a count of rows, which goes back when rows are removed: take the largest value of a column`,
      ),
    )
}

function isCounted({ sql }: IncrementalKey): boolean {
  return sql !== null && functionsCalled(sql).includes('count')
}

/** State that is saved after the rows lets a crash between the two write them twice. */
function repeatedAppends(job: FlareJob, input: string, read: IncrementalRead): readonly Finding[] {
  if (read.state.length === 0) return []
  return outputsReached(job, input).flatMap((output) =>
    output.kind === 'table' && output.mode === 'append'
      ? finding(
          'append-external-state',
          output.place,
          'state in files is saved after the rows, and a crash between has them appended again: keep state in the table, or replace partitions',
        )
      : [],
  )
}

function holeNames(sql: string): readonly string[] {
  return findHoles(sql).map((hole) => hole.name)
}
