/** Files that are partitioned by a column which the table no longer has (spec: Partition Evolution; Schema Evolution). */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import { isIn } from '../../src/expressions/build.ts'
import { batchFromValues } from '../../src/formats/arrow/builders.ts'
import { partitionKey } from '../../src/layout/partition-key.ts'
import { partitionTypes } from '../../src/layout/partition-spec.ts'
import { canTransform } from '../../src/layout/transform.ts'
import type { Transform } from '../../src/layout/transform.ts'
import { partitionTypesOf } from '../../src/metadata/partition-types.ts'
import type { FormatVersion } from '../../src/metadata/table-metadata.ts'
import { currentSnapshot, specById } from '../../src/metadata/table-metadata.ts'
import { listManifests, sumPartitions } from '../../src/scan/metadata-tables.ts'
import type { Schema } from '../../src/types/schema.ts'
import type { PrimitiveType } from '../../src/types/type.ts'
import type { PrimitiveValue } from '../../src/types/value.ts'
import { KNOWN_TRANSFORMS, anySourceType } from '../support/arbitraries/specs.ts'
import { anyPrimitiveValueOf } from '../support/arbitraries/values.ts'
import { movingEnvironment } from '../support/moving-environment.ts'
import { commitUpdates } from '../support/foreign-commits.ts'
import { partitionOf } from '../support/partitions.ts'
import { runs } from '../support/runs.ts'
import { auditSnapshot } from '../support/snapshot-audit.ts'
import type { UnknownTable } from '../support/table-model/model.ts'

interface Layout {
  readonly formatVersion: FormatVersion
  readonly type: PrimitiveType
  readonly transform: Transform
  readonly appends: readonly (readonly (PrimitiveValue | null)[])[]
}

const NO_VALUES: ReadonlySet<string> = new Set(['unknown', 'geometry', 'geography'])
const OF_VERSION_3: ReadonlySet<string> = new Set(['timestamp_ns', 'timestamptz_ns'])

