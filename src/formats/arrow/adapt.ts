import { DataType } from 'apache-arrow'
import type { Data, Field as ArrowField } from 'apache-arrow'
import { IcebergError, withContext } from '../../base/errors.ts'
import { childFields } from '../../types/schema.ts'
import { formatType } from '../../types/type.ts'
import type { Field, ListType, MapType, StructType, Type } from '../../types/type.ts'
import { primitiveAdapter } from './adapt-primitive.ts'
import type { AdaptRules, ColumnAdapter } from './adapt-rules.ts'
import { constantColumn } from './constant-column.ts'
import { arrowTypeName, listChild, nullColumn, relabelColumn } from './column-data.ts'
import { decodeDictionary, narrowOffsets, trimList } from './plain-layout.ts'
import { arrowTypeOf } from './schema.ts'
import { withoutValues } from '../../types/without-values.ts'

/**
 * Columns in the order of the fields, of types that only differ as far as a reader allows: what a table's type says,
 * holds.
 */
const byPosition: AdaptRules = {
  fault: 'corrupt',
  indexOf: (_field, columns, position) => (position < columns.length ? position : -1),
  extras: 'ignored',
  absent: () => null,
  leniency: 'of-files',
}

/**
 * A column as {@link arrowTypeOf} lays it out; children of structs are taken by position. @throws IcebergError
 * `corrupt`
 */
export function adaptColumn(type: Type, data: Data): Data {
  return columnAdapter(type, data.type, byPosition, [])(data)
}

/**
 * How to make the columns of `fields` from columns of other Arrow types. Safe widening only (spec: Schema Evolution):
 * int to long, float to double, decimals of more digits, dates to timestamps; large offsets, dictionaries and units of
 * time become what the type has. A field without a column becomes what the rules say of it, or null.
 *
 * @throws IcebergError at once when a type does not fit or a required field has no column; the adapters throw for a
 *   value that the type cannot hold, and `limit` for a column of more than 2^31 bytes
 */
export function fieldsAdapter(
  fields: readonly Field[],
  columns: readonly ArrowField[],
  rules: AdaptRules,
  path: readonly string[],
): (columns: readonly Data[], length: number) => Data[] {
  const indices = fields.map((field, position) => rules.indexOf(field, columns, position))
  const extra = columns.find((_, index) => !indices.includes(index))
  if (extra !== undefined && rules.extras === 'refused') {
    throw misfit('column is not in the table', rules, [...path, extra.name])
  }
  const adapters = fields.map((field, position) =>
    fieldAdapter(field, columns, indices[position] ?? -1, rules, path),
  )
  return (data, length) => adapters.map((adapt) => adapt(data, length))
}

type FieldAdapter = (columns: readonly Data[], length: number) => Data

function fieldAdapter(
  field: Field,
  columns: readonly ArrowField[],
  index: number,
  rules: AdaptRules,
  parents: readonly string[],
): FieldAdapter {
  const path = [...parents, field.name]
  const column = columns[index]
  if (column === undefined) return absentAdapter(field, rules, path)
  const adapt = columnAdapter(field.type, column.type, rules, path)
  return (data, length) => {
    const source = data[index]
    if (source?.length !== length) throw misfit('column has another length', rules, path)
    return adapt(source)
  }
}

function absentAdapter(field: Field, rules: AdaptRules, path: readonly string[]): FieldAdapter {
  const value = rules.absent(field)
  if (value !== null) {
    const columnOf = constantColumn(field.type, value)
    return (_columns, length) => columnOf(length)
  }
  if (field.required) throw misfit('required column is missing', rules, path)
  const type = arrowTypeOf(field.type)
  return (_columns, length) => nullColumn(type, length)
}

function columnAdapter(
  type: Type,
  source: DataType,
  rules: AdaptRules,
  path: readonly string[],
): ColumnAdapter {
  const adapt = adapterFor(type, source, rules, path)
  if (adapt === null) {
    throw misfit('column type does not fit', rules, path, {
      type: formatType(type),
      arrowType: arrowTypeName(source),
    })
  }
  return (data) => {
    try {
      return adapt(data)
    } catch (error) {
      throw withContext(error, placeOf(path))
    }
  }
}

