/** Columns that a file does not have, or has without saying so (spec: Column Projection). */
import { describe, expect, it } from 'vitest'

import { boundTrue } from '../../../src/expressions/bound.ts'
import { rowsOf } from '../../../src/formats/arrow/rows.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import type { PartitionField } from '../../../src/layout/partition-spec.ts'
import type { PartitionTuple } from '../../../src/layout/partition-tuple.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { readTask } from '../../../src/scan/read-task.ts'
import { noMetrics } from '../../../src/types/metrics.ts'
import type { Field, Type } from '../../../src/types/type.ts'
import type { Value } from '../../../src/types/value.ts'
import { schemaOf, writeParquet } from '../../support/parquet-files.ts'
import { CONVERTED, PHYSICAL, int32s, rawParquet, texts } from '../../support/raw-parquet.ts'
import { newRides } from '../../support/rides.ts'

function optional(id: number, name: string, type: Type): Field {
  return { id, name, required: false, type }
}

const number = optional(1, 'n', { kind: 'int' })
const city = optional(2, 'city', { kind: 'string' })

interface Case {
  readonly fields: readonly Field[]
  readonly file: Uint8Array
  readonly properties?: Readonly<Record<string, string>>
  readonly partitionFields?: readonly PartitionField[]
  readonly partition?: PartitionTuple
}

/** The rows of one file of a table with these fields. */
async function rowsOfFile(given: Case): Promise<(Value | null)[][]> {
  const { fields, file, properties = {}, partitionFields = [], partition = [] } = given
  const { state } = await newRides()
  const store = createMemoryStore()
  const path = 'memory:/x/data.parquet'
  await store.put(path, file, 'create')
  const schema = schemaOf(...fields)
  const metadata: TableMetadata = {
    ...state.metadata,
    schemas: [schema],
    currentSchemaId: 0,
    specs: [{ specId: 0, fields: partitionFields }],
    properties: new Map(Object.entries(properties)),
  }
  const task = {
    file: {
      content: 'data' as const,
      path,
      format: 'parquet' as const,
      specId: 0,
      partition,
      recordCount: 2n,
      fileSizeBytes: BigInt(file.length),
      metrics: noMetrics,
      splitOffsets: null,
      equalityIds: null,
      sortOrderId: null,
      keyMetadata: null,
    },
    dataSequenceNumber: 1n,
    addedSnapshotId: null,
    residual: boundTrue,
  }
  const services = { ...state.services, store }
  const rows: (Value | null)[][] = []
  for await (const batch of readTask({ ...state, metadata, services }, task, { schema, fields })) {
    rows.push(...rowsOf(batch, { fields }))
  }
  return rows
}

describe('a column that a file does not have', () => {
  const byCity: PartitionField = {
    fieldId: 1000,
    name: 'city',
    sourceId: 2,
    transform: { kind: 'identity' },
  }

  it('has the value of an identity partition, null too, before any default', async () => {
    const { bytes: file } = await writeParquet(schemaOf(number), [[[1], [2]]])
    const fields = [number, { ...city, initialDefault: 'nowhere' }]
    const given = { fields, file, partitionFields: [byCity] }
    expect(await rowsOfFile({ ...given, partition: ['Oslo'] })).toEqual([
      [1, 'Oslo'],
      [2, 'Oslo'],
    ])
    expect(await rowsOfFile({ ...given, partition: [null] })).toEqual([
      [1, null],
      [2, null],
    ])
    expect(await rowsOfFile({ fields, file })).toEqual([
      [1, 'nowhere'],
      [2, 'nowhere'],
    ])
  })

  it('has nothing of partitions by other transforms', async () => {
    const { bytes: file } = await writeParquet(schemaOf(number), [[[1]]])
    const prefix: PartitionField = { ...byCity, transform: { kind: 'truncate', width: 2 } }
    const given = { fields: [number, city], file, partitionFields: [prefix], partition: ['Os'] }
    expect(await rowsOfFile(given)).toEqual([[1, null]])
  })

  it('has its own values where the file has it, whatever the partition says', async () => {
    const { bytes: file } = await writeParquet(schemaOf(number, city), [[[1, 'Bergen']]])
    const given = { fields: [number, city], file, partitionFields: [byCity], partition: ['Oslo'] }
    expect(await rowsOfFile(given)).toEqual([[1, 'Bergen']])
  })
})

