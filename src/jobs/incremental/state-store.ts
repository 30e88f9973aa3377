// Where state is kept that is not in the tables of a job. Rows are committed first and state second: whoever dies between
// the two does the window again, so that every window is done at least once.
import { IcebergError, isKind, withContext } from '../../base/errors.ts'
import { parseJson, stringifyJson } from '../../base/json-exact.ts'
import { readObject } from '../../base/json-fields.ts'
import { decodeUtf8, encodeUtf8 } from '../../base/unicode.ts'
import { joinLocation } from '../../io/location.ts'
import { neverLands } from '../../io/object-store.ts'
import type { ObjectStore } from '../../io/object-store.ts'
import { stateFromJson, stateToJson } from '../state-record.ts'
import type { IncrementalState } from '../state-record.ts'

/** Everything that is kept of one job. */
export interface StoredState {
  /** Counts from 1; of two that write the same one, one wins. */
  readonly version: number
  /** By state key. */
  readonly states: ReadonlyMap<string, IncrementalState>
}

/** Keeps the states of jobs by their ids. */
export interface StateStore {
  /** Null when there is none. */
  readonly get: (jobId: string) => Promise<StoredState | null>
  /** Writes the next version after one that was read; false when another has written it meanwhile. */
  readonly compareAndSet: (
    jobId: string,
    expected: StoredState | null,
    states: ReadonlyMap<string, IncrementalState>,
  ) => Promise<boolean>
}

/** A store that lives as long as the program. */
export function createMemoryStateStore(): StateStore {
  const kept = new Map<string, StoredState>()
  return {
    get: async (jobId) => kept.get(jobId) ?? null,
    async compareAndSet(jobId, expected, states) {
      const version = expected?.version ?? 0
      if ((kept.get(jobId)?.version ?? 0) !== version) return false
      kept.set(jobId, { version: version + 1, states: new Map(states) })
      return true
    },
  }
}

/**
 * A store in a folder. Each version is a file of its own, created whole if nobody has; they stay, as a record of what was
 * where when.
 *
 * @param folder where to, as `store` names it
 */
export function createFileStateStore(store: ObjectStore, folder: string): StateStore {
  const folderOf = (jobId: string): string => joinLocation(folder, folderName(jobId))
  const read = async (jobId: string, version: number): Promise<StoredState> => {
    const location = joinLocation(folderOf(jobId), versionName(version))
    try {
      return { version, states: parseStates(decodeUtf8(await store.get(location))) }
    } catch (error) {
      throw withContext(error, { location })
    }
  }
  return {
    async get(jobId) {
      const version = await newestVersion(store, folderOf(jobId))
      return version === 0 ? null : read(jobId, version)
    },
    async compareAndSet(jobId, expected, states) {
      const version = (expected?.version ?? 0) + 1
      const location = joinLocation(folderOf(jobId), versionName(version))
      try {
        await store.put(location, encodeUtf8(formatStates(states)), 'create')
        return true
      } catch (error) {
        if (isKind(error, 'conflict')) return false
        if (!isKind(error, 'unavailable') || neverLands(error)) throw error
        return landed(await read(jobId, version).catch(() => null), states, error)
      }
    },
  }
}

/** Whether a write that storage could not tell the end of is there. */
function landed(
  found: StoredState | null,
  states: ReadonlyMap<string, IncrementalState>,
  cause: unknown,
): boolean {
  if (found !== null) return formatStates(found.states) === formatStates(states)
  throw new IcebergError(
    'commit-unknown',
    'the state of the job may or may not have been written: the next run finds it, or does the window again',
    { cause },
  )
}

const DIGITS = 12

function versionName(version: number): string {
  return `${String(version).padStart(DIGITS, '0')}.json`
}

async function newestVersion(store: ObjectStore, folder: string): Promise<number> {
  let newest = 0
  for await (const { name } of store.listNames(folder)) {
    const version = Number(/^(\d{12})\.json$/.exec(name)?.[1] ?? 0)
    newest = Math.max(newest, version)
  }
  return newest
}

/** An id as one name that every storage takes: letters, digits and dashes stay, all else becomes `=` and its number. */
function folderName(jobId: string): string {
  return jobId.replace(/[^A-Za-z0-9_-]/gu, (sign) => `=${sign.codePointAt(0)?.toString(16)}.`)
}

function formatStates(states: ReadonlyMap<string, IncrementalState>): string {
  return stringifyJson(new Map([...states].map(([key, state]) => [key, stateToJson(state)])))
}

function parseStates(text: string): ReadonlyMap<string, IncrementalState> {
  const fields = readObject(parseJson(text), '')
  return new Map(
    fields
      .names()
      .map((key) => [key, stateFromJson(readObject(fields.object(key), fields.path(key)))]),
  )
}
