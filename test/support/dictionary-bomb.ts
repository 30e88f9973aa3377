// A Parquet file of a few bytes with many large values: one value in a dictionary, and rows that all point at it.
import { concatBytes } from '../../src/base/bytes.ts'
import {
  COLUMN_CHUNK,
  COLUMN_METADATA,
  FILE_METADATA,
  MAGIC,
  ROW_GROUP,
} from '../../src/formats/parquet/footer.ts'
import { SCHEMA_ELEMENT } from '../../src/formats/parquet/file-schema.ts'
import { PAGE_HEADER } from '../../src/formats/parquet/pages.ts'
import { fileEnd } from '../../src/formats/parquet/row-group-file.ts'
import {
  THRIFT_BINARY,
  THRIFT_I32,
  THRIFT_STRUCT,
  encodeStruct,
  thriftInt,
  thriftList,
  thriftLong,
  thriftString,
  thriftStruct,
} from '../../src/formats/parquet/thrift.ts'
import type { ThriftValue } from '../../src/formats/parquet/thrift.ts'

const BYTE_ARRAY = 6
const PLAIN = 0
const RLE = 3
const RLE_DICTIONARY = 8
const DATA_PAGE = 0
const DICTIONARY_PAGE = 2

export function dictionaryBomb(size: {
  readonly valueBytes: number
  readonly rows: number
}): Uint8Array {
  const value = new Uint8Array(4 + size.valueBytes).fill(0x78)
  new DataView(value.buffer).setUint32(0, size.valueBytes, true)
  const dictionary = page(DICTIONARY_PAGE, value, PAGE_HEADER.dictionary, [1, PLAIN])
  // One bit an index, and one run of zeros that is as long as the rows.
  const indexes = Uint8Array.from([1, ...varint(size.rows * 2), 0])
  const data = page(DATA_PAGE, indexes, PAGE_HEADER.data, [size.rows, RLE_DICTIONARY, RLE, RLE])
  const pages = concatBytes([dictionary, data])
  return concatBytes([MAGIC, pages, fileEnd(new Map(footer(size.rows, pages, dictionary.length)))])
}

/** The details of both kinds of header are integers, in the order of their ids. */
function page(
  type: number,
  bytes: Uint8Array,
  detailsId: number,
  details: readonly number[],
): Uint8Array {
  const header = encodeStruct(
    new Map([
      [PAGE_HEADER.type, thriftInt(type)],
      [PAGE_HEADER.uncompressedBytes, thriftInt(bytes.length)],
      [PAGE_HEADER.compressedBytes, thriftInt(bytes.length)],
      [detailsId, thriftStruct(new Map(details.map((one, at) => [at + 1, thriftInt(one)])))],
    ]),
  )
  return concatBytes([header, bytes])
}

function footer(rows: number, pages: Uint8Array, dictionaryBytes: number): [number, ThriftValue][] {
  const count = thriftLong(BigInt(rows))
  const bytes = thriftLong(BigInt(pages.length))
  const column = new Map<number, ThriftValue>([
    [COLUMN_METADATA.type, thriftInt(BYTE_ARRAY)],
    [COLUMN_METADATA.encodings, thriftList(THRIFT_I32, [thriftInt(RLE_DICTIONARY)])],
    [COLUMN_METADATA.path, thriftList(THRIFT_BINARY, [thriftString('t')])],
    [COLUMN_METADATA.codec, thriftInt(0)],
    [COLUMN_METADATA.valueCount, count],
    [COLUMN_METADATA.uncompressedBytes, bytes],
    [COLUMN_METADATA.compressedBytes, bytes],
    [COLUMN_METADATA.dataPageOffset, thriftLong(BigInt(MAGIC.length + dictionaryBytes))],
    [COLUMN_METADATA.dictionaryPageOffset, thriftLong(BigInt(MAGIC.length))],
  ])
  const chunk = thriftStruct(
    new Map([
      [COLUMN_CHUNK.fileOffset, thriftLong(0n)],
      [COLUMN_CHUNK.metadata, thriftStruct(column)],
    ]),
  )
  const group = thriftStruct(
    new Map([
      [ROW_GROUP.columns, thriftList(THRIFT_STRUCT, [chunk])],
      [ROW_GROUP.totalBytes, bytes],
      [ROW_GROUP.rowCount, count],
    ]),
  )
  const root = thriftStruct(
    new Map([
      [SCHEMA_ELEMENT.name, thriftString('root')],
      [SCHEMA_ELEMENT.childCount, thriftInt(1)],
    ]),
  )
  const leaf = thriftStruct(
    new Map([
      [SCHEMA_ELEMENT.type, thriftInt(BYTE_ARRAY)],
      [SCHEMA_ELEMENT.repetition, thriftInt(0)],
      [SCHEMA_ELEMENT.name, thriftString('t')],
      [SCHEMA_ELEMENT.convertedType, thriftInt(0)],
    ]),
  )
  return [
    [FILE_METADATA.version, thriftInt(1)],
    [FILE_METADATA.schema, thriftList(THRIFT_STRUCT, [root, leaf])],
    [FILE_METADATA.rowCount, count],
    [FILE_METADATA.rowGroups, thriftList(THRIFT_STRUCT, [group])],
  ]
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
}
