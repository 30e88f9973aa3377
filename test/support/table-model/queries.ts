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
import { projectRow, readRows, rowKey, rowSet } from '../row-sets.ts'
import { draw } from './draw.ts'
import { Lineage } from './lineage.ts'
import { headOf, idAt, lineTo, mayMiss, rowAs, rowsAs, snapshotOf, visibleRows } from './model.ts'
import type { Model, ModelRow, ModelSnapshot, ModelVersion, Real, UnknownTable } from './model.ts'
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

/** What is only done where nothing is gone that the handle sees. */
abstract class Reading extends Step {
  override check({ handles }: Readonly<Model>): boolean {
    return !mayMiss(handles[this.handle])
  }
}

/** A scan with any filters, columns and limit. */
export class Query extends Reading {
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
export class RowsAndPlaces extends Reading {
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
    const places = scan.fields.slice(PLACE.length)
    const found = rows.map((row) => row.slice(PLACE.length))
    expectOrigins(seen, places, found)
    const hasRowIds = snapshotOf(seen)?.hasRowIds === true
    expect(rows.every(([, , id]) => (id !== null) === hasRowIds)).toBe(true)
  }
}

const PLACE = [['_file'], ['_pos'], ['_row_id']]
const ORIGIN = [['_spec_id'], ['_last_updated_sequence_number']]

/** Expects rows after what {@link ORIGIN} says of them. Of rows that may have been moved, the model does not know when. */
function expectOrigins(
  version: ModelVersion,
  fields: readonly Field[],
  found: readonly RowValues[],
): void {
  const newest = snapshotOf(version)
  const hasNumbers = newest?.hasRowIds === true
  const rows = (newest?.rows ?? []).map((row) => ({
    isOpen: hasNumbers && row.sequenceNumber === null,
    values: [
      row.specId,
      hasNumbers ? row.sequenceNumber : null,
      ...rowAs(row, version.schema),
    ] satisfies RowValues,
  }))
  const certain = rows.filter(({ isOpen }) => !isOpen).map(({ values }) => values)
  const open = rows.filter(({ isOpen }) => isOpen).map(({ values }) => values)
  const keyed = found.map((row) => ({ row, key: rowKey(fields, row) }))
  for (const row of certain) {
    const index = keyed.findIndex(({ key }) => key === rowKey(fields, row))
    expect(index).not.toBe(-1)
    keyed.splice(index, 1)
  }
  const rest = keyed.map(({ row: [specId = null, , ...values] }) => [specId, null, ...values])
  expect(rowSet(fields, rest)).toEqual(rowSet(fields, open))
}

const anyTravel = fc.record({
  pick: fc.nat(20),
  by: fc.constantFrom('id', 'time', 'ref'),
  offsetMs: fc.constantFrom(-1, 0, 0, 1, 5000),
})

/** A scan of a former version: with the columns that it had, but for a ref, which has those of now. */
export class TimeTravel extends Reading {
  async act({ handles }: Model, real: Real): Promise<void> {
    const { seen } = handles[this.handle]
    const { pick, by, offsetMs } = draw(anyTravel, this.seed)
    this.tell(real, `${by} ${pick} ${offsetMs}`)
    const table = real.handles[this.handle]
    const { snapshots, log } = seen
    if (by === 'ref') {
      const names = [...new Set(['main', ...seen.refs.keys()])]
      const ref = names[pick % names.length] ?? 'main'
      await expectRows(table.scan().ref(ref), seen.schema.fields, visibleRows(seen, ref))
      return
    }
    const index = pick % Math.max(1, snapshots.length)
    const chosen = snapshots[index]
    if (by === 'id') {
      const scan = table.scan().snapshot(idAt(seen, table, index))
      if (chosen === undefined || seen.expired.has(index))
        await expectKind(scan.count(), 'not-found')
      else await expectRows(scan, chosen.schema.fields, rowsAs(chosen))
      return
    }
    const timeMs = (chosen?.timestampMs ?? 0) + offsetMs
    const entry = log.findLast(({ timestampMs }) => timestampMs <= timeMs)
    const asOf = snapshots[entry?.head ?? -1]
    const scan = table.scan().asOf(BigInt(timeMs))
    if (asOf === undefined)
      expect(() => scan.fields).toThrow(expect.objectContaining({ kind: 'not-found' }))
    else await expectRows(scan, asOf.schema.fields, rowsAs(asOf))
  }
}

