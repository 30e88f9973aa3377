import { DuckDBConnection } from '@duckdb/node-api'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { fromHex } from '../../../../src/base/bytes.ts'
import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { COLUMN_CHUNK, footerOf } from '../../../../src/formats/parquet/footer.ts'
import type { ColumnChunk } from '../../../../src/formats/parquet/footer.ts'
import { readPages } from '../../../../src/formats/parquet/pages.ts'
import {
  intOf,
  listOf,
  longOf,
  readStructAt,
  structOf,
  thriftInt,
  thriftLong,
} from '../../../../src/formats/parquet/thrift.ts'
import { wasmCodec } from '../../../../src/formats/parquet/wasm-codec.ts'
import { openParquetWriter } from '../../../../src/formats/parquet/writer.ts'
import { createMemoryStore } from '../../../../src/io/memory-store.ts'
import type { ObjectStore } from '../../../../src/io/object-store.ts'
import type { Schema } from '../../../../src/types/schema.ts'
import { readRows, schemaOf, writeParquet } from '../../../support/parquet-files.ts'
import { createFaultyStore } from '../../../support/faulty-store.ts'

const everyType: Schema = schemaOf(
  { id: 1, name: 'truth', required: true, type: { kind: 'boolean' } },
  { id: 2, name: 'small', required: false, type: { kind: 'int' } },
  { id: 3, name: 'large', required: true, type: { kind: 'long' } },
  { id: 4, name: 'single', required: false, type: { kind: 'float' } },
  { id: 5, name: 'double.dotted', required: false, type: { kind: 'double' } },
  { id: 6, name: 'money', required: false, type: { kind: 'decimal', precision: 9, scale: 2 } },
  { id: 7, name: 'wealth', required: false, type: { kind: 'decimal', precision: 38, scale: 10 } },
  { id: 8, name: 'day', required: false, type: { kind: 'date' } },
  { id: 9, name: 'at', required: false, type: { kind: 'time' } },
  { id: 10, name: 'local', required: false, type: { kind: 'timestamp' } },
  { id: 11, name: 'instant', required: false, type: { kind: 'timestamptz' } },
  { id: 12, name: 'text', required: false, type: { kind: 'string' } },
  { id: 13, name: 'key', required: true, type: { kind: 'uuid' } },
  { id: 14, name: 'code', required: false, type: { kind: 'fixed', length: 3 } },
  { id: 15, name: 'blob', required: false, type: { kind: 'binary' } },
  {
    id: 16,
    name: 'place',
    required: false,
    type: {
      kind: 'struct',
      fields: [
        { id: 17, name: 'lat', required: true, type: { kind: 'double' } },
        { id: 18, name: 'owner', required: false, type: { kind: 'uuid' } },
      ],
    },
  },
  {
    id: 19,
    name: 'tags',
    required: false,
    type: { kind: 'list', elementId: 20, elementRequired: false, element: { kind: 'string' } },
  },
  {
    id: 21,
    name: 'counts',
    required: false,
    type: {
      kind: 'map',
      keyId: 22,
      key: { kind: 'string' },
      valueId: 23,
      valueRequired: false,
      value: { kind: 'int' },
    },
  },
)

const uuid = fromHex('f79c3e09677c4bbda4793f349cb785e7') ?? new Uint8Array()
const rows = [
  [
    true,
    -7,
    9007199254740993n,
    1.5,
    -0.1,
    -1250n,
    12345678901234567890123456789012345678n,
    -1,
    86399999999n,
    -1n,
    1769860800000001n,
    'Oslo 🧊',
    uuid,
    Uint8Array.of(1, 2, 3),
    Uint8Array.of(255),
    [59.9, uuid],
    ['a', null],
    [
      ['x', 1],
      ['y', null],
    ],
  ],
  [
    false,
    null,
    -1n,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    uuid,
    null,
    null,
    null,
    null,
    null,
  ],
]

