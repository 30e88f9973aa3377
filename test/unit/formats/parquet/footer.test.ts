import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'

import { concatBytes } from '../../../../src/base/bytes.ts'
import { IcebergError } from '../../../../src/base/errors.ts'
import {
  COLUMN_CHUNK,
  COLUMN_METADATA,
  FILE_METADATA,
  ROW_GROUP,
  footerOf,
  readFooter,
} from '../../../../src/formats/parquet/footer.ts'
import type { ParquetFooter } from '../../../../src/formats/parquet/footer.ts'
import { fileEnd } from '../../../../src/formats/parquet/row-group-file.ts'
import {
  THRIFT_I32,
  THRIFT_STRUCT,
  listOf,
  structOf,
  thriftInt,
  thriftList,
  thriftLong,
  thriftString,
  thriftStruct,
  withFields,
} from '../../../../src/formats/parquet/thrift.ts'
import type {
  FieldChanges,
  ThriftStruct,
  ThriftValue,
} from '../../../../src/formats/parquet/thrift.ts'
import { MAX_FIELD_ID, fileColumn, rowIdColumn } from '../../../../src/types/reserved-fields.ts'
import { emptied, withEmptyRowGroups } from '../../../support/foreign-parquet.ts'
import { bytesAccess, readRows, schemaOf, writeParquet } from '../../../support/parquet-files.ts'
import { runs } from '../../../support/runs.ts'
import { thrownBy } from '../../../support/thrown.ts'

const schema = schemaOf(
  { id: 1, name: 'id', required: true, type: { kind: 'long' } },
  { id: 2, name: 'city', required: false, type: { kind: 'string' } },
  {
    id: 3,
    name: 'tags',
    required: false,
    type: {
      kind: 'list',
      elementId: 4,
      elementRequired: false,
      element: { kind: 'decimal', precision: 20, scale: 3 },
    },
  },
)

let file: Uint8Array
let footer: ParquetFooter
let footerStart: number

beforeAll(async () => {
  const rows = Array.from({ length: 10 }, (_, row) => [
    BigInt(row),
    row % 3 === 0 ? null : `c${row}`,
    [5n, null],
  ])
  file = (await writeParquet(schema, [rows], { rowGroupRows: 5 })).bytes
  footer = footerOf(file)
  footerStart =
    file.length -
    8 -
    new DataView(file.buffer, file.byteOffset + file.length - 8).getUint32(0, true)
})

/** The file with another footer. */
function withFooter(metadata: ThriftStruct): Uint8Array {
  return concatBytes([file.subarray(0, footerStart), fileEnd(metadata)])
}

/** The file with changes in the metadata of the first column of its first row group. */
function withChunk(details: FieldChanges, chunkChanges: FieldChanges = []): Uint8Array {
  const groups = listOf(footer.metadata.get(FILE_METADATA.rowGroups) ?? missing()).map(structOf)
  const columns = listOf(groups[0]?.get(ROW_GROUP.columns) ?? missing()).map(structOf)
  const inner = structOf(columns[0]?.get(COLUMN_CHUNK.metadata) ?? missing())
  const chunk = withFields(columns[0] ?? new Map(), [
    [COLUMN_CHUNK.metadata, thriftStruct(withFields(inner, details))],
    ...chunkChanges,
  ])
  const changedColumns = thriftList(THRIFT_STRUCT, [chunk, ...columns.slice(1)].map(thriftStruct))
  const changedGroup = withFields(groups[0] ?? new Map(), [[ROW_GROUP.columns, changedColumns]])
  const changedGroups = thriftList(
    THRIFT_STRUCT,
    [changedGroup, ...groups.slice(1)].map(thriftStruct),
  )
  return withFooter(withFields(footer.metadata, [[FILE_METADATA.rowGroups, changedGroups]]))
}

function missing(): ThriftValue {
  throw new Error('the file lacks what the test changes')
}

