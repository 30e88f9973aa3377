// Whether rows of a data file can be read as those of the table, by what its footer says of its columns (spec: Column
// Projection): with the rules that readers go by. What lists and maps hold, and types that no table has, are not judged:
// when in doubt a file is sound.
import { primitiveAdapter } from '../../formats/arrow/adapt-primitive.ts'
import type { AdaptRules } from '../../formats/arrow/adapt-rules.ts'
import { arrowTypeOf } from '../../formats/arrow/schema.ts'
import type { FileConstants } from '../../formats/arrow/project.ts'
import type { ParquetNode, ParquetSchema } from '../../formats/parquet/file-schema.ts'
import { primitiveOf } from '../../formats/parquet/table-schema.ts'
import type { Schema } from '../../types/schema.ts'
import { formatType, isPrimitive } from '../../types/type.ts'
import type { Field, PrimitiveType } from '../../types/type.ts'
import { hasValues } from '../../types/without-values.ts'

/** A column that no row of the file can be read with. */
export interface ColumnMisfit {
  /** Names from the root, with dots between. */
  readonly column: string
  readonly reason: string
}

/**
 * The columns of a schema that cannot be read from a file with rows, by their types or because they are lacking.
 *
 * @param file with the field ids by which readers find its columns
 * @param constants what rows have in columns that the file lacks
 */
export function misfitColumns(
  schema: Schema,
  file: ParquetSchema,
  constants: FileConstants,
): readonly ColumnMisfit[] {
  return misfitsIn(schema.fields, file.root.children, { constants, parents: [] })
}

/**
 * The columns of a schema that may not be null and are.
 *
 * @param nullCounts by field id; those of columns inside of others count what these lack, and say nothing
 */
export function nullsInRequired(
  schema: Schema,
  nullCounts: ReadonlyMap<number, bigint>,
): readonly ColumnMisfit[] {
  return schema.fields
    .filter(
      ({ id, type, required }) => required && isPrimitive(type) && (nullCounts.get(id) ?? 0n) > 0n,
    )
    .map(({ name }) => ({ column: name, reason: 'required, and has nulls' }))
}

interface Place {
  readonly constants: FileConstants
  /** Names from the root. */
  readonly parents: readonly string[]
}

function misfitsIn(
  fields: readonly Field[],
  nodes: readonly ParquetNode[],
  place: Place,
): readonly ColumnMisfit[] {
  return fields
    .filter(({ type }) => hasValues(type))
    .flatMap((field) => {
      const node = nodes.find(({ fieldId }) => fieldId === field.id)
      return node === undefined ? lacking(field, place) : misfitsOf(field, node, place)
    })
}

function lacking(field: Field, { constants, parents }: Place): readonly ColumnMisfit[] {
  const { name, required, initialDefault } = field
  const isKnown = !required || initialDefault !== undefined || (constants(field) ?? null) !== null
  return isKnown ? [] : [{ column: [...parents, name].join('.'), reason: 'required, and lacking' }]
}

function misfitsOf(
  { name, type }: Field,
  node: ParquetNode,
  place: Place,
): readonly ColumnMisfit[] {
  const parents = [...place.parents, name]
  if (type.kind === 'struct' && node.column === null && node.annotation === null) {
    return misfitsIn(type.fields, node.children, { ...place, parents })
  }
  if (!isPrimitive(type) || node.column === null || node.repetition === 'repeated') return []
  const stored = primitiveOf(node.column, node.element)
  if (stored === null || isReadAs(stored, type)) return []
  const reason = `stored as ${formatType(stored)}, which does not become ${formatType(type)}`
  return [{ column: parents.join('.'), reason }]
}

function isReadAs(stored: PrimitiveType, type: PrimitiveType): boolean {
  return primitiveAdapter(type, arrowTypeOf(stored), OF_FILES) !== null
}

/** As files are read; nothing is adapted here, so that nothing is looked for. */
const OF_FILES: AdaptRules = {
  fault: 'corrupt',
  indexOf: () => -1,
  extras: 'ignored',
  absent: () => null,
  leniency: 'of-files',
}
