import { parseJson } from '../../base/json-exact.ts'
import type { DataFile } from '../../metadata/data-file.ts'
import { currentSchema } from '../../metadata/table-metadata.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import { valuePrinter } from '../../types/ndjson.ts'
import { deletedRowFields } from '../position-deletes.ts'
import type { PositionDelete } from '../position-deletes.ts'
import { partitionJson } from './values.ts'

/** A row of the `position_deletes` metadata table. */
export type PositionDeleteFacts = {
  readonly file_path: string | null
  readonly pos: bigint
  /** What the row held, by the names of the columns, where the delete file tells. */
  readonly row: unknown
  readonly partition: ReadonlyMap<string, unknown>
  readonly spec_id: number
  readonly delete_file_path: string
  readonly content_offset: bigint | null
  readonly content_size_in_bytes: bigint | null
}

/** The columns of the `position_deletes` metadata table that other engines show. */
export function positionDeleteFacts(
  metadata: TableMetadata,
  file: DataFile,
): (deleted: PositionDelete) => PositionDeleteFacts {
  const { path, specId, contentOffset, contentSizeBytes } = file
  const partition = partitionJson(metadata, specId, file.partition)
  const fields = deletedRowFields(currentSchema(metadata))
  const rowText = valuePrinter({ kind: 'struct', fields })
  return (deleted) => ({
    file_path: deleted.path,
    pos: deleted.position,
    // As lines spell it: that is JSON.
    row: deleted.row === null ? null : parseJson(rowText(deleted.row)),
    partition,
    spec_id: specId,
    delete_file_path: path,
    content_offset: contentOffset ?? null,
    content_size_in_bytes: contentSizeBytes ?? null,
  })
}
