import { assert } from '../../base/assert.ts'
import { requiredField } from './file-schema.ts'
import { COLUMN_CHUNK, COLUMN_METADATA } from './footer.ts'
import type { ColumnChunk } from './footer.ts'
import { PAGE_HEADER, pageChecksum, readPages } from './pages.ts'
import type { Page } from './pages.ts'
import {
  THRIFT_BINARY,
  THRIFT_STRUCT,
  encodeStruct,
  intOf,
  listOf,
  longOf,
  readStructAt,
  structOf,
  thriftInt,
  thriftList,
  thriftLong,
  thriftString,
  thriftStruct,
  withFields,
} from './thrift.ts'
import type { FieldChanges, ThriftStruct, ThriftValue } from './thrift.ts'

/** A column chunk in its new place, with its parts of the page index, which are written at the end of the file. */
export interface PlacedChunk {
  /** Says where the pages are now; says nothing of the indexes. */
  readonly metadata: ThriftStruct
  readonly columnIndex: Uint8Array | null
  readonly offsetIndex: Uint8Array | null
}

/** Ids of the fields of `OffsetIndex` and of its `PageLocation`. */
const OFFSET_INDEX = { locations: 1 } as const
const PAGE_LOCATION = { offset: 1, sizeBytes: 2 } as const

/**
 * Moves a chunk to another file, and gives each of its pages a checksum on the way.
 *
 * @param file the whole file that the chunk is in
 * @param place where it comes to lie, and the names that lead to it there
 * @returns its bytes, views of `file` among them, and what is kept of it, which are none
 */
export function placeChunk(
  file: Uint8Array,
  chunk: ColumnChunk,
  place: { readonly offset: number; readonly path: readonly string[] },
): { readonly parts: readonly Uint8Array[]; readonly chunk: PlacedChunk } {
  const contents = file.subarray(chunk.offset, chunk.offset + chunk.sizeBytes)
  const parts: Uint8Array[] = []
  const pages: PlacedPage[] = []
  let { offset } = place
  for (const page of readPages(contents, chunk)) {
    const header = headerWithChecksum(contents, page)
    const sizeBytes = header.length + page.end - page.dataStart
    parts.push(header, contents.subarray(page.dataStart, page.end))
    pages.push({ offset, sizeBytes, isDictionary: page.isDictionary })
    offset += sizeBytes
  }
  const offsetIndex = indexBytes(file, chunk, OFFSET_INDEX_FIELDS)
  return {
    parts,
    chunk: {
      metadata: placedMetadata(chunk, pages, place.path),
      columnIndex: indexBytes(file, chunk, COLUMN_INDEX_FIELDS),
      offsetIndex: offsetIndex && movedOffsetIndex(offsetIndex, pages),
    },
  }
}

/** Ids of the fields of a column chunk that say where an index is, and how long. */
type IndexFields = readonly [offsetId: number, lengthId: number]

const OFFSET_INDEX_FIELDS: IndexFields = [
  COLUMN_CHUNK.offsetIndexOffset,
  COLUMN_CHUNK.offsetIndexLength,
]
const COLUMN_INDEX_FIELDS: IndexFields = [
  COLUMN_CHUNK.columnIndexOffset,
  COLUMN_CHUNK.columnIndexLength,
]

interface PlacedPage {
  readonly offset: number
  readonly sizeBytes: number
  readonly isDictionary: boolean
}

function headerWithChecksum(contents: Uint8Array, page: Page): Uint8Array {
  const crc = thriftInt(pageChecksum(contents, page))
  return encodeStruct(withFields(page.header, [[PAGE_HEADER.crc, crc]]))
}

function placedMetadata(
  chunk: ColumnChunk,
  pages: readonly PlacedPage[],
  path: readonly string[],
): ThriftStruct {
  const sizeBytes = pages.reduce((sum, page) => sum + page.sizeBytes, 0)
  const details = structOf(requiredField(chunk.metadata, COLUMN_CHUNK.metadata, 'meta_data'))
  const changes: FieldChanges = [
    [COLUMN_METADATA.path, thriftList(THRIFT_BINARY, path.map(thriftString))],
    [
      COLUMN_METADATA.uncompressedBytes,
      thriftLong(BigInt(chunk.uncompressedBytes + sizeBytes - chunk.sizeBytes)),
    ],
    [COLUMN_METADATA.compressedBytes, thriftLong(BigInt(sizeBytes))],
    [COLUMN_METADATA.dataPageOffset, offsetOf(pages.find((page) => !page.isDictionary))],
    [COLUMN_METADATA.dictionaryPageOffset, offsetOf(pages.find((page) => page.isDictionary))],
  ]
  return withFields(chunk.metadata, [
    [COLUMN_CHUNK.metadata, thriftStruct(withFields(details, changes))],
    ...[...OFFSET_INDEX_FIELDS, ...COLUMN_INDEX_FIELDS].map((id) => [id, null] as const),
  ])
}

function offsetOf(page: PlacedPage | undefined): ThriftValue | null {
  return page === undefined ? null : thriftLong(BigInt(page.offset))
}

/** A copy, which does not hold on to the file. */
function indexBytes(
  file: Uint8Array,
  { metadata }: ColumnChunk,
  [offsetId, lengthId]: IndexFields,
): Uint8Array | null {
  const offset = metadata.get(offsetId)
  const length = metadata.get(lengthId)
  if (offset === undefined || length === undefined) return null
  const start = Number(longOf(offset))
  return file.slice(start, start + intOf(length))
}

/** The same index with the pages where they are now; which rows they begin with does not change. */
function movedOffsetIndex(bytes: Uint8Array, pages: readonly PlacedPage[]): Uint8Array {
  const { struct } = readStructAt(bytes, 0)
  const locations = listOf(requiredField(struct, OFFSET_INDEX.locations, 'page_locations'))
  const dataPages = pages.filter((page) => !page.isDictionary)
  const moved = locations.map((location, index) => {
    const page = dataPages[index]
    assert(page !== undefined, 'the index of a chunk lists its pages')
    return thriftStruct(
      withFields(structOf(location), [
        [PAGE_LOCATION.offset, thriftLong(BigInt(page.offset))],
        [PAGE_LOCATION.sizeBytes, thriftInt(page.sizeBytes)],
      ]),
    )
  })
  const list = thriftList(THRIFT_STRUCT, moved)
  return encodeStruct(withFields(struct, [[OFFSET_INDEX.locations, list]]))
}
