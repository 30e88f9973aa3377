import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'

import { parquetColumns, parquetSchema } from '../../../../src/formats/parquet/columns-by-name.ts'
import type { ParquetPlace } from '../../../../src/formats/parquet/columns-by-name.ts'
import { wasmCodec } from '../../../../src/formats/parquet/wasm-codec.ts'
import { rowsOf } from '../../../../src/formats/arrow/rows.ts'
import { createLocalStore } from '../../../../src/io/local-store.ts'
import { createMemoryStore } from '../../../../src/io/memory-store.ts'
import { formatType } from '../../../../src/types/type.ts'
import { temporaryFolder } from '../../../support/folders.ts'
import { PHYSICAL, int32s, logicalInteger, rawParquet } from '../../../support/raw-parquet.ts'
import type { RawElement } from '../../../support/raw-parquet.ts'

const instance = await DuckDBInstance.create()
const duckdb = await instance.connect()

async function fileOf(select: string): Promise<Parameters<typeof parquetSchema>[0]> {
  const location = join(temporaryFolder(), 'file.parquet')
  await duckdb.run(`copy (${select}) to '${location}' (format parquet)`)
  const { length: sizeBytes } = await readFile(location)
  return { store: createLocalStore(), codec: wasmCodec(), location, sizeBytes }
}

async function rawFileOf(elements: readonly RawElement[]): Promise<ParquetPlace> {
  const bytes = rawParquet(elements, 3)
  const [store, location] = [createMemoryStore(), 'memory:/file.parquet']
  await store.put(location, bytes, 'create')
  return { store, codec: wasmCodec(), location, sizeBytes: bytes.length }
}

describe('the schema of a file of another program', () => {
  it.each([
    ['true', 'boolean', true],
    ['1::tinyint', 'int', 1],
    ['200::utinyint', 'int', 200],
    ['60000::usmallint', 'int', 60_000],
    ['4000000000::uinteger', 'long', 4_000_000_000n],
    ['9007199254740993::bigint', 'long', 9_007_199_254_740_993n],
    ['0.5::float', 'float', 0.5],
    ['0.1::double', 'double', 0.1],
    ['1.50::decimal(5, 2)', 'decimal(5, 2)', 150n],
    ['1.50::decimal(38, 2)', 'decimal(38, 2)', 150n],
    ["'a'", 'string', 'a'],
    ["'\\x01'::blob", 'binary', new Uint8Array([1])],
    ["date '2026-01-31'", 'date', 20_484],
    ["time '00:00:01'", 'time', 1_000_000n],
    ["timestamp '2026-01-31 00:00:00'", 'timestamp', 1_769_817_600_000_000n],
    ["timestamptz '2026-01-31 00:00:00+00'", 'timestamptz', 1_769_817_600_000_000n],
    ["timestamp_ms '1970-01-01 00:00:01'", 'timestamp', 1_000_000n],
    ["timestamp_ns '1970-01-01 00:00:00.000000001'", 'timestamp_ns', 1n],
    ["uuid '00000000-0000-0000-0000-000000000001'", 'uuid', expect.any(Uint8Array)],
    ['[1, null]', 'list<int>', [1, null]],
    [
      "{'x': 1, 'y': [true]}",
      'struct<2: x: optional int, 3: y: optional list<boolean>>',
      [1, [true]],
    ],
    ["map {'a': 1}", 'map<string, int>', [['a', 1]]],
  ])('has %s as %s', async (sql, type, value) => {
    const place = await fileOf(`select ${sql} as v`)
    const schema = await parquetSchema(place)
    const [field] = schema.fields
    expect(field === undefined ? null : formatType(field.type)).toBe(type)
    expect(field?.required).toBe(false)
    const rows: unknown[] = []
    for await (const batch of parquetColumns(place, schema)) rows.push(...rowsOf(batch, schema))
    expect(rows).toEqual([[value]])
  })

  it.each(['1::ubigint', "interval '1' day"])('has nothing for %s', async (sql) => {
    await expect(parquetSchema(await fileOf(`select ${sql} as v`))).rejects.toMatchObject({
      kind: 'unsupported',
      context: { column: 'v' },
    })
  })

  it.each<[width: number, isSigned: boolean, type: string, values: unknown[]]>([
    [8, false, 'int', [0, 127, 255]],
    [16, false, 'int', [0, 32_767, 65_535]],
    [32, false, 'long', [0n, 2_147_483_648n, 4_294_967_295n]],
    [8, true, 'int', [-128, 0, 127]],
    [16, true, 'int', [-32_768, 0, 32_767]],
    [32, true, 'int', [-2_147_483_648, 0, 2_147_483_647]],
  ])('has integers of %i bits, signed %s, as %s', async (width, isSigned, type, values) => {
    const place = await rawFileOf([
      {
        name: 'v',
        logical: logicalInteger(width, isSigned),
        column: {
          type: PHYSICAL.int32,
          definitions: values.map(() => 1),
          values: int32s(...values.map(Number)),
        },
      },
    ])
    const schema = await parquetSchema(place)
    expect(schema.fields.map((field) => formatType(field.type))).toEqual([type])
    const rows: unknown[] = []
    for await (const batch of parquetColumns(place, schema)) rows.push(...rowsOf(batch, schema))
    expect(rows).toEqual(values.map((value) => [value]))
  })
})
