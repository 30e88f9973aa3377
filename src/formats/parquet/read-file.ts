import type { RecordBatch } from 'apache-arrow'

import type { ObjectStore, RequestOptions } from '../../io/object-store.ts'
import type { ParquetCodec } from './codec.ts'
import { readFooter } from './footer.ts'
import { openRandomAccess } from './random-access.ts'
import { readParquet } from './reader.ts'

/**
 * A Parquet file that belongs to no table, as batches in its own schema.
 *
 * @throws IcebergError `not-found` when there is no such file, `corrupt` when it is none of that kind
 */
export async function* readParquetFile(
  place: { readonly store: ObjectStore; readonly codec: ParquetCodec; readonly location: string },
  options: RequestOptions = {},
): AsyncGenerator<RecordBatch> {
  const { store, codec, location } = place
  const { sizeBytes } = await store.head(location, options)
  const file = openRandomAccess(store, location, sizeBytes, options)
  yield* readParquet({ file, footer: await readFooter(file), codec, ...options })
}
