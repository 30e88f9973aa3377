// Changes of branches and tags (spec: Snapshot References): what they point to, and what they keep from expiring.
import { IcebergError } from '../base/errors.ts'
import { INT64_MAX } from '../base/integers.ts'
import { ancestorsOf, isAncestor, keptSnapshot } from './history.ts'
import { MAIN_BRANCH } from './refs.ts'
import type { SnapshotRef } from './refs.ts'
import type { TableMetadata } from './table-metadata.ts'
import type { TableUpdate } from './updates.ts'

/** How long a ref and what it leads to are kept; what is absent is for the table's properties to say. */
export interface RefRetention {
  /** Branches only. */
  readonly minSnapshotsToKeep?: number
  /** Branches only. */
  readonly maxSnapshotAgeMs?: number | bigint
  /** `main` is kept whatever its age. */
  readonly maxRefAgeMs?: number | bigint
}

/** Where a branch or tag points to, and how long it is kept. */
export interface RefOptions extends RefRetention {
  /** What it points to: the current snapshot when absent. */
  readonly snapshotId?: bigint
}

/** What becomes of one ref. */
export interface RefUpdate {
  readonly name: string
  /** None where the ref is only relied on. */
  readonly updates: readonly TableUpdate[]
}

/**
 * Works out changes of refs, each made to what the ones before it left. Refs that are only looked at are in the answer too,
 * without updates: the change is as good as what they point to.
 */
export function changeRefs(
  metadata: TableMetadata,
  describe: (edit: RefEdit) => void,
): readonly RefUpdate[] {
  const edit = new RefEdit(metadata)
  describe(edit)
  return edit.updates()
}

/** Every method throws `invalid` when the change cannot be made, and `not-found` when what it names is not there. */
export class RefEdit {
  readonly #metadata: TableMetadata
  readonly #refs: Map<string, SnapshotRef>
  readonly #touched = new Set<string>()

  constructor(metadata: TableMetadata) {
    this.#metadata = metadata
    this.#refs = new Map(metadata.refs)
  }

