export type ParquetCompression = 'uncompressed' | 'snappy' | 'gzip' | 'zstd' | 'lz4' | 'brotli'

export interface EncodeOptions {
  readonly compression: ParquetCompression
  /** Physical names of top-level columns that are written without a dictionary, because it would not pay. */
  readonly plainColumns: readonly string[]
}

export interface DecodeOptions {
  /** Rows that the row group has. */
  readonly rowCount: number
  /** Rows a batch, except for the last of each window. */
  readonly batchRows: number
  /** Rows that are decoded at a time: what bounds memory where the row group does not. A multiple of `batchRows`. */
  readonly windowRows: number
}

/**
 * Row groups between Arrow and Parquet. The unit is a Parquet file of one row group, held in memory: buffers in and bytes
 * out, no state between calls, so that another thread can do the work and two can share it. Reading and writing storage,
 * choosing columns, and making one file of many row groups are the caller's.
 *
 * Buffers are handed over: the caller no longer touches what it passed in.
 */
export interface ParquetCodec {
  /**
   * Encodes the batches of an Arrow IPC stream as one row group; field ids are those in the `PARQUET:field_id` metadata
   * of the fields. A stream without rows gives a file without row groups.
   *
   * @throws IcebergError `invalid` when the stream does not hold what its schema says, such as a null in a required field
   */
  encode(ipcStream: Uint8Array, options: EncodeOptions): Promise<Uint8Array>

  /**
   * Decodes every column of a file of one row group: an Arrow IPC stream a batch, in the order of the rows.
   *
   * @throws IcebergError `corrupt` when the bytes cannot be decoded. Bytes that can be decoded to something else are not
   * noticed here.
   */
  decode(file: Uint8Array, options: DecodeOptions): AsyncIterable<Uint8Array>
}
