/**
 * Predicates as JSON, in the form of the REST catalog's expressions: `{"type": "lt", "left": ..., "right": ...}`, and in the
 * older form of the same with `term` and `value`, which the reference implementation writes. Both are read; the older one,
 * which every reader takes, is written.
 */
import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { arrayAt, readObject } from '../base/json-fields.ts'
import type { JsonFields } from '../base/json-fields.ts'
import { valueToJson } from '../types/single-value-json.ts'
import type { PrimitiveValue } from '../types/value.ts'
import type { BoundColumn, BoundPredicate, PrimitiveColumn } from './bound.ts'
import type { JsonLiteral } from './json-literal.ts'
import type { ColumnPath, ComparisonKind, Expression, SetKind, UnaryKind } from './predicate.ts'

/**
 * Reads an expression, as `parseJson` gives it. The type that a literal may name is not looked at: the column decides.
 *
 * @param path where in the document this value sits, for messages
 * @throws IcebergError `corrupt` with the path for what is no expression; `unsupported` for functions and transforms of
 *   columns, and for columns that are named by their id
 */
export function expressionFromJson(json: unknown, path: string): Expression {
  if (typeof json === 'boolean') return { kind: json ? 'true' : 'false' }
  const fields = readObject(json, path)
  const type = fields.string('type').toLowerCase()
  switch (type) {
    case 'true':
    case 'false':
      return { kind: type }
    case 'literal':
      return { kind: fields.boolean('value') ? 'true' : 'false' }
    case 'not':
      return { kind: type, child: childOf(fields, 'child') }
    case 'and':
    case 'or':
      return {
        kind: type,
        children: ['left', 'right'].flatMap((side) => flat(type, childOf(fields, side))),
      }
    default:
      return testFromJson(type, fields)
  }
}

function childOf(fields: JsonFields, name: string): Expression {
  return expressionFromJson(fields.unknown(name), fields.path(name))
}

/** A chain of many is a list of many, and no deeper than one of two. */
function flat(kind: 'and' | 'or', child: Expression): readonly Expression[] {
  return child.kind === kind ? child.children : [child]
}

const UNARIES = kindsByName<UnaryKind>(['is-null', 'not-null', 'is-nan', 'not-nan'])
const SETS = kindsByName<SetKind>(['in', 'not-in'])
const COMPARISONS = kindsByName<ComparisonKind>([
  'eq',
  'not-eq',
  'lt',
  'lt-eq',
  'gt',
  'gt-eq',
  'starts-with',
  'not-starts-with',
])

function kindsByName<Kind extends string>(kinds: readonly Kind[]): ReadonlyMap<string, Kind> {
  return new Map(kinds.map((kind) => [kind, kind]))
}

function testFromJson(type: string, fields: JsonFields): Expression {
  // The reference implementation spells the same names with underscores inside, and reads both.
  const name = type.replaceAll('_', '-')
  const unary = UNARIES.get(name)
  if (unary !== undefined) return { kind: unary, column: columnOf(fields, 'child') }
  const set = SETS.get(name)
  if (set !== undefined) {
    return { kind: set, column: columnOf(fields, 'child'), literals: literalsOf(fields) }
  }
  const comparison = COMPARISONS.get(name)
  if (comparison !== undefined) return comparisonFromJson(comparison, fields)
  throw new IcebergError('corrupt', 'expression has an unknown type', {
    context: { path: fields.path('type'), type },
  })
}

/** In the newer form either side may be the column. */
function comparisonFromJson(kind: ComparisonKind, fields: JsonFields): Expression {
  const left = fields.unknown('left')
  if (left === undefined || isReference(left)) {
    const side = left === undefined ? 'value' : 'right'
    return { kind, column: columnOf(fields, 'left'), literal: literalOf(fields, side) }
  }
  const mirrored = MIRRORED[kind]
  if (mirrored === undefined) {
    throw new IcebergError('unsupported', 'expression tests a literal, not a column', {
      context: { path: fields.path('left') },
    })
  }
  return { kind: mirrored, column: columnOf(fields, 'right'), literal: literalOf(fields, 'left') }
}

