/** Overwrites of rows wherever they are: by a condition, and by partitions of a table that was partitioned otherwise once. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import { bind } from '../../src/expressions/bind.ts'
import { eq, predicateOf } from '../../src/expressions/build.ts'
import { rowMatcher } from '../../src/expressions/match-row.ts'
import { batchFromValues } from '../../src/formats/arrow/builders.ts'
import type { RowValues } from '../../src/layout/column-value.ts'
import type { PartitionTerm } from '../../src/layout/layout-text.ts'
import { partitionKey } from '../../src/layout/partition-key.ts'
import { partitionTypes } from '../../src/layout/partition-spec.ts'
import { canTransform } from '../../src/layout/transform.ts'
import { t } from '../../src/types/define.ts'
import type { Schema } from '../../src/types/schema.ts'
import { anyExpressionOf } from '../support/arbitraries/predicates.ts'
import { KNOWN_TRANSFORMS, flatColumns } from '../support/arbitraries/specs.ts'
import { commitRowDeletes } from '../support/foreign-commits.ts'
import { movingEnvironment } from '../support/moving-environment.ts'
import { partitionOf } from '../support/partitions.ts'
import { anotherHandle, idsOf, newRides } from '../support/rides.ts'
import { readRows, rowSet } from '../support/row-sets.ts'
import { runs } from '../support/runs.ts'
import { auditSnapshot } from '../support/snapshot-audit.ts'
import { createTable } from '../support/table-model/commands.ts'
import { anyTableLayout } from '../support/table-model/layout.ts'
import type { TableLayout } from '../support/table-model/layout.ts'
import type { UnknownTable } from '../support/table-model/model.ts'

async function pathsOf(table: UnknownTable): Promise<string[]> {
  const { tasks } = await table.scan().plan()
  return tasks.map(({ file }) => file.path)
}

/** A field that the table is to be partitioned by in place of all it has; null for none. */
function anyTermOf(schema: Schema): fc.Arbitrary<PartitionTerm | null> {
  const terms = flatColumns(schema).flatMap(({ field, path }) =>
    KNOWN_TRANSFORMS.filter(
      (transform) => field.type.kind !== 'unknown' && canTransform(transform, field.type),
    ).map((transform) => ({ column: path, transform, name: 'later' })),
  )
  return fc.constantFrom(null, ...terms)
}

async function repartition(table: UnknownTable, term: PartitionTerm | null): Promise<void> {
  await table.transaction((tx) =>
    tx.updateSpec((change) => {
      for (const { name } of table.spec.fields) change.drop(name)
      if (term !== null) change.add(term)
    }),
  )
}

/** A table that was partitioned in two ways, and rows that both can place. */
const anyHistory = anyTableLayout.chain((layout) =>
  fc.record({
    layout: fc.constant(layout),
    term: anyTermOf(layout.schema),
    early: anyBatchesOf(layout),
    late: anyBatchesOf(layout),
  }),
)

function anyBatchesOf({ pool }: TableLayout): fc.Arbitrary<RowValues[][]> {
  return fc.array(fc.array(fc.constantFrom(...pool), { maxLength: 5 }), { maxLength: 2 })
}

type History = typeof anyHistory extends fc.Arbitrary<infer Made> ? Made : never

/** @returns the rows that could be placed by either spec, as far as they were written */
async function write(
  table: UnknownTable,
  { layout, term, early, late }: History,
): Promise<{ rows: RowValues[]; isPlaced: (row: RowValues) => boolean }> {
  const { schema } = layout
  const rows: RowValues[] = []
  const append = async (batch: readonly RowValues[]): Promise<void> => {
    await table.append(batchFromValues(schema, batch))
    rows.push(...batch)
  }
  for (const batch of early) await append(batch)
  await repartition(table, term)
  const tupleOf = partitionOf(table.schema, table.spec)
  const isPlaced = (row: RowValues): boolean => tupleOf(row) !== null
  for (const batch of late) await append(batch.filter(isPlaced))
  return { rows, isPlaced }
}

