/** What DuckDB compacts is what we compact: the same rows in the same partitions, in files that are as sound. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'

import fc from 'fast-check'
import { expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import { duckdb } from '../../src/duckdb/engine.ts'
import { batchFromValues } from '../../src/formats/arrow/builders.ts'
import { compactFiles } from '../../src/maintenance/compact-files.ts'
import { parseSchemaText } from '../../src/types/schema-text.ts'
import type { RowEngine } from '../../src/write/row-engine.ts'
import { temporaryFolder } from '../support/folders.ts'
import { readRows, rowSet } from '../support/row-sets.ts'
import { runs } from '../support/runs.ts'
import { auditSnapshot } from '../support/snapshot-audit.ts'
import { canBeStored } from '../support/table-model/input.ts'
import { createTable } from '../support/table-model/commands.ts'
import { anyTableLayoutOf } from '../support/table-model/layout.ts'

const anyCase = fc
  .constantFrom(1 as const, 2 as const, 3 as const)
  .chain((version) => anyTableLayoutOf(version))
  .filter(({ schema }) => canBeStored(schema.fields))
  .chain((layout) =>
    fc.record({
      layout: fc.constant(layout),
      batches: fc.array(fc.array(fc.constantFrom(...layout.pool), { minLength: 1, maxLength: 5 }), {
        minLength: 2,
        maxLength: 4,
      }),
      targetBytes: fc.constantFrom(1_000, 100_000),
    }),
  )

it('always leaves the same rows, in files that are as sound and as sorted', async () => {
  const inner = duckdb()
  let takenOn = 0
  const engine: RowEngine = {
    prepare: () => inner.prepare(),
    async plan(...request) {
      const plan = await inner.plan(...request)
      if (plan.kind === 'taken-on') takenOn += 1
      return plan
    },
  }
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ layout, batches, targetBytes }) => {
      const warehouse = await openWarehouse(temporaryFolder(), { engine })
      const table = await createTable({ warehouse }, layout)
      for (const batch of batches) await table.append(batchFromValues(layout.schema, batch))
      const { fields } = table.schema
      const before = rowSet(fields, await readRows(table.scan()))
      const sorted = layout.sortOrder.fields.length > 0 ? { strategy: 'sort' as const } : {}
      const report = await compactFiles(table, { ...sorted, targetBytes, rewriteAll: true })
      expect(report.groups).toBeGreaterThan(0)
      expect(rowSet(fields, await readRows(table.scan()))).toEqual(before)
      for (const snapshot of table.snapshots) await auditSnapshot(table.state, snapshot)
    }),
    runs(10),
  )
  expect(takenOn).toBeGreaterThan(0)
})

it('leaves files alone that have other rows than the table says, and none of its own behind', async () => {
  const folder = temporaryFolder()
  const warehouse = await openWarehouse(folder, { engine: duckdb(), workers: 0 })
  const table = await warehouse.createTable('city.rides', { schema: parseSchemaText('id int') })
  const many = Array.from({ length: 500 }, (_, id) => ({ id: (id * 7919) % 100_003 }))
  for (const rows of [many, [{ id: 1 }]]) await table.append(rows)
  const { tasks } = await table.scan().plan()
  const pathOf = (rows: bigint): string =>
    tasks.find(({ file }) => file.recordCount === rows)?.file.path ?? ''
  const [longer, shorter] = [pathOf(500n), pathOf(1n)]
  const { length } = readFileSync(longer)
  writeFileSync(longer, lengthened(readFileSync(shorter), length))
  const before = readdirSync(`${folder}/city/rides/data`)
  await expect(compactFiles(table, { rewriteAll: true })).rejects.toMatchObject({
    kind: 'corrupt',
    context: { recorded: 501n, found: 2n },
  })
  expect(readdirSync(`${folder}/city/rides/data`)).toEqual(before)
})

/** A Parquet file with a gap before its footer. */
function lengthened(file: Buffer, length: number): Buffer {
  const footer = file.length - 8 - file.readUInt32LE(file.length - 8)
  const gap = Buffer.alloc(length - file.length)
  return Buffer.concat([file.subarray(0, footer), gap, file.subarray(footer)])
}
