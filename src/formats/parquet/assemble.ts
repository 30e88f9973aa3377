// Joins row groups, each encoded as a Parquet file of its own, into one file:
//  1. the pages of a row group move to where they come to lie, and each gets a checksum in its header;
//  2. its part of the footer follows them: offsets, sizes, and the index of its pages;
//  3. at the end come the page indexes of all row groups and one footer, whose schema says what the encoder cannot: the
//     UUID type, and the name `key_value` of the group inside a map (spec: Parquet).
import { assert } from '../../base/assert.ts'
import { concatBytes } from '../../base/bytes.ts'
import { allFields } from '../../types/schema.ts'
import type { Schema } from '../../types/schema.ts'
import { isPrimitive } from '../../types/type.ts'
import { LOGICAL_TYPE, SCHEMA_ELEMENT } from './file-schema.ts'
import type { ParquetNode, ParquetSchema } from './file-schema.ts'
import { COLUMN_CHUNK, FILE_METADATA, MAGIC, ROW_GROUP, footerOf } from './footer.ts'
import type { ParquetFooter, RowGroup } from './footer.ts'
import { placeChunk } from './place-chunk.ts'
import type { PlacedChunk } from './place-chunk.ts'
import { fileEnd } from './row-group-file.ts'
import {
  THRIFT_STRUCT,
  longOf,
  thriftInt,
  thriftList,
  thriftLong,
  thriftShort,
  thriftString,
  thriftStruct,
  withFields,
} from './thrift.ts'
import type { FieldChanges, ThriftStruct, ThriftValue } from './thrift.ts'

interface PlacedRowGroup {
  readonly metadata: ThriftStruct
  readonly chunks: readonly PlacedChunk[]
}

/** Where a part of the page index lies. */
interface PlacedIndex {
  readonly offset: number
  readonly length: number
}

const MAX_ORDINAL = 0x7fff

/** One Parquet file in the making. The bytes that it returns, one after the other, are the file. */
export class FileAssembler {
  /** Compressed bytes by field id, of the columns of all row groups so far. */
  readonly columnSizes: ReadonlyMap<number, bigint>
  /** Where each row group begins, ascending. */
  readonly splitOffsets: readonly bigint[]
  /** Columns of values that a row group has. */
  readonly columnCount: number
  readonly #schema: Schema
  readonly #columnSizes = new Map<number, bigint>()
  readonly #splitOffsets: bigint[] = []
  readonly #rowGroups: PlacedRowGroup[] = []
  #first: ParquetFooter | null = null
  #offset = 0
  #rowCount = 0n

  constructor(schema: Schema) {
    this.#schema = schema
    this.columnCount = columnIds(schema).length
    this.columnSizes = this.#columnSizes
    this.splitOffsets = this.#splitOffsets
  }

  /** Bytes returned so far. */
  get sizeBytes(): number {
    return this.#offset
  }

  /** Rows of the row groups so far. */
  get rowCount(): bigint {
    return this.#rowCount
  }