describe('an overwrite by a condition', () => {
  it('always replaces the rows that match, moves the others of their files, and leaves all other files', async () => {
    const anyCase = anyHistory.chain((history) =>
      fc.record({
        history: fc.constant(history),
        expression: anyExpressionOf(history.layout.schema, history.layout.pool),
        input: fc.array(fc.constantFrom(...history.layout.pool), { maxLength: 5 }),
      }),
    )
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ history, expression, input }) => {
        const { schema } = history.layout
        const warehouse = await openWarehouse('memory:', { environment: movingEnvironment() })
        const table = await createTable({ warehouse }, history.layout)
        const { rows, isPlaced } = await write(table, history)
        const pathsBefore = await pathsOf(table)
        const matches = rowMatcher(bind(expression, schema))
        const added = input.filter((row) => matches(row) && isPlaced(row))
        const kept = rows.filter((row) => !matches(row))
        const filter = predicateOf<Record<string, unknown>>(expression)
        const commit = await table.overwrite(filter, batchFromValues(schema, added))
        const expected = rowSet(schema.fields, [...kept, ...added])
        expect(rowSet(schema.fields, await readRows(table.scan()))).toEqual(expected)
        expect(commit.addedRows).toBe(BigInt(added.length))
        expect(commit.removedRows).toBe(BigInt(rows.length - kept.length))
        const paths = await pathsOf(table)
        expect(pathsBefore.filter((path) => !paths.includes(path))).toHaveLength(
          commit.removedFiles,
        )
        if (kept.length === rows.length) expect(commit.removedFiles).toBe(0)
        await table.overwrite(filter, batchFromValues(schema, added))
        expect(rowSet(schema.fields, await readRows(table.scan()))).toEqual(expected)
        for (const snapshot of table.snapshots) await auditSnapshot(table.state, snapshot)
      }),
      runs(25),
    )
  })

  it('drops whole files without reading them', async () => {
    const rides = await newRides({ partitionBy: ['city'] })
    await rides.append([
      { id: 1, city: 'Oslo' },
      { id: 2, city: 'Bergen' },
    ])
    const commit = await rides.deleteWhere(eq('city', 'Oslo'))
    expect(commit).toMatchObject({ removedFiles: 1, addedFiles: 0, removedRows: 1n })
    expect(rides.currentSnapshot?.operation).toBe('delete')
    expect(await idsOf(rides)).toEqual([2n])
  })

  it('leaves rows of which the condition says nothing', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1, city: 'Oslo' }, { id: 2 }, { id: 3, city: 'Bergen' }])
    const commit = await rides.deleteWhere("city <> 'Bergen'")
    expect(await idsOf(rides)).toEqual([2n, 3n])
    expect(commit).toMatchObject({ addedRows: 0n, removedRows: 1n, addedFiles: 1, removedFiles: 1 })
  })

  it('commits nothing where nothing matches, once it has looked at the newest version', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1 }])
    const behind = await anotherHandle(rides)
    await rides.append([{ id: 2 }])
    expect(await behind.deleteWhere('id = 7')).toMatchObject({ snapshotId: null, attempts: 0 })
    expect(behind.metadataLocation).toBe(rides.metadataLocation)
    await rides.append([{ id: 7 }])
    await expect(behind.deleteWhere('id = 7')).rejects.toMatchObject({ kind: 'conflict' })
    await behind.deleteWhere('id = 7', { isolation: 'snapshot' })
    expect(await idsOf(behind)).toEqual([1n, 2n])
  })

  it('refuses rows that do not match, by their number, and leaves the table', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1, city: 'Oslo' }])
    const rows = [
      { id: 2, city: 'Oslo' },
      { id: 3, city: null },
    ]
    await expect(rides.overwrite(eq('city', 'Oslo'), rows)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('append it, or overwrite by a condition'),
      context: { row: 1 },
    })
    await expect(rides.overwrite('nowhere = 1', [])).rejects.toMatchObject({ kind: 'invalid' })
    expect(await idsOf(rides)).toEqual([1n])
  })

  it('fails when another commit changed rows that match, and does not mind others', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1 }, { id: 100 }])
    const other = await anotherHandle(rides)
    await other.append([{ id: 50 }])
    await rides.overwrite('id = 1', [{ id: 1, city: 'Oslo' }])
    await other.refresh()
    await other.append([{ id: 1 }])
    await expect(rides.deleteWhere('id = 1')).rejects.toMatchObject({
      kind: 'conflict',
      message: 'another commit changed rows that this one replaces',
    })
    expect(await idsOf(rides)).toEqual([1n, 1n, 50n, 100n])
  })

  it('fails when another commit changed the type of a column of its condition', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1, city: 'Oslo' }])
    const other = await anotherHandle(rides)
    await other.transaction((tx) => tx.updateSchema((change) => change.drop('city')))
    await expect(rides.deleteWhere(eq('city', 'Oslo'))).rejects.toMatchObject({
      kind: 'conflict',
      context: { column: 'city' },
    })
  })

  it('keeps what another commit wrote to a column that the writer has not seen', async () => {
    const rides = await newRides()
    const other = await anotherHandle(rides)
    await other.transaction((tx) =>
      tx.updateSchema((change) => change.add('tip', t.int().optional())),
    )
    await other.append([{ id: 1, tip: 5 } as never, { id: 2, tip: 6 } as never])
    await rides.deleteWhere('id = 1', { isolation: 'none' })
    await other.refresh()
    expect(await other.scan().toArray()).toMatchObject([{ id: 2n, tip: 6 }])
  })

  it('refuses a table with row-level deletes by name', async () => {
    const rides = await newRides({ partitionBy: ['city'] })
    await rides.append([{ id: 1, city: 'Oslo' }])
    await commitRowDeletes(rides, ['Oslo'])
    await expect(rides.deleteWhere(eq('city', 'Oslo'))).rejects.toMatchObject({
      kind: 'unsupported',
    })
  })
})

