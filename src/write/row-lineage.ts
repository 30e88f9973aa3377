// Rows that are moved to another file take their ids along (spec: Row Lineage): the file then has two columns beside those of
// the table. A row that has no id yet has nulls there, for which it gets an id by its new place as every new row does.
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import { currentSchema } from '../metadata/table-metadata.ts'
import { lastUpdatedColumn, rowIdColumn } from '../types/reserved-fields.ts'
import type { Schema } from '../types/schema.ts'
import type { Field } from '../types/type.ts'
import type { WriteContext } from './write-context.ts'

/** The columns that hold where rows come from, as a scan of the table gives them. */
export const LINEAGE_FIELDS: readonly Field[] = [rowIdColumn, lastUpdatedColumn]

/** The columns of the files that an operation writes: those of the table, and after them those of moved rows. */
export function writtenSchema({
  state,
  movesRows = false,
}: Pick<WriteContext, 'state' | 'movesRows'>): Schema {
  const schema = currentSchema(state.metadata)
  if (!movesRows) return schema
  return { ...schema, fields: [...schema.fields, ...unlikeNames(schema)] }
}

/** Readers find them by their ids, so that a column of the table may have such a name already. */
function unlikeNames({ fields }: Schema): readonly Field[] {
  const names = new Set(fields.map(({ name }) => name))
  return LINEAGE_FIELDS.map((field) => {
    let { name } = field
    while (names.has(name)) name = `_${name}`
    names.add(name)
    return { ...field, name }
  })
}

/** Whether rows of a file have ids. Before the first snapshot of version 3 they have none, whatever is stored in the file. */
export function hasRowIds({ file }: Pick<ManifestEntry, 'file'>): boolean {
  return file.firstRowId !== undefined
}

/** Equal for entries of one file whose rows have the same ids and were last updated at the same time. */
export function lineageKey({
  file,
  dataSequenceNumber,
}: Pick<ManifestEntry, 'file' | 'dataSequenceNumber'>): string {
  const { path, firstRowId } = file
  return firstRowId === undefined ? path : `${firstRowId} ${dataSequenceNumber ?? 0n} ${path}`
}
