// Tags of columns. Iceberg has no place for them, so they are kept in a table property, by field id, which outlives a rename.
// Each job has a property of its own: what it no longer says goes, what other jobs and people say stays.
import { IcebergError } from '../../base/errors.ts'
import { parseJson, stringifyJson } from '../../base/json-exact.ts'
import { readObject } from '../../base/json-fields.ts'
import { allFields, findField, findFieldByPath } from '../../types/schema.ts'
import type { Schema } from '../../types/schema.ts'
import type { ColumnTags } from '../workflow/model.ts'

const PREFIX = 'frazil.column-tags.'

/** Tags by field id. */
type TagsById = ReadonlyMap<number, ReadonlySet<string>>

/** What a job says of the columns of a table, and of what it says nothing. */
export interface DeclaredTags {
  readonly tags: TagsById
  /** Patterns that match none. */
  readonly warnings: readonly string[]
}

/**
 * The columns that the entries of a file name, with their tags.
 *
 * @throws IcebergError `invalid` for a name that is none of a column, and for a pattern that is none
 */
export function declaredTags(schema: Schema, entries: readonly ColumnTags[]): DeclaredTags {
  const tags = new Map<number, Set<string>>()
  const warnings: string[] = []
  for (const entry of entries) {
    const ids = fieldIds(schema, entry.columns)
    if (ids.length === 0 && 'pattern' in entry.columns) {
      warnings.push(`columnTags: no column matches ${entry.columns.pattern}`)
    }
    for (const id of ids) {
      tags.set(id, new Set([...(tags.get(id) ?? []), ...entry.tags]))
    }
  }
  return { tags, warnings }
}

function fieldIds(schema: Schema, columns: ColumnTags['columns']): readonly number[] {
  return 'pattern' in columns
    ? matchingIds(schema, columns.pattern)
    : columns.names.map((name) => namedId(schema, name))
}

/** A name that itself has a dot comes before a way into a struct. */
function namedId(schema: Schema, name: string): number {
  const found = findFieldByPath(schema, [name]) ?? findFieldByPath(schema, name.split('.'))
  if (found !== undefined) return found.field.id
  throw new IcebergError('invalid', 'columnTags names a column that the table does not have', {
    context: { column: name },
  })
}

/** Columns whose name begins with what the pattern matches. */
function matchingIds(schema: Schema, pattern: string): readonly number[] {
  const matcher = expressionOf(pattern)
  return allFields(schema)
    .filter(({ path }) => matcher.test(path.join('.')))
    .map(({ field }) => field.id)
}

function expressionOf(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})`, 'u')
  } catch (error) {
    throw new IcebergError('invalid', 'columnRegex of columnTags is no regular expression', {
      context: { columnRegex: pattern },
      cause: error,
    })
  }
}

/** The property that keeps what a job says of columns. */
export function tagsProperty(jobId: string): string {
  return `${PREFIX}${jobId}`
}

/** The same for the same tags, in whatever order they were given. */
export function formatTags(tags: TagsById): string {
  const entries = [...tags]
    .toSorted(([left], [right]) => left - right)
    .map(([id, names]) => [String(id), [...names].toSorted()] as const)
  return stringifyJson(Object.fromEntries(entries))
}

/**
 * Tags of the columns that a table has, by their dotted paths, as all jobs and people together have set them.
 *
 * @throws IcebergError `corrupt` when a property of tags cannot be read
 */
export function columnTagsOf(
  schema: Schema,
  properties: ReadonlyMap<string, string>,
): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, Set<string>>()
  for (const [name, text] of properties) {
    if (!name.startsWith(PREFIX)) continue
    for (const [id, tags] of parseTags(name, text)) {
      const path = findField(schema, id)?.path.join('.')
      if (path !== undefined) all.set(path, new Set([...(all.get(path) ?? []), ...tags]))
    }
  }
  return new Map([...all].map(([path, tags]) => [path, [...tags].toSorted()]))
}

function parseTags(property: string, text: string): TagsById {
  const fields = readObject(parseJson(text), property)
  return new Map(
    fields.names().map((id) => [Number(id), new Set(fields.array(id).map(String))] as const),
  )
}
