/** Reads of a table: what a scan gives is what a child would pick from the rows. */
import fc from 'fast-check'
import { expect } from 'vitest'

import { bind } from '../../../src/expressions/bind.ts'
import { predicateOf } from '../../../src/expressions/build.ts'
import { rowMatcher } from '../../../src/expressions/match-row.ts'
import type { Expression } from '../../../src/expressions/predicate.ts'
import type { RowValues } from '../../../src/layout/column-value.ts'
import { allFields } from '../../../src/types/schema.ts'
import type { Field } from '../../../src/types/type.ts'
import { anyExpressionOf } from '../arbitraries/predicates.ts'
import { projectRow, readRows, rowSet } from '../row-sets.ts'
import { draw } from './draw.ts'
import { Lineage } from './lineage.ts'
import { rowsAs, visibleRows } from './model.ts'
import type { Model, ModelVersion, Real, UnknownTable } from './model.ts'
import { Step, expectKind } from './step.ts'

interface QueryParts {
  readonly filters: readonly Expression[]
  /** Null: all. */
  readonly columns: readonly (readonly string[])[] | null
  readonly limit: number | null
  readonly batchRows: number
}

function anyQueryOf(version: ModelVersion): fc.Arbitrary<QueryParts> {
  const paths = allFields(version.schema)
    .filter((entry) => !entry.isRepeated)
    .map((entry) => entry.path)
  return fc.record({
    filters: fc.array(anyExpressionOf(version.schema, visibleRows(version)), { maxLength: 2 }),
    columns: fc.option(fc.array(fc.constantFrom(...paths), { minLength: 1, maxLength: 4 })),
    limit: fc.option(fc.nat(6)),
    batchRows: fc.constantFrom(1, 3, 65_536),
  })
}

/** A scan with any filters, columns and limit. */
export class Query extends Step {
  async act({ handles }: Model, real: Real): Promise<void> {
    const { seen } = handles[this.handle]
    const { schema } = seen
    const parts = draw(anyQueryOf(seen), this.seed)
    this.tell(real, fc.stringify(parts))
    const { filters, columns, limit, batchRows } = parts
    const filtered = filters.reduce(
      (scan, expression) => scan.where(predicateOf(expression)),
      real.handles[this.handle].scan(),
    )
    const scan = columns === null ? filtered : filtered.selectPaths(columns)
    const isMatch = filters.map((expression) => rowMatcher(bind(expression, schema)))
    const expected = rowSet(
      scan.fields,
      visibleRows(seen)
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

/** A scan that asks where its rows come from. */
export class RowsAndPlaces extends Step {
  async act({ handles }: Model, real: Real): Promise<void> {
    const { seen } = handles[this.handle]
    const table = real.handles[this.handle]
    const { tableUuid, nextRowId } = table.metadata
    const names = seen.schema.fields.map(({ name }) => [name])
    const scan = table.scan().selectPaths([...PLACE, ...ORIGIN, ...names])
    const rows = await readRows(scan)
    const lineage = real.lineages.get(tableUuid) ?? new Lineage()
    real.lineages.set(tableUuid, lineage)
    lineage.check(rows, nextRowId)
    const wanted = scan.fields.slice(PLACE.length)
    expect(
      rowSet(
        wanted,
        rows.map((row) => row.slice(PLACE.length)),
      ),
    ).toEqual(rowSet(wanted, withOrigins(seen)))
    const hasRowIds = seen.snapshots.at(-1)?.hasRowIds === true
    expect(rows.every(([, , id]) => (id !== null) === hasRowIds)).toBe(true)
  }
}

const PLACE = [['_file'], ['_pos'], ['_row_id']]
const ORIGIN = [['_spec_id'], ['_last_updated_sequence_number']]

/** Rows after what {@link ORIGIN} says of them. */
function withOrigins(version: ModelVersion): readonly RowValues[] {
  const newest = version.snapshots.at(-1)
  const values = visibleRows(version)
  return (newest?.rows ?? []).map(({ specId, sequenceNumber }, index) => [
    specId,
    newest?.hasRowIds === true ? sequenceNumber : null,
    ...(values[index] ?? []),
  ])
}

const anyTravel = fc.record({
  pick: fc.nat(20),
  by: fc.constantFrom('id', 'time', 'main'),
  offsetMs: fc.constantFrom(-1, 0, 0, 1, 5000),
})

/** A scan of a former version: with the columns that it had, but for a ref, which has those of now. */
export class TimeTravel extends Step {
  async act({ handles }: Model, real: Real): Promise<void> {
    const { seen } = handles[this.handle]
    const { pick, by, offsetMs } = draw(anyTravel, this.seed)
    this.tell(real, `${by} ${pick} ${offsetMs}`)
    const table = real.handles[this.handle]
    const { snapshots } = seen
    if (by === 'main') {
      await expectRows(table.scan().ref('main'), seen.schema.fields, visibleRows(seen))
      return
    }
    const index = pick % Math.max(1, snapshots.length)
    const chosen = snapshots[index]
    if (by === 'id') {
      const scan = table.scan().snapshot(table.snapshots[index]?.snapshotId ?? 7n)
      if (chosen === undefined) await expectKind(scan.count(), 'not-found')
      else await expectRows(scan, chosen.schema.fields, rowsAs(chosen))
      return
    }
    const timeMs = (chosen?.timestampMs ?? 0) + offsetMs
    const asOf = snapshots.findLast(({ timestampMs }) => timestampMs <= timeMs)
    const scan = table.scan().asOf(BigInt(timeMs))
    if (asOf === undefined)
      expect(() => scan.fields).toThrow(expect.objectContaining({ kind: 'not-found' }))
    else await expectRows(scan, asOf.schema.fields, rowsAs(asOf))
  }
}

async function expectRows(
  scan: ReturnType<UnknownTable['scan']>,
  fields: readonly Field[],
  rows: readonly RowValues[],
): Promise<void> {
  expect(scan.fields).toEqual(fields)
  expect(rowSet(fields, await readRows(scan))).toEqual(rowSet(fields, rows))
}
