/** Reads of a table: what a scan gives is what a child would pick from the rows. */
import fc from 'fast-check'
import { expect } from 'vitest'

import { bind } from '../../../src/expressions/bind.ts'
import { predicateOf } from '../../../src/expressions/build.ts'
import { rowMatcher } from '../../../src/expressions/match-row.ts'
import type { Expression } from '../../../src/expressions/predicate.ts'
import { allFields } from '../../../src/types/schema.ts'
import { anyExpressionOf } from '../arbitraries/predicates.ts'
import { projectRow, readRows, rowSet } from '../row-sets.ts'
import type { TableLayout } from './layout.ts'
import { visibleRows } from './model.ts'
import type { HandleIndex, Model, Real, UnknownTable } from './model.ts'
import { Step, expectKind } from './step.ts'

/** Scans with any filters, columns and limit. */
export function anyQuery(layout: TableLayout): fc.Arbitrary<Step> {
  return anyQueryParts(layout).map((parts) => new Query(parts))
}

/** Scans of former versions. */
export const anyTravel: fc.Arbitrary<Step> = fc
  .record({
    handle: fc.constantFrom<HandleIndex[]>(0, 1),
    pick: fc.nat(20),
    by: fc.constantFrom('id', 'time', 'main'),
    offsetMs: fc.constantFrom(-1, 0, 0, 1, 5000),
  })
  .map((parts) => new TimeTravel(parts))

interface QueryParts {
  readonly handle: HandleIndex
  readonly filters: readonly Expression[]
  /** Null: all. */
  readonly columns: readonly (readonly string[])[] | null
  readonly limit: number | null
  readonly batchRows: number
}

function anyQueryParts(layout: TableLayout): fc.Arbitrary<QueryParts> {
  const paths = allFields(layout.schema)
    .filter((entry) => !entry.isRepeated)
    .map((entry) => entry.path)
  return fc.record({
    handle: fc.constantFrom<HandleIndex[]>(0, 1),
    filters: fc.array(anyExpressionOf(layout.schema, layout.pool), { maxLength: 2 }),
    columns: fc.option(fc.array(fc.constantFrom(...paths), { minLength: 1, maxLength: 4 })),
    limit: fc.option(fc.nat(6)),
    batchRows: fc.constantFrom(1, 3, 65_536),
  })
}

class Query extends Step {
  readonly parts: QueryParts

  constructor(parts: QueryParts) {
    super()
    this.parts = parts
  }

  async act({ layout, handles }: Model, real: Real): Promise<void> {
    const { handle, filters, columns, limit, batchRows } = this.parts
    const { schema } = layout
    const filtered = filters.reduce(
      (scan, expression) => scan.where(predicateOf(expression)),
      real.handles[handle].scan(),
    )
    const scan = columns === null ? filtered : filtered.selectPaths(columns)
    const isMatch = filters.map((expression) => rowMatcher(bind(expression, schema)))
    const expected = rowSet(
      scan.fields,
      visibleRows(handles[handle])
        .filter((row) => isMatch.every((matches) => matches(row)))
        .map((row) => projectRow(schema.fields, row, scan.fields)),
    )
    expect(rowSet(scan.fields, await readRows(scan, { batchRows }))).toEqual(expected)
    expect(await scan.count()).toBe(BigInt(expected.length))
    if (limit === null) return
    const some = rowSet(scan.fields, await readRows(scan.limit(limit), { batchRows }))
    expect(some).toHaveLength(Math.min(limit, expected.length))
    expectWithin(some, expected)
    expect(await scan.limit(limit).count()).toBe(BigInt(some.length))
  }

  override toString(): string {
    return `Query(${fc.stringify(this.parts)})`
  }
}

/** Expects each of `some` to be one of `all`, as often at the most. */
function expectWithin(some: readonly string[], all: readonly string[]): void {
  const left = [...all]
  for (const key of some) {
    const index = left.indexOf(key)
    expect(index).not.toBe(-1)
    left.splice(index, 1)
  }
}

interface TravelParts {
  readonly handle: HandleIndex
  readonly pick: number
  readonly by: 'id' | 'time' | 'main'
  readonly offsetMs: number
}

class TimeTravel extends Step {
  readonly parts: TravelParts

  constructor(parts: TravelParts) {
    super()
    this.parts = parts
  }

  async act({ layout, handles }: Model, real: Real): Promise<void> {
    const { handle, pick, by, offsetMs } = this.parts
    const { fields } = layout.schema
    const seen = handles[handle]
    const history = seen.table.snapshots.slice(0, seen.seen)
    const table = real.handles[handle]
    const rowsOf = async (scan: ReturnType<UnknownTable['scan']>): Promise<readonly string[]> =>
      rowSet(fields, await readRows(scan))
    if (by === 'main') {
      expect(await rowsOf(table.scan().ref('main'))).toEqual(rowSet(fields, visibleRows(seen)))
      return
    }
    const index = pick % Math.max(1, history.length)
    const chosen = history[index]
    if (by === 'id') {
      const snapshotId = table.snapshots[index]?.snapshotId ?? 7n
      const scan = table.scan().snapshot(snapshotId)
      if (chosen === undefined) await expectKind(scan.count(), 'not-found')
      else expect(await rowsOf(scan)).toEqual(rowSet(fields, chosen.rows))
      return
    }
    const timeMs = (chosen?.timestampMs ?? 0) + offsetMs
    const asOf = history.findLast(({ timestampMs }) => timestampMs <= timeMs)
    const scan = table.scan().asOf(BigInt(timeMs))
    if (asOf === undefined)
      expect(() => scan.fields).toThrow(expect.objectContaining({ kind: 'not-found' }))
    else expect(await rowsOf(scan)).toEqual(rowSet(fields, asOf.rows))
  }

  override toString(): string {
    return `TimeTravel(${fc.stringify(this.parts)})`
  }
}
