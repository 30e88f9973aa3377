/** Maintenance of a table between its commits: rows are what they were, of every snapshot that is kept. */
import fc from 'fast-check'
import { expect } from 'vitest'

import type { ErrorKind } from '../../../src/base/errors.ts'
import { compactFiles } from '../../../src/maintenance/compact-files.ts'
import { expireSnapshots } from '../../../src/maintenance/expire-snapshots.ts'
import { removeOrphans } from '../../../src/maintenance/remove-orphans.ts'
import { rewriteManifests } from '../../../src/maintenance/rewrite-manifests.ts'
import { anyArrangementOf } from '../arbitraries/arrangements.ts'
import { draw } from './draw.ts'
import { canBeStored } from './input.ts'
import {
  committed,
  headOf,
  idAt,
  lineTo,
  newestRows,
  placesOf,
  snapshotOf,
  withSnapshot,
} from './model.ts'
import type { Model, ModelHandle, ModelVersion, Real, UnknownTable } from './model.ts'
import { foreignKeys, isComputable } from './row-changes.ts'
import { Step, auditNewest, endOf } from './step.ts'

/** What is done to a table that somebody uses. */
abstract class Maintenance extends Step {
  override check({ handles }: Readonly<Model>): boolean {
    return !handles[this.handle].table.isDropped
  }

  async act({ handles }: Model, real: Real): Promise<void> {
    const handle = handles[this.handle]
    const table = real.handles[this.handle]
    await this.maintain(handle, table, real)
    await table.refresh()
    const { lastUpdatedMs } = table.metadata
    handle.table.newest = { ...this.after(handle, table), lastUpdatedMs }
    handle.seen = handle.table.newest
    await auditNewest(real, table)
  }

  abstract maintain(handle: ModelHandle, table: UnknownTable, real: Real): Promise<void>

  /** The newest version after it. */
  abstract after(handle: ModelHandle, table: UnknownTable): ModelVersion
}

/** Entries of manifests grouped by partition, which is a snapshot of the same rows, or none where there is nothing to do. */
export class RewriteManifests extends Maintenance {
  async maintain(_handle: ModelHandle, table: UnknownTable, real: Real): Promise<void> {
    const { snapshotId } = await rewriteManifests(table)
    this.tell(real, snapshotId === null ? 'nothing to do' : 'done')
  }

  after({ table: { newest } }: ModelHandle, table: UnknownTable): ModelVersion {
    return withReplacements(newest, table)
  }
}

/** All data files written anew, which is a snapshot of the same rows, in partitions of the spec of now. */
export class Compact extends Maintenance {
  #isRefused = false

  async maintain(handle: ModelHandle, table: UnknownTable, real: Real): Promise<void> {
    const { newest } = handle.table
    const arrangement = draw(anyArrangementOf(newest.schema), this.seed)
    this.tell(real, fc.stringify(arrangement))
    const fault = rewriteFault(newest)
    const { kind } = await endOf(compactFiles(table, { ...arrangement, rewriteAll: true }))
    // Where there is nothing to rewrite, nobody need find out that it could not be.
    expect(newestRows(newest).length === 0 ? [null, fault] : [fault]).toContain(kind)
    this.#isRefused = kind !== null
  }

  after({ table: { newest } }: ModelHandle, table: UnknownTable): ModelVersion {
    return this.#isRefused ? newest : withMovedRows(withReplacements(newest, table))
  }
}

/** Why the rows of a table cannot be written anew; null where they can. */
function rewriteFault(version: ModelVersion): ErrorKind | null {
  const { specId, schema } = version
  if (!canBeStored(schema.fields)) return 'unsupported'
  const keyOf = foreignKeys(version, specId)
  const isPlaced = newestRows(version).every((row) => row.specId === specId || keyOf(row) !== null)
  if (isPlaced) return null
  return isComputable(version, specId) ? 'invalid' : 'unsupported'
}

/** The version with the rows of its last snapshot in other files: any of a partition may share one now. */
function withMovedRows(version: ModelVersion): ModelVersion {
  const { snapshots, specId } = version
  const place = headOf(version)
  const last = snapshotOf(version)
  if (place === null || last?.operation !== 'replace') return version
  const keyOf = foreignKeys(version, specId)
  const hadRowIds = snapshots[last.parent ?? -1]?.hasRowIds ?? false
  const rows = last.rows.map((row) => ({
    ...row,
    specId,
    key: row.specId === specId ? row.key : (keyOf(row) ?? row.key),
    origin: place,
    sequenceNumber: hadRowIds ? row.sequenceNumber : null,
  }))
  return { ...version, snapshots: snapshots.with(place, { ...last, rows }) }
}

/** Files that nothing names are removed, whatever their age: all others stay, and so does every version. */
export class RemoveOrphans extends Maintenance {
  /** What is left of a table that was dropped lies in the same folder. */
  override check({ handles }: Readonly<Model>): boolean {
    return handles.every(({ table }) => !table.isDropped)
  }

