import { IcebergError } from '../../base/errors.ts'
import { toSafeNumber } from '../../base/integers.ts'
import { requiredField, schemaFromThrift } from './file-schema.ts'
import type { ParquetColumn, ParquetSchema, PhysicalType } from './file-schema.ts'
import type { RandomAccess } from './random-access.ts'
import {
  binaryOf,
  booleanOf,
  intOf,
  listOf,
  longOf,
  readStructAt,
  stringOf,
  structOf,
} from './thrift.ts'
import type { ThriftStruct, ThriftValue } from './thrift.ts'

/** What a Parquet file says of itself at its end, checked against the size of the file. */
export interface ParquetFooter {
  readonly schema: ParquetSchema
  readonly rowCount: bigint
  /** Those with rows. Writers that are handed nothing leave others behind, whose columns have no page and point nowhere. */
  readonly rowGroups: readonly RowGroup[]
  /** The application that wrote the file. */
  readonly createdBy: string | null
  /** The footer as it was read. */
  readonly metadata: ThriftStruct
}

export interface RowGroup {
  readonly rowCount: number
  /** One for each column of the schema, in its order. */
  readonly chunks: readonly ColumnChunk[]
  readonly metadata: ThriftStruct
}

/** The values of one column in one row group. */
export interface ColumnChunk {
  readonly column: ParquetColumn
  /** Where its first page begins, a dictionary's if there is one. */
  readonly offset: number
  /** Compressed, headers of pages included. */
  readonly sizeBytes: number
  readonly uncompressedBytes: number
  /** Values, nulls included; those of nested columns include empty lists. */
  readonly valueCount: bigint
  readonly statistics: ColumnStatistics
  readonly metadata: ThriftStruct
}

/** Bounds are in the plain encoding of the physical type; null where there is none that can be trusted. */
export interface ColumnStatistics {
  readonly min: Uint8Array | null
  readonly max: Uint8Array | null
  /** False where a bound may lie beyond the outermost value, as those of long strings do. */
  readonly isMinExact: boolean
  readonly isMaxExact: boolean
  readonly nullCount: bigint | null
  readonly nanCount: bigint | null
}

/** Ids of the fields of `FileMetaData`. */
export const FILE_METADATA = {
  version: 1,
  schema: 2,
  rowCount: 3,
  rowGroups: 4,
  keyValues: 5,
  createdBy: 6,
  columnOrders: 7,
} as const

/** Ids of the fields of `RowGroup`. */
export const ROW_GROUP = {
  columns: 1,
  totalBytes: 2,
  rowCount: 3,
  fileOffset: 5,
  totalCompressedBytes: 6,
  ordinal: 7,
} as const

/** Ids of the fields of `ColumnChunk`. */
export const COLUMN_CHUNK = {
  filePath: 1,
  fileOffset: 2,
  metadata: 3,
  offsetIndexOffset: 4,
  offsetIndexLength: 5,
  columnIndexOffset: 6,
  columnIndexLength: 7,
  crypto: 8,
} as const

/** Ids of the fields of `ColumnMetaData`. */
export const COLUMN_METADATA = {
  type: 1,
  encodings: 2,
  path: 3,
  codec: 4,
  valueCount: 5,
  uncompressedBytes: 6,
  compressedBytes: 7,
  dataPageOffset: 9,
  dictionaryPageOffset: 11,
  statistics: 12,
} as const

/** What a file begins and ends with, `PAR1`. */
export const MAGIC: Uint8Array = Uint8Array.of(0x50, 0x41, 0x52, 0x31)
const ENCRYPTED_MAGIC = 'PARE'

/** The length of the footer and the magic after it. */
const TRAILER_BYTES = 8
/** What is read first: few footers are longer, and one request is cheaper than two. */
const FIRST_READ_BYTES = 64 * 1024
/** Far above real footers, which have some hundred bytes for each column of each row group. */
const MAX_FOOTER_BYTES = 256 * 1024 * 1024
const LAST_KNOWN_ENCODING = 9
const CODEC_LZO = 3

/**
 * Reads and checks the footer of a Parquet file.
 *
 * @throws IcebergError `corrupt` when it is damaged or points outside of the file
 * @throws IcebergError `unsupported` when the file is encrypted or uses what cannot be decoded
 * @throws IcebergError `limit` when the footer is larger than 256 MiB
 */
export async function readFooter(file: RandomAccess): Promise<ParquetFooter> {
  if (file.sizeBytes === 0) {
    throw new IcebergError(
      'corrupt',
      'file is empty: a Parquet file has a footer even without rows',
    )
  }
  if (file.sizeBytes < MAGIC.length + TRAILER_BYTES) throw corrupt('file too short', file.sizeBytes)
  const tailStart = Math.max(0, file.sizeBytes - FIRST_READ_BYTES)
  const tail = await file.read(tailStart, file.sizeBytes)
  const length = footerLength(tail, file.sizeBytes)
  const start = file.sizeBytes - TRAILER_BYTES - length
  const bytes =
    start >= tailStart
      ? tail.subarray(start - tailStart, tail.length - TRAILER_BYTES)
      : await file.read(start, file.sizeBytes - TRAILER_BYTES)
  return parseFooter(bytes, start)
}

