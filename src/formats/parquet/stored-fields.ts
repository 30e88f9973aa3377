import { IcebergError } from '../../base/errors.ts'
import type { Field, Type } from '../../types/type.ts'

/**
 * The fields that a data file has columns for: all but those of unknown type, which are null in every row and are left out
 * (spec: Parquet). The same array when all are.
 *
 * @throws IcebergError `unsupported` where nothing would be left of a row, struct, list or map, so that a file could not
 *   tell whether it is there, or how long it is; and for a struct that has no fields to begin with
 */
export function storedFields(fields: readonly Field[]): readonly Field[] {
  const stored = fields.flatMap((field) => {
    if (field.type.kind === 'unknown') return []
    const type = storedType(field.type, field.name)
    return [type === field.type ? field : { ...field, type }]
  })
  const [first] = fields
  if (stored.length === 0 && first !== undefined) throw nothingLeft(first.name)
  const areAll = stored.length === fields.length && stored.every((one, at) => one === fields[at])
  return areAll ? fields : stored
}

function storedType(type: Type, name: string): Type {
  switch (type.kind) {
    case 'struct': {
      if (type.fields.length === 0) throw nothingLeft(name)
      const fields = storedFields(type.fields)
      return fields === type.fields ? type : { ...type, fields }
    }
    case 'list': {
      if (type.element.kind === 'unknown') throw nothingLeft(name)
      const element = storedType(type.element, name)
      return element === type.element ? type : { ...type, element }
    }
    case 'map': {
      if (type.value.kind === 'unknown') throw nothingLeft(name)
      const [key, value] = [storedType(type.key, name), storedType(type.value, name)]
      return key === type.key && value === type.value ? type : { ...type, key, value }
    }
    default:
      return type
  }
}

function nothingLeft(name: string): IcebergError {
  return new IcebergError(
    'unsupported',
    'a field of no types, or of nothing but unknown ones, cannot be stored',
    {
      context: { field: name },
    },
  )
}