describe('footer of a Parquet file', () => {
  it('tells the schema with field ids, types and paths', () => {
    expect(footer.schema.columns).toEqual([
      {
        index: 0,
        path: ['id'],
        fieldId: 1,
        physicalType: 'int64',
        typeLength: 0,
        annotation: null,
        isRepeated: false,
      },
      {
        index: 1,
        path: ['city'],
        fieldId: 2,
        physicalType: 'byte-array',
        typeLength: 0,
        annotation: { kind: 'string' },
        isRepeated: false,
      },
      {
        index: 2,
        path: ['tags', 'list', 'element'],
        fieldId: 4,
        physicalType: 'fixed-byte-array',
        typeLength: 9,
        annotation: { kind: 'decimal', precision: 20, scale: 3 },
        isRepeated: true,
      },
    ])
    expect(footer.createdBy).toMatch(/^parquet-rs version/)
  })

  it('tells the ids of metadata columns, up to the highest', async () => {
    const type = { kind: 'long' } as const
    const ids = [MAX_FIELD_ID, rowIdColumn.id, fileColumn.id, 2 ** 31 - 1]
    const fields = ids.map((id) => ({ id, name: `c${id}`, required: false, type }))
    const { bytes } = await writeParquet(schemaOf(...fields), [[ids.map(BigInt)]])
    expect(footerOf(bytes).schema.columns.map(({ fieldId }) => fieldId)).toEqual(ids)
    expect(await readRows(bytes, schemaOf(...fields))).toEqual([ids.map(BigInt)])
  })

  it('tells row groups with counts and statistics', () => {
    expect(footer.rowCount).toBe(10n)
    expect(footer.rowGroups.map((group) => group.rowCount)).toEqual([5, 5])
    const city = footer.rowGroups[1]?.chunks[1]
    expect(city?.valueCount).toBe(5n)
    expect(city?.statistics).toEqual({
      min: Uint8Array.from(Buffer.from('c5')),
      max: Uint8Array.from(Buffer.from('c8')),
      isMinExact: true,
      isMaxExact: true,
      nullCount: 2n,
      nanCount: null,
    })
  })

  it('is read with one request when it is short, and with two when it is long', async () => {
    const reads: [number, number][] = []
    const spied = (bytes: Uint8Array): Parameters<typeof readFooter>[0] => ({
      sizeBytes: bytes.length,
      read: async (start, end) => {
        reads.push([start, end])
        return bytes.slice(start, end)
      },
    })
    await readFooter(spied(file))
    expect(reads).toEqual([[0, file.length]])

    const long = withFooter(
      withFields(footer.metadata, [[FILE_METADATA.createdBy, thriftString('x'.repeat(100_000))]]),
    )
    reads.length = 0
    expect((await readFooter(spied(long))).createdBy).toHaveLength(100_000)
    expect(reads).toEqual([
      [long.length - 65_536, long.length],
      [footerStart, long.length - 8],
    ])
  })

  it.each<[string, () => Uint8Array, string]>([
    ['nothing', () => new Uint8Array(), 'corrupt'],
    ['another format', () => new Uint8Array(100), 'corrupt'],
    [
      'an encrypted footer',
      () => concatBytes([file.subarray(0, -4), Buffer.from('PARE')]),
      'unsupported',
    ],
    [
      'a footer longer than the file',
      () =>
        concatBytes([
          file.subarray(0, -8),
          Uint8Array.of(0xff, 0xff, 0xff, 0x7f),
          file.subarray(-4),
        ]),
      'corrupt',
    ],
    [
      'a column that begins outside of the file',
      () => withChunk([[COLUMN_METADATA.dataPageOffset, thriftLong(1n << 40n)]]),
      'corrupt',
    ],
    [
      'a column that ends in the footer',
      () => withChunk([[COLUMN_METADATA.compressedBytes, thriftLong(BigInt(file.length))]]),
      'corrupt',
    ],
    [
      'a column of negative size',
      () => withChunk([[COLUMN_METADATA.compressedBytes, thriftLong(-1n)]]),
      'corrupt',
    ],
    [
      'a column that begins in the magic',
      () => withChunk([[COLUMN_METADATA.dataPageOffset, thriftLong(0n)]]),
      'corrupt',
    ],
    [
      'columns that overlap',
      () =>
        withChunk([
          [
            COLUMN_METADATA.compressedBytes,
            thriftLong(BigInt((footer.rowGroups[0]?.chunks[0]?.sizeBytes ?? 0) + 1)),
          ],
        ]),
      'corrupt',
    ],
    [
      'more values than rows',
      () => withChunk([[COLUMN_METADATA.valueCount, thriftLong(6n)]]),
      'corrupt',
    ],
    [
      'a column in another file',
      () => withChunk([], [[COLUMN_CHUNK.filePath, thriftString('other')]]),
      'unsupported',
    ],
    [
      'an encrypted column',
      () => withChunk([], [[COLUMN_CHUNK.crypto, thriftStruct(new Map())]]),
      'unsupported',
    ],
    ['LZO', () => withChunk([[COLUMN_METADATA.codec, thriftInt(3)]]), 'unsupported'],
    [
      'an encoding of the future',
      () => withChunk([[COLUMN_METADATA.encodings, thriftList(THRIFT_I32, [thriftInt(10)])]]),
      'unsupported',
    ],
    [
      'rows that do not add up',
      () => withFooter(withFields(footer.metadata, [[FILE_METADATA.rowCount, thriftLong(11n)]])),
      'corrupt',
    ],
    [
      'no schema',
      () => withFooter(withFields(footer.metadata, [[FILE_METADATA.schema, null]])),
      'corrupt',
    ],
  ])('refuses %s', (_, make, kind) => {
    expect(thrownBy(() => footerOf(make())).kind).toBe(kind)
  })

  it('tells of row groups with rows only, wherever others point', () => {
    const [first, second] = footer.rowGroups
    const more = footerOf(withEmptyRowGroups(file))
    expect(more.rowGroups).toEqual([first, second])
    expect(more.rowCount).toBe(10n)
    expect(footerOf(emptied(file))).toMatchObject({ rowGroups: [], rowCount: 0n })
  })

  it('takes no bounds of columns whose order is not known', () => {
    const unordered = footerOf(
      withFooter(withFields(footer.metadata, [[FILE_METADATA.columnOrders, null]])),
    )
    expect(unordered.rowGroups[0]?.chunks[0]?.statistics).toMatchObject({
      min: null,
      max: null,
      nullCount: 0n,
    })
  })

  it('takes the deprecated bounds only of types that old writers compared right', () => {
    const old = thriftStruct(
      new Map([
        [1, thriftString('\t2345678')],
        [2, thriftString('\b2345678')],
      ]),
    )
    const number = footerOf(withChunk([[COLUMN_METADATA.statistics, old]]))
    expect(number.rowGroups[0]?.chunks[0]?.statistics.max).toEqual(
      Uint8Array.from(Buffer.from('\t2345678')),
    )
  })

  it('never fails on a damaged file but with a typed error', async () => {
    const anyDamage = fc.oneof(
      fc.nat({ max: 1_000_000 }).map((length) => file.slice(0, length % file.length)),
      fc.array(fc.tuple(fc.nat(), fc.nat(7)), { minLength: 1, maxLength: 4 }).map((flips) => {
        const damaged = file.slice()
        for (const [at, bit] of flips) {
          const offset = footerStart + (at % (file.length - footerStart))
          damaged[offset] = (damaged[offset] ?? 0) ^ (1 << bit)
        }
        return damaged
      }),
    )
    await fc.assert(
      fc.asyncProperty(anyDamage, async (bytes) => {
        try {
          await readFooter(bytesAccess(bytes))
        } catch (error) {
          if (!(error instanceof IcebergError) || error.kind === 'internal') throw error
        }
      }),
      runs(300),
    )
  })
})
