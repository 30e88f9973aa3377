import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { positionsOf } from '../layout/column-value.ts'
import { findColumn, formatPath } from '../layout/find-column.ts'
import { findField } from '../types/schema.ts'
import type { FieldEntry, Schema } from '../types/schema.ts'
import { formatType, isFloating, isPrimitive } from '../types/type.ts'
import { allOf, anyOf, boundFalse, boundTrue } from './bound.ts'
import type { BoundColumn, BoundPredicate, PrimitiveColumn } from './bound.ts'
import { isNoneOf, isOneOf } from './literal-set.ts'
import { placeLiteral } from './place-literal.ts'
import type { Place } from './place-literal.ts'
import type { ColumnPath, ComparisonKind, Expression, SetKind, UnaryKind } from './predicate.ts'
import { rewriteNot } from './rewrite-not.ts'
import type { PositiveExpression } from './rewrite-not.ts'

/**
 * Holds an expression against a schema: names become field ids, literals values of the column's type, and what is
 * decided without a row becomes `true` or `false`.
 *
 * A number that the column's type cannot hold keeps its exact meaning: `id < 2.5` is `id <= 2`, and `id < 3000000000` on
 * an `int` holds for all but null. A column of type `unknown` is null in every row. Columns inside of which nothing can be
 * compared can be tested for null alone.
 *
 * @throws IcebergError `invalid` for an unknown column, naming the nearest, a column in a list or map, a literal that is
 *   null or not of the type, or a test that the type does not have; `limit` when nested too deep
 */
export function bind(expression: Expression, schema: Schema): BoundPredicate {
  return bindPositive(rewriteNot(expression), schema)
}

/** Every column that an expression names, each once: also those that binding has no need of, as no row could decide. */
export function namedColumns(expression: Expression, schema: Schema): readonly BoundColumn[] {
  const columns = new Map<number, BoundColumn>()
  const visit = (node: Expression): void => {
    if ('children' in node) node.children.forEach(visit)
    else if ('child' in node) visit(node.child)
    else if ('column' in node) {
      const column = bindColumn(schema, node.column)
      columns.set(column.fieldId, column)
    }
  }
  visit(expression)
  return [...columns.values()]
}

function bindPositive(expression: PositiveExpression, schema: Schema): BoundPredicate {
  switch (expression.kind) {
    case 'true':
      return boundTrue
    case 'false':
      return boundFalse
    case 'and':
      return allOf(expression.children.map((child) => bindPositive(child, schema)))
    case 'or':
      return anyOf(expression.children.map((child) => bindPositive(child, schema)))
    case 'is-null':
    case 'not-null':
    case 'is-nan':
    case 'not-nan':
      return bindUnary(expression.kind, bindColumn(schema, expression.column))
    case 'in':
    case 'not-in':
      return bindSet(
        expression.kind,
        primitiveColumn(bindColumn(schema, expression.column)),
        expression.literals,
      )
    case 'eq':
    case 'not-eq':
    case 'lt':
    case 'lt-eq':
    case 'gt':
    case 'gt-eq':
    case 'starts-with':
    case 'not-starts-with':
      return bindComparison(
        expression.kind,
        primitiveColumn(bindColumn(schema, expression.column)),
        expression.literal,
      )
    default:
      return unreachable(expression)
  }
}

function bindColumn(schema: Schema, path: ColumnPath): BoundColumn {
  const entry = findColumn(schema, path)
  return {
    fieldId: entry.field.id,
    positions: positionsOf(schema, entry),
    type: isPrimitive(entry.field.type) ? entry.field.type : { kind: 'nested' },
    required: isRequired(schema, entry),
    path: entry.path,
  }
}

/** Whether no row can have a null there, in a struct around it neither. */
export function isRequired(schema: Schema, { ids }: Pick<FieldEntry, 'ids'>): boolean {
  return ids.every((id) => findField(schema, id)?.field.required === true)
}

function primitiveColumn(column: BoundColumn): PrimitiveColumn {
  const { type } = column
  if (type.kind === 'nested' || type.kind === 'geometry' || type.kind === 'geography') {
    throw misuse('this column can only be tested for null', column)
  }
  return { ...column, type }
}

function bindUnary(kind: UnaryKind, column: BoundColumn): BoundPredicate {
  const isUnknown = column.type.kind === 'unknown'
  switch (kind) {
    case 'is-null':
      if (isUnknown) return boundTrue
      return column.required ? boundFalse : { kind, column }
    case 'not-null':
      if (isUnknown) return boundFalse
      return column.required ? boundTrue : { kind, column }
    case 'is-nan':
    case 'not-nan':
      if (isUnknown) return kind === 'is-nan' ? boundFalse : boundTrue
      if (isFloating(column.type)) return { kind, column }
      throw misuse('only floats and doubles can be tested for NaN', column)
    default:
      return unreachable(kind)
  }
}

function bindComparison(
  kind: ComparisonKind,
  column: PrimitiveColumn,
  literal: unknown,
): BoundPredicate {
  if (kind === 'starts-with' || kind === 'not-starts-with') return bindPrefix(kind, column, literal)
  const place = placeLiteral(column.type, literal, formatPath(column.path))
  switch (place.kind) {
    case 'at':
      return { kind, column, literal: place.value }
    case 'between':
      return compareBetween(kind, column, place)
    case 'nowhere':
      return boundFalse
    default:
      return unreachable(place)
  }
}

type PrefixKind = 'starts-with' | 'not-starts-with'

function bindPrefix(kind: PrefixKind, column: PrimitiveColumn, literal: unknown): BoundPredicate {
  const { type } = column
  if (type.kind !== 'string' && type.kind !== 'unknown') {
    throw misuse('only strings have a prefix', column)
  }
  const place = placeLiteral(type, literal, formatPath(column.path))
  if (place.kind !== 'at') return boundFalse
  if (place.value !== '') return { kind, column, literal: place.value }
  return kind === 'starts-with' ? notNull(column) : boundFalse
}

/** A literal that lies between two values of the type, or beyond the last one. */
function compareBetween(
  kind: Exclude<ComparisonKind, PrefixKind>,
  column: PrimitiveColumn,
  { below, above }: Extract<Place, { kind: 'between' }>,
): BoundPredicate {
  switch (kind) {
    case 'eq':
      return boundFalse
    case 'not-eq':
      return notNull(column)
    case 'lt':
    case 'lt-eq':
      if (below === null) return boundFalse
      return above === null ? notNull(column) : { kind: 'lt-eq', column, literal: below }
    case 'gt':
    case 'gt-eq':
      if (above === null) return boundFalse
      return below === null ? notNull(column) : { kind: 'gt-eq', column, literal: above }
    default:
      return unreachable(kind)
  }
}

function bindSet(
  kind: SetKind,
  column: PrimitiveColumn,
  literals: readonly unknown[],
): BoundPredicate {
  const path = formatPath(column.path)
  const places = literals.map((literal) => placeLiteral(column.type, literal, path))
  const values = places.flatMap((place) => (place.kind === 'at' ? [place.value] : []))
  if (kind === 'in') return isOneOf(column, values)
  if (places.some((place) => place.kind === 'nowhere')) return boundFalse
  if (literals.length === 0) return boundTrue
  return values.length === 0 ? notNull(column) : isNoneOf(column, values)
}

function notNull(column: BoundColumn): BoundPredicate {
  return bindUnary('not-null', column)
}

function misuse(message: string, column: BoundColumn): IcebergError {
  const type = column.type.kind === 'nested' ? 'nested' : formatType(column.type)
  return new IcebergError('invalid', message, {
    context: { column: formatPath(column.path), type },
  })
}