/** null when no value of the source type is one of `type` for certain. */
function adapterFor(
  type: Type,
  source: DataType,
  rules: AdaptRules,
  path: readonly string[],
): ColumnAdapter | null {
  if (DataType.isNull(source) || type.kind === 'unknown')
    return nullsAdapter(type, source, rules, path)
  if (DataType.isDictionary(source)) {
    const dictionary: DataType = source.dictionary
    const adapt = adapterFor(type, dictionary, rules, path)
    return adapt === null ? null : decodeDictionary(arrowTypeOf(type), adapt)
  }
  switch (type.kind) {
    case 'struct':
      return DataType.isStruct(source) ? structAdapter(type, source, rules, path) : null
    case 'list':
      return DataType.isList(source) || DataType.isLargeList(source)
        ? listAdapter(type, source, rules, path)
        : null
    case 'map':
      return DataType.isMap(source) ? mapAdapter(type, source, rules, path) : null
    case 'variant':
      throw withoutValues(type)
    default:
      return primitiveAdapter(type, source, rules)
  }
}

/**
 * A column of unknown type is null, whatever a file has in its place (spec: Parquet). What a caller has there would be
 * lost.
 */
function nullsAdapter(
  type: Type,
  source: DataType,
  rules: AdaptRules,
  path: readonly string[],
): ColumnAdapter {
  const mayLose = rules.leniency === 'of-files' || DataType.isNull(source)
  return (data) => {
    if (!mayLose && data.nullCount < data.length) {
      throw misfit('column of unknown type holds nothing but null', rules, path)
    }
    return nullColumn(arrowTypeOf(type), data.length)
  }
}

function structAdapter(
  type: StructType,
  source: DataType,
  rules: AdaptRules,
  path: readonly string[],
): ColumnAdapter {
  const target = arrowTypeOf(type)
  const adapt = fieldsAdapter(type.fields, source.children, rules, path)
  return (data) => relabelColumn(data, target, adapt(data.children, data.length))
}

function listAdapter(
  type: ListType,
  source: DataType,
  rules: AdaptRules,
  path: readonly string[],
): ColumnAdapter | null {
  const target = arrowTypeOf(type)
  const [element] = source.children
  if (element === undefined) return null
  const adapt = columnAdapter(type.element, element.type, rules, [...path, 'element'])
  return (data) => {
    const plain = trimList(DataType.isLargeList(source) ? narrowOffsets(target, data) : data)
    return relabelColumn(plain, target, [adapt(listChild(plain))])
  }
}

/** The two parts of a map are found by their place: engines name them differently. */
function mapAdapter(
  type: MapType,
  source: DataType,
  rules: AdaptRules,
  path: readonly string[],
): ColumnAdapter | null {
  const target = arrowTypeOf(type)
  const pair = source.children[0]?.type
  const pairTarget = target.children[0]?.type
  if (pair === undefined || pairTarget === undefined) return null
  const adapters = childFields(type).map((field, position) => {
    const part = pair.children[position]
    if (part === undefined) throw misfit('map without keys or values', rules, path)
    return columnAdapter(field.type, part.type, rules, [...path, field.name])
  })
  return (data) => {
    const plain = trimList(data)
    const pairs = listChild(plain)
    const children = adapters.map((adapt, position) => adapt(pairs.children[position] ?? pairs))
    return relabelColumn(plain, target, [relabelColumn(pairs, pairTarget, children)])
  }
}

function misfit(
  message: string,
  rules: AdaptRules,
  path: readonly string[],
  context: Readonly<Record<string, string>> = {},
): IcebergError {
  return new IcebergError(rules.fault, message, { context: { ...placeOf(path), ...context } })
}

function placeOf(path: readonly string[]): Readonly<Record<string, string>> {
  return path.length === 0 ? {} : { field: path.join('.') }
}
