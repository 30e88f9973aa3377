import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { sliceBatch } from '../../../../src/formats/arrow/take.ts'
import type { ParquetCompression } from '../../../../src/formats/parquet/codec.ts'
import { storedFields } from '../../../../src/formats/parquet/stored-fields.ts'
import { wasmCodec } from '../../../../src/formats/parquet/wasm-codec.ts'
import { openParquetWriter } from '../../../../src/formats/parquet/writer.ts'
import { createMemoryStore } from '../../../../src/io/memory-store.ts'
import { equalValues } from '../../../../src/types/compare.ts'
import { anySchema } from '../../../support/arbitraries/schemas.ts'
import { anyRowOf } from '../../../support/arbitraries/values.ts'
import { readRows } from '../../../support/parquet-files.ts'
import { runs } from '../../../support/runs.ts'

const anyCompression = fc.constantFrom<ParquetCompression>(
  'uncompressed',
  'snappy',
  'gzip',
  'zstd',
  'lz4',
  'brotli',
)

const anyStorableSchema = anySchema({ formatVersion: 3 }).filter(({ fields }) => {
  try {
    storedFields(fields)
    return true
  } catch {
    return false
  }
})

const anyCase = anyStorableSchema.chain((schema) =>
  fc.record({
    schema: fc.constant(schema),
    rows: fc.array(anyRowOf(schema), { maxLength: 20 }),
    cut: fc.nat(),
    rowGroupRows: fc.integer({ min: 1, max: 9 }),
    batchRows: fc.integer({ min: 1, max: 9 }),
    compression: anyCompression,
    dictionaryBytes: fc.integer({ min: 1, max: 1 << 20 }),
    pageBytes: fc.integer({ min: 1, max: 1 << 20 }),
  }),
)

describe('a Parquet file', () => {
  it('always gives back the rows that were written', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ schema, rows, cut, batchRows, ...options }) => {
        const store = createMemoryStore()
        const location = 'memory:t/file.parquet'
        const writer = openParquetWriter({
          schema,
          codec: wasmCodec(),
          store,
          location,
          ...options,
        })
        // Two views of one batch, so that buffers begin and end in the middle.
        const batch = batchFromValues(schema, rows)
        const middle = cut % (rows.length + 1)
        await writer.write(sliceBatch(batch, 0, middle))
        await writer.write(sliceBatch(batch, middle, rows.length))
        const written = await writer.close()
        expect(written.recordCount).toBe(BigInt(rows.length))

        const found = await readRows(await store.get(location), schema, { batchRows })
        expect(found.length).toBe(rows.length)
        const type = { kind: 'struct', fields: schema.fields } as const
        rows.forEach((row, index) => {
          // Equality of values sees the sign of zeros; the other shows where it fails.
          if (!equalValues(type, row, found[index] ?? [])) expect(found[index]).toEqual(row)
        })
      }),
      runs(150),
    )
  })
})
