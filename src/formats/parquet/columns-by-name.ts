import type { RecordBatch } from 'apache-arrow'

import { IcebergError, isKind } from '../../base/errors.ts'
import { allFields, findFieldByPath } from '../../types/schema.ts'
import type { Schema } from '../../types/schema.ts'
import type { ObjectStore, RequestOptions } from '../../io/object-store.ts'
import { batchProjector } from '../arrow/project.ts'
import type { ParquetCodec } from './codec.ts'
import { withFieldIds } from './field-ids.ts'
import { readFooter } from './footer.ts'
import { openRandomAccess } from './random-access.ts'
import { readParquet } from './reader.ts'
import { schemaOfParquet } from './table-schema.ts'

/** A Parquet file that belongs to no table. */
export interface ParquetPlace {
  readonly store: ObjectStore
  readonly codec: ParquetCodec
  readonly location: string
  readonly sizeBytes: number
}

/**
 * The columns of a file, all of them optional: what other files beside it hold, it does not say.
 *
 * @throws IcebergError `corrupt` when it is no Parquet file, `unsupported` for a column of a type that no table has
 */
export async function parquetSchema(
  { store, location, sizeBytes }: ParquetPlace,
  options: RequestOptions = {},
): Promise<Schema> {
  const { schema } = await readFooter(openRandomAccess(store, location, sizeBytes, options))
  return schemaOfParquet(schema)
}

/**
 * The rows of a file as batches of the schema. Columns are found by their names at every level, whatever ids the file has
 * for them; those that it does not have are null, others are not read.
 *
 * @throws IcebergError `invalid` when the file has none of the columns, when one of them is of a type that does not fit, and
 *   for a null in a required one; `corrupt` when it is damaged or no Parquet file
 */
export async function* parquetColumns(
  { store, codec, location, sizeBytes }: ParquetPlace,
  schema: Schema,
  options: RequestOptions = {},
): AsyncGenerator<RecordBatch> {
  const file = openRandomAccess(store, location, sizeBytes, options)
  const footer = withFieldIds(
    await readFooter(file),
    (path) => findFieldByPath(schema, path)?.field.id ?? null,
  )
  const { children } = footer.schema.root
  if (children.length > 0 && children.every(({ fieldId }) => fieldId === null)) {
    throw new IcebergError('invalid', 'the file has none of the columns')
  }
  const fieldIds = new Set(allFields(schema).map(({ field }) => field.id))
  let project: ((batch: RecordBatch) => RecordBatch) | null = null
  for await (const batch of readParquet({ file, footer, codec, fieldIds, ...options })) {
    project ??= unfit(() => batchProjector(schema.fields, batch.schema))
    const toSchema = project
    yield unfit(() => toSchema(batch))
  }
}

/** The schema is the caller's, so it is no damage of the file when the two do not fit. */
function unfit<Result>(make: () => Result): Result {
  try {
    return make()
  } catch (error) {
    if (!isKind(error, 'corrupt')) throw error
    throw new IcebergError('invalid', error.message, { context: error.context, cause: error })
  }
}
