/**
 * Where jobs stand, carried over when snapshots expire. What a job's table tells of it depends on which snapshots are kept:
 * an entry of a summary goes with its snapshot, and a property that was undone by a rollback must not come to rule because
 * the snapshot that showed so is gone.
 */
import { isKind } from '../base/errors.ts'
import { parseJson, stringifyJson } from '../base/json-exact.ts'
import { readObject } from '../base/json-fields.ts'
import { branchHistory, isStateKey, jobStanding } from './job-standing.ts'
import { MAIN_BRANCH } from './refs.ts'
import type { Snapshot } from './snapshot.ts'
import type { TableMetadata } from './table-metadata.ts'
import type { TableUpdate } from './updates.ts'

/**
 * Updates after which every job stands where it did before snapshots expired, or nowhere that could be told, if that was so
 * before. States are anchored to the oldest snapshot that `main` still leads to, so that they outlive rollbacks within it.
 *
 * @param before the table as it was
 * @param after the same without the snapshots that expire
 */
export function carriedStandings(
  before: TableMetadata,
  after: TableMetadata,
): readonly TableUpdate[] {
  const oldest = branchHistory(after, MAIN_BRANCH).at(-1)
  if (oldest === undefined) return []
  const updates = new Map<string, string>()
  const removals: string[] = []
  for (const key of stateKeysOf(before)) {
    const [was, is] = [stateIn(before, key), stateIn(after, key)]
    if (was === 'unreadable' || is === 'unreadable' || isSame(was, is)) continue
    if (was !== null) updates.set(key, anchored(was, oldest))
    else if (before.properties.has(key)) removals.push(key)
  }
  return [
    ...(updates.size === 0 ? [] : [{ action: 'set-properties', updates } as const]),
    ...(removals.length === 0 ? [] : [{ action: 'remove-properties', removals } as const]),
  ]
}

function stateKeysOf({ properties, snapshots }: TableMetadata): ReadonlySet<string> {
  const names = [properties, ...snapshots.map(({ summary }) => summary)].flatMap((entries) => [
    ...entries.keys(),
  ])
  return new Set(names.filter(isStateKey))
}

/** The fields of a state, but for its anchor. */
type StateFields = ReadonlyMap<string, unknown>

/**
 * Null where nothing says that the job ever ran, or nothing any more. What cannot be read says nothing either way, and stays
 * for people to look at.
 */
function stateIn(metadata: TableMetadata, key: string): StateFields | null | 'unreadable' {
  try {
    const standing = jobStanding(metadata, { key })
    return standing.kind === 'none' || standing.kind === 'lost' ? null : fieldsOf(standing.text)
  } catch (error) {
    if (isKind(error, 'corrupt')) return 'unreadable'
    throw error
  }
}

const ANCHOR = new Set(['branch', 'snapshot-id', 'sequence-number'])

function fieldsOf(text: string): StateFields {
  const fields = readObject(parseJson(text), '')
  const names = fields.names().filter((name) => !ANCHOR.has(name))
  return new Map(names.map((name) => [name, fields.unknown(name)]))
}

function isSame(left: StateFields | null, right: StateFields | null): boolean {
  return left === null || right === null
    ? left === right
    : stringifyJson(left) === stringifyJson(right)
}

function anchored(state: StateFields, { snapshotId, sequenceNumber }: Snapshot): string {
  return stringifyJson(
    new Map([
      ...state,
      ['branch', MAIN_BRANCH],
      ['snapshot-id', snapshotId],
      ['sequence-number', sequenceNumber],
    ]),
  )
}
