import {
  Dictionary,
  Int32,
  Table,
  Utf8,
  tableFromIPC,
  tableToIPC,
  vectorFromArray,
} from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { columnReader } from '../../../../src/formats/arrow/columns.ts'
import { exportedBatch } from '../../../../src/formats/parquet/exported-batch.ts'
import type { ExportedBatch } from '../../../../src/formats/parquet/exported-batch.ts'
import { ipcBatch } from '../../../../src/formats/parquet/ipc-batch.ts'
import { callParquetWasm, memoryOf } from '../../../../src/formats/parquet/runtime.ts'
import { storedFields } from '../../../../src/formats/parquet/stored-fields.ts'
import { equalValues } from '../../../../src/types/compare.ts'
import { anySchema } from '../../../support/arbitraries/schemas.ts'
import { anyRowOf } from '../../../support/arbitraries/values.ts'
import { runs } from '../../../support/runs.ts'

/** The batch of an IPC stream, in at least one row: as parquet-wasm writes it, and as we do. */
function bothStreams(stream: Uint8Array): {
  readonly theirs: Uint8Array
  readonly ours: Uint8Array | null
} {
  return callParquetWasm((wasm) => {
    const table = wasm.Table.fromIPCStream(stream)
    const [batch] = table.recordBatches()
    if (batch === undefined) throw new Error('no batch')
    const schema = table.schema.intoIPCStream()
    const place = batch.toFFI()
    const addresses = { array: place.arrayAddr(), schema: place.schemaAddr() }
    const found = exportedBatch(memoryOf(wasm), addresses)
    const ours = found === null ? null : Buffer.concat([...ipcBatch(schema, found)])
    place.free()
    const theirs = batch.intoIPCStream()
    table.free()
    return { theirs, ours }
  })
}

const anyCase = anySchema({ formatVersion: 3 })
  .filter((schema) => {
    try {
      return storedFields(schema.fields) === schema.fields
    } catch {
      return false
    }
  })
  .chain((schema) =>
    fc.record({
      schema: fc.constant(schema),
      rows: fc.array(anyRowOf(schema), { minLength: 1, maxLength: 40 }),
    }),
  )

describe('a batch taken out of WebAssembly', () => {
  it('always is the one that was put there, in every type, under the schema of parquet-wasm', () => {
    fc.assert(
      fc.property(anyCase, ({ schema, rows }) => {
        const stream = tableToIPC(new Table([batchFromValues(schema, rows)]), 'stream')
        const { theirs, ours } = bothStreams(stream)
        const found = tableFromIPC(ours ?? [])
        expect(found.schema).toEqual(tableFromIPC(theirs).schema)
        const readers = schema.fields.map(({ type }, index) => {
          const data = found.batches[0]?.data.children[index]
          return data === undefined ? () => null : columnReader(type, data)
        })
        const type = { kind: 'struct', fields: schema.fields } as const
        rows.forEach((row, at) => {
          const values = readers.map((read) => read(at))
          if (!equalValues(type, row, values)) expect(values).toEqual(row)
        })
        expect(found.numRows).toBe(rows.length)
      }),
      runs(150),
    )
  })

  it('leaves layouts to parquet-wasm that it does not know', () => {
    const column = vectorFromArray(['a', 'b', 'a'], new Dictionary(new Utf8(), new Int32()))
    expect(bothStreams(tableToIPC(new Table({ column }), 'stream')).ours).toBeNull()
  })
})

describe('the stream of a batch', () => {
  it('begins each buffer at a multiple of eight bytes', () => {
    const batch: ExportedBatch = {
      rowCount: 3,
      nodes: [[3, 0]],
      buffers: [new Uint8Array(), Uint8Array.of(1, 2, 3), Uint8Array.of(4)],
    }
    const parts = ipcBatch(new Uint8Array(), batch)
    expect(parts.slice(2).map(({ length }) => length)).toEqual([0, 0, 3, 5, 1, 7])
    expect((parts[1]?.length ?? 1) % 8).toBe(0)
  })
})