const MIRRORED: Partial<Record<ComparisonKind, ComparisonKind>> = {
  eq: 'eq',
  'not-eq': 'not-eq',
  lt: 'gt',
  'lt-eq': 'gt-eq',
  gt: 'lt',
  'gt-eq': 'lt-eq',
}

/** Whatever is no literal. In the newer form a bare string is one, so that a column is an object. */
function isReference(json: unknown): boolean {
  return typeof json === 'object' && json !== null && !('type' in json && json.type === 'literal')
}

/** Only the older form names a column by a bare string, which is a literal in the newer one. */
function columnOf(fields: JsonFields, name: string): ColumnPath {
  const operand = fields.unknown(name)
  if (operand !== undefined) return referenceFromJson(operand, fields.path(name))
  const term = fields.unknown('term')
  return typeof term === 'string' ? [term] : referenceFromJson(term, fields.path('term'))
}

/** A name may have dots, which the schema tells from ways into structs. */
function referenceFromJson(json: unknown, path: string): ColumnPath {
  const reference = readObject(json, path)
  const type = reference.string('type')
  if (type !== 'reference') {
    throw new IcebergError('unsupported', 'expression tests more than a column', {
      context: { path, type },
    })
  }
  if (reference.unknown('id') !== undefined) {
    throw new IcebergError('unsupported', 'expression names a column by its id', {
      context: { path },
    })
  }
  return [reference.optionalString('term') ?? reference.string('name')]
}

function literalOf(fields: JsonFields, name: string): JsonLiteral {
  return literalFromJson(fields.unknown(name), fields.path(name))
}

function literalsOf(fields: JsonFields): readonly JsonLiteral[] {
  const values = fields.unknown('values')
  const path = fields.path('values')
  if (Array.isArray(values)) return literalsAt(values, path)
  const typed = readObject(values, path)
  return literalsAt(typed.unknown('values'), typed.path('values'))
}

function literalsAt(json: unknown, path: string): readonly JsonLiteral[] {
  return arrayAt(json, path).map((item, index) => literalFromJson(item, `${path}[${index}]`))
}

function literalFromJson(json: unknown, path: string): JsonLiteral {
  switch (typeof json) {
    case 'boolean':
    case 'number':
    case 'bigint':
    case 'string':
      return { kind: 'json-literal', value: json }
    default: {
      const literal = readObject(json, path)
      if (literal.string('type') === 'literal') return literalOf(literal, 'value')
      throw new IcebergError('unsupported', 'expression compares with more than a literal', {
        context: { path },
      })
    }
  }
}

/** The JSON of a predicate, for `stringifyJson`; {@link expressionFromJson} reads it to a predicate of the same rows. */
export function expressionToJson(predicate: BoundPredicate): unknown {
  switch (predicate.kind) {
    case 'true':
      return true
    case 'false':
      return false
    case 'and':
    case 'or':
      return pairsToJson(predicate.kind, predicate.children)
    case 'is-null':
    case 'not-null':
    case 'is-nan':
    case 'not-nan':
      return { type: predicate.kind, term: termOf(predicate.column) }
    case 'in':
    case 'not-in': {
      const { kind, column, literals } = predicate
      const values = literals.map((literal) => literalToJson(column, literal))
      return { type: kind, term: termOf(column), values }
    }
    case 'eq':
    case 'not-eq':
    case 'lt':
    case 'lt-eq':
    case 'gt':
    case 'gt-eq':
    case 'starts-with':
    case 'not-starts-with': {
      const { kind, column, literal } = predicate
      return { type: kind, term: termOf(column), value: literalToJson(column, literal) }
    }
    default:
      return unreachable(predicate)
  }
}

/** Halved, so that a list of many does not nest as deep as it is long. */
function pairsToJson(kind: 'and' | 'or', children: readonly BoundPredicate[]): unknown {
  const [only] = children
  if (only !== undefined && children.length === 1) return expressionToJson(only)
  const half = Math.ceil(children.length / 2)
  return {
    type: kind,
    left: pairsToJson(kind, children.slice(0, half)),
    right: pairsToJson(kind, children.slice(half)),
  }
}

function termOf({ path }: BoundColumn): string {
  return path.join('.')
}

function literalToJson({ type }: PrimitiveColumn, literal: PrimitiveValue): unknown {
  return valueToJson(type, literal)
}
