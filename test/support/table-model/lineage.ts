/** What must hold of the ids of rows over the life of a table (spec: Row Lineage). */
import { expect } from 'vitest'

import type { RowValues } from '../../../src/layout/column-value.ts'

/** The ids that rows were seen with, by where they lie. Files do not change; a row that is moved is seen elsewhere. */
export class Lineage {
  readonly #ids = new Map<string, bigint>()

  /**
   * Expects of the rows of one read that each lies at a place of its own, and that the ids that they have are unique, below
   * the next one, and those that ever were at that place.
   *
   * @param rows file, position and row id
   */
  check(rows: readonly RowValues[], nextRowId: bigint): void {
    const places = rows.map(([file, position]) => `${String(file)} ${String(position)}`)
    expect(new Set(places).size).toBe(rows.length)
    const ids = rows.flatMap(([, , id]) => (typeof id === 'bigint' ? [id] : []))
    expect(new Set(ids).size).toBe(ids.length)
    for (const [index, [, , id]] of rows.entries()) {
      const place = places[index] ?? ''
      if (typeof id !== 'bigint') continue
      expect(id >= 0n && id < nextRowId).toBe(true)
      expect(this.#ids.get(place) ?? id).toBe(id)
      this.#ids.set(place, id)
    }
  }
}
