// Tables that this library wrote, as ClickHouse reads them: within the process that asks, so that many can be tried.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'

import { toHex } from '../../src/base/bytes.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { bind } from '../../src/expressions/bind.ts'
import type { BoundPredicate } from '../../src/expressions/bound.ts'
import { rowMatcher } from '../../src/expressions/match-row.ts'
import { batchFromValues } from '../../src/formats/arrow/builders.ts'
import type { RowValues } from '../../src/layout/column-value.ts'
import { partitionTypes } from '../../src/layout/partition-spec.ts'
import type { PartitionSpec } from '../../src/layout/partition-spec.ts'
import { canTransform } from '../../src/layout/transform.ts'
import type { Transform } from '../../src/layout/transform.ts'
import { formatDecimal } from '../../src/types/decimal-text.ts'
import type { Schema } from '../../src/types/schema.ts'
import type { PrimitiveType, Type } from '../../src/types/type.ts'
import type { PrimitiveValue } from '../../src/types/value.ts'
import { anyExpressionOf } from '../support/arbitraries/predicates.ts'
import { anyKnownTransform, anySourceType } from '../support/arbitraries/specs.ts'
import { anyPrimitiveValueOf } from '../support/arbitraries/values.ts'
import { canonicalRow, sortTexts } from '../support/canonical.ts'
import { partitionOf } from '../support/partitions.ts'
import { runs } from '../support/runs.ts'
import { drawHistory } from './support/any-history.ts'
import type { AnyTable } from './support/any-table.ts'
import {
  asInClickhouse,
  isHeldByClickhouse,
  isOddInClickhouse,
  isUnreadByClickhouse,
} from './support/engine-limits.ts'
import { clickhouseRead, describeWithEngines, textsOf } from './support/oracle.ts'
import { predicateSql } from './support/sql.ts'
import type { Dialect } from './support/sql.ts'

/** A column, how it is partitioned, and values of it. */
interface Placed {
  readonly type: PrimitiveType
  readonly transform: Transform
  readonly values: readonly PrimitiveValue[]
}

const anyPlaced: fc.Arbitrary<Placed> = anySourceType.chain((type) =>
  fc.record({
    type: fc.constant(type),
    transform: anyKnownTransform.filter((transform) => canTransform(transform, type)),
    values: fc.array(anyPrimitiveValueOf(type), { minLength: 1, maxLength: 8 }),
  }),
)

describeWithEngines('tables that this library wrote, in ClickHouse', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frazil-clickhouse-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  let tables = 0

  it.each([1, 2, 3] as const)(
    'of version %i always have the same rows and matches, whatever their past',
    async (formatVersion) => {
      await fc.assert(
        fc.asyncProperty(fc.gen(), async (draw) => {
          const warehouse = await openWarehouse(folder)
          const name = `db.t${(tables += 1)}`
          const history = await drawHistory((any) => draw(() => any), warehouse, {
            name,
            formatVersion,
          })
          const { table, versions, rows } = history
          for (const version of versions) {
            // What ClickHouse has no place for is in the snapshots that follow, too.
            if (!hasPlaceFor(version, table.metadata.specs)) return
            await expectRows(table, version)
          }
          const { schema } = table
          if (isUnreadByClickhouse(table, schema)) return
          await expectRows(table, { schema, rows })
          for (let asked = 0; asked < 3; asked += 1) {
            await expectMatches(table, rows, bind(draw(anyExpressionOf, schema, rows), schema))
          }
        }),
        { ...runs(40), endOnFailure: true },
      )
    },
  )

  it('always have each row found by its own value, whatever partition it is in', async () => {
    await fc.assert(
      fc.asyncProperty(anyPlaced, async ({ type, transform, values }) => {
        const schema = {
          schemaId: 0,
          fields: [{ id: 1, name: 'value', required: true, type }],
          identifierFieldIds: [],
        }
        const warehouse = await openWarehouse(folder)
        const table = await warehouse.createTable(`db.t${(tables += 1)}`, {
          schema,
          formatVersion: 3,
          partitionBy: [{ column: ['value'], transform, name: 'part' }],
        })
        const column = { fieldId: 1, positions: [0], type, required: true, path: ['value'] }
        const tupleOf = partitionOf(schema, table.spec)
        const rows = values.map((value) => [value] as const).filter((row) => tupleOf(row) !== null)
        if (isUnreadByClickhouse(table, schema)) return
        if (!hasPlaceFor({ schema, rows }, table.metadata.specs)) return
        await table.append([batchFromValues(schema, rows)])
        for (const [literal] of rows) {
          if (Number.isNaN(literal)) continue
          await expectMatches(table, rows, { kind: 'eq', column, literal })
        }
      }),
      { ...runs(60), endOnFailure: true },
    )
  })
})

