import { IcebergError } from '../base/errors.ts'
import { hasFieldIds, withFieldIds } from '../formats/parquet/field-ids.ts'
import type { ParquetFooter } from '../formats/parquet/footer.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { NAME_MAPPING_PROPERTY, mappedFieldId, parseNameMapping } from '../types/name-mapping.ts'
import type { NameMapping } from '../types/name-mapping.ts'
import { isReservedFieldId } from '../types/reserved-fields.ts'
import { isPrimitive } from '../types/type.ts'
import type { Field } from '../types/type.ts'

/**
 * The footer of a data file with field ids: its own, or for a file that has none at all those of the table's name mapping
 * (spec: Column Projection).
 *
 * Of a file without ids in a table without a mapping, the specification would have every column missing. We read it as the
 * reference implementation does, which wrote such tables: its columns are those of ids 1, 2, 3 and so on.
 *
 * @param readFields the fields that the file is read for
 * @throws IcebergError `unsupported` when a nested one would have to be found by its place: that says nothing of what is
 *   inside
 */
export function identifiedFooter(
  footer: ParquetFooter,
  metadata: TableMetadata,
  readFields: readonly Field[],
): ParquetFooter {
  if (hasFieldIds(footer.schema)) return footer
  const mapping = nameMappingOf(metadata)
  if (mapping !== null) return withFieldIds(footer, (path) => mappedFieldId(mapping, path))
  checkFlat(readFields)
  const places = new Map(footer.schema.root.children.map(({ name }, index) => [name, index + 1]))
  return withFieldIds(footer, ([name = '', ...rest]) =>
    rest.length === 0 ? (places.get(name) ?? null) : null,
  )
}

function checkFlat(fields: readonly Field[]): void {
  const nested = fields.find(({ id, type }) => !isReservedFieldId(id) && !isPrimitive(type))
  if (nested === undefined) return
  throw new IcebergError(
    'unsupported',
    'nested columns of a data file without field ids are read by a name mapping only',
    { context: { field: nested.name, property: NAME_MAPPING_PROPERTY } },
  )
}

const mappings = new WeakMap<TableMetadata, NameMapping>()

/** Each version of a table has one mapping for all its files. Null when it has none. */
function nameMappingOf(metadata: TableMetadata): NameMapping | null {
  const known = mappings.get(metadata)
  if (known !== undefined) return known
  const text = metadata.properties.get(NAME_MAPPING_PROPERTY)
  if (text === undefined) return null
  const mapping = parseNameMapping(text)
  mappings.set(metadata, mapping)
  return mapping
}
