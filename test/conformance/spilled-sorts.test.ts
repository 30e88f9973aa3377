/** A sort that spills leaves the same table as one that does not: the same rows in the same order, in files in the same order. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import { batchFromValues } from '../../src/formats/arrow/builders.ts'
import type { RowValues } from '../../src/layout/column-value.ts'
import { partitionKey } from '../../src/layout/partition-key.ts'
import { partitionTypes } from '../../src/layout/partition-spec.ts'
import type { FileOptions } from '../../src/write/write-files.ts'
import { temporaryFolder } from '../support/folders.ts'
import { movingEnvironment } from '../support/moving-environment.ts'
import { readRows } from '../support/row-sets.ts'
import { runs } from '../support/runs.ts'
import { auditSnapshot } from '../support/snapshot-audit.ts'
import { createTable } from '../support/table-model/commands.ts'
import { anySortTerms, anyTableLayout } from '../support/table-model/layout.ts'
import type { UnknownTable } from '../support/table-model/model.ts'

const anyCase = anyTableLayout.chain((layout) => {
  const anyRows = fc.array(fc.constantFrom(...layout.pool), { maxLength: 6 })
  return fc.record({
    layout: fc.constant(layout),
    appended: fc.array(anyRows, { minLength: 1, maxLength: 6 }),
    overwritten: fc.array(anyRows, { minLength: 1, maxLength: 4 }),
    sort: fc.option(anySortTerms(layout.schema), { nil: undefined }),
    sortBytes: fc.constantFrom(0, 200, 2_000, 20_000),
  })
})

/** Rows in the order of a scan, and the partitions in that of their files. */
async function contentsOf(
  table: UnknownTable,
): Promise<{ readonly partitions: readonly string[]; readonly rows: readonly RowValues[] }> {
  const { tasks } = await table.scan().plan()
  const types = partitionTypes(table.spec, table.schema)
  const keys = tasks.map(({ file }) => partitionKey(types, file.partition))
  const partitions = keys.filter((key, index) => key !== keys[index - 1])
  return { partitions, rows: await readRows(table.scan()) }
}

describe('a sort that spills', () => {
  it('always leaves the same rows and files in the same order as one that does not', async () => {
    const tempFolder = temporaryFolder()
    await fc.assert(
      fc.asyncProperty(anyCase, async (given) => {
        const { layout, appended, overwritten, sort, sortBytes } = given
        const written = async (options: FileOptions): Promise<unknown> => {
          const warehouse = await openWarehouse('memory:', { environment: movingEnvironment() })
          const table = await createTable({ warehouse }, layout)
          const batchesOf = (parts: readonly RowValues[][]): ReturnType<typeof batchFromValues>[] =>
            parts.map((rows) => batchFromValues(layout.schema, rows))
          const all = sort === undefined ? options : { ...options, sort }
          await table.append(batchesOf(appended), all)
          const before = await contentsOf(table)
          await table.overwritePartitions(batchesOf(overwritten), all)
          const { currentSnapshot } = table
          if (currentSnapshot !== null) await auditSnapshot(table.state, currentSnapshot)
          return [before, await contentsOf(table)]
        }
        expect(await written({ sortBytes, tempFolder })).toEqual(await written({}))
      }),
      runs(20),
    )
  })
})
