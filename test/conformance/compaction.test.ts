/** Compaction changes which files rows are in, and nothing that anybody reads of the rows. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import { batchFromValues } from '../../src/formats/arrow/builders.ts'
import type { RowValues } from '../../src/layout/column-value.ts'
import type { PartitionTerm } from '../../src/layout/layout-text.ts'
import { canTransform } from '../../src/layout/transform.ts'
import type { FormatVersion } from '../../src/metadata/table-metadata.ts'
import { compactFiles, planCompaction } from '../../src/maintenance/compact-files.ts'
import type { CompactionOptions } from '../../src/maintenance/compaction-options.ts'
import type { Schema } from '../../src/types/schema.ts'
import { anyArrangementOf } from '../support/arbitraries/arrangements.ts'
import { KNOWN_TRANSFORMS, flatColumns } from '../support/arbitraries/specs.ts'
import { movingEnvironment } from '../support/moving-environment.ts'
import { partitionOf } from '../support/partitions.ts'
import { readRows, rowSet } from '../support/row-sets.ts'
import { runs } from '../support/runs.ts'
import { auditSnapshot } from '../support/snapshot-audit.ts'
import { canBeStored } from '../support/table-model/input.ts'
import { createTable } from '../support/table-model/commands.ts'
import { anyTableLayoutOf } from '../support/table-model/layout.ts'
import type { TableLayout } from '../support/table-model/layout.ts'
import type { UnknownTable } from '../support/table-model/model.ts'

/** Sizes that leave some files as they are, put some together, and cut others. */
const anySizes: fc.Arbitrary<CompactionOptions> = fc.record(
  {
    targetBytes: fc.constantFrom(1_000, 3_000, 100_000),
    minInputFiles: fc.constantFrom(1, 2, 3),
    rewriteAll: fc.boolean(),
    maxFiles: fc.constantFrom(2, 5),
    partialProgress: fc.constantFrom(true, { maxCommits: 2 }),
    maxConcurrentGroups: fc.constantFrom(1, 3),
    sortBytes: fc.constantFrom(0, 1_000),
  },
  { requiredKeys: ['targetBytes', 'minInputFiles'], noNullPrototype: true },
)

/** A field that the table is to be partitioned by in place of all it has but those of no values; null for none. */
function anyTermOf(schema: Schema): fc.Arbitrary<PartitionTerm | null> {
  const terms = flatColumns(schema).flatMap(({ field, path }) =>
    KNOWN_TRANSFORMS.filter(
      (transform) =>
        transform.kind !== 'void' &&
        field.type.kind !== 'unknown' &&
        canTransform(transform, field.type),
    ).map((transform) => ({ column: path, transform, name: 'later' })),
  )
  return fc.constantFrom(null, ...terms)
}

interface History {
  readonly layout: TableLayout
  readonly options: CompactionOptions
  readonly batches: readonly (readonly RowValues[])[]
}

function anyHistoryOf(layout: TableLayout): fc.Arbitrary<History> {
  const anyBatch = fc.array(fc.constantFrom(...layout.pool), { minLength: 1, maxLength: 5 })
  const ofTable: CompactionOptions = layout.sortBy.length === 0 ? {} : { strategy: 'sort' }
  const anyArrangement = fc.oneof(
    { weight: 3, arbitrary: anyArrangementOf(layout.schema) },
    { weight: 1, arbitrary: fc.constant(ofTable) },
  )
  return fc.record({
    layout: fc.constant(layout),
    options: fc
      .tuple(anySizes, anyArrangement)
      .map(([sizes, arrangement]) => ({ ...sizes, ...arrangement })),
    batches: fc.array(anyBatch, { minLength: 1, maxLength: 5 }),
  })
}

function anyHistoryOfVersions(...versions: readonly FormatVersion[]): fc.Arbitrary<History> {
  return fc
    .constantFrom(...versions)
    .chain((version) => anyTableLayoutOf(version))
    .filter(({ schema }) => canBeStored(schema.fields))
    .chain(anyHistoryOf)
}

