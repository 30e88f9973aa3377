/** Rows that a table cannot hold: each is named, and none of those beside it gets in. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../src/base/errors.ts'
import type { UnknownRow } from '../../src/client/row-shapes.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { createMemoryStore } from '../../src/io/memory-store.ts'
import type { ObjectStore } from '../../src/io/object-store.ts'
import { newSchemaProblems } from '../../src/types/schema-check.ts'
import type { Field } from '../../src/types/type.ts'
import { rowToOutput } from '../../src/types/value-output.ts'
import { anyMisfitOf } from '../support/arbitraries/misfits.ts'
import { anySchema } from '../support/arbitraries/schemas.ts'
import { anyRowOf } from '../support/arbitraries/values.ts'
import { movingEnvironment } from '../support/moving-environment.ts'
import { runs } from '../support/runs.ts'
import { collect, streamOf } from '../support/streams.ts'
import { canBeStored } from '../support/table-model/input.ts'

/** A schema, rows of it, and one of them with a value that is none of its column's. */
const anyBadRows = fc
  .constantFrom<(1 | 2 | 3)[]>(1, 2, 3)
  .chain((formatVersion) =>
    fc.record({ formatVersion: fc.constant(formatVersion), schema: anySchema({ formatVersion }) }),
  )
  .filter(({ schema }) => newSchemaProblems(schema).length === 0 && canBeStored(schema.fields))
  .chain(({ formatVersion, schema }) =>
    fc.record({
      formatVersion: fc.constant(formatVersion),
      schema: fc.constant(schema),
      rows: fc.array(anyRowOf(schema), { maxLength: 5 }),
      bad: anyRowOf(schema),
      at: fc.nat(5),
      wrong: fc
        .constantFrom(...schema.fields)
        .chain((field) => anyMisfitOf(field).map((misfit) => ({ field, misfit }))),
    }),
  )

async function locations(store: ObjectStore): Promise<readonly string[]> {
  return (await collect(store.list('memory:/'))).map(({ location }) => location).sort()
}

function withValue(row: UnknownRow, { name }: Field, value: unknown): UnknownRow {
  return Object.defineProperty({ ...row }, name, { value, enumerable: true, configurable: true })
}

describe('a row that does not fit', () => {
  it('is always told of by its number and path, and never lets another row in', async () => {
    await fc.assert(
      fc.asyncProperty(anyBadRows, fc.boolean(), async (given, isStream) => {
        const { formatVersion, schema, rows, bad, wrong } = given
        const store = createMemoryStore()
        const environment = movingEnvironment()
        const warehouse = await openWarehouse('memory:', { store, environment, workers: 0 })
        const table = await warehouse.createTable('a.b', { schema, formatVersion })
        const before = await locations(store)
        const toObject = rowToOutput(schema.fields)
        const at = Math.min(given.at, rows.length)
        const badRow = withValue(toObject(bad), wrong.field, wrong.misfit.input)
        const input = rows.map(toObject).toSpliced(at, 0, badRow)
        const error: unknown = await table
          .append(isStream ? streamOf(input) : input)
          .catch((thrown: unknown) => thrown)
        if (!(error instanceof IcebergError)) throw error
        expect(error.kind).toBe('invalid')
        expect(error.context['path']).toBe(`rows[${at}].${wrong.misfit.path}`)
        await table.refresh()
        expect(table.snapshots).toEqual([])
        expect(await locations(store)).toEqual(before)
      }),
      runs(300),
    )
  })
})
