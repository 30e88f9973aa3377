// What a file declares about a table in words: properties, comment, title and tags. Each run declares it anew.
import { stringifyJson } from '../../base/json-exact.ts'
import type { Schema } from '../../types/schema.ts'
import type { TableOutput } from '../workflow/model.ts'
import { declaredTags, formatTags, tagsProperty } from './column-tags.ts'

/** Where Iceberg's engines keep what a table is about. */
const COMMENT = 'comment'
const TITLE = 'frazil.title'
const TAGS = 'frazil.tags'

export interface DeclaredProperties {
  readonly properties: ReadonlyMap<string, string>
  readonly warnings: readonly string[]
}

/**
 * Properties of a table as an output wants them, columns being those of `schema`, their ids included.
 *
 * @param before what the table has
 * @throws IcebergError `invalid` for tags of a column that the table does not have
 */
export function declaredProperties(
  output: TableOutput,
  schema: Schema,
  { jobId, before }: { readonly jobId: string; readonly before: ReadonlyMap<string, string> },
): DeclaredProperties {
  const { tags, warnings } = declaredTags(schema, output.columnTags)
  const property = tagsProperty(jobId)
  const properties = new Map(output.properties)
  if (output.description !== null) properties.set(COMMENT, output.description)
  if (output.title !== null) properties.set(TITLE, output.title)
  if (output.tags.length > 0) properties.set(TAGS, stringifyJson(output.tags))
  // Tags that the job has taken back have to go from the table too.
  if (tags.size > 0 || before.has(property)) properties.set(property, formatTags(tags))
  return { properties, warnings }
}

/** Those that a table has otherwise, or does not have. */
export function changedProperties(
  before: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>,
): Record<string, string> {
  return Object.fromEntries([...wanted].filter(([name, value]) => before.get(name) !== value))
}