describe('a written file as others read it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frazil-parquet-'))
  const path = join(folder, 'file.parquet')
  let bytes: Uint8Array

  beforeAll(async () => {
    bytes = (await writeParquet(everyType, [rows, rows], { rowGroupRows: 3 })).bytes
    writeFileSync(path, bytes)
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  const ask = async (sql: string): Promise<unknown[][]> => {
    const connection = await DuckDBConnection.create()
    const reader = await connection.runAndReadAll(sql.replaceAll('$file', `'${path}'`))
    connection.closeSync()
    return reader.getRowsJson()
  }

  it('has the types of the specification (spec: Parquet)', async () => {
    const types = await ask(
      'SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet($file))',
    )
    expect(Object.fromEntries(types as [string, string][])).toEqual({
      truth: 'BOOLEAN',
      small: 'INTEGER',
      large: 'BIGINT',
      single: 'FLOAT',
      'double.dotted': 'DOUBLE',
      money: 'DECIMAL(9,2)',
      wealth: 'DECIMAL(38,10)',
      day: 'DATE',
      at: 'TIME',
      local: 'TIMESTAMP',
      instant: 'TIMESTAMP WITH TIME ZONE',
      text: 'VARCHAR',
      key: 'UUID',
      code: 'BLOB',
      blob: 'BLOB',
      place: 'STRUCT(lat DOUBLE, "owner" UUID)',
      tags: 'VARCHAR[]',
      counts: 'MAP(VARCHAR, INTEGER)',
    })
  })

  it('has the values that were written', async () => {
    const found = await ask(
      'SELECT * REPLACE (epoch_us(instant) AS instant) FROM read_parquet($file)',
    )
    expect(found).toHaveLength(4)
    expect(found[2]).toEqual([
      true,
      -7,
      '9007199254740993',
      1.5,
      -0.1,
      '-12.50',
      '1234567890123456789012345678.9012345678',
      '1969-12-31',
      '23:59:59.999999',
      '1969-12-31 23:59:59.999999',
      '1769860800000001',
      'Oslo 🧊',
      'f79c3e09-677c-4bbd-a479-3f349cb785e7',
      '\\x01\\x02\\x03',
      '\\xFF',
      { lat: 59.9, owner: 'f79c3e09-677c-4bbd-a479-3f349cb785e7' },
      ['a', null],
      [
        { key: 'x', value: 1 },
        { key: 'y', value: null },
      ],
    ])
    expect(found[3]?.filter((value) => value !== null)).toEqual([
      false,
      '-1',
      'f79c3e09-677c-4bbd-a479-3f349cb785e7',
    ])
  })

  it('has field ids on all fields, and on no group in between', async () => {
    const schema = await ask('SELECT name, field_id FROM parquet_schema($file)')
    expect(schema.slice(1)).toEqual([
      ['truth', '1'],
      ['small', '2'],
      ['large', '3'],
      ['single', '4'],
      ['double.dotted', '5'],
      ['money', '6'],
      ['wealth', '7'],
      ['day', '8'],
      ['at', '9'],
      ['local', '10'],
      ['instant', '11'],
      ['text', '12'],
      ['key', '13'],
      ['code', '14'],
      ['blob', '15'],
      ['place', '16'],
      ['lat', '17'],
      ['owner', '18'],
      ['tags', '19'],
      ['list', null],
      ['element', '20'],
      ['counts', '21'],
      ['key_value', null],
      ['key', '22'],
      ['value', '23'],
    ])
  })

  it('is pruned by the bounds and the page index of others', async () => {
    expect(
      await ask(`SELECT count(*) FROM read_parquet($file) WHERE "large" > 5 AND text = 'Oslo 🧊'`),
    ).toEqual([['2']])
    const chunks = await ask(
      `SELECT path_in_schema, stats_min_value, stats_null_count FROM parquet_metadata($file) WHERE path_in_schema IN ('large', 'counts, key_value, key') ORDER BY ALL`,
    )
    expect(chunks).toEqual([
      ['counts, key_value, key', 'x', '1'],
      ['counts, key_value, key', null, '1'],
      ['large', '-1', '0'],
      ['large', '-1', '0'],
    ])
  })

  it('is read by hyparquet, with and without the page index', async () => {
    const buffer = bytes.slice().buffer
    const metadata = parquetMetadata(buffer)
    expect(metadata.num_rows).toBe(4n)
    expect(metadata.row_groups.map((group) => [group.num_rows, group.ordinal])).toEqual([
      [3n, 0],
      [1n, 1],
    ])
    expect(metadata.key_value_metadata).toBeUndefined()
    const uncompressed = await writeParquet(everyType, [rows], {
      compression: 'snappy',
      rowGroupRows: 1,
    })
    for (const useOffsetIndex of [false, true]) {
      const objects = await parquetReadObjects({
        file: uncompressed.bytes.slice().buffer,
        useOffsetIndex,
        columns: ['large', 'text'],
      })
      expect(objects).toEqual([
        { large: 9007199254740993n, text: 'Oslo 🧊' },
        { large: -1n, text: null },
      ])
    }
  })
})

