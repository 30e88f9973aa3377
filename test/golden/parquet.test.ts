// Files that other engines wrote, found beside the checkout: every value is what DuckDB reads.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import {
  DuckDBBlobValue,
  DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
} from '@duckdb/node-api'
import { DataType, Precision } from 'apache-arrow'
import type { RecordBatch } from 'apache-arrow'
import glob from 'fast-glob'
import { describe, expect, it } from 'vitest'

import { toHex } from '../../src/base/bytes.ts'
import { columnReader } from '../../src/formats/arrow/columns.ts'
import { readFooter } from '../../src/formats/parquet/footer.ts'
import { readParquet } from '../../src/formats/parquet/reader.ts'
import { encodeStruct } from '../../src/formats/parquet/thrift.ts'
import { wasmCodec } from '../../src/formats/parquet/wasm-codec.ts'
import { childFields } from '../../src/types/schema.ts'
import type { Field, Type } from '../../src/types/type.ts'
import type { Value } from '../../src/types/value.ts'
import { bytesAccess } from '../support/parquet-files.ts'

const folder = fileURLToPath(new URL('../../../shared/conformance/tables', import.meta.url))
const isThere = existsSync(folder)
if (!isThere) console.warn(`skipped: no files of other engines at ${folder}`)
const paths = isThere ? glob.sync('**/*.parquet', { cwd: folder }).toSorted() : []

describe.skipIf(!isThere)('Parquet files of other engines', () => {
  it.each(paths)('%s', async (path) => {
    const bytes = new Uint8Array(readFileSync(`${folder}/${path}`))
    const file = bytesAccess(bytes)
    const footer = await readFooter(file)

    const encoded = encodeStruct(footer.metadata)
    expect(toHex(encoded)).toBe(toHex(bytes.subarray(-8 - encoded.length, -8)))

    const rows: unknown[][] = []
    for await (const batch of readParquet({ file, footer, codec: wasmCodec(), batchRows: 1000 })) {
      rows.push(...rowsOf(batch))
    }
    expect(rows).toEqual(await rowsByDuckDb(`${folder}/${path}`))
  })
})

async function rowsByDuckDb(path: string): Promise<unknown[][]> {
  const connection = await DuckDBConnection.create()
  try {
    const reader = await connection.runAndReadAll(
      'SELECT * FROM read_parquet($path, hive_partitioning = false)',
      { path },
    )
    return reader.getRows().map((row) => row.map(plainOf))
  } finally {
    connection.closeSync()
  }
}

/** A value of DuckDB in the plain form that {@link plainValue} gives. */
function plainOf(value: unknown): unknown {
  if (value instanceof DuckDBBlobValue) return toHex(value.bytes)
  if (value instanceof DuckDBDateValue) return value.days
  if (value instanceof DuckDBTimestampValue) return value.micros
  if (value instanceof DuckDBTimestampTZValue) return value.micros
  if (value instanceof DuckDBDecimalValue) return value.value
  if (value instanceof DuckDBListValue) return value.items.map(plainOf)
  if (value instanceof DuckDBStructValue) return Object.values(value.entries).map(plainOf)
  if (value instanceof DuckDBMapValue) {
    return value.entries.map((entry) => [plainOf(entry.key), plainOf(entry.value)])
  }
  return value
}

function rowsOf(batch: RecordBatch): unknown[][] {
  const columns = batch.schema.fields.map(({ type }, index) => {
    const data = batch.data.children[index]
    if (data === undefined) throw new Error('a column without data')
    const tableType = typeOf(type)
    const valueAt = columnReader(tableType, data)
    return (row: number): unknown => plainValue(tableType, valueAt(row))
  })
  return Array.from({ length: batch.numRows }, (_, row) => columns.map((valueAt) => valueAt(row)))
}

function plainValue(type: Type, value: Value | null): unknown {
  if (value instanceof Uint8Array) return toHex(value)
  if (!Array.isArray(value)) return value
  if (type.kind === 'list') return value.map((item) => plainValue(type.element, item))
  if (type.kind === 'map') {
    return value.map((entry: (Value | null)[]) => [
      plainValue(type.key, entry[0] ?? null),
      plainValue(type.value, entry[1] ?? null),
    ])
  }
  return childFields(type).map((field, index) => plainValue(field.type, value[index] ?? null))
}

/** The type of a table whose columns Arrow holds like this. */
function typeOf(type: DataType): Type {
  if (DataType.isBool(type)) return { kind: 'boolean' }
  if (DataType.isInt(type)) return { kind: type.bitWidth === 64 ? 'long' : 'int' }
  if (DataType.isFloat(type))
    return { kind: type.precision === Precision.DOUBLE ? 'double' : 'float' }
  if (DataType.isDecimal(type))
    return { kind: 'decimal', precision: type.precision, scale: type.scale }
  if (DataType.isDate(type)) return { kind: 'date' }
  if (DataType.isTimestamp(type)) return { kind: 'timestamp' }
  if (DataType.isUtf8(type)) return { kind: 'string' }
  if (DataType.isBinary(type)) return { kind: 'binary' }
  if (DataType.isStruct(type)) return { kind: 'struct', fields: type.children.map(fieldOf) }
  if (DataType.isList(type)) {
    const element = typeOf(type.valueType as DataType)
    return { kind: 'list', elementId: 0, elementRequired: false, element }
  }
  if (DataType.isMap(type)) {
    const key = typeOf(type.keyType as DataType)
    const value = typeOf(type.valueType as DataType)
    return { kind: 'map', keyId: 0, key, valueId: 0, valueRequired: false, value }
  }
  throw new Error('no type of a table')
}

function fieldOf(field: { readonly name: string; readonly type: DataType }): Field {
  return { id: 0, name: field.name, required: false, type: typeOf(field.type) }
}