const anyRange = fc.record({
  picks: fc.tuple(fc.nat(50), fc.nat(50), fc.nat(50)),
  ref: fc.constantFrom('main', 'main', 'audit', 'march'),
  overwriteSnapshots: fc.constantFrom('throw', 'skip', 'added'),
  deleteSnapshots: fc.constantFrom('throw', 'skip'),
})

type Range = typeof anyRange extends fc.Arbitrary<infer Drawn> ? Drawn : never

/** Scans of rows that were appended in a range, in the two halves of it, and the wrong way round. */
export class Appended extends Reading {
  async act({ handles }: Model, real: Real): Promise<void> {
    const { seen } = handles[this.handle]
    const range = draw(anyRange, this.seed)
    this.tell(real, fc.stringify(range))
    const line = lineTo(seen, headOf(seen, range.ref))
    if (line.length === 0) return
    const [first = 0, second = 0, third = 0] = range.picks
      .map((pick) => pick % line.length)
      .sort((left, right) => left - right)
    const table = real.handles[this.handle]
    const whole = await this.#read(table, { seen, line, range, since: first, until: third })
    const former = await this.#read(table, { seen, line, range, since: first, until: second })
    const latter = await this.#read(table, { seen, line, range, since: second, until: third })
    if (whole !== null) expect([...(former ?? []), ...(latter ?? [])].sort()).toEqual(whole)
    if (first === third) return
    const backwards = {
      since: { snapshot: idAt(seen, table, line[third]) },
      until: { snapshot: idAt(seen, table, line[first]) },
    }
    await expectKind(table.appends(backwards).count(), 'invalid')
  }

  /** The rows of a range, which are those of the model; null where it is refused. */
  async #read(table: UnknownTable, cut: Cut): Promise<readonly string[] | null> {
    const { seen, line, range, since, until } = cut
    const { ref, overwriteSnapshots, deleteSnapshots } = range
    const points = {
      since: { snapshot: idAt(seen, table, line[since]) },
      until: { snapshot: idAt(seen, table, line[until]) },
    }
    const scan = table.appends({ ...points, ref, overwriteSnapshots, deleteSnapshots })
    const made = line.slice(since + 1, until + 1).flatMap((place) => seen.snapshots[place] ?? [])
    if (made.some((snapshot) => isRefused(snapshot, range))) {
      await expectKind(scan.count(), 'invalid')
      return null
    }
    const read = made.filter(({ operation }) => isRead(operation, range))
    const { fields } = seen.schema
    const found = rowSet(fields, await readRows(scan))
    const rowsOf = (rows: readonly ModelRow[]): readonly string[] =>
      rowSet(
        fields,
        rows.map((row) => rowAs(row, seen.schema)),
      )
    const added = rowsOf(read.flatMap((snapshot) => snapshot.added))
    expectWithin(added, found)
    // Rows that an overwrite moved are among those that it wrote.
    expectWithin(found, rowsOf(read.flatMap((snapshot) => [...snapshot.added, ...snapshot.moved])))
    expect(await scan.count()).toBe(BigInt(found.length))
    return found
  }
}

/** A piece of a line of snapshots. */
interface Cut {
  readonly seen: ModelVersion
  readonly line: readonly number[]
  readonly range: Range
  readonly since: number
  readonly until: number
}

function isRefused({ operation }: ModelSnapshot, range: Range): boolean {
  if (operation === 'overwrite') return range.overwriteSnapshots === 'throw'
  return operation === 'delete' && range.deleteSnapshots === 'throw'
}

function isRead(operation: string, { overwriteSnapshots }: Range): boolean {
  return operation === 'append' || (operation === 'overwrite' && overwriteSnapshots === 'added')
}

async function expectRows(
  scan: ReturnType<UnknownTable['scan']>,
  fields: readonly Field[],
  rows: readonly RowValues[],
): Promise<void> {
  expect(scan.fields).toEqual(fields)
  expect(rowSet(fields, await readRows(scan))).toEqual(rowSet(fields, rows))
}