describe('a dynamic overwrite of a table that was partitioned otherwise', () => {
  it('always replaces the partitions that get rows, in whatever files their rows are', async () => {
    const anyCase = anyHistory.chain((history) =>
      fc.record({
        history: fc.constant(history),
        input: fc.array(fc.constantFrom(...history.layout.pool), { maxLength: 4 }),
      }),
    )
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ history, input }) => {
        const { schema } = history.layout
        const warehouse = await openWarehouse('memory:', { environment: movingEnvironment() })
        const table = await createTable({ warehouse }, history.layout)
        const { rows, isPlaced } = await write(table, history)
        const tupleOf = partitionOf(table.schema, table.spec)
        const types = partitionTypes(table.spec, table.schema)
        // Rows that cannot be placed could not be told from those that are replaced.
        fc.pre(rows.every(isPlaced))
        const keyOf = (row: RowValues): string => partitionKey(types, tupleOf(row) ?? [])
        const added = input.filter(isPlaced)
        const replaced = new Set(added.map(keyOf))
        const kept = rows.filter((row) => !replaced.has(keyOf(row)))
        const expected = rowSet(schema.fields, [...kept, ...added])
        for (const attempt of ['first', 'again']) {
          const commit = await table.overwritePartitions(batchFromValues(schema, added), {
            otherSpecs: 'replace',
          })
          expect(rowSet(schema.fields, await readRows(table.scan()))).toEqual(expected)
          const lost = attempt === 'first' ? rows.length - kept.length : added.length
          expect(commit.removedRows).toBe(BigInt(lost))
        }
        for (const snapshot of table.snapshots) await auditSnapshot(table.state, snapshot)
      }),
      runs(25),
    )
  })

  it('leaves files of another spec that hold none of its rows', async () => {
    const rides = await newRides({ partitionBy: ['city'] })
    await rides.append([
      { id: 1, city: 'Oslo', ts: '2026-01-01T10:00:00Z' },
      { id: 2, city: 'Bergen', ts: '2026-01-02T10:00:00Z' },
      { id: 3, city: 'Tromsø', ts: '2026-01-01T10:00:00Z' },
      { id: 4, city: 'Tromsø', ts: '2026-01-02T10:00:00Z' },
    ])
    await rides.transaction((tx) => tx.updateSpec((change) => change.drop('city').add('day(ts)')))
    const commit = await rides.overwritePartitions([{ id: 5, ts: '2026-01-01T00:00:00Z' }], {
      otherSpecs: 'replace',
    })
    expect(await idsOf(rides)).toEqual([2n, 4n, 5n])
    expect(commit).toMatchObject({ removedRows: 2n, addedRows: 1n, removedFiles: 2, addedFiles: 2 })
  })

  it('heeds what another commit did to the same rows under another spec', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1, city: 'Oslo' }])
    const other = await anotherHandle(rides)
    await rides.transaction((tx) => tx.updateSpec((change) => change.add('city')))
    await rides.append([{ id: 2, city: 'Bergen' }])
    await other.refresh()
    await rides.append([{ id: 3, city: 'Oslo' }])
    const options = { otherSpecs: 'replace' } as const
    await expect(
      other.overwritePartitions([{ id: 4, city: 'Oslo' }], options),
    ).rejects.toMatchObject({ kind: 'conflict' })
    await other.overwritePartitions([{ id: 4, city: 'Bergen' }], options)
    expect(await idsOf(other)).toEqual([1n, 3n, 4n])
  })

  it('is refused unless asked for, and so is what is no answer', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1, city: 'Oslo' }])
    await rides.transaction((tx) => tx.updateSpec((change) => change.add('city')))
    await expect(rides.overwritePartitions([{ id: 2 }])).rejects.toMatchObject({
      kind: 'unsupported',
      context: { specId: 0, currentSpecId: 1 },
    })
    const otherSpecs = 'maybe' as never
    await expect(rides.overwritePartitions([{ id: 2 }], { otherSpecs })).rejects.toMatchObject({
      kind: 'invalid',
    })
  })
})
