/** Files of other programs become files of a table only if all that the table then says of them is true. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isKind } from '../../src/base/errors.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { predicateOf } from '../../src/expressions/build.ts'
import type { RowValues } from '../../src/layout/column-value.ts'
import { createMemoryStore } from '../../src/io/memory-store.ts'
import { addFiles } from '../../src/maintenance/import-files.ts'
import { allFields } from '../../src/types/schema.ts'
import { anyExpressionOf } from '../support/arbitraries/predicates.ts'
import { foreignParquet } from '../support/foreign-parquet.ts'
import { movingEnvironment } from '../support/moving-environment.ts'
import { partitionRows } from '../support/partitions.ts'
import { readRows, rowSet } from '../support/row-sets.ts'
import { runs } from '../support/runs.ts'
import { matchesSlowly } from '../support/slow-match.ts'
import { auditSnapshot } from '../support/snapshot-audit.ts'
import { createTable } from '../support/table-model/commands.ts'
import { anySeed, draw } from '../support/table-model/draw.ts'
import { anyTableLayout } from '../support/table-model/layout.ts'
import type { TableLayout } from '../support/table-model/layout.ts'
import type { UnknownTable } from '../support/table-model/model.ts'

interface Import {
  readonly layout: TableLayout
  readonly rows: readonly RowValues[]
  readonly rowGroupRows: number
  readonly statistics: boolean
  readonly seed: number
}

/** Without the annotation, which that writer does not write, a column is not one of uuids. */
const anyLayout = anyTableLayout.filter(({ schema }) =>
  allFields(schema).every(({ field }) => field.type.kind !== 'uuid'),
)

const anyImport: fc.Arbitrary<Import> = anyLayout.chain((layout) =>
  fc.record({
    layout: fc.constant(layout),
    rows: fc.array(fc.constantFrom(...layout.pool), { minLength: 1, maxLength: 8 }),
    rowGroupRows: fc.integer({ min: 1, max: 4 }),
    statistics: fc.boolean(),
    seed: anySeed,
  }),
)

interface Lab {
  readonly table: UnknownTable
  /** Puts a file into storage that tells nothing of ids. */
  readonly put: (rows: readonly RowValues[]) => Promise<string>
}

async function labOf({ layout, ...how }: Import): Promise<Lab> {
  const store = createMemoryStore()
  const environment = movingEnvironment()
  const warehouse = await openWarehouse('memory:', { environment, store, workers: 0 })
  const table = await createTable({ warehouse }, layout)
  let files = 0
  return {
    table,
    async put(rows) {
      const location = `memory:/lake/${(files += 1)}.parquet`
      await store.put(location, foreignParquet(layout.schema, rows, how), 'create')
      return location
    },
  }
}

describe('files that are imported', () => {
  it('always bring their rows, and counts, bounds and partitions that are true of them', async () => {
    await fc.assert(
      fc.asyncProperty(anyImport, async (given) => {
        const { table, put } = await labOf(given)
        const { schema, spec } = table
        const locations: string[] = []
        for (const partition of partitionRows(schema, spec, given.rows)) {
          locations.push(await put(partition.rows))
        }
        const report = await addFiles(table, locations)
        expect(report.addedFiles).toEqual(locations)
        for (const snapshot of table.snapshots) await auditSnapshot(table.state, snapshot)
        const read = await readRows(table.scan())
        expect(rowSet(schema.fields, read)).toEqual(rowSet(schema.fields, given.rows))
        const expression = draw(anyExpressionOf(schema, given.rows), given.seed)
        const found = await readRows(table.scan().where(predicateOf<unknown>(expression)))
        const expected = read.filter((row) => matchesSlowly(expression, schema, row))
        expect(rowSet(schema.fields, found)).toEqual(rowSet(schema.fields, expected))
      }),
      runs(40),
    )
  })

  it('are never such that have rows of several partitions', async () => {
    await fc.assert(
      fc.asyncProperty(anyImport, async (given) => {
        const { table, put } = await labOf(given)
        const isOne = partitionRows(table.schema, table.spec, given.rows).length === 1
        const location = await put(given.rows)
        try {
          await addFiles(table, location)
          expect(isOne).toBe(true)
        } catch (error) {
          if (!isKind(error, 'invalid')) throw error
          expect(isOne).toBe(false)
          expect(table.currentSnapshot).toBeNull()
        }
      }),
      runs(40),
    )
  })
})
