// What columns JSON objects seem to have. Types are those that hold all values that were seen, and every column may be null: the
// next object may lack it.
import { IcebergError } from '../../../base/errors.ts'
import { isInt64 } from '../../../base/integers.ts'
import { assignFreshIds } from '../../../types/schema-walk.ts'
import type { Schema } from '../../../types/schema.ts'
import type { Field, Type } from '../../../types/type.ts'

/**
 * The columns of objects, in the order in which they were seen first. Where only null was seen, and where an array was always
 * empty, text is expected; what always was an object without names is no column.
 *
 * @throws IcebergError `invalid` with the path where values are of kinds that have no type in common, or of none
 */
export function inferSchema(objects: Iterable<unknown>): Schema {
  let seen: Shape = NOTHING
  for (const json of objects) seen = union(seen, shapeOf(json, ''), '')
  const type = typeOf(seen)
  if (type?.kind !== 'struct') {
    throw new IcebergError('invalid', 'no columns can be seen: set a schema')
  }
  return { schemaId: 0, fields: assignFreshIds(type.fields), identifierFieldIds: [] }
}

/** What was seen of a value. */
type Shape =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'boolean' | 'long' | 'double' | 'string' }
  | { readonly kind: 'list'; readonly element: Shape }
  | { readonly kind: 'struct'; readonly fields: ReadonlyMap<string, Shape> }

const NOTHING: Shape = { kind: 'nothing' }

function shapeOf(json: unknown, path: string): Shape {
  if (json === null) return NOTHING
  if (Array.isArray(json)) {
    const inner = `${path}.element`
    const shapes = json.map((item) => shapeOf(item, inner))
    return {
      kind: 'list',
      element: shapes.reduce((seen, shape) => union(seen, shape, inner), NOTHING),
    }
  }
  switch (typeof json) {
    case 'boolean':
      return { kind: 'boolean' }
    case 'string':
      return { kind: 'string' }
    case 'bigint':
      if (isInt64(json)) return { kind: 'long' }
      throw new IcebergError('invalid', 'an integer has more than 64 bits: set a schema', {
        context: { path },
      })
    case 'number':
      return { kind: Number.isSafeInteger(json) ? 'long' : 'double' }
    default:
      return { kind: 'struct', fields: new Map(namedShapes(json, path)) }
  }
}

function namedShapes(json: unknown, path: string): readonly (readonly [string, Shape])[] {
  // What is left of JSON is objects.
  return Object.entries(json as object).map(([name, value]) => [
    name,
    shapeOf(value, joined(path, name)),
  ])
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function union(left: Shape, right: Shape, path: string): Shape {
  if (left.kind === 'nothing') return right
  if (right.kind === 'nothing') return left
  if (left.kind === 'struct' && right.kind === 'struct') {
    const fields = new Map(left.fields)
    for (const [name, shape] of right.fields) {
      fields.set(name, union(fields.get(name) ?? NOTHING, shape, joined(path, name)))
    }
    return { kind: 'struct', fields }
  }
  if (left.kind === 'list' && right.kind === 'list') {
    return { kind: 'list', element: union(left.element, right.element, `${path}.element`) }
  }
  if (left.kind === right.kind) return left
  if (isNumber(left) && isNumber(right)) return { kind: 'double' }
  throw new IcebergError('invalid', 'values have no type in common: set a schema', {
    context: { path, one: left.kind, other: right.kind },
  })
}

function isNumber({ kind }: Shape): boolean {
  return kind === 'long' || kind === 'double'
}

/** Null for what has no columns in it. */
function typeOf(shape: Shape): Type | null {
  switch (shape.kind) {
    case 'nothing':
      return { kind: 'string' }
    case 'list': {
      const element = typeOf(shape.element)
      return element && { kind: 'list', elementId: 0, elementRequired: false, element }
    }
    case 'struct': {
      const fields = [...shape.fields].flatMap(([name, inner]) => fieldOf(name, typeOf(inner)))
      return fields.length === 0 ? null : { kind: 'struct', fields }
    }
    default:
      return shape
  }
}

function fieldOf(name: string, type: Type | null): readonly Field[] {
  return type === null ? [] : [{ id: 0, name, required: false, type }]
}
