import { resolve } from 'node:path'

import type { RecordBatch } from 'apache-arrow'

import { readParquetFile } from '../formats/parquet/read-file.ts'
import { wasmCodec } from '../formats/parquet/wasm-codec.ts'
import { createLocalStore } from '../io/local-store.ts'

/**
 * Record batches of a local Parquet file, in its own schema, for `append` and the like: columns find their places by name.
 *
 * @throws IcebergError `not-found` when there is no such file, `corrupt` when it is no Parquet file
 */
export function parquetFile(
  path: string,
  options: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<RecordBatch> {
  const place = { store: createLocalStore(), codec: wasmCodec(), location: resolve(path) }
  return readParquetFile(place, options)
}