describe('a file without field ids', () => {
  const file = rawParquet(
    [
      { name: 'town', converted: CONVERTED.utf8, column: bytesOf('Oslo', 'Bergen') },
      {
        name: 'count',
        column: { type: PHYSICAL.int32, definitions: [1, 1], values: int32s(7, 8) },
      },
    ],
    2,
  )

  it('is read by the name mapping of its table, whatever the columns are called now', async () => {
    const mapping = '[{"field-id":1,"names":["n","count"]},{"field-id":2,"names":["town"]}]'
    const properties = { 'schema.name-mapping.default': mapping }
    expect(await rowsOfFile({ fields: [number, city], file, properties })).toEqual([
      [7, 'Oslo'],
      [8, 'Bergen'],
    ])
  })

  it('lacks what the mapping does not name', async () => {
    const properties = { 'schema.name-mapping.default': '[{"field-id":1,"names":["count"]}]' }
    expect(await rowsOfFile({ fields: [number, city], file, properties })).toEqual([
      [7, null],
      [8, null],
    ])
  })

  it('is read by the places of its columns where there is no mapping', async () => {
    const fields = [optional(2, 'n', { kind: 'int' }), optional(1, 'city', { kind: 'string' })]
    expect(await rowsOfFile({ fields, file })).toEqual([
      [7, 'Oslo'],
      [8, 'Bergen'],
    ])
    const nested = optional(1, 's', { kind: 'struct', fields: [number] })
    await expect(rowsOfFile({ fields: [nested], file })).rejects.toMatchObject({
      kind: 'unsupported',
      context: { field: 's' },
    })
  })

  it('does not ask the mapping when it has a single id', async () => {
    const one = rawParquet(
      [
        { name: 'town', converted: CONVERTED.utf8, column: bytesOf('Oslo') },
        {
          name: 'count',
          fieldId: 1,
          column: { type: PHYSICAL.int32, definitions: [1], values: int32s(7) },
        },
      ],
      1,
    )
    const properties = { 'schema.name-mapping.default': '[{"field-id":2,"names":["town"]}]' }
    expect(await rowsOfFile({ fields: [number, city], file: one, properties })).toEqual([[7, null]])
  })

  it('names the property when its mapping is none', async () => {
    const properties = { 'schema.name-mapping.default': '[{"names":5}]' }
    await expect(rowsOfFile({ fields: [number], file, properties })).rejects.toMatchObject({
      kind: 'corrupt',
      context: { path: expect.stringContaining('schema.name-mapping.default') },
    })
  })
})

describe('columns of types that are not read', () => {
  const shapes: readonly Type[] = [
    { kind: 'variant' },
    { kind: 'geometry' },
    { kind: 'list', elementId: 9, elementRequired: false, element: { kind: 'geography' } },
  ]

  it.each(shapes)('are refused by name: $kind', async (type) => {
    const { bytes: file } = await writeParquet(schemaOf(number), [[[1]]])
    const fields = [number, optional(8, 'shape', type)]
    await expect(rowsOfFile({ fields, file })).rejects.toMatchObject({
      kind: 'unsupported',
      context: { column: expect.stringContaining('shape') },
    })
  })

  it('are null when the type is not known yet', async () => {
    const { bytes: file } = await writeParquet(schemaOf(number), [[[1]]])
    const fields = [number, optional(8, 'later', { kind: 'unknown' })]
    expect(await rowsOfFile({ fields, file })).toEqual([[1, null]])
  })
})

function bytesOf(...values: readonly string[]): {
  readonly type: number
  readonly definitions: readonly number[]
  readonly values: Uint8Array
} {
  return { type: PHYSICAL.bytes, definitions: values.map(() => 1), values: texts(...values) }
}