/** The footer of a file that is in memory. It is a copy, so that what is kept of it does not hold on to the file. */
export function footerOf(file: Uint8Array): ParquetFooter {
  if (file.length < MAGIC.length + TRAILER_BYTES) throw corrupt('file too short', file.length)
  const start = file.length - TRAILER_BYTES - footerLength(file, file.length)
  return parseFooter(file.slice(start, file.length - TRAILER_BYTES), start)
}

function footerLength(tail: Uint8Array, fileBytes: number): number {
  const trailer = tail.subarray(tail.length - TRAILER_BYTES)
  const magic = Buffer.from(trailer.subarray(4)).toString('latin1')
  if (magic === ENCRYPTED_MAGIC) throw unsupported('encrypted parquet files cannot be read')
  if (magic !== 'PAR1') {
    throw new IcebergError('corrupt', 'the file is no parquet file, or not all of one', {
      context: { fileBytes },
    })
  }
  const length = new DataView(trailer.buffer, trailer.byteOffset, 4).getUint32(0, true)
  if (length > fileBytes - MAGIC.length - TRAILER_BYTES) throw corrupt('footer too long', length)
  if (length > MAX_FOOTER_BYTES) {
    throw new IcebergError('limit', 'parquet footer too large', {
      context: { footerBytes: length, limitBytes: MAX_FOOTER_BYTES },
    })
  }
  return length
}

/** @param footerStart where the footer begins in the file, which is where pages must end */
function parseFooter(bytes: Uint8Array, footerStart: number): ParquetFooter {
  const { struct: metadata } = readStructAt(bytes, 0)
  const schema = schemaFromThrift(requiredField(metadata, FILE_METADATA.schema, 'schema'))
  const orders = columnOrders(metadata, schema)
  const rowGroups = listOf(requiredField(metadata, FILE_METADATA.rowGroups, 'row_groups'))
    .map(structOf)
    .filter((group) => rowCountOf(group) > 0)
    .map((group) => parseRowGroup(group, schema, orders, footerStart))
  const rowCount = longOf(requiredField(metadata, FILE_METADATA.rowCount, 'num_rows'))
  const rowsOfGroups = rowGroups.reduce((sum, group) => sum + BigInt(group.rowCount), 0n)
  if (rowCount !== rowsOfGroups) throw corrupt('row groups do not add up', rowCount)
  checkDisjoint(rowGroups)
  const createdBy = metadata.get(FILE_METADATA.createdBy)
  return {
    schema,
    rowCount,
    rowGroups,
    createdBy: createdBy === undefined ? null : stringOf(createdBy),
    metadata,
  }
}

function rowCountOf(rowGroup: ThriftStruct): number {
  return countOf(requiredField(rowGroup, ROW_GROUP.rowCount, 'num_rows'))
}

function parseRowGroup(
  metadata: ThriftStruct,
  schema: ParquetSchema,
  orders: readonly ColumnOrder[],
  footerStart: number,
): RowGroup {
  const values = listOf(requiredField(metadata, ROW_GROUP.columns, 'columns'))
  if (values.length !== schema.columns.length) throw corrupt('columns missing', values.length)
  const rowCount = rowCountOf(metadata)
  const chunks = schema.columns.map((column, index) => {
    const value = values[index]
    if (value === undefined) throw corrupt('columns missing', index)
    const order = orders[index] ?? 'unknown'
    return parseChunk(structOf(value), column, order, { rowCount, footerStart })
  })
  return { rowCount, chunks, metadata }
}

function parseChunk(
  metadata: ThriftStruct,
  column: ParquetColumn,
  order: ColumnOrder,
  file: { readonly rowCount: number; readonly footerStart: number },
): ColumnChunk {
  if (metadata.has(COLUMN_CHUNK.filePath))
    throw unsupported('columns in other files cannot be read')
  const inner = metadata.get(COLUMN_CHUNK.metadata)
  if (inner === undefined || metadata.has(COLUMN_CHUNK.crypto)) {
    throw unsupported('encrypted parquet files cannot be read')
  }
  const details = structOf(inner)
  checkDecodable(details)
  const dataOffset = countOf(
    requiredField(details, COLUMN_METADATA.dataPageOffset, 'data_page_offset'),
  )
  const offset = Math.min(dataOffset, dictionaryOffset(details) ?? dataOffset)
  const sizeBytes = countOf(
    requiredField(details, COLUMN_METADATA.compressedBytes, 'total_compressed_size'),
  )
  const end = offset + sizeBytes
  if (offset < MAGIC.length || end > file.footerStart || dataOffset > end) {
    throw corrupt('column outside of the file', offset)
  }
  const valueCount = longOf(requiredField(details, COLUMN_METADATA.valueCount, 'num_values'))
  if (valueCount < 0n || (!column.isRepeated && valueCount !== BigInt(file.rowCount))) {
    throw corrupt('count of values', valueCount)
  }
  const statistics = details.get(COLUMN_METADATA.statistics)
  return {
    column,
    offset,
    sizeBytes,
    uncompressedBytes: countOf(
      requiredField(details, COLUMN_METADATA.uncompressedBytes, 'total_uncompressed_size'),
    ),
    valueCount,
    statistics:
      statistics === undefined
        ? noStatistics
        : parseStatistics(structOf(statistics), order, column),
    metadata,
  }
}

