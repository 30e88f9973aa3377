import { IcebergError } from '../base/errors.ts'
import { nearestName } from '../base/nearest-name.ts'
import { allFields, findFieldByPath } from '../types/schema.ts'
import type { FieldEntry, Schema } from '../types/schema.ts'

/**
 * The column at a path of names, of which each row holds one value. A path of one name that no column has is read as names
 * with dots between.
 *
 * @throws IcebergError `invalid` when there is no such column, naming the nearest, or when it lies in a list or a map
 */
export function findColumn(schema: Schema, path: readonly string[]): FieldEntry {
  const entry = findFieldByPath(schema, path) ?? findByDottedPath(schema, path)
  if (entry === undefined) throw unknownColumn(schema, path)
  if (entry.isRepeated) {
    throw new IcebergError('invalid', 'column lies in a list or a map', {
      context: { column: formatPath(path) },
    })
  }
  return entry
}

/** A name that itself holds a dot comes before a way into a struct, as in the types of rows. */
function findByDottedPath(schema: Schema, path: readonly string[]): FieldEntry | undefined {
  const [text, ...rest] = path
  if (text === undefined || rest.length > 0 || !text.includes('.')) return undefined
  return allFields(schema)
    .filter((entry) => entry.path.join('.') === text)
    .sort((left, right) => left.path.length - right.path.length)[0]
}

/** Names with dots between; a name that itself has a dot stands in quotes. */
export function formatPath(path: readonly string[]): string {
  return path.map((name) => (name.includes('.') ? `"${name}"` : name)).join('.')
}

function unknownColumn(schema: Schema, path: readonly string[]): IcebergError {
  const columns = allFields(schema).filter((entry) => !entry.isRepeated)
  const nearest = nearestName(
    formatPath(path),
    columns.map((entry) => formatPath(entry.path)),
  )
  return new IcebergError('invalid', 'no such column', {
    context: { column: formatPath(path), ...(nearest === null ? {} : { nearest }) },
  })
}
