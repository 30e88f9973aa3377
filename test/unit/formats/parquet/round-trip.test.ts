import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { columnReader } from '../../../../src/formats/arrow/columns.ts'
import { batchProjector } from '../../../../src/formats/arrow/project.ts'
import { sliceBatch } from '../../../../src/formats/arrow/take.ts'
import type { ParquetCompression } from '../../../../src/formats/parquet/codec.ts'
import { readFooter } from '../../../../src/formats/parquet/footer.ts'
import { openRandomAccess } from '../../../../src/formats/parquet/random-access.ts'
import { readParquet } from '../../../../src/formats/parquet/reader.ts'
import { wasmCodec } from '../../../../src/formats/parquet/wasm-codec.ts'
import { openParquetWriter } from '../../../../src/formats/parquet/writer.ts'
import type { WrittenParquet } from '../../../../src/formats/parquet/writer.ts'
import { createMemoryStore } from '../../../../src/io/memory-store.ts'
import type { ObjectStore } from '../../../../src/io/object-store.ts'
import { equalValues } from '../../../../src/types/compare.ts'
import type { Schema } from '../../../../src/types/schema.ts'
import type { Value } from '../../../../src/types/value.ts'
import { anySchema } from '../../../support/arbitraries/schemas.ts'
import { anyRowOf } from '../../../support/arbitraries/values.ts'
import { runs } from '../../../support/runs.ts'

type Rows = readonly (readonly (Value | null)[])[]

const codec = wasmCodec()
const location = 'memory:t/a.parquet'

async function write(
  store: ObjectStore,
  schema: Schema,
  rows: Rows,
  options: Partial<Parameters<typeof openParquetWriter>[0]> = {},
  cut = rows.length,
): Promise<WrittenParquet> {
  const writer = openParquetWriter({ schema, codec, store, location, ...options })
  if (rows.length > 0) {
    const batch = batchFromValues(schema, rows)
    await writer.write(sliceBatch(batch, 0, cut))
    await writer.write(sliceBatch(batch, cut, rows.length))
  }
  return writer.close()
}

async function read(
  store: ObjectStore,
  schema: Schema,
  options: { batchRows?: number } = {},
): Promise<Rows> {
  const { sizeBytes } = await store.head(location)
  const file = openRandomAccess(store, location, sizeBytes)
  const footer = await readFooter(file)
  const result: (Value | null)[][] = []
  for await (const batch of readParquet({ file, footer, codec, ...options })) {
    const projected = batchProjector(schema.fields, batch.schema)(batch)
    const readers = schema.fields.map((field, index) =>
      columnReader(field.type, projected.data.children[index]!),
    )
    for (let row = 0; row < projected.numRows; row += 1) result.push(readers.map((one) => one(row)))
  }
  return result
}

describe('a Parquet file', () => {
  it('always gives back the rows that were written', async () => {
    const anyCase = anySchema().chain((schema) =>
      fc.record({
        schema: fc.constant(schema),
        rows: fc.array(anyRowOf(schema), { maxLength: 20 }),
        cut: fc.nat(),
        rowGroupRows: fc.integer({ min: 1, max: 9 }),
        batchRows: fc.integer({ min: 1, max: 9 }),
        compression: fc.constantFrom<ParquetCompression>(
          'uncompressed',
          'snappy',
          'gzip',
          'zstd',
          'lz4',
          'brotli',
        ),
      }),
    )
    await fc.assert(
      fc.asyncProperty(
        anyCase,
        async ({ schema, rows, cut, rowGroupRows, batchRows, compression }) => {
          const store = createMemoryStore()
          const written = await write(
            store,
            schema,
            rows,
            { rowGroupRows, compression },
            cut % (rows.length + 1),
          )
          expect(written.recordCount).toBe(BigInt(rows.length))
          const found = await read(store, schema, { batchRows })
          const type = { kind: 'struct', fields: schema.fields } as const
          expect(found.length).toBe(rows.length)
          rows.forEach((row, index) => {
            if (!equalValues(type, row, found[index])) expect(found[index]).toEqual(row)
          })
        },
      ),
      runs(150),
    )
  })
})
