import type { RecordBatch } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import { rowsOf } from '../../../src/formats/arrow/rows.ts'
import { bind } from '../../../src/expressions/bind.ts'
import type { RowValues } from '../../../src/layout/column-value.ts'
import { rowComparator } from '../../../src/layout/row-order.ts'
import type { DataFile } from '../../../src/metadata/data-file.ts'
import { currentSchema, currentSpec } from '../../../src/metadata/table-metadata.ts'
import { partitionKey } from '../../../src/layout/partition-key.ts'
import { partitionTypes } from '../../../src/layout/partition-spec.ts'
import { readTask } from '../../../src/scan/read-task.ts'
import type { TableState } from '../../../src/table/table-state.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import { DEFAULT_SORT_BYTES, writeSorted } from '../../../src/write/sort-on-write.ts'
import { createWriteContext } from '../../../src/write/write-context.ts'
import { rowSet } from '../../support/row-sets.ts'
import { Ride, newRides } from '../../support/rides.ts'
import { runs } from '../../support/runs.ts'
import { streamOf } from '../../support/streams.ts'
import { movingEnvironment } from '../../support/moving-environment.ts'
import { createTable } from '../../support/table-model/commands.ts'
import { anyTableLayout } from '../../support/table-model/layout.ts'

async function rowsIn(state: TableState, file: DataFile): Promise<RowValues[]> {
  const schema = currentSchema(state.metadata)
  const residual = bind({ kind: 'true' }, schema)
  const task = { file, dataSequenceNumber: 0n, addedSnapshotId: null, residual }
  const rows: RowValues[] = []
  for await (const batch of readTask(state, task, { schema, fields: schema.fields })) {
    rows.push(...rowsOf(batch, schema))
  }
  return rows
}

function cities(...names: string[]): RecordBatch {
  return batchFromValues(
    Ride,
    names.map((name, index) => [BigInt(index), name, null, null, null]),
  )
}

describe('sort on write', () => {
  it('puts the rows of all batches in one order', async () => {
    const { state } = await newRides({ sortBy: ['city desc'] })
    const [file, ...others] = await writeSorted(
      createWriteContext(state),
      streamOf([cities('b', 'd'), cities('a', 'c')]),
      {
        order: state.metadata.sortOrders[0] ?? { orderId: 0, fields: [] },
        sortOrderId: 1,
        maxBytes: DEFAULT_SORT_BYTES,
      },
    )
    expect(others).toEqual([])
    expect(file?.sortOrderId).toBe(1)
    const rows = file === undefined ? [] : await rowsIn(state, file)
    expect(rows.map(([, city]) => city)).toEqual(['d', 'c', 'b', 'a'])
  })

  it('refuses more than it may hold, and says what to do', async () => {
    const { state } = await newRides({ sortBy: ['city'] })
    const write = writeSorted(createWriteContext(state), streamOf([cities('a'), cities('b')]), {
      order: state.metadata.sortOrders[0] ?? { orderId: 0, fields: [] },
      sortOrderId: 1,
      maxBytes: 50,
    })
    await expect(write).rejects.toMatchObject({
      kind: 'limit',
      message: expect.stringContaining('sortBytes'),
      context: { sortBytes: 50 },
    })
  })

  it('always gives files in order that hold disjoint ranges of their partition', async () => {
    const anyCase = anyTableLayout.chain((layout) =>
      fc.record({
        layout: fc.constant(layout),
        parts: fc.array(fc.array(fc.constantFrom(...layout.pool), { maxLength: 8 }), {
          minLength: 1,
          maxLength: 3,
        }),
      }),
    )
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ layout, parts }) => {
        const { schema } = layout
        const warehouse = await openWarehouse('memory:', { environment: movingEnvironment() })
        const { state } = await createTable({ warehouse }, layout)
        const files = await writeSorted(
          createWriteContext(state),
          streamOf(parts.map((rows) => batchFromValues(schema, rows))),
          { order: layout.sortOrder, sortOrderId: 1, maxBytes: DEFAULT_SORT_BYTES },
        )
        const types = partitionTypes(currentSpec(state.metadata), schema)
        const byPartition = new Map<string, RowValues[]>()
        for (const file of files) {
          const key = partitionKey(types, file.partition)
          const rows = await rowsIn(state, file)
          byPartition.set(key, [...(byPartition.get(key) ?? []), ...rows])
        }
        for (const rows of byPartition.values()) {
          expect(rows.toSorted(rowComparator(schema, layout.sortOrder))).toEqual(rows)
        }
        expect(rowSet(schema.fields, [...byPartition.values()].flat())).toEqual(
          rowSet(schema.fields, parts.flat()),
        )
      }),
      runs(40),
    )
  })
})
