import { existsSync, readdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { platform } from 'node:process'

import type { RecordBatch } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import { rowsOf } from '../../../src/formats/arrow/rows.ts'
import { bind } from '../../../src/expressions/bind.ts'
import type { RowValues } from '../../../src/layout/column-value.ts'
import { rowComparator } from '../../../src/layout/row-order.ts'
import type { DataFile } from '../../../src/metadata/data-file.ts'
import {
  currentSchema,
  currentSortOrder,
  currentSpec,
} from '../../../src/metadata/table-metadata.ts'
import { partitionKey } from '../../../src/layout/partition-key.ts'
import { partitionTypes } from '../../../src/layout/partition-spec.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { readTask } from '../../../src/scan/read-task.ts'
import type { TableState } from '../../../src/table/table-state.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import { DEFAULT_SORT_BYTES, writeSorted } from '../../../src/write/sort-on-write.ts'
import type { SortRequest } from '../../../src/write/sort-on-write.ts'
import { createWriteContext } from '../../../src/write/write-context.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { rowSet } from '../../support/row-sets.ts'
import { Ride, newRides } from '../../support/rides.ts'
import { runs } from '../../support/runs.ts'
import { collect, streamOf } from '../../support/streams.ts'
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

function requestOf({ metadata }: TableState): Pick<SortRequest, 'order' | 'sortOrderId'> {
  return { order: currentSortOrder(metadata), sortOrderId: 1 }
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
        tempFolder: {},
      },
    )
    expect(others).toEqual([])
    expect(file?.sortOrderId).toBe(1)
    const rows = file === undefined ? [] : await rowsIn(state, file)
    expect(rows.map(([, city]) => city)).toEqual(['d', 'c', 'b', 'a'])
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
          {
            order: layout.sortOrder,
            sortOrderId: 1,
            maxBytes: DEFAULT_SORT_BYTES,
            tempFolder: {},
          },
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

/** What is in the files of a partition, partition by partition as they first came. */
async function contentsOf(
  state: TableState,
  files: readonly DataFile[],
): Promise<Map<string, RowValues[]>> {
  const types = partitionTypes(currentSpec(state.metadata), currentSchema(state.metadata))
  const contents = new Map<string, RowValues[]>()
  for (const file of files) {
    const key = partitionKey(types, file.partition)
    contents.set(key, [...(contents.get(key) ?? []), ...(await rowsIn(state, file))])
  }
  return contents
}