  /**
   * @param piece a file of one row group, or of none to give a file without rows its schema
   * @returns the bytes in parts, which are views of `piece` among others
   */
  add(piece: Uint8Array): readonly Uint8Array[] {
    const footer = footerOf(piece)
    assert(footer.rowGroups.length <= 1, 'more than one row group in a piece')
    const parts: Uint8Array[] = []
    if (this.#first === null) {
      checkFieldIds(footer.schema, this.#schema)
      this.#first = footer
      parts.push(this.#place(MAGIC))
    }
    for (const rowGroup of footer.rowGroups) parts.push(...this.#addRowGroup(piece, rowGroup))
    return parts
  }

  /** The end of the file. At least one piece has been added. */
  finish(): Uint8Array {
    assert(this.#first !== null, 'a file needs a piece to know its schema')
    const chunks = this.#rowGroups.flatMap((rowGroup) => rowGroup.chunks)
    // Column indexes first and offset indexes after them, as other writers do.
    const columnIndexes = new Map(chunks.map((one) => [one, this.#placeIndex(one.columnIndex)]))
    const offsetIndexes = new Map(chunks.map((one) => [one, this.#placeIndex(one.offsetIndex)]))
    const rowGroups = this.#rowGroups.map((rowGroup) =>
      rowGroupValue(rowGroup, (chunk) => [
        ...indexFields(
          columnIndexes.get(chunk),
          COLUMN_CHUNK.columnIndexOffset,
          COLUMN_CHUNK.columnIndexLength,
        ),
        ...indexFields(
          offsetIndexes.get(chunk),
          COLUMN_CHUNK.offsetIndexOffset,
          COLUMN_CHUNK.offsetIndexLength,
        ),
      ]),
    )
    const changes: FieldChanges = [
      [
        FILE_METADATA.schema,
        thriftList(THRIFT_STRUCT, elementsOf(this.#first.schema, this.#schema)),
      ],
      [FILE_METADATA.rowCount, thriftLong(this.#rowCount)],
      [FILE_METADATA.rowGroups, thriftList(THRIFT_STRUCT, rowGroups)],
      // The encoder's hint at Arrow types, which says less than the schema now does.
      [FILE_METADATA.keyValues, null],
    ]
    const end = this.#place(fileEnd(withFields(this.#first.metadata, changes)))
    const indexes = [
      ...chunks.map((one) => one.columnIndex),
      ...chunks.map((one) => one.offsetIndex),
    ]
    return concatBytes([...indexes.filter((bytes) => bytes !== null), end])
  }

  #place(bytes: Uint8Array): Uint8Array {
    this.#offset += bytes.length
    return bytes
  }

  #placeIndex(bytes: Uint8Array | null): PlacedIndex | null {
    if (bytes === null) return null
    const offset = this.#offset
    return { offset, length: this.#place(bytes).length }
  }

  #addRowGroup(piece: Uint8Array, rowGroup: RowGroup): Uint8Array[] {
    const start = this.#offset
    const parts: Uint8Array[] = []
    const chunks: PlacedChunk[] = []
    let addedBytes = 0
    for (const chunk of rowGroup.chunks) {
      const path = writtenPath(chunk.column.path, this.#first?.schema.root)
      const placed = placeChunk(piece, chunk, { offset: this.#offset, path })
      const chunkStart = this.#offset
      for (const part of placed.parts) parts.push(this.#place(part))
      chunks.push(placed.chunk)
      addedBytes += this.#offset - chunkStart - chunk.sizeBytes
      this.#count(chunk.column.fieldId, this.#offset - chunkStart)
    }
    const ordinal = this.#rowGroups.length
    const totalBytes = rowGroup.metadata.get(ROW_GROUP.totalBytes)
    const metadata = withFields(rowGroup.metadata, [
      [ROW_GROUP.fileOffset, thriftLong(BigInt(start))],
      [
        ROW_GROUP.totalBytes,
        thriftLong((totalBytes ? longOf(totalBytes) : 0n) + BigInt(addedBytes)),
      ],
      [ROW_GROUP.totalCompressedBytes, thriftLong(BigInt(this.#offset - start))],
      [ROW_GROUP.ordinal, ordinal > MAX_ORDINAL ? null : thriftShort(ordinal)],
    ])
    this.#rowGroups.push({ metadata, chunks })
    this.#splitOffsets.push(BigInt(start))
    this.#rowCount += BigInt(rowGroup.rowCount)
    return parts
  }

  #count(fieldId: number | null, sizeBytes: number): void {
    assert(fieldId !== null, 'a column without a field id')
    this.#columnSizes.set(fieldId, (this.#columnSizes.get(fieldId) ?? 0n) + BigInt(sizeBytes))
  }
}

/** A file whose columns are not the table's would be read as nulls by everyone: better no file. */
function checkFieldIds(written: ParquetSchema, schema: Schema): void {
  const found = written.columns.map((column) => column.fieldId)
  assert(
    found.join() === columnIds(schema).join(),
    'columns of a row group are not those of the schema',
  )
}

function columnIds(schema: Schema): readonly number[] {
  return allFields(schema)
    .filter(({ field }) => isPrimitive(field.type))
    .map(({ field }) => field.id)
}

function rowGroupValue(
  { metadata, chunks }: PlacedRowGroup,
  indexFieldsOf: (chunk: PlacedChunk) => FieldChanges,
): ThriftValue {
  const columns = chunks.map((chunk) =>
    thriftStruct(withFields(chunk.metadata, indexFieldsOf(chunk))),
  )
  return thriftStruct(
    withFields(metadata, [[ROW_GROUP.columns, thriftList(THRIFT_STRUCT, columns)]]),
  )
}

function indexFields(
  index: PlacedIndex | null | undefined,
  offsetId: number,
  lengthId: number,
): FieldChanges {
  return [
    [offsetId, index ? thriftLong(BigInt(index.offset)) : null],
    [lengthId, index ? thriftInt(index.length) : null],
  ]
}

/** The elements of the schema as they are written: with the UUID type, and maps as the format spells them. */
function elementsOf(written: ParquetSchema, schema: Schema): ThriftValue[] {
  const uuidIds = new Set(
    allFields(schema)
      .filter(({ field }) => field.type.kind === 'uuid')
      .map(({ field }) => field.id),
  )
  const elements: ThriftValue[] = []
  const visit = (node: ParquetNode, parent: ParquetNode | null): void => {
    const changes: [number, ThriftValue][] = []
    const name = writtenName(node, parent)
    if (name !== node.name) changes.push([SCHEMA_ELEMENT.name, thriftString(name)])
    if (node.fieldId !== null && uuidIds.has(node.fieldId))
      changes.push([SCHEMA_ELEMENT.logicalType, UUID_TYPE])
    elements.push(thriftStruct(withFields(node.element, changes)))
    for (const child of node.children) visit(child, node)
  }
  visit(written.root, null)
  return elements
}

const UUID_TYPE: ThriftValue = thriftStruct(new Map([[LOGICAL_TYPE.uuid, thriftStruct(new Map())]]))

/** A path through the schema with the names under which its groups are written. */
function writtenPath(path: readonly string[], root: ParquetNode | undefined): readonly string[] {
  let parent = root
  return path.map((name) => {
    const node = parent?.children.find((child) => child.name === name)
    const written = node === undefined ? name : writtenName(node, parent ?? null)
    parent = node
    return written
  })
}

/** The encoder calls the middle of a map by its Arrow name. */
function writtenName(node: ParquetNode, parent: ParquetNode | null): string {
  return parent?.annotation?.kind === 'map' ? 'key_value' : node.name
}
