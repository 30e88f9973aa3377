/** Bytes that can be read at random, such as an object of a store. */
export interface RandomAccess {
  readonly sizeBytes: number
  read(start: number, end: number): Promise<Uint8Array>
}

export type ParquetCompression = 'uncompressed' | 'snappy' | 'gzip' | 'zstd' | 'lz4' | 'brotli'

export interface EncodeOptions {
  readonly compression: ParquetCompression
  /** Rows a row group at most. */
  readonly rowGroupRows: number
  /** Dotted physical column paths that are written without a dictionary. */
  readonly plainColumns: readonly string[]
}

/** One Parquet file being made. */
export interface Encoder {
  /** Takes one record batch as an Arrow IPC stream, with `PARQUET:field_id` in the metadata of its fields. Resolves when there is room for the next. */
  write(ipcStream: Uint8Array): Promise<void>
  /** Ends the file. {@link chunks} ends after its last bytes. */
  finish(): Promise<void>
  /** Gives up; {@link chunks} rejects with `reason`. */
  abort(reason: unknown): Promise<void>
  /** The file's bytes in order, as row groups are finished. To be read once, beside the writing. */
  readonly chunks: AsyncIterable<Uint8Array>
}

export interface DecodeOptions {
  /** Dotted physical paths of the columns to read; a path of a group means all below it. */
  readonly columns: readonly string[]
  readonly rowGroups: readonly number[]
  readonly batchRows: number
  readonly signal?: AbortSignal
}

/** Parquet bytes to Arrow IPC bytes and back: buffers in, bytes out, so that it can run in another thread. */
export interface ParquetCodec {
  openEncoder(options: EncodeOptions): Promise<Encoder>
  /** One Arrow IPC stream a batch, in file order. */
  decode(file: RandomAccess, options: DecodeOptions): AsyncIterable<Uint8Array>
}
