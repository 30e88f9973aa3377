/** How pages are compressed. */
export type ParquetCompression = 'uncompressed' | 'snappy' | 'gzip' | 'zstd' | 'lz4' | 'brotli'

/**
 * Which columns are written with a dictionary. A rule and its exceptions, as the encoder takes it: it copies all exceptions
 * for each column, so there should be few (3,000 columns that are all exceptions took 2.1 s, without them 0.06 s).
 */
export interface DictionaryChoice {
  readonly byDefault: boolean
  /** Columns that are written the other way, as dotted paths of physical names. */
  readonly exceptions: readonly string[]
}

/** How a row group is written. */
export interface EncodeOptions {
  readonly compression: ParquetCompression
  readonly dictionaries: DictionaryChoice
  /** What a page of data may hold before it is compressed; the encoder's own choice when absent. */
  readonly pageBytes?: number
  /** What a dictionary may take before the rest of a column is written without it; the encoder's own choice when absent. */
  readonly dictionaryBytes?: number
}

/** How a row group is read. */
export interface DecodeOptions {
  /** Rows that the row group has. */
  readonly rowCount: number
  /** Rows a batch, except for the last of each window. */
  readonly batchRows: number
  /** Rows that are decoded at a time: what bounds memory where the row group does not. A multiple of `batchRows`. */
  readonly windowRows: number
  /** What all pages unfold to, as their headers say. */
  readonly uncompressedBytes: number
}

/** A call is given up, and its promise rejects with the reason of the signal, as soon as that aborts. */
export interface CodecCallOptions {
  readonly signal?: AbortSignal
}

/** A file of one row group. */
export interface EncodedRowGroup {
  /** There until {@link release} is called: who keeps them takes a copy. */
  readonly bytes: Uint8Array
  /** Lets their memory be used again. Need not be called. */
  release(): void
}

/**
 * Row groups between Arrow and Parquet. The unit is a Parquet file of one row group, held in memory: buffers in and bytes
 * out, no state between calls, so that another thread can do the work and two can share it. Reading and writing storage,
 * choosing columns, and making one file of many row groups are the caller's.
 *
 * What goes in comes in parts, one after the other, which are copied at once and need not be kept. What comes out is the
 * same whichever thread does the work.
 */
export interface ParquetCodec {
  /** Threads that work beside the caller's; 0 when the caller's does all of it. More calls than that wait for each other. */
  readonly threads: number

  /** Told that so many bytes are gathered of a row group that is to be encoded: what takes long to start may start now. */
  prepare?(gatheredBytes: number): void

  /**
   * Encodes the batches of an Arrow IPC stream as one row group; field ids are those in the `PARQUET:field_id` metadata
   * of the fields. A stream without rows gives a file without row groups.
   *
   * @throws IcebergError `invalid` when the stream does not hold what its schema says, such as a null in a required field
   * @throws IcebergError `limit` when the row group does not fit in the memory of the encoder
   */
  encode(
    ipcStream: readonly Uint8Array[],
    options: EncodeOptions,
    call?: CodecCallOptions,
  ): Promise<EncodedRowGroup>

  /**
   * Decodes every column of a file of one row group: an Arrow IPC stream a batch, in the order of the rows. Each is there
   * until the next one is asked for: who keeps it takes a copy.
   *
   * @throws IcebergError `corrupt` when the bytes cannot be decoded. Bytes that can be decoded to something else are not
   * noticed here.
   * @throws IcebergError `limit` when they unfold to more than the decoder's memory holds
   */
  decode(
    file: readonly Uint8Array[],
    options: DecodeOptions,
    call?: CodecCallOptions,
  ): AsyncIterable<Uint8Array>
}