const anyLayout: fc.Arbitrary<Layout> = fc
  .record({
    type: anySourceType.filter(({ kind }) => !NO_VALUES.has(kind)),
    formatVersion: fc.constantFrom<FormatVersion[]>(1, 2, 3),
  })
  .chain(({ type, formatVersion }) =>
    fc.record({
      type: fc.constant(type),
      formatVersion: fc.constant(OF_VERSION_3.has(type.kind) ? 3 : formatVersion),
      transform: fc.constantFrom(
        ...KNOWN_TRANSFORMS.filter((each) => each.kind !== 'void' && canTransform(each, type)),
      ),
      appends: fc.array(fc.array(fc.option(anyPrimitiveValueOf(type)), { maxLength: 4 }), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
  )

function schemaOf(type: PrimitiveType): Schema {
  return {
    schemaId: 0,
    fields: [
      { id: 1, name: 'id', required: false, type: { kind: 'int' } },
      { id: 2, name: 'gone', required: false, type },
    ],
    identifierFieldIds: [],
  }
}

/** A table of numbered rows in files by `gone`, which it no longer has; and by id the partition that a row was put in. */
interface Dropped {
  readonly table: UnknownTable
  readonly partitions: ReadonlyMap<number, string>
}

async function tableWithout(layout: Layout): Promise<Dropped> {
  const { formatVersion, type, transform } = layout
  const warehouse = await openWarehouse('memory:', { environment: movingEnvironment() })
  const table: UnknownTable = await warehouse.createTable('a.b', {
    schema: schemaOf(type),
    formatVersion,
    partitionBy: [{ column: ['gone'], transform }],
    properties: { 'commit.manifest.min-count-to-merge': '2' },
  })
  const { schema, spec } = table
  const tupleOf = partitionOf(schema, spec)
  const types = partitionTypes(spec, schema)
  const partitions = new Map<number, string>()
  for (const values of layout.appends) {
    const first = partitions.size
    const rows = values
      .filter((value) => tupleOf([0, value]) !== null)
      .map((value, index) => [first + index, value] as const)
    for (const row of rows) partitions.set(row[0], partitionKey(types, tupleOf(row) ?? []))
    await table.append(batchFromValues(schema, rows))
  }
  const [field] = spec.fields
  await table.transaction(async (tx) => {
    tx.updateSpec((change) => change.drop(field?.name ?? ''))
    tx.updateSchema((change) => change.drop('gone'))
  })
  return { table, partitions }
}

/** Rows by the partitions that the table's own metadata counts them in. */
async function countedPartitions({ metadata, state }: UnknownTable): Promise<Map<string, bigint>> {
  const totals = await sumPartitions(state, currentSnapshot(metadata))
  return new Map(
    totals
      .filter(({ specId }) => specId === 0)
      .map(({ specId, partition, contents }) => {
        const types = partitionTypesOf(metadata, specById(metadata, specId))
        return [partitionKey(types, partition), contents.data.rows]
      }),
  )
}

function countsOf(partitions: Iterable<string>): Map<string, bigint> {
  const counts = new Map<string, bigint>()
  for (const key of partitions) counts.set(key, (counts.get(key) ?? 0n) + 1n)
  return counts
}

async function idsIn(table: UnknownTable): Promise<readonly number[]> {
  const rows = await table.scan().toArray()
  return rows.map(({ id }) => Number(id)).sort((left, right) => left - right)
}

describe('rows in partitions of a dropped column', () => {
  it('always are found, removed and put together as those of any other partition', async () => {
    const anyCase = fc.record({ layout: anyLayout, removed: fc.array(fc.nat(11)) })
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ layout, removed }) => {
        const { table, partitions } = await tableWithout(layout)
        expect(await countedPartitions(table)).toEqual(countsOf(partitions.values()))
        // Of a file of version 3 no rows can be taken alone yet.
        const isRemoved = (id: number): boolean =>
          layout.formatVersion === 3 ? removed.length > 0 : removed.includes(id)
        const lost = [...partitions.keys()].filter(isRemoved)
        await table.deleteWhere(isIn('id', lost))
        const kept = [...partitions].filter(([id]) => !isRemoved(id))
        expect(await idsIn(table)).toEqual(kept.map(([id]) => id))
        expect(await countedPartitions(table)).toEqual(countsOf(kept.map(([, key]) => key)))
        await table.append([{ id: 100 }])
        await table.append([{ id: 101 }])
        expect(await idsIn(table)).toEqual([...kept.map(([id]) => id), 100, 101])
        expect(await countedPartitions(table)).toEqual(countsOf(kept.map(([, key]) => key)))
        const lines = await listManifests(table.state, currentSnapshot(table.metadata))
        expect(lines.filter(({ specId }) => specId === 0).length).toBeLessThanOrEqual(1)
        for (const snapshot of table.snapshots) await auditSnapshot(table.state, snapshot)
      }),
      runs(40),
    )
  })

  it('are refused by name where no schema has the column any more', async () => {
    const { table } = await tableWithout({
      formatVersion: 2,
      type: { kind: 'string' },
      transform: { kind: 'identity' },
      appends: [['a', 'b']],
    })
    await table.append([{ id: 2 }])
    const former = table.snapshots.slice(0, -1).map(({ snapshotId }) => snapshotId)
    const schemaIds = table.metadata.schemas
      .map(({ schemaId }) => schemaId)
      .filter((schemaId) => schemaId !== table.schema.schemaId)
    // As engines do that expire schemas with the snapshots which name them.
    await commitUpdates(table, [
      { action: 'remove-snapshots', snapshotIds: former },
      { action: 'remove-schemas', schemaIds },
    ])
    expect(await idsIn(table)).toEqual([0, 1, 2])
    await expect(table.deleteWhere('id = 0')).rejects.toMatchObject({
      kind: 'unsupported',
      context: { specId: 0, field: 'gone', transform: 'identity' },
    })
  })
})
