// Schemas as Spark writes them: the JSON of a StructType.
import { IcebergError } from '../../base/errors.ts'
import { readObject } from '../../base/json-fields.ts'
import type { JsonFields } from '../../base/json-fields.ts'
import { makeField } from '../../types/make-field.ts'
import type { Field, Type } from '../../types/type.ts'
import { sparkPrimitive } from './spark-types.ts'

/** Types inside each other; more is refused rather than overflow the stack. */
const MAX_DEPTH = 100

/**
 * The fields of a StructType; ids are all 0.
 *
 * @throws IcebergError `corrupt` with the path of what is not as Spark writes it, `unsupported` for types that no table has
 */
export function sparkFieldsFromJson(json: unknown): readonly Field[] {
  const type = readType(json, '', 0)
  if (type.kind === 'struct') return type.fields
  throw wrong('a schema is a struct', '')
}

function readType(json: unknown, path: string, depth: number): Type {
  if (depth > MAX_DEPTH) throw wrong('the schema is nested too deep', path)
  if (typeof json === 'string') return readNamed(json, path)
  const fields = readObject(json, path)
  const read = (name: string): Type => readType(fields.unknown(name), fields.path(name), depth + 1)
  const kind = fields.string('type')
  switch (kind) {
    case 'struct':
      return { kind, fields: readFields(fields, depth) }
    case 'array':
      return {
        kind: 'list',
        elementId: 0,
        elementRequired: !(fields.optionalBoolean('containsNull') ?? true),
        element: read('elementType'),
      }
    case 'map':
      return {
        kind,
        keyId: 0,
        key: read('keyType'),
        valueId: 0,
        valueRequired: !(fields.optionalBoolean('valueContainsNull') ?? true),
        value: read('valueType'),
      }
    default:
      throw new IcebergError('unsupported', 'a type that Spark makes of classes', {
        context: { path: fields.path('type') },
      })
  }
}

function readFields(struct: JsonFields, depth: number): readonly Field[] {
  return struct.array('fields').map((json, index) => {
    const field = readObject(json, `${struct.path('fields')}[${index}]`)
    const metadata = field.optionalObject('metadata')
    return makeField({
      id: 0,
      name: field.string('name'),
      required: !(field.optionalBoolean('nullable') ?? true),
      type: readType(field.unknown('type'), field.path('type'), depth + 1),
      doc:
        metadata === undefined
          ? null
          : readObject(metadata, field.path('metadata')).optionalString('comment'),
    })
  })
}

/** `long`, `decimal(9,2)`, `varchar(10)` */
function readNamed(text: string, path: string): Type {
  const { name, parameters } =
    /^(?<name>\w+)(?:\((?<parameters>\d{1,9}(?:,\s*\d{1,9})?)\))?$/.exec(text)?.groups ?? {}
  const numbers = parameters?.split(',').map(Number) ?? null
  const type = name === undefined ? null : sparkPrimitive(name, numbers)
  if (type === null) throw wrong('Spark has no such type', path)
  return type
}

function wrong(message: string, path: string): IcebergError {
  return new IcebergError('corrupt', message, { context: path === '' ? {} : { path } })
}
