import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { concatBytes } from '../../../../src/base/bytes.ts'
import { IcebergError } from '../../../../src/base/errors.ts'
import {
  FILE_METADATA,
  ROW_GROUP,
  footerOf,
  readFooter,
} from '../../../../src/formats/parquet/footer.ts'
import { SCHEMA_ELEMENT } from '../../../../src/formats/parquet/file-schema.ts'
import { readParquet } from '../../../../src/formats/parquet/reader.ts'
import type { ReadParquetOptions } from '../../../../src/formats/parquet/reader.ts'
import { fileEnd } from '../../../../src/formats/parquet/row-group-file.ts'
import {
  THRIFT_STRUCT,
  listOf,
  structOf,
  thriftInt,
  thriftList,
  thriftLong,
  thriftStruct,
  withFields,
} from '../../../../src/formats/parquet/thrift.ts'
import type { ThriftStruct } from '../../../../src/formats/parquet/thrift.ts'
import { wasmCodec } from '../../../../src/formats/parquet/wasm-codec.ts'
import { bytesAccess, readRows, schemaOf, writeParquet } from '../../../support/parquet-files.ts'
import { runs } from '../../../support/runs.ts'

const nested = schemaOf(
  {
    id: 1,
    name: 'a',
    required: false,
    type: {
      kind: 'struct',
      fields: [
        { id: 2, name: 'b', required: false, type: { kind: 'int' } },
        { id: 3, name: 'c', required: false, type: { kind: 'int' } },
      ],
    },
  },
  { id: 4, name: 'a.b', required: false, type: { kind: 'long' } },
  { id: 5, name: 'é', required: false, type: { kind: 'int' } },
  {
    id: 6,
    name: 'éa',
    required: false,
    type: {
      kind: 'map',
      keyId: 7,
      key: { kind: 'string' },
      valueId: 8,
      valueRequired: false,
      value: {
        kind: 'struct',
        fields: [
          { id: 9, name: 'x', required: false, type: { kind: 'int' } },
          { id: 10, name: 'y', required: false, type: { kind: 'int' } },
        ],
      },
    },
  },
)
const nestedRows = [
  [[1, 2], 3n, 4, [['k', [5, 6]]]],
  [null, null, null, null],
  [[null, null], -3n, null, []],
] as const

const numbers = schemaOf({ id: 1, name: 'n', required: true, type: { kind: 'long' } })
const count = (length: number): bigint[][] => Array.from({ length }, (_, row) => [BigInt(row)])

async function batchesOf(
  bytes: Uint8Array,
  options: Partial<ReadParquetOptions> = {},
): Promise<{ names: string[]; rows: number }[]> {
  const file = bytesAccess(bytes)
  const footer = await readFooter(file)
  const batches = []
  for await (const batch of readParquet({ file, footer, codec: wasmCodec(), ...options })) {
    batches.push({ names: batch.schema.fields.map(String), rows: batch.numRows })
  }
  return batches
}

/** The file with another footer. */
function withFooter(
  bytes: Uint8Array,
  changes: (metadata: ThriftStruct) => ThriftStruct,
): Uint8Array {
  const length = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 8).getUint32(0, true)
  return concatBytes([bytes.subarray(0, -8 - length), fileEnd(changes(footerOf(bytes).metadata))])
}

