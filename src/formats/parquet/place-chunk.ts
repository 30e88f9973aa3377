import { concatBytes } from '../../base/bytes.ts'
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
 */
export function placeChunk(
  file: Uint8Array,
  chunk: ColumnChunk,
  place: { readonly offset: number; readonly path: readonly string[] },
): { readonly bytes: Uint8Array; readonly chunk: PlacedChunk } {
  const contents = file.subarray(chunk.offset, chunk.offset + chunk.sizeBytes)
  const pages = readPages(contents, chunk)
  const written = pages.map((page) => withChecksum(contents, page))
  const bytes = concatBytes(written)
  const locations = locationsOf(written, place.offset)
  const isData = (_: unknown, index: number): boolean => pages[index]?.isDictionary === false
  const addedBytes = bytes.length - chunk.sizeBytes
  const details = structOf(requiredField(chunk.metadata, COLUMN_CHUNK.metadata, 'meta_data'))
  const dictionary = locations.find((_, index) => pages[index]?.isDictionary)
  const changes: FieldChanges = [
    [COLUMN_METADATA.path, thriftList(THRIFT_BINARY, place.path.map(thriftString))],
    [COLUMN_METADATA.uncompressedBytes, thriftLong(BigInt(chunk.uncompressedBytes + addedBytes))],
    [COLUMN_METADATA.compressedBytes, thriftLong(BigInt(bytes.length))],
    [
      COLUMN_METADATA.dataPageOffset,
      thriftLong(BigInt(locations.find(isData)?.offset ?? place.offset)),
    ],
    [
      COLUMN_METADATA.dictionaryPageOffset,
      dictionary ? thriftLong(BigInt(dictionary.offset)) : null,
    ],
  ]
  const metadata: FieldChanges = [
    [COLUMN_CHUNK.metadata, thriftStruct(withFields(details, changes))],
    ...INDEX_FIELDS.map((id) => [id, null] as const),
  ]
  const offsetIndex = indexBytes(
    file,
    chunk,
    COLUMN_CHUNK.offsetIndexOffset,
    COLUMN_CHUNK.offsetIndexLength,
  )
  return {
    bytes,
    chunk: {
      metadata: withFields(chunk.metadata, metadata),
      columnIndex: indexBytes(
        file,
        chunk,
        COLUMN_CHUNK.columnIndexOffset,
        COLUMN_CHUNK.columnIndexLength,
      ),
      offsetIndex: offsetIndex && movedOffsetIndex(offsetIndex, locations.filter(isData)),
    },
  }
}

const INDEX_FIELDS = [
  COLUMN_CHUNK.offsetIndexOffset,
  COLUMN_CHUNK.offsetIndexLength,
  COLUMN_CHUNK.columnIndexOffset,
  COLUMN_CHUNK.columnIndexLength,
] as const

function withChecksum(contents: Uint8Array, page: Page): Uint8Array {
  const crc: FieldChanges = [[PAGE_HEADER.crc, thriftInt(pageChecksum(contents, page))]]
  return concatBytes([
    encodeStruct(withFields(page.header, crc)),
    contents.subarray(page.dataStart, page.end),
  ])
}

interface Location {
  readonly offset: number
  readonly sizeBytes: number
}

function locationsOf(pages: readonly Uint8Array[], start: number): readonly Location[] {
  let offset = start
  return pages.map(({ length }) => {
    const location = { offset, sizeBytes: length }
    offset += length
    return location
  })
}

function indexBytes(
  file: Uint8Array,
  { metadata }: ColumnChunk,
  offsetId: number,
  lengthId: number,
): Uint8Array | null {
  const offset = metadata.get(offsetId)
  const length = metadata.get(lengthId)
  if (offset === undefined || length === undefined) return null
  const start = Number(longOf(offset))
  return file.subarray(start, start + intOf(length))
}

/** The same index with the pages where they are now; which rows they begin with does not change. */
function movedOffsetIndex(bytes: Uint8Array, locations: readonly Location[]): Uint8Array {
  const { struct } = readStructAt(bytes, 0)
  const moved = listOf(requiredField(struct, OFFSET_INDEX.locations, 'page_locations')).map(
    (value, index): ThriftValue => {
      const location = locations[index]
      if (location === undefined) return value
      return thriftStruct(
        withFields(structOf(value), [
          [PAGE_LOCATION.offset, thriftLong(BigInt(location.offset))],
          [PAGE_LOCATION.sizeBytes, thriftInt(location.sizeBytes)],
        ]),
      )
    },
  )
  return encodeStruct(
    withFields(struct, [[OFFSET_INDEX.locations, thriftList(THRIFT_STRUCT, moved)]]),
  )
}
