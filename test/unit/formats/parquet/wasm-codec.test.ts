import {
  Field,
  Int64,
  RecordBatch,
  Schema,
  Struct,
  Table,
  makeData,
  tableToIPC,
} from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isKind } from '../../../../src/base/errors.ts'
import {
  WasmTrap,
  callParquetWasm,
  isParquetWasmKept,
  memoryOf,
} from '../../../../src/formats/parquet/runtime.ts'
import { wasmCodec } from '../../../../src/formats/parquet/wasm-codec.ts'
import { runs } from '../../../support/runs.ts'

const codec = wasmCodec()
const options = {
  compression: 'zstd',
  dictionaries: { byDefault: false, exceptions: [] },
} as const

function ipcOf(values: readonly (bigint | null)[], nullable: boolean): Uint8Array[] {
  const schema = new Schema([new Field('n', new Int64(), nullable)])
  const nullBitmap = Uint8Array.of(
    values.reduce<number>((bits, value, row) => bits | (value === null ? 0 : 1 << row), 0),
  )
  const data = BigInt64Array.from(values.map((value) => value ?? 0n))
  const column = makeData({
    type: new Int64(),
    length: values.length,
    data,
    nullBitmap,
    nullCount: values.filter((value) => value === null).length,
  })
  const struct = makeData({
    type: new Struct(schema.fields),
    length: values.length,
    children: [column],
  })
  return [tableToIPC(new Table([new RecordBatch(schema, struct)]), 'stream')]
}

async function decodeAll(file: Uint8Array): Promise<number> {
  let streams = 0
  const decode = { rowCount: 3, batchRows: 2, windowRows: 2, uncompressedBytes: 100 }
  for await (const _ of codec.decode([file], decode)) streams += 1
  return streams
}

describe('parquet-wasm in this thread', () => {
  it('takes a row group apart into batches, window by window', async () => {
    const { bytes: file } = await codec.encode(ipcOf([1n, null, 3n], true), options)
    expect(await decodeAll(file)).toBe(2)
  })

  it('refuses a null in a required column', async () => {
    await expect(codec.encode(ipcOf([1n, null], false), options)).rejects.toMatchObject({
      kind: 'invalid',
    })
  })

  it('never holds on to memory of what is done', async () => {
    const rows = Array.from({ length: 8 }, (_, row) => (row === 5 ? null : BigInt(row)))
    const turn = async (): Promise<number> => {
      const { bytes: file } = await codec.encode(ipcOf(rows, true), options)
      for (let time = 0; time < 200; time += 1) await decodeAll(file)
      return callParquetWasm((wasm) => memoryOf(wasm).byteLength)
    }
    const first = await turn()
    for (let time = 0; time < 4; time += 1) expect(await turn()).toBe(first)
  })

  it('goes on with a new instance after a trap', () => {
    const before = callParquetWasm((wasm) => wasm)
    const trap = new Error('unreachable')
    trap.name = 'RuntimeError'
    expect(() =>
      callParquetWasm(() => {
        throw trap
      }),
    ).toThrow(WasmTrap)
    expect(isParquetWasmKept()).toBe(false)
    const after = callParquetWasm((wasm) => wasm)
    expect(after).not.toBe(before)
    expect(callParquetWasm((wasm) => wasm)).toBe(after)
  })

  it('never fails on damaged bytes but with a typed error', async () => {
    const { bytes: file } = await codec.encode(ipcOf([1n, null, 3n], true), options)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(7)), { minLength: 1, maxLength: 4 }),
        async (flips) => {
          const damaged = file.slice()
          for (const [at, bit] of flips) damaged[at] = (damaged[at] ?? 0) ^ (1 << bit)
          try {
            await decodeAll(damaged)
          } catch (error) {
            if (!isKind(error, 'corrupt')) throw error
          }
        },
      ),
      runs(300),
    )
  })
})