function checkDecodable(details: ThriftStruct): void {
  if (intOf(requiredField(details, COLUMN_METADATA.codec, 'codec')) === CODEC_LZO) {
    throw unsupported('the LZO compression of parquet cannot be read')
  }
  const encodings = listOf(requiredField(details, COLUMN_METADATA.encodings, 'encodings')).map(
    intOf,
  )
  if (encodings.some((encoding) => encoding > LAST_KNOWN_ENCODING)) {
    throw unsupported('an encoding of parquet cannot be read')
  }
}

/** Null when the chunk has no dictionary; old writers say 0 then. */
export function dictionaryOffset(details: ThriftStruct): number | null {
  const value = details.get(COLUMN_METADATA.dictionaryPageOffset)
  const offset = value === undefined ? 0 : countOf(value)
  return offset === 0 ? null : offset
}

const noStatistics: ColumnStatistics = {
  min: null,
  max: null,
  isMinExact: false,
  isMaxExact: false,
  nullCount: null,
  nanCount: null,
}

/** How the bounds of a column were compared. Without a known order they mean nothing. */
type ColumnOrder = 'type' | 'unknown'

function columnOrders(metadata: ThriftStruct, schema: ParquetSchema): readonly ColumnOrder[] {
  const value = metadata.get(FILE_METADATA.columnOrders)
  if (value === undefined) return []
  const orders = listOf(value)
  if (orders.length !== schema.columns.length) throw corrupt('column orders', orders.length)
  return orders.map((order) => {
    const [member] = structOf(order)
    // 2 is the total order of IEEE 754: but for NaN and zeros, of which readers are wary anyway, it is the same.
    return member?.[0] === 1 || member?.[0] === 2 ? 'type' : 'unknown'
  })
}

function parseStatistics(
  statistics: ThriftStruct,
  order: ColumnOrder,
  column: ParquetColumn,
): ColumnStatistics {
  const counts = { nullCount: optionalLong(statistics, 3), nanCount: optionalLong(statistics, 9) }
  const isCurrent = statistics.has(5) || statistics.has(6)
  if (isCurrent && order === 'type') {
    return {
      min: optionalBinary(statistics, 6),
      max: optionalBinary(statistics, 5),
      isMinExact: optionalBoolean(statistics, 8),
      isMaxExact: optionalBoolean(statistics, 7),
      ...counts,
    }
  }
  if (!isCurrent && comparedRightByOldWriters(column)) {
    return {
      min: optionalBinary(statistics, 2),
      max: optionalBinary(statistics, 1),
      isMinExact: true,
      isMaxExact: true,
      ...counts,
    }
  }
  return { ...noStatistics, ...counts }
}

/** The deprecated bounds were compared as signed numbers, byte arrays byte by byte as signed too. */
function comparedRightByOldWriters({ physicalType, annotation }: ParquetColumn): boolean {
  if (annotation?.kind === 'integer' && !annotation.isSigned) return false
  return SIGNED_TYPES.has(physicalType)
}

const SIGNED_TYPES: ReadonlySet<PhysicalType> = new Set([
  'boolean',
  'int32',
  'int64',
  'float',
  'double',
])

function optionalBinary(struct: ThriftStruct, id: number): Uint8Array | null {
  const value = struct.get(id)
  return value === undefined ? null : binaryOf(value)
}

function optionalLong(struct: ThriftStruct, id: number): bigint | null {
  const value = struct.get(id)
  return value === undefined ? null : longOf(value)
}

function optionalBoolean(struct: ThriftStruct, id: number): boolean {
  const value = struct.get(id)
  return value !== undefined && booleanOf(value)
}

/** Two columns that share bytes are the mark of a crafted file: what is small on disk would be decoded many times. */
function checkDisjoint(rowGroups: readonly RowGroup[]): void {
  const chunks = rowGroups
    .flatMap((group) => group.chunks)
    .filter((chunk) => chunk.sizeBytes > 0)
    .sort((left, right) => left.offset - right.offset)
  let end = 0
  for (const chunk of chunks) {
    if (chunk.offset < end) throw corrupt('columns overlap', chunk.offset)
    end = chunk.offset + chunk.sizeBytes
  }
}

function countOf(value: ThriftValue): number {
  const count = longOf(value)
  if (count < 0n || count > BigInt(Number.MAX_SAFE_INTEGER)) throw corrupt('count or offset', count)
  return toSafeNumber(count)
}

function corrupt(fault: string, at: number | bigint): IcebergError {
  return new IcebergError('corrupt', 'parquet footer is damaged', { context: { fault, at } })
}

function unsupported(message: string): IcebergError {
  return new IcebergError('unsupported', message)
}
