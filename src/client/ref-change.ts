import { IcebergError } from '../base/errors.ts'
import type { RefEdit, RefOptions, RefRetention } from '../metadata/ref-change.ts'
import { timeToMs } from '../scan/selector.ts'

/** What of {@link RefOptions} concerns a tag. */
export type TagOptions = Pick<RefOptions, 'snapshotId' | 'maxRefAgeMs'>

/** A snapshot by its id, or the one of a time: ISO 8601 with an offset, or milliseconds since the epoch. */
export type RollbackPoint = { readonly snapshot: bigint } | { readonly time: string | bigint }

/**
 * Changes of branches and tags, each made to what the ones before it left. No rows are read or written.
 *
 * Every method throws `invalid` when the change cannot be made, and `not-found` when a ref or snapshot is not there.
 */
export class RefChange {
  readonly #edit: RefEdit

  constructor(edit: RefEdit) {
    this.#edit = edit
  }

  createBranch(name: string, options: RefOptions = {}): this {
    this.#edit.create(name, 'branch', options)
    return this
  }

  createTag(name: string, options: TagOptions = {}): this {
    this.#edit.create(name, 'tag', options)
    return this
  }

  /** Points a branch to another snapshot, wherever that comes from. */
  replaceBranch(name: string, options: RefOptions = {}): this {
    this.#edit.replace(name, 'branch', options)
    return this
  }

  replaceTag(name: string, options: TagOptions = {}): this {
    this.#edit.replace(name, 'tag', options)
    return this
  }

  /** Sets how long a branch or tag is kept; `main` can be told how many snapshots it keeps. */
  retain(name: string, retention: RefRetention): this {
    this.#edit.retain(name, retention)
    return this
  }

  /** Takes a branch or tag away. Its snapshots stay until they expire. */
  drop(name: string): this {
    this.#edit.drop(name)
    return this
  }

  /** Moves a branch forward to where another branch or tag is: `change.fastForward('main', { to: 'audit' })`. */
  fastForward(branch: string, { to }: { readonly to: string }): this {
    this.#edit.fastForward(branch, to)
    return this
  }

  /** Moves `main` back to a snapshot that it came from. What came after it is no longer part of the table. */
  rollbackTo(point: RollbackPoint): this {
    const names = Object.keys(point ?? {})
    if (names.includes('snapshot') === names.includes('time')) {
      throw new IcebergError(
        'invalid',
        'a table is rolled back to { snapshot: id } or to { time: text }',
      )
    }
    if ('snapshot' in point) this.#edit.rollbackTo(point.snapshot)
    else this.#edit.rollbackToTime(timeToMs(point.time))
    return this
  }

  /** Moves `main` to any snapshot that the table has, such as one that it was rolled back from. */
  setCurrentSnapshot(snapshotId: bigint): this {
    this.#edit.setCurrent(snapshotId)
    return this
  }
}
