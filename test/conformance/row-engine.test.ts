/** What DuckDB writes of the rows of data files is the table that we write of their batches. */
import fc from 'fast-check'
import { expect, it } from 'vitest'

import { isKind } from '../../src/base/errors.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { duckdb } from '../../src/duckdb/engine.ts'
import { predicateOf } from '../../src/expressions/build.ts'
import type { Expression } from '../../src/expressions/predicate.ts'
import { partitionKey } from '../../src/layout/partition-key.ts'
import type { PartitionTerm, SortTerm } from '../../src/layout/layout-text.ts'
import { partitionTypes } from '../../src/layout/partition-spec.ts'
import type { FormatVersion } from '../../src/metadata/table-metadata.ts'
import type { EnginePlan, RowEngine } from '../../src/write/row-engine.ts'
import { drawHistory } from '../interop/support/any-history.ts'
import { anyPartitionsOf, anySchemaOfEngines, anySortOf } from '../interop/support/any-table.ts'
import type { AnyTable } from '../interop/support/any-table.ts'
import { anyExpressionOf } from '../support/arbitraries/predicates.ts'
import { asDuckdbWrites } from '../support/duckdb-types.ts'
import { temporaryFolder } from '../support/folders.ts'
import { readRows, rowSet } from '../support/row-sets.ts'
import { runs } from '../support/runs.ts'
import { auditSnapshot } from '../support/snapshot-audit.ts'
import { anyProperties } from '../support/table-model/layout.ts'

/** An engine that remembers what it was asked. */
function observed(engine: RowEngine): RowEngine & { readonly plans: EnginePlan[] } {
  const plans: EnginePlan[] = []
  return {
    plans,
    prepare: () => engine.prepare(),
    async plan(...request) {
      const plan = await engine.plan(...request)
      plans.push(plan)
      return plan
    },
  }
}

interface Target {
  readonly partitionBy: readonly PartitionTerm[]
  readonly sortBy: readonly SortTerm[]
  readonly formatVersion: FormatVersion
  readonly properties: Readonly<Record<string, string>>
}

/** The rows of each partition, and the audit of all files: their order, their bounds and their counts. */
async function contentsOf(table: AnyTable): Promise<unknown> {
  const { currentSnapshot, spec, schema } = table
  if (currentSnapshot === null) return null
  await auditSnapshot(table.state, currentSnapshot)
  const { tasks } = await table.scan().plan()
  const types = partitionTypes(spec, schema)
  const partitions = new Set(tasks.map(({ file }) => partitionKey(types, file.partition)))
  const rows = rowSet(schema.fields, await readRows(table.scan()))
  return { partitions: [...partitions].sort(), rows }
}

/** What a copy leaves; its error where it fails, which no table is then left of. */
async function copied(source: AnyTable, target: AnyTable, filter: Expression): Promise<unknown> {
  try {
    await target.append(source.scan().where(predicateOf(filter)).batches())
  } catch (error) {
    if (!isKind(error, 'invalid')) throw error
    expect(target.currentSnapshot).toBeNull()
    return error.message
  }
  return contentsOf(target)
}

it('always leaves the same rows in the same partitions, in files that are as sound and as sorted', async () => {
  const folder = temporaryFolder()
  const engine = observed(duckdb())
  const ours = await openWarehouse(folder)
  const theirs = await openWarehouse(folder, { engine })
  let tables = 0
  await fc.assert(
    fc.asyncProperty(fc.gen(), async (draw) => {
      const number = (tables += 1)
      const formatVersion = draw(() => fc.constantFrom<FormatVersion[]>(2, 3))
      const name = `db.t${number}`
      const isTaken = draw(() => fc.constantFrom(true, true, true, false))
      const schemas = anySchemaOfEngines(formatVersion)
      const { table, rows } = await drawHistory((any) => draw(() => any), ours, {
        name,
        formatVersion,
        schemas: isTaken ? schemas.map(asDuckdbWrites) : schemas,
      })
      const { schema } = table
      const target: Target = {
        formatVersion: table.metadata.formatVersion,
        partitionBy: draw(() => anyPartitionsOf(schema)).filter(
          ({ transform }) => !isTaken || transform.kind !== 'bucket',
        ),
        sortBy: draw(() => anySortOf(schema)),
        properties: draw(() => anyProperties),
      }
      const filter = draw(() =>
        fc.oneof(fc.constant<Expression>({ kind: 'true' }), anyExpressionOf(schema, rows)),
      )
      const tableOf = (warehouse: typeof ours, suffix: string): Promise<AnyTable> =>
        warehouse.createTable(`db.${suffix}${number}`, { schema, ...target })
      const expected = await copied(table, await tableOf(ours, 'a'), filter)
      expect(await copied(table, await tableOf(theirs, 'b'), filter)).toEqual(expected)
    }),
    { ...runs(15), endOnFailure: true },
  )
  expect(engine.plans.some(({ kind }) => kind === 'taken-on')).toBe(true)
})
