import { parsePartitionFields } from '../layout/layout-text.ts'
import type { PartitionTerm } from '../layout/layout-text.ts'
import type { SpecEdit } from '../layout/spec-change.ts'

/**
 * Changes of how files to come are grouped, each made to what the ones before it left. Files that are there stay where
 * they are (spec: Partition Evolution).
 *
 * Every method throws `invalid` when the change cannot be made.
 */
export class SpecChange {
  readonly #edit: SpecEdit

  constructor(edit: SpecEdit) {
    this.#edit = edit
  }

  /** Adds fields behind the others: `change.add('day(ts)')`, `change.add('bucket(16, id) as shard')`. */
  add(field: string | PartitionTerm): this {
    const terms = typeof field === 'string' ? parsePartitionFields(field) : [field]
    for (const term of terms) this.#edit.add(term)
    return this
  }

  /** Takes a field away, by its own name: `ts_day`. */
  drop(name: string): this {
    this.#edit.drop(name)
    return this
  }

  /** Calls a field otherwise. */
  rename(name: string, to: string): this {
    this.#edit.rename(name, to)
    return this
  }
}
