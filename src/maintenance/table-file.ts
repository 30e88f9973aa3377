import type { LiveFile } from '../formats/avro/manifest-live-files.ts'

/** What a file is to a table. */
export type TableFileKind =
  | 'data'
  | 'position-deletes'
  | 'equality-deletes'
  | 'deletion-vectors'
  | 'manifest'
  | 'manifest-list'
  | 'statistics'
  | 'partition-statistics'

/** A file that a table names. */
export interface TableFile {
  /** As the table spells it. */
  readonly path: string
  readonly kind: TableFileKind
  /** Null where the table does not tell. */
  readonly sizeBytes: bigint | null
}

/** One Puffin file holds the vectors of many data files (spec: Deletion Vectors). */
export function kindOfFile({ content, format }: LiveFile): TableFileKind {
  return format.toLowerCase() === 'puffin' ? 'deletion-vectors' : content
}
