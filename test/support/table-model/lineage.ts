/** What must hold of the ids of rows over the life of a table (spec: Row Lineage). */
import { expect } from 'vitest'

import type { RowValues } from '../../../src/layout/column-value.ts'

/** The ids that rows were seen with: by where they lie, since rows are never moved here; and back. */
export class Lineage {
  readonly #ids = new Map<string, bigint>()
  readonly #places = new Map<bigint, string>()

  /**
   * Expects of the rows of one read that each lies at a place of its own, and that the ids that they have are unique, below
   * the next one, and those that they ever had.
   *
   * @param rows file, position and row id
   */
  check(rows: readonly RowValues[], nextRowId: bigint): void {
    const places = rows.map(([file, position]) => `${String(file)} ${String(position)}`)
    expect(new Set(places).size).toBe(rows.length)
    for (const [index, [, , id]] of rows.entries()) {
      const place = places[index] ?? ''
      if (typeof id !== 'bigint') continue
      expect(id >= 0n && id < nextRowId).toBe(true)
      expect(this.#ids.get(place) ?? id).toBe(id)
      expect(this.#places.get(id) ?? place).toBe(place)
      this.#ids.set(place, id)
      this.#places.set(id, place)
    }
  }
}