describe('a written file of version 3 as hyparquet reads it', () => {
  it('has every nanosecond of its timestamps', async () => {
    const instants = schemaOf(
      { id: 1, name: 'local', required: true, type: { kind: 'timestamp_ns' } },
      { id: 2, name: 'instant', required: false, type: { kind: 'timestamptz_ns' } },
    )
    const values = [
      [-(2n ** 63n), 2n ** 63n - 1n],
      [-1n, null],
      [1769860800000000001n, 0n],
    ]
    const { bytes } = await writeParquet(instants, [values], { compression: 'snappy' })
    const file = bytes.slice().buffer
    const types = parquetMetadata(file).schema.map(({ logical_type: type }) => type)
    expect(types.slice(1)).toMatchObject([
      { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'NANOS' },
      { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' },
    ])
    const parsers = { timestampFromNanoseconds: (nanos: bigint) => nanos } as never
    expect(await parquetReadObjects({ file, parsers })).toEqual(
      values.map(([local, instant]) => ({ local, instant })),
    )
  })
})

describe('Parquet writer', () => {
  const schema = schemaOf({ id: 7, name: 'n', required: true, type: { kind: 'long' } })
  const count = (length: number, from = 0): bigint[][] =>
    Array.from({ length }, (_, row) => [BigInt(from + row)])
  const open = (store: ObjectStore, options: object = {}): ReturnType<typeof openParquetWriter> =>
    openParquetWriter({ schema, codec: wasmCodec(), store, location: 'memory:t/f', ...options })

  it('fills row groups across batches, up to their rows', async () => {
    const written = await writeParquet(schema, [count(3), count(5, 3), count(4, 8)], {
      rowGroupRows: 5,
    })
    const { rowGroups } = footerOf(written.bytes)
    expect(rowGroups.map((group) => group.rowCount)).toEqual([5, 5, 2])
    expect(written.splitOffsets).toEqual(
      rowGroups.map((group) => BigInt(group.chunks[0]?.offset ?? 0)),
    )
    expect(written.columnSizes).toEqual(
      new Map([
        [7, BigInt(rowGroups.reduce((sum, group) => sum + (group.chunks[0]?.sizeBytes ?? 0), 0))],
      ]),
    )
    expect(written.recordCount).toBe(12n)
    expect(written.fileSizeBytes).toBe(BigInt(written.bytes.length))
    expect(await readRows(written.bytes, schema)).toEqual(count(12))
  })

  it('fills row groups up to their bytes, with at least one row', async () => {
    const eight = await writeParquet(schema, [count(100)], { rowGroupBytes: 80 })
    expect(footerOf(eight.bytes).rowGroups.map((group) => group.rowCount)).toEqual(
      Array(10).fill(10),
    )
    const one = await writeParquet(schema, [count(3)], { rowGroupBytes: 1 })
    expect(footerOf(one.bytes).rowGroups.map((group) => group.rowCount)).toEqual([1, 1, 1])
  })

  it('reads no batch any more once it says so, in whatever row groups its rows are', async () => {
    const store = createMemoryStore()
    const writer = open(store, { rowGroupRows: 5 })
    let read = 0
    for (const [length, from] of [
      [3, 0],
      [12, 3],
      [0, 15],
      [4, 15],
    ] as const) {
      const batch = batchFromValues(schema, count(length, from))
      await writer.write(batch, () => {
        read += 1
        batch.data.children[0]?.values.fill(-1n)
      })
    }
    await writer.close()
    expect(read).toBe(4)
    const bytes = await store.get('memory:t/f')
    expect(await readRows(bytes, schema)).toEqual(count(19))
  })

  it('says where each page is, in the index and in its chunk', async () => {
    const { bytes } = await writeParquet(schema, [count(100_000)], { rowGroupRows: 60_000 })
    const pagesOf = (chunk: ColumnChunk): unknown[] => {
      const pages = readPages(bytes.subarray(chunk.offset, chunk.offset + chunk.sizeBytes), chunk)
      const dataPages = pages.filter((page) => !page.isDictionary)
      return dataPages.map((page) => [BigInt(chunk.offset + page.start), page.end - page.start])
    }
    const indexOf = ({ metadata }: ColumnChunk): unknown[] => {
      const offset = longOf(metadata.get(COLUMN_CHUNK.offsetIndexOffset) ?? thriftLong(0n))
      const { struct } = readStructAt(bytes, Number(offset))
      const locations = listOf(struct.get(1) ?? thriftLong(0n)).map(structOf)
      return locations.map((one) => [
        longOf(one.get(1) ?? thriftLong(0n)),
        intOf(one.get(2) ?? thriftInt(0)),
      ])
    }
    const chunks = footerOf(bytes).rowGroups.flatMap((group) => group.chunks)
    expect(chunks.map(indexOf)).toEqual(chunks.map(pagesOf))
    expect(chunks.map((chunk) => indexOf(chunk).length)).toEqual([3, 2])
  })

  it('says how far it is', async () => {
    const writer = open(createMemoryStore(), { rowGroupRows: 10 })
    await writer.write(batchFromValues(schema, count(4)))
    expect([writer.rows, await writer.hasReached(1), writer.pendingBytes]).toEqual([4, false, 32])
    await writer.endRowGroup()
    expect(writer.pendingBytes).toBe(0)
    expect(await writer.hasReached(1)).toBe(true)
    expect(await writer.hasReached(10_000)).toBe(false)
    await writer.close()
  })

  it('writes a file without rows, which still has a schema', async () => {
    const written = await writeParquet(everyType, [])
    expect(written).toMatchObject({ recordCount: 0n, splitOffsets: [], columnSizes: new Map() })
    expect(footerOf(written.bytes).schema.columns.map((column) => column.fieldId)).toContain(23)
    expect(await readRows(written.bytes, everyType)).toEqual([])
  })

  it('leaves no object when it is given up, at any time', async () => {
    for (const rowGroupRows of [1, 100]) {
      const store = createMemoryStore()
      const writer = open(store, { rowGroupRows })
      await writer.write(batchFromValues(schema, count(5)))
      await writer.abort(new Error('enough'))
      await expect(store.head('memory:t/f')).rejects.toMatchObject({ kind: 'not-found' })
      await expect(writer.close()).rejects.toThrow()
    }
  })

  it('leaves no object when its signal is aborted', async () => {
    const store = createMemoryStore()
    const controller = new AbortController()
    const writer = open(store, { rowGroupRows: 1, signal: controller.signal })
    await writer.write(batchFromValues(schema, count(1)))
    controller.abort(new Error('stop'))
    await expect(writer.write(batchFromValues(schema, count(1)))).rejects.toThrow('stop')
    await writer.abort(controller.signal.reason)
    await expect(store.head('memory:t/f')).rejects.toMatchObject({ kind: 'not-found' })
  })

  it('fails as the store fails', async () => {
    const store = createMemoryStore()
    await store.put('memory:t/f', new Uint8Array(), 'create')
    const writer = open(store)
    await writer.write(batchFromValues(schema, count(1)))
    await expect(writer.close()).rejects.toMatchObject({ kind: 'conflict' })

    const failing = open(createFaultyStore(createMemoryStore(), [[1, 'fails']]), {
      rowGroupRows: 1,
    })
    await expect(failing.write(batchFromValues(schema, count(9)))).rejects.toMatchObject({
      kind: 'unavailable',
    })
    await failing.abort(new Error('given up'))
  })

  it('refuses batches of another schema, by their types and by their ids', async () => {
    const optional = schemaOf({ id: 7, name: 'n', required: false, type: { kind: 'long' } })
    const other = schemaOf({ id: 8, name: 'n', required: true, type: { kind: 'long' } })
    const writer = open(createMemoryStore())
    await expect(writer.write(batchFromValues(optional, [[1n]]))).rejects.toMatchObject({
      kind: 'internal',
    })
    await writer.write(batchFromValues(other, count(1)))
    await expect(writer.close()).rejects.toMatchObject({ kind: 'internal' })
    await writer.abort(new Error('given up'))
  })
})
