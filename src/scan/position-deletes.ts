// The rows that files of position deletes and deletion vectors take away (spec: Position Delete Files; Deletion Vectors).
import { IcebergError } from '../base/errors.ts'
import { batchProjector } from '../formats/arrow/project.ts'
import { rowsOf } from '../formats/arrow/rows.ts'
import { readFooter } from '../formats/parquet/footer.ts'
import { openRandomAccess } from '../formats/parquet/random-access.ts'
import { readParquet } from '../formats/parquet/reader.ts'
import { decodeDeletionVector } from '../formats/puffin/deletion-vector.ts'
import type { RequestOptions } from '../io/object-store.ts'
import type { DataFile } from '../metadata/data-file.ts'
import { currentSchema } from '../metadata/table-metadata.ts'
import { tableFileError } from '../table/table-file-error.ts'
import type { TableState } from '../table/table-state.ts'
import { childFields } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import type { Field } from '../types/type.ts'
import type { Value } from '../types/value.ts'
import { hasValues } from '../types/without-values.ts'

/** A row that is deleted. */
export interface PositionDelete {
  /** The data file. Some writers left it null. */
  readonly path: string | null
  readonly position: bigint
  /** What the row held, in the fields of {@link deletedRowFields}; null where that is not told, which is most often. */
  readonly row: Value | null
}

/** The columns of a table as rows in delete files have them. */
export function deletedRowFields(schema: Schema): readonly Field[] {
  return schema.fields.filter(({ type }) => hasValues(type))
}

/**
 * The rows that one file of position deletes takes away, in its order.
 *
 * @throws IcebergError `not-found` or `corrupt`, with the path of the file; `unsupported` when it is of a format that is not
 *   read
 */
export async function* readPositionDeletes(
  state: TableState,
  file: DataFile,
  options: RequestOptions = {},
): AsyncGenerator<PositionDelete> {
  try {
    if (file.format === 'puffin') yield* rowsOfVector(state, file, options)
    else yield* rowsOfFile(state, file, options)
  } catch (error) {
    throw tableFileError(error, { table: state.name, path: file.path })
  }
}

async function* rowsOfVector(
  { services }: TableState,
  { path, fileSizeBytes, referencedDataFile, contentOffset, contentSizeBytes }: DataFile,
  options: RequestOptions,
): AsyncGenerator<PositionDelete> {
  if (contentOffset === undefined || contentSizeBytes === undefined) {
    throw new IcebergError('corrupt', 'deletion vector does not say where in its file it is')
  }
  const access = openRandomAccess(services.store, path, Number(fileSizeBytes), options)
  const start = Number(contentOffset)
  const vector = decodeDeletionVector(await access.read(start, start + Number(contentSizeBytes)))
  for (const position of vector.positions()) {
    yield { path: referencedDataFile ?? null, position, row: null }
  }
}

const PATH: Field = column(2147483546, 'file_path', { kind: 'string' })
const POSITION: Field = column(2147483545, 'pos', { kind: 'long' })
const ROW_ID = 2147483544

async function* rowsOfFile(
  { services, metadata }: TableState,
  { path, format, fileSizeBytes }: DataFile,
  options: RequestOptions,
): AsyncGenerator<PositionDelete> {
  if (format !== 'parquet') {
    throw new IcebergError('unsupported', 'delete files of this format cannot be read yet', {
      context: { format },
    })
  }
  const rowFields = deletedRowFields(currentSchema(metadata))
  const fields = [PATH, POSITION, column(ROW_ID, 'row', { kind: 'struct', fields: rowFields })]
  const access = openRandomAccess(services.store, path, Number(fileSizeBytes), options)
  const footer = await readFooter(access)
  const codec = services.codec
  const fieldIds = new Set(fields.flatMap(idsOf))
  const batches = readParquet({ file: access, footer, codec, fieldIds, ...options })
  let project: ReturnType<typeof batchProjector> | null = null
  for await (const batch of batches) {
    project ??= batchProjector(fields, batch.schema)
    for (const [file, position, row = null] of rowsOf(project(batch), { fields })) {
      // The columns are of these types.
      yield { path: file as string | null, position: position as bigint, row }
    }
  }
}

function column(id: number, name: string, type: Field['type']): Field {
  return { id, name, required: false, type }
}

function idsOf(field: Field): readonly number[] {
  return [field.id, ...childFields(field.type).flatMap(idsOf)]
}