const anyHistory = anyHistoryOfVersions(1, 2, 3)

async function tableOf({ layout, batches }: History): Promise<UnknownTable> {
  const warehouse = await openWarehouse('memory:', { environment: movingEnvironment() })
  const table = await createTable({ warehouse }, layout)
  for (const batch of batches) await table.append(batchFromValues(layout.schema, batch))
  return table
}

/** Each row with its id, and when it was last updated. */
async function lineageOf(table: UnknownTable): Promise<readonly string[]> {
  const columns = table.schema.fields.map(({ name }) => [name])
  const scan = table
    .scan()
    .selectPaths([...columns, ['_row_id'], ['_last_updated_sequence_number']])
  return rowSet(scan.fields, await readRows(scan))
}

async function expectSound(table: UnknownTable): Promise<void> {
  for (const snapshot of table.snapshots) await auditSnapshot(table.state, snapshot)
}

function names({ schema }: UnknownTable): readonly string[] {
  return schema.fields.map(({ name }) => name)
}

describe('compaction', () => {
  it('never changes a row, nor what it is known by, in any arrangement', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, async (history) => {
        const table = await tableOf(history)
        const before = await lineageOf(table)
        const files = (await table.scan().plan()).tasks.map(({ file }) => file.path)
        const report = await compactFiles(table, history.options)
        expect(await lineageOf(table)).toEqual(before)
        await expectSound(table)
        const now = (await table.scan().plan()).tasks.map(({ file }) => file.path)
        const expected = [
          ...files.filter((path) => !report.removedFiles.includes(path)),
          ...report.addedFiles,
        ]
        expect(now.toSorted()).toEqual(expected.toSorted())
        const made = table.snapshots.filter(({ operation }) => operation === 'replace')
        expect(made.map(({ snapshotId }) => snapshotId)).toEqual(report.snapshotIds)
        expect(names(table)).not.toContain('place')
      }),
      runs(20),
    )
  })

  it('always leaves nothing that it would do again', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, async (history) => {
        // A file of few bytes is more of a footer than of rows, which no sizes can be made of.
        const { maxFiles: _, ...options } = {
          ...history.options,
          rewriteAll: false,
          targetBytes: 100_000,
        }
        const table = await tableOf(history)
        await compactFiles(table, options)
        expect((await planCompaction(table, options)).groups).toEqual([])
      }),
      runs(15),
    )
  })

  it('always moves rows to the partitions of the spec that it is told, whichever their files had', async () => {
    // In version 1 a field that is dropped stays as one of no values, and the column cannot be partitioned by again.
    const anyCase = anyHistoryOfVersions(2, 3).chain((history) =>
      fc.record({
        history: fc.constant(history),
        term: anyTermOf(history.layout.schema),
        isBackwards: fc.boolean(),
      }),
    )
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ history, term, isBackwards }) => {
        const table = await tableOf(history)
        await table.transaction((tx) =>
          tx.updateSpec((change) => {
            for (const { name, transform } of table.spec.fields) {
              if (transform.kind !== 'void') change.drop(name)
            }
            if (term !== null) change.add(term)
          }),
        )
        const tupleOf = partitionOf(table.schema, table.spec)
        const rows = await readRows(table.scan())
        fc.pre(rows.every((row) => tupleOf(row) !== null))
        const before = await lineageOf(table)
        const outputSpecId = isBackwards ? 0 : table.spec.specId
        const { maxFiles: _, ...options } = history.options
        await compactFiles(table, { ...options, rewriteAll: true, outputSpecId })
        expect(await lineageOf(table)).toEqual(before)
        await expectSound(table)
        const { tasks } = await table.scan().plan()
        expect(tasks.every(({ file }) => file.specId === outputSpecId)).toBe(true)
      }),
      runs(15),
    )
  })
})
