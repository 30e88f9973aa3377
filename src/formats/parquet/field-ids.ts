// Field ids for files that carry none, by the names of their columns (spec: Column Projection). They are put where a file
// with ids has them, so that nothing else needs to know.
import { SCHEMA_ELEMENT } from './file-schema.ts'
import type { ParquetColumn, ParquetNode, ParquetSchema } from './file-schema.ts'
import type { ParquetFooter } from './footer.ts'
import { thriftInt, withFields } from './thrift.ts'

/** The id of the field at a path of names: `element` for what a list holds, `key` and `value` for a map; null for none. */
export type FieldIdByName = (path: readonly string[]) => number | null

/** Whether a column or a group of the file has a field id. */
export function hasFieldIds({ root }: ParquetSchema): boolean {
  const hasId = (node: ParquetNode): boolean => node.fieldId !== null || node.children.some(hasId)
  return hasId(root)
}

/** The footer of the same file with the ids that its columns and groups have by their names. */
export function withFieldIds(footer: ParquetFooter, idOf: FieldIdByName): ParquetFooter {
  const columns: ParquetColumn[] = []
  const root = {
    ...footer.schema.root,
    children: footer.schema.root.children.map((child) =>
      identified(child, [child.name], idOf, columns),
    ),
  }
  const rowGroups = footer.rowGroups.map((rowGroup) => ({
    ...rowGroup,
    chunks: rowGroup.chunks.map((chunk) => ({
      ...chunk,
      column: columns[chunk.column.index] ?? chunk.column,
    })),
  }))
  return { ...footer, schema: { root, columns }, rowGroups }
}

/** @param columns gets the columns of the node, in their order */
function identified(
  node: ParquetNode,
  path: readonly string[],
  idOf: FieldIdByName,
  columns: ParquetColumn[],
): ParquetNode {
  const fieldId = idOf(path)
  const element = withFields(node.element, [
    [SCHEMA_ELEMENT.fieldId, fieldId === null ? null : thriftInt(fieldId)],
  ])
  if (node.column !== null) {
    const column = { ...node.column, fieldId }
    columns.push(column)
    return { ...node, fieldId, element, column }
  }
  const inside = (child: ParquetNode, name: string): ParquetNode =>
    identified(child, [...path, name], idOf, columns)
  return { ...node, fieldId, element, children: childrenOf(node, inside) }
}

/** The children of a group, by the names that a mapping has for them. */
function childrenOf(
  node: ParquetNode,
  inside: (child: ParquetNode, name: string) => ParquetNode,
): readonly ParquetNode[] {
  const [middle] = node.children
  const kind = node.annotation?.kind
  if (middle === undefined || (kind !== 'list' && kind !== 'map')) {
    return node.children.map((child) => inside(child, child.name))
  }
  if (kind === 'list' && isElement(node, middle)) return [inside(middle, 'element')]
  const names = kind === 'list' ? ['element'] : ['key', 'value']
  const children = middle.children.map((child, index) => inside(child, names[index] ?? child.name))
  return [{ ...middle, children }]
}

/** What a list holds; null for a group that is marked as one and holds nothing. */
export function listElement(list: ParquetNode): ParquetNode | null {
  const [middle] = list.children
  if (middle === undefined) return null
  return isElement(list, middle) ? middle : (middle.children[0] ?? null)
}

/**
 * Whether what repeats in a list is the element itself, as in files of old writers, and no group around it (Parquet:
 * Backward-compatibility rules of lists).
 */
function isElement(list: ParquetNode, repeated: ParquetNode): boolean {
  const [only, ...others] = repeated.children
  return (
    only === undefined ||
    others.length > 0 ||
    only.repetition === 'repeated' ||
    repeated.name === 'array' ||
    repeated.name === `${list.name}_tuple`
  )
}