describe('Parquet reader', () => {
  it.each<[string, number[], string[]]>([
    ['a group with all that is below it', [1, 2, 3], ['a: Struct<{b:Int32, c:Int32}>']],
    ['a group for its presence, with one of its columns', [1, 99], ['a: Struct<{b:Int32}>']],
    [
      'a map for its length, with its keys',
      [6, 99],
      ['éa: Map<{key:Utf8, value:Struct<{x:Int32}>}>'],
    ],
    ['one field of a group', [3], ['a: Struct<{c:Int32}>']],
    [
      'a column with a dot in its name, and not the column whose path looks alike',
      [4],
      ['a.b: Int64'],
    ],
    ['a name that another one begins with', [5], ['é: Int32']],
    [
      'part of the value of a map, with the key',
      [10],
      ['éa: Map<{key:Utf8, value:Struct<{y:Int32}>}>'],
    ],
    ['fields in the order of the file', [5, 4], ['a.b: Int64', 'é: Int32']],
    ['what the file has of the fields', [99, 5], ['é: Int32']],
  ])('reads %s', async (_, ids, fields) => {
    const { bytes } = await writeParquet(nested, [nestedRows])
    expect(await batchesOf(bytes, { fieldIds: new Set(ids) })).toEqual([{ names: fields, rows: 3 }])
  })

  it('keeps structs apart from nulls when the file has none of their fields (spec: Column Projection)', async () => {
    const { bytes } = await writeParquet(nested, [nestedRows])
    const added = { id: 99, name: 'd', required: false, type: { kind: 'int' } } as const
    const later = schemaOf({
      id: 1,
      name: 'a',
      required: false,
      type: { kind: 'struct', fields: [added] },
    })
    const rows = await readRows(bytes, later, { fieldIds: new Set([1, 99]) })
    expect(rows).toEqual([[[null]], [null], [[null]]])
  })

  it('gives rows without columns when the file has none of the fields', async () => {
    const { bytes } = await writeParquet(nested, [nestedRows], { rowGroupRows: 2 })
    expect(await batchesOf(bytes, { fieldIds: new Set([99]), batchRows: 1 })).toEqual(
      Array.from({ length: 3 }, () => ({ names: [], rows: 1 })),
    )
  })

  it('refuses to look for fields in a file without ids', async () => {
    const { bytes } = await writeParquet(numbers, [count(1)])
    const without = withFooter(bytes, (metadata) => {
      const elements = listOf(metadata.get(FILE_METADATA.schema) ?? thriftInt(0))
      const changed = elements.map((element) =>
        thriftStruct(withFields(structOf(element), [[SCHEMA_ELEMENT.fieldId, null]])),
      )
      return withFields(metadata, [[FILE_METADATA.schema, thriftList(THRIFT_STRUCT, changed)]])
    })
    await expect(batchesOf(without, { fieldIds: new Set([1]) })).rejects.toMatchObject({
      kind: 'unsupported',
    })
    expect(await batchesOf(without)).toEqual([{ names: ['n: Int64'], rows: 1 }])
  })

  it('reads the row groups that it is told to, in that order', async () => {
    const { bytes } = await writeParquet(numbers, [count(6)], { rowGroupRows: 2 })
    expect(await readRows(bytes, numbers, { rowGroups: [2, 0] })).toEqual([[4n], [5n], [0n], [1n]])
    expect(await readRows(bytes, numbers, { rowGroups: [] })).toEqual([])
  })

  it('asks only for the bytes of the columns and row groups that it reads', async () => {
    const wide = schemaOf(numbers.fields[0] ?? missing(), {
      id: 2,
      name: 'blob',
      required: true,
      type: { kind: 'binary' },
    })
    const rows = count(2).map(([n]) => [n ?? null, new Uint8Array(200_000)])
    const { bytes } = await writeParquet(wide, [rows], {
      rowGroupRows: 1,
      compression: 'uncompressed',
    })
    const footer = footerOf(bytes)
    const chunk = footer.rowGroups[1]?.chunks[0]
    const reads: [number, number][] = []
    const file = {
      sizeBytes: bytes.length,
      read: async (start: number, end: number) => {
        reads.push([start, end])
        return bytes.slice(start, end)
      },
    }
    for await (const batch of readParquet({
      file,
      footer,
      codec: wasmCodec(),
      fieldIds: new Set([1]),
      rowGroups: [1],
    })) {
      expect(batch.numRows).toBe(1)
    }
    expect(reads).toEqual([[chunk?.offset, (chunk?.offset ?? 0) + (chunk?.sizeBytes ?? 0)]])
  })

  it('decodes a large row group in parts', async () => {
    const windows: number[] = []
    const codec = wasmCodec()
    const rows = count(600_000)
    const { bytes } = await writeParquet(numbers, [rows], { rowGroupRows: 600_000 })
    const file = bytesAccess(bytes)
    let next = 0n
    const spied: typeof codec = {
      ...codec,
      decode: (one, options, call) => {
        windows.push(options.windowRows)
        return codec.decode(one, options, call)
      },
    }
    for await (const batch of readParquet({
      file,
      footer: await readFooter(file),
      codec: spied,
      batchRows: 100_000,
    })) {
      const values = batch.getChildAt(0)?.toArray() as BigInt64Array
      for (const value of values) {
        if (value !== next) throw new Error(`row ${next} holds ${value}`)
        next += 1n
      }
    }
    expect(windows).toEqual([500_000])
    expect(next).toBe(600_000n)
  })

  it('refuses a row group that is larger than the limit, before it reads it', async () => {
    const { bytes } = await writeParquet(numbers, [count(1000)])
    await expect(batchesOf(bytes, { maxRowGroupBytes: 1000 })).rejects.toMatchObject({
      kind: 'limit',
      context: { rowGroup: 0 },
    })
  })

  it('refuses a file that has other rows than its footer says', async () => {
    // A list has as many values as it likes, so that only the rows that come out can tell.
    const lists = schemaOf({
      id: 1,
      name: 'l',
      required: true,
      type: { kind: 'list', elementId: 2, elementRequired: true, element: { kind: 'int' } },
    })
    const { bytes } = await writeParquet(lists, [[[[1, 2]], [[3]]]])
    const more = withFooter(bytes, (metadata) => {
      const [group] = listOf(metadata.get(FILE_METADATA.rowGroups) ?? thriftInt(0))
      const rows = thriftLong(3n)
      const changed = thriftStruct(
        withFields(structOf(group ?? thriftInt(0)), [[ROW_GROUP.rowCount, rows]]),
      )
      return withFields(metadata, [
        [FILE_METADATA.rowCount, rows],
        [FILE_METADATA.rowGroups, thriftList(THRIFT_STRUCT, [changed])],
      ])
    })
    await expect(batchesOf(more)).rejects.toMatchObject({ kind: 'corrupt' })
  })

  it('stops between batches when its signal is aborted', async () => {
    const { bytes } = await writeParquet(numbers, [count(10)])
    const controller = new AbortController()
    const file = bytesAccess(bytes)
    const batches = readParquet({
      file,
      footer: footerOf(bytes),
      codec: wasmCodec(),
      batchRows: 1,
      signal: controller.signal,
    })
    await batches.next()
    controller.abort(new Error('enough'))
    await expect(batches.next()).rejects.toThrow('enough')
  })

  it('never gives other rows for pages that are damaged', async () => {
    const rows = Array.from(
      { length: 50 },
      (_, row) => [[row, row * 7], BigInt(row % 5), row, [['k', [row, null]]]] as const,
    )
    const { bytes } = await writeParquet(nested, [rows], { rowGroupRows: 20 })
    const footer = footerOf(bytes)
    const end = Math.max(
      ...footer.rowGroups.flatMap((group) =>
        group.chunks.map((chunk) => chunk.offset + chunk.sizeBytes),
      ),
    )
    const right = await readRows(bytes, nested)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 4, max: end - 1 }), fc.nat(7), async (offset, bit) => {
        const damaged = bytes.slice()
        damaged[offset] = (damaged[offset] ?? 0) ^ (1 << bit)
        try {
          expect(await readRows(damaged, nested)).toEqual(right)
        } catch (error) {
          if (!(error instanceof IcebergError) || error.kind === 'internal') throw error
        }
      }),
      runs(300),
    )
  })
})

function missing(): never {
  throw new Error('missing')
}