  create(name: string, kind: SnapshotRef['kind'], options: RefOptions): void {
    if (typeof name !== 'string' || name === '') {
      throw new IcebergError('invalid', 'a branch or tag has a name')
    }
    if (this.#refs.has(name)) throw problem('the table has a branch or tag of that name', name)
    if (name === MAIN_BRANCH) throw problem('main begins with the first snapshot', name)
    this.#set(name, this.#refOf(name, kind, options))
  }

  /** Points a ref elsewhere, and keeps its retention as far as no other is given. */
  replace(name: string, kind: SnapshotRef['kind'], options: RefOptions): void {
    const { snapshotId: _, ...former } = this.#existing(name, kind)
    this.#set(name, { ...former, ...this.#refOf(name, kind, options) })
  }

  retain(name: string, retention: RefRetention): void {
    const ref = this.#existing(name)
    this.#set(name, { ...ref, ...checkedRetention(name, ref.kind, retention) })
  }

  drop(name: string): void {
    if (name === MAIN_BRANCH) throw problem('main cannot be dropped', name)
    this.#existing(name)
    this.#refs.delete(name)
    this.#touched.add(name)
  }

  /** Moves a branch to what another ref points to, if that came from it. */
  fastForward(name: string, to: string): void {
    const branch = this.#existing(name, 'branch')
    const target = this.#existing(to)
    const ids = { ancestorId: branch.snapshotId, descendantId: target.snapshotId }
    if (!isAncestor(this.#metadata, ids)) {
      throw new IcebergError('invalid', 'the branch is no ancestor of what it is to move to', {
        context: { ref: name, to },
      })
    }
    this.#touched.add(to)
    this.#set(name, { ...branch, snapshotId: target.snapshotId })
  }

  /** Moves main back to a snapshot that it came from. */
  rollbackTo(snapshotId: bigint): void {
    const main = this.#existing(MAIN_BRANCH)
    this.#checkSnapshot(snapshotId)
    const ids = { ancestorId: snapshotId, descendantId: main.snapshotId }
    if (!isAncestor(this.#metadata, ids)) {
      throw new IcebergError('invalid', 'the table can only be rolled back to what it came from', {
        context: { snapshotId },
      })
    }
    this.setCurrent(snapshotId)
  }

  /** Moves main back to the last snapshot that it came from and that is not younger than a time. */
  rollbackToTime(timestampMs: number): void {
    const main = this.#existing(MAIN_BRANCH)
    for (const snapshot of ancestorsOf(this.#metadata, main.snapshotId)) {
      if (snapshot.timestampMs <= timestampMs) return this.setCurrent(snapshot.snapshotId)
    }
    throw new IcebergError('not-found', 'the table keeps no snapshot of that time', {
      context: { timestampMs },
    })
  }

  /** Moves main to any snapshot of the table. */
  setCurrent(snapshotId: bigint): void {
    this.#checkSnapshot(snapshotId)
    this.#set(MAIN_BRANCH, { kind: 'branch', ...this.#refs.get(MAIN_BRANCH), snapshotId })
  }

  updates(): readonly RefUpdate[] {
    return Array.from(this.#touched, (name) => {
      const ref = this.#refs.get(name)
      const before = this.#metadata.refs.get(name)
      if (equalRefs(ref, before)) return { name, updates: [] }
      const update: TableUpdate =
        ref === undefined
          ? { action: 'remove-snapshot-ref', name }
          : { action: 'set-snapshot-ref', name, ref }
      return { name, updates: [update] }
    })
  }

  #set(name: string, ref: SnapshotRef): void {
    this.#refs.set(name, ref)
    this.#touched.add(name)
  }

  #existing(name: string, kind?: SnapshotRef['kind']): SnapshotRef {
    const ref = this.#refs.get(name)
    if (ref === undefined) {
      throw new IcebergError('not-found', 'the table has no such branch or tag', {
        context: { ref: name },
      })
    }
    if (kind !== undefined && ref.kind !== kind) throw problem(`this is no ${kind}`, name)
    return ref
  }

  #refOf(name: string, kind: SnapshotRef['kind'], options: RefOptions): SnapshotRef {
    const { snapshotId = this.#metadata.currentSnapshotId, ...retention } = options
    if (snapshotId === null) throw problem('the table has no snapshot to point to', name)
    this.#checkSnapshot(snapshotId)
    return { snapshotId, kind, ...checkedRetention(name, kind, retention) }
  }

  #checkSnapshot(snapshotId: bigint): void {
    if (typeof snapshotId !== 'bigint') {
      throw new IcebergError(
        'invalid',
        'a snapshot id is a bigint: a number does not hold all of them',
      )
    }
    keptSnapshot(this.#metadata, snapshotId)
  }
}

/** Whether two refs are the same; none is the same as none. */
export function equalRefs(left: SnapshotRef | undefined, right: SnapshotRef | undefined): boolean {
  return (
    left?.snapshotId === right?.snapshotId &&
    left?.kind === right?.kind &&
    left?.minSnapshotsToKeep === right?.minSnapshotsToKeep &&
    left?.maxSnapshotAgeMs === right?.maxSnapshotAgeMs &&
    left?.maxRefAgeMs === right?.maxRefAgeMs
  )
}

type StoredRetention = Pick<SnapshotRef, 'minSnapshotsToKeep' | 'maxSnapshotAgeMs' | 'maxRefAgeMs'>

function checkedRetention(
  name: string,
  kind: SnapshotRef['kind'],
  { minSnapshotsToKeep, maxSnapshotAgeMs, maxRefAgeMs }: RefRetention,
): StoredRetention {
  const isOfBranch = minSnapshotsToKeep !== undefined || maxSnapshotAgeMs !== undefined
  if (kind === 'tag' && isOfBranch) throw problem('a tag keeps its own snapshot alone', name)
  return {
    ...(minSnapshotsToKeep === undefined
      ? {}
      : { minSnapshotsToKeep: Number(positive(name, minSnapshotsToKeep, 0x7fff_ffffn)) }),
    ...(maxSnapshotAgeMs === undefined
      ? {}
      : { maxSnapshotAgeMs: positive(name, maxSnapshotAgeMs) }),
    ...(maxRefAgeMs === undefined ? {} : { maxRefAgeMs: positive(name, maxRefAgeMs) }),
  }
}

function positive(name: string, count: number | bigint, most: bigint = INT64_MAX): bigint {
  const isWhole = typeof count === 'bigint' || Number.isSafeInteger(count)
  if (!isWhole || count <= 0 || BigInt(count) > most) {
    throw problem('retention is told in whole numbers above 0', name)
  }
  return BigInt(count)
}

function problem(message: string, name: string): IcebergError {
  return new IcebergError('invalid', message, { context: { ref: name } })
}
