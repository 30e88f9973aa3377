/** Parquet files in memory, and tables of the columns that tests write to them. */
import { batchFromValues } from '../../src/formats/arrow/builders.ts'
import { columnReader } from '../../src/formats/arrow/columns.ts'
import { batchProjector } from '../../src/formats/arrow/project.ts'
import { readFooter } from '../../src/formats/parquet/footer.ts'
import type { RandomAccess } from '../../src/formats/parquet/random-access.ts'
import { readParquet } from '../../src/formats/parquet/reader.ts'
import type { ReadParquetOptions } from '../../src/formats/parquet/reader.ts'
import { wasmCodec } from '../../src/formats/parquet/wasm-codec.ts'
import { openParquetWriter } from '../../src/formats/parquet/writer.ts'
import type { ParquetWriterOptions, WrittenParquet } from '../../src/formats/parquet/writer.ts'
import { createMemoryStore } from '../../src/io/memory-store.ts'
import type { Schema } from '../../src/types/schema.ts'
import type { Field } from '../../src/types/type.ts'
import type { Value } from '../../src/types/value.ts'

export type ModelRows = readonly (readonly (Value | null)[])[]

export interface WrittenFile extends WrittenParquet {
  readonly bytes: Uint8Array
}

const location = 'memory:test/file.parquet'

export function schemaOf(...fields: readonly Field[]): Schema {
  return { schemaId: 0, fields, identifierFieldIds: [] }
}

export function bytesAccess(bytes: Uint8Array): RandomAccess {
  return { sizeBytes: bytes.length, read: async (start, end) => bytes.slice(start, end) }
}

/** Writes rows as one batch for each list of them. */
export async function writeParquet(
  schema: Schema,
  batches: readonly ModelRows[],
  options: Partial<ParquetWriterOptions> = {},
): Promise<WrittenFile> {
  const store = createMemoryStore()
  const writer = openParquetWriter({ schema, codec: wasmCodec(), store, location, ...options })
  for (const rows of batches) await writer.write(batchFromValues(schema, rows))
  const written = await writer.close()
  return { ...written, bytes: await store.get(location) }
}

/** All rows of a file as the schema sees them. */
export async function readRows(
  bytes: Uint8Array,
  schema: Schema,
  options: Partial<ReadParquetOptions> = {},
): Promise<(Value | null)[][]> {
  const file = bytesAccess(bytes)
  const footer = await readFooter(file)
  const rows: (Value | null)[][] = []
  for await (const batch of readParquet({ file, footer, codec: wasmCodec(), ...options })) {
    const { data, numRows } = batchProjector(schema.fields, batch.schema)(batch)
    const columns = schema.fields.map((field, index) => {
      const column = data.children[index]
      if (column === undefined) throw new Error('a column without data')
      return columnReader(field.type, column)
    })
    for (let row = 0; row < numRows; row += 1) rows.push(columns.map((valueAt) => valueAt(row)))
  }
  return rows
}
