import { IcebergError } from '../../base/errors.ts'
import { hasFieldIds } from './field-ids.ts'
import type { ParquetColumn, ParquetNode, ParquetSchema } from './file-schema.ts'

type Columns = readonly ParquetColumn[]

/**
 * The columns to read for the fields of these ids, given at every level. A column is read for its own id. A group whose id
 * is given but no column inside is read for its presence, with any one of its columns: only columns know whether a struct
 * is null and how long a list is. Ids that the file does not have are passed over.
 *
 * @returns columns in the order of the file
 * @throws IcebergError `unsupported` when the file has no ids at all: every field would be taken for missing
 */
export function selectColumns(schema: ParquetSchema, fieldIds: ReadonlySet<number>): Columns {
  if (fieldIds.size === 0) return []
  if (schema.columns.length > 0 && !hasFieldIds(schema)) {
    throw new IcebergError('unsupported', 'data file without field ids')
  }
  const selectBelow = (node: ParquetNode): Columns => {
    const isWanted = node.fieldId !== null && fieldIds.has(node.fieldId)
    if (node.column !== null) return isWanted ? [node.column] : []
    const [key, value] = entriesOf(node)
    if (key !== undefined && value !== undefined) {
      const chosen = selectBelow(value)
      const isRead = isWanted || chosen.length > 0 || selectBelow(key).length > 0
      return isRead ? [...allColumns(key), ...(chosen.length > 0 ? chosen : anyColumn(value))] : []
    }
    const chosen = node.children.flatMap(selectBelow)
    if (chosen.length === 0 && !isWanted) return []
    if (isOldList(node)) return allColumns(node)
    return chosen.length > 0 ? chosen : anyColumn(node)
  }
  const chosen = new Set(selectBelow(schema.root))
  return schema.columns.filter((column) => chosen.has(column))
}

/** Key and value of a map: with one of them missing it would be read as a list. */
function entriesOf(node: ParquetNode): readonly ParquetNode[] {
  return node.annotation?.kind === 'map' ? (node.children[0]?.children ?? []) : []
}

/** A list without a group in the middle: with fewer columns it would look as if there were one. */
function isOldList(node: ParquetNode): boolean {
  return node.annotation?.kind === 'list' && node.children[0]?.children.length !== 1
}

function allColumns(node: ParquetNode): Columns {
  return node.column === null ? node.children.flatMap(allColumns) : [node.column]
}

function anyColumn(node: ParquetNode): Columns {
  return allColumns(node).slice(0, 1)
}