  async maintain(_handle: ModelHandle, table: UnknownTable, real: Real): Promise<void> {
    const { files, left } = await removeOrphans(table, { olderThan: FAR_MS, force: true })
    this.tell(real, `${files.length} files`)
    expect(left).toEqual([])
    const again = await removeOrphans(table, { olderThan: FAR_MS, force: true })
    expect(again.files).toEqual([])
  }

  after({ table: { newest } }: ModelHandle): ModelVersion {
    return newest
  }
}

/** A moment after all clocks of tests. */
const FAR_MS = 4_102_444_800_000n

const anyExpiry = fc.record({
  /** Before or after the time of some snapshot. Null: as the table says, which is five days. */
  cutOff: fc.option(fc.record({ pick: fc.nat(20), offsetMs: fc.constantFrom(-1, 0, 1, 100_000) })),
  retainLast: fc.option(fc.integer({ min: 1, max: 4 })),
  named: fc.array(fc.nat(20), { maxLength: 2 }),
})

/** Snapshots that are old go, and those that are named. */
export class Expire extends Maintenance {
  #expired: ReadonlySet<number> = new Set()

  async maintain(handle: ModelHandle, table: UnknownTable, real: Real): Promise<void> {
    const { seen } = handle
    const { newest } = handle.table
    const { cutOff, retainLast, named } = draw(anyExpiry, this.seed)
    const places = placesOf(newest)
    const picked = newest.snapshots[places[(cutOff?.pick ?? 0) % Math.max(1, places.length)] ?? -1]
    const nowMs = real.environment.nowMs()
    const olderThanMs =
      cutOff === null ? nowMs - FIVE_DAYS_MS : (picked?.timestampMs ?? 0) + cutOff.offsetMs
    this.tell(real, fc.stringify({ olderThanMs, retainLast, named }))
    const { kind } = await endOf(
      expireSnapshots(table, {
        ...(cutOff === null ? {} : { olderThan: BigInt(olderThanMs) }),
        ...(retainLast === null ? {} : { retainLast }),
        snapshotIds: named.map((place) => idAt(seen, table, place)),
      }),
    )
    const isNamable = named.every((place) => placesOf(seen).includes(place))
    const policy = { olderThanMs, retainLast: retainLast ?? 1, named }
    const expected = isNamable ? expiredBy(newest, policy) : 'not-found'
    if (typeof expected === 'string') expect(kind).toBe(expected)
    else expect(kind).toBe(null)
    this.#expired = typeof expected === 'string' ? new Set() : expected
  }

  after({ table: { newest } }: ModelHandle): ModelVersion {
    const lastGap = newest.log.findLastIndex(({ head }) => this.#expired.has(head))
    return {
      ...newest,
      expired: new Set([...newest.expired, ...this.#expired]),
      log: newest.log.slice(lastGap + 1),
    }
  }
}

const FIVE_DAYS_MS = 5 * 86_400_000

/** The places of what a policy takes away: neither young nor among the last of a branch, or named; or why it cannot. */
function expiredBy(
  version: ModelVersion,
  {
    olderThanMs,
    retainLast,
    named,
  }: {
    readonly olderThanMs: number
    readonly retainLast: number
    readonly named: readonly number[]
  },
): ReadonlySet<number> | ErrorKind {
  const places = placesOf(version)
  if (named.some((place) => !places.includes(place))) return 'not-found'
  const heads = [...version.refs.values()].map(({ head }) => head)
  if (named.some((place) => heads.includes(place))) return 'invalid'
  const isYoung = (place: number): boolean =>
    (version.snapshots[place]?.timestampMs ?? 0) >= olderThanMs
  const lines = heads.flatMap((head) => lineTo(version, head))
  const isNeeded = (place: number): boolean =>
    [...version.refs.values()].some(({ kind, head }) => {
      if (kind === 'tag') return place === head
      const line = lineTo(version, head)
      return line.includes(place) && (isYoung(place) || line.slice(-retainLast).includes(place))
    })
  const isStray = (place: number): boolean => !lines.includes(place)
  return new Set(
    places.filter(
      (place) => named.includes(place) || !(isNeeded(place) || (isStray(place) && isYoung(place))),
    ),
  )
}

/** The version with the snapshots that maintenance made, each of the rows that were there. */
function withReplacements(newest: ModelVersion, { snapshots }: UnknownTable): ModelVersion {
  let version = newest
  for (const { operation, timestampMs } of snapshots.slice(placesOf(newest).length)) {
    expect(operation).toBe('replace')
    const change = { operation: 'replace', added: [], removed: new Set<never>() } as const
    version = committed(version, withSnapshot(version, change, timestampMs), timestampMs)
  }
  return version
}