describe('a sort that is larger than it may hold', () => {
  it('spills, and removes what it spilled', async () => {
    const parent = temporaryFolder()
    const { state } = await newRides({ sortBy: ['city desc'], partitionBy: ['truncate(1, city)'] })
    let spilled: string[] = []
    async function* input(): AsyncGenerator<RecordBatch> {
      yield cities('b2', 'a1')
      yield cities('c', 'b1')
      spilled = readdirSync(parent)
      yield cities('a2', 'b3')
    }
    const files = await writeSorted(createWriteContext(state), input(), {
      ...requestOf(state),
      maxBytes: 1,
      tempFolder: { parent },
    })
    expect(spilled).toEqual([expect.stringMatching(/^frazil-tmp-/)])
    expect(readdirSync(parent)).toEqual([])
    const contents = await contentsOf(state, files)
    expect([...contents.values()].map((rows) => rows.map(([, city]) => city))).toEqual([
      ['b3', 'b2', 'b1'],
      ['a2', 'a1'],
      ['c'],
    ])
  })

  it('makes no folder while it need not', async () => {
    const parent = join(temporaryFolder(), 'none')
    const { state } = await newRides({ sortBy: ['city'] })
    await writeSorted(createWriteContext(state), streamOf([cities('b', 'a')]), {
      ...requestOf(state),
      maxBytes: DEFAULT_SORT_BYTES,
      tempFolder: { parent },
    })
    expect(existsSync(parent)).toBe(false)
  })

  it.skipIf(platform !== 'linux')(
    'says of a full disk what to do, leaves no file behind and changes nothing',
    async () => {
      const parent = temporaryFolder()
      const store = createMemoryStore()
      const { state } = await newRides({ sortBy: ['city'] }, { store })
      const before = await collect(store.list('memory:'))
      const write = writeSorted(createWriteContext(state), streamOf([cities('b', 'a')]), {
        ...requestOf(state),
        maxBytes: 1,
        tempFolder: { parent, openFile: () => open('/dev/full', 'r+') },
      })
      await expect(write).rejects.toMatchObject({
        kind: 'limit',
        message: expect.stringContaining('name another one by tempFolder'),
        context: { tempFolder: parent },
      })
      expect(readdirSync(parent)).toEqual([])
      expect(await collect(store.list('memory:'))).toEqual(before)
    },
  )

  it('removes what it spilled when its input fails, when it is aborted and when the store fails', async () => {
    const parent = temporaryFolder()
    const { state } = await newRides({ sortBy: ['city'], partitionBy: ['city'] })
    const request = { ...requestOf(state), maxBytes: 1, tempFolder: { parent } }
    const failure = new Error('source')
    async function* failing(): AsyncGenerator<RecordBatch> {
      yield cities('b', 'a')
      throw failure
    }
    await expect(writeSorted(createWriteContext(state), failing(), request)).rejects.toBe(failure)
    expect(readdirSync(parent)).toEqual([])

    const stop = new AbortController()
    async function* stopping(): AsyncGenerator<RecordBatch> {
      yield cities('b', 'a')
      stop.abort(failure)
      yield cities('c', 'd')
    }
    const aborted = writeSorted(
      createWriteContext(state, { signal: stop.signal }),
      stopping(),
      request,
    )
    await expect(aborted).rejects.toBe(failure)
    expect(readdirSync(parent)).toEqual([])

    const store = { ...state.services.store, put: () => Promise.reject(failure) }
    const broken = { ...state, services: { ...state.services, store } }
    const input = streamOf([cities('b', 'a'), cities('a', 'c', 'd', 'e', 'f')])
    await expect(writeSorted(createWriteContext(broken), input, request)).rejects.toBe(failure)
    expect(readdirSync(parent)).toEqual([])
  })

  it('always writes what it would have written from memory cut by partition, however it holds and spills', async () => {
    const anyCase = anyTableLayout.chain((layout) =>
      fc.record({
        layout: fc.constant(layout),
        parts: fc.array(fc.array(fc.constantFrom(...layout.pool), { maxLength: 6 }), {
          minLength: 1,
          maxLength: 8,
        }),
        maxBytes: fc.constantFrom(0, 1, 100, 1_000, 5_000, 20_000, DEFAULT_SORT_BYTES),
        maxSmallParts: fc.constantFrom(0, 2, 5, 1_000),
      }),
    )
    const parent = temporaryFolder()
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ layout, parts, maxBytes, maxSmallParts }) => {
        const warehouse = await openWarehouse('memory:', { environment: movingEnvironment() })
        const { state } = await createTable({ warehouse }, layout)
        const write = async (
          bytes: number,
          smallParts: number,
        ): Promise<[string, RowValues[]][]> => {
          const input = streamOf(parts.map((rows) => batchFromValues(layout.schema, rows)))
          const files = await writeSorted(createWriteContext(state), input, {
            order: layout.sortOrder,
            sortOrderId: 1,
            maxBytes: bytes,
            maxSmallParts: smallParts,
            tempFolder: { parent },
          })
          expect(files.every(({ sortOrderId }) => sortOrderId === 1)).toBe(true)
          return [...(await contentsOf(state, files))]
        }
        expect(await write(maxBytes, maxSmallParts)).toEqual(await write(DEFAULT_SORT_BYTES, 1_000))
        expect(readdirSync(parent)).toEqual([])
      }),
      runs(40),
    )
  })

  it('merges in passes when there are more runs than it reads at once', async () => {
    const parent = temporaryFolder()
    const { state } = await newRides({ sortBy: ['city'] })
    const made: string[] = []
    const tempFolder = {
      parent,
      openFile: (...[path, flags, mode]: Parameters<typeof open>) => {
        made.push(String(path))
        return open(path, flags, mode)
      },
    }
    const names = Array.from({ length: 150 }, (_, index) => `${(index * 7) % 10}`)
    const input = names.map((name, index) =>
      batchFromValues(Ride, [[BigInt(index), name, null, null, null]]),
    )
    const files = await writeSorted(createWriteContext(state), streamOf(input), {
      ...requestOf(state),
      maxBytes: 1,
      tempFolder,
    })
    const [rows] = (await contentsOf(state, files)).values()
    const expected = names
      .map((name, index) => [BigInt(index), name])
      .toSorted(([, left], [, right]) => Number(left) - Number(right))
    expect(rows?.map(([id, name]) => [id, name])).toEqual(expected)
    expect(made.length).toBeGreaterThan(2)
    expect(readdirSync(parent)).toEqual([])
  })
})
