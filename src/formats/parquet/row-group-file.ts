// Some columns of one row group as a Parquet file of their own, which is what the codec decodes. The pages are copied as
// they are; the footer is written anew with what is needed to decode them. So whatever the file brought along, such as
// names with dots in them, hints of the writer's own types, statistics, indexes, is out of the decoder's way.
import { concatBytes } from '../../base/bytes.ts'
import {
  COLUMN_CHUNK,
  COLUMN_METADATA,
  FILE_METADATA,
  MAGIC,
  ROW_GROUP,
  dictionaryOffset,
} from './footer.ts'
import type { ColumnChunk, ParquetFooter, RowGroup } from './footer.ts'
import { decodedElement, decodedType } from './int96.ts'
import { SCHEMA_ELEMENT, requiredField } from './file-schema.ts'
import type { ParquetColumn, ParquetNode } from './file-schema.ts'
import {
  THRIFT_STRUCT,
  encodeStruct,
  longOf,
  pickFields,
  structOf,
  thriftInt,
  thriftList,
  thriftLong,
  thriftStruct,
  withFields,
} from './thrift.ts'
import type { FieldChanges, ThriftStruct, ThriftValue } from './thrift.ts'

/** A chunk of the row group and its bytes. */
export interface LoadedChunk {
  readonly chunk: ColumnChunk
  readonly bytes: Uint8Array
}

/** The file of one row group that holds just these chunks, which are in the order of the schema and at least one; in parts. */
export function rowGroupFile(
  footer: ParquetFooter,
  rowGroup: RowGroup,
  loaded: readonly LoadedChunk[],
): readonly Uint8Array[] {
  const columns: ThriftValue[] = []
  let offset = MAGIC.length
  for (const { chunk, bytes } of loaded) {
    columns.push(thriftStruct(movedChunk(chunk, offset)))
    offset += bytes.length
  }
  const group: ThriftStruct = new Map([
    [ROW_GROUP.columns, thriftList(THRIFT_STRUCT, columns)],
    [ROW_GROUP.totalBytes, thriftLong(sumOf(loaded, (chunk) => chunk.uncompressedBytes))],
    [ROW_GROUP.rowCount, thriftLong(BigInt(rowGroup.rowCount))],
  ])
  const kept = new Set(loaded.map(({ chunk }) => chunk.column))
  const metadata: ThriftStruct = new Map([
    [FILE_METADATA.version, thriftInt(1)],
    [FILE_METADATA.schema, thriftList(THRIFT_STRUCT, schemaElements(footer.schema.root, kept))],
    [FILE_METADATA.rowCount, thriftLong(BigInt(rowGroup.rowCount))],
    [FILE_METADATA.rowGroups, thriftList(THRIFT_STRUCT, [thriftStruct(group)])],
  ])
  return [MAGIC, ...loaded.map(({ bytes }) => bytes), fileEnd(metadata)]
}

/** The end of a Parquet file: the footer, its length, the magic. */
export function fileEnd(metadata: ThriftStruct): Uint8Array {
  const footer = encodeStruct(metadata)
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, footer.length, true)
  return concatBytes([footer, length, MAGIC])
}

function movedChunk({ column, metadata, offset }: ColumnChunk, newOffset: number): ThriftStruct {
  const details = structOf(requiredField(metadata, COLUMN_CHUNK.metadata, 'meta_data'))
  const { type, encodings, path, codec, valueCount, uncompressedBytes, compressedBytes } =
    COLUMN_METADATA
  const kept = pickFields(details, [
    type,
    encodings,
    path,
    codec,
    valueCount,
    uncompressedBytes,
    compressedBytes,
  ])
  const otherType = decodedType(column)
  const moved = withFields(kept, [
    ...movedOffsets(details, newOffset - offset),
    ...(otherType === null ? [] : [[COLUMN_METADATA.type, otherType] as const]),
  ])
  return new Map([
    [COLUMN_CHUNK.fileOffset, thriftLong(0n)],
    [COLUMN_CHUNK.metadata, thriftStruct(moved)],
  ])
}

function movedOffsets(details: ThriftStruct, distance: number): FieldChanges {
  const data = longOf(requiredField(details, COLUMN_METADATA.dataPageOffset, 'data_page_offset'))
  const dictionary = dictionaryOffset(details)
  return [
    [COLUMN_METADATA.dataPageOffset, thriftLong(data + BigInt(distance))],
    [
      COLUMN_METADATA.dictionaryPageOffset,
      dictionary === null ? null : thriftLong(BigInt(dictionary + distance)),
    ],
  ]
}

/** The elements of the columns that are kept and of the groups around them. */
function schemaElements(root: ParquetNode, kept: ReadonlySet<ParquetColumn>): ThriftValue[] {
  const elementsOf = (node: ParquetNode): ThriftValue[] => {
    if (node.column !== null)
      return kept.has(node.column) ? [thriftStruct(decodedElement(node))] : []
    const children = node.children.map(elementsOf).filter((elements) => elements.length > 0)
    if (children.length === 0) return []
    const count = thriftInt(children.length)
    const group = withFields(node.element, [[SCHEMA_ELEMENT.childCount, count]])
    return [thriftStruct(group), ...children.flat()]
  }
  return elementsOf(root)
}

function sumOf(loaded: readonly LoadedChunk[], sizeOf: (chunk: ColumnChunk) => number): bigint {
  return BigInt(loaded.reduce((sum, { chunk }) => sum + sizeOf(chunk), 0))
}