interface Expected {
  readonly schema: Schema
  readonly rows: readonly RowValues[]
  /** The current one when absent. */
  readonly snapshotId?: bigint
}

/** Whether ClickHouse has all that is in the rows, and in the partitions that they may be in. */
function hasPlaceFor({ schema, rows }: Expected, specs: readonly PartitionSpec[]): boolean {
  return (
    rows.every((row) => isHeldByClickhouse(structOf(schema), row)) &&
    specs.every((spec) => {
      const types = partitionTypes(spec, schema)
      const tupleOf = partitionOf(schema, spec)
      return rows
        .flatMap((row) => [...(tupleOf(row) ?? []).entries()])
        .every(([index, value]) => isHeldByClickhouse(types[index] ?? { kind: 'unknown' }, value))
    })
  )
}

async function expectRows(table: AnyTable, { schema, rows, snapshotId }: Expected): Promise<void> {
  if (isUnreadByClickhouse(table, schema)) return
  const snapshot = snapshotId === undefined ? {} : { snapshotId }
  const found = await clickhouseRead(table.metadataLocation, snapshot)
  expect(textsOf(found)).toEqual(canonicalTexts(schema, rows))
}

async function expectMatches(
  { schema, metadata, metadataLocation }: AnyTable,
  rows: readonly RowValues[],
  filter: BoundPredicate,
): Promise<void> {
  if (isOddInClickhouse(filter, metadata.specs)) return
  const where = predicateSql(filter, clickhouseDialect)
  const matching = canonicalTexts(schema, rows.filter(rowMatcher(filter)))
  expect(textsOf(await clickhouseRead(metadataLocation, { where })), where).toEqual(matching)
}

function canonicalTexts(schema: Schema, rows: readonly RowValues[]): string[] {
  const type = structOf(schema)
  // A struct's value is an array of its fields' values.
  const held = rows.map((row) => asInClickhouse(type, row) as RowValues)
  return sortTexts(held.map((row) => canonicalRow(schema.fields, row)))
}

function structOf({ fields }: Schema): Type {
  return { kind: 'struct', fields }
}

const clickhouseDialect: Dialect = {
  name: (name) => `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``,
  literal: clickhousePrimitive,
  startsWith: 'startsWith',
}

/** Uuids and times are not asked for: see the limits. */
function clickhousePrimitive(type: PrimitiveType, value: PrimitiveValue): string {
  switch (type.kind) {
    case 'string':
      return `unhex('${toHex(Buffer.from(String(value)))}')`
    case 'binary':
    case 'fixed':
      return `unhex('${toHex(value as Uint8Array)}')`
    case 'decimal': {
      const { precision, scale } = type
      return `CAST('${formatDecimal(value as bigint, scale)}', 'Decimal(${precision}, ${scale})')`
    }
    case 'date':
      return `(toDate32('1970-01-01') + ${String(value)})`
    case 'timestamp':
    case 'timestamptz':
      return `fromUnixTimestamp64Micro(toInt64('${String(value)}'), 'UTC')`
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return `fromUnixTimestamp64Nano(toInt64('${String(value)}'), 'UTC')`
    default: {
      const digits = Object.is(value, -0) ? '-0.0' : String(value)
      return `CAST('${digits}', '${NAMES[type.kind] ?? type.kind}')`
    }
  }
}

const NAMES: Readonly<Partial<Record<Type['kind'], string>>> = {
  boolean: 'Bool',
  int: 'Int32',
  long: 'Int64',
  float: 'Float32',
  double: 'Float64',
}
