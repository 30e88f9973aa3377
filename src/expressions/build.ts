import type { At, Paths } from '../types/row-types.ts'
import type { ColumnPath, ComparisonKind, Expression, SetKind, UnaryKind } from './predicate.ts'

declare const row: unique symbol

/**
 * Which rows are meant, for rows of a type. It is a plain value, held against a schema only where it is used.
 *
 * A predicate on some columns fits every row type that has them. It takes its row type from where it stands; one that is
 * kept in a variable is annotated.
 *
 * Builders take a column as a path that the row type has, with dots into structs, or as names from the root one by one.
 * That type is written out in each of them, because then the compiler's message lists the columns there are.
 */
export interface Predicate<in Row> {
  readonly expression: Expression
  /** Only for the compiler: a predicate takes rows, so one for fewer columns fits where one for more is wanted. */
  readonly [row]: (row: Row) => void
}

/** A predicate from an expression whose columns are not known to the compiler, such as one that was parsed. */
export function predicateOf<Row>(expression: Expression): Predicate<Row> {
  // The symbol is declared and never there: it only carries the type.
  return { expression } as Predicate<Row>
}

/** Holds for every row. */
export const alwaysTrue: Predicate<unknown> = predicateOf({ kind: 'true' })

/** Holds for no row. */
export const alwaysFalse: Predicate<unknown> = predicateOf({ kind: 'false' })

/** Values equal to this one. Minus zero equals zero; null and NaN equal nothing. */
export function eq<
  Row,
  const Column extends { [Path in Paths<Row>]: Path }[Paths<Row>] | ColumnPath,
>(column: Column, value: LiteralOf<Row, Column>): Predicate<Row> {
  return comparison('eq', column, value)
}

/** Values other than this one, but neither null nor NaN. */
export function notEq<
  Row,
  const Column extends { [Path in Paths<Row>]: Path }[Paths<Row>] | ColumnPath,
>(column: Column, value: LiteralOf<Row, Column>): Predicate<Row> {
  return comparison('not-eq', column, value)
}

/** Values below this one. */
export function lt<
  Row,
  const Column extends { [Path in Paths<Row>]: Path }[Paths<Row>] | ColumnPath,
>(column: Column, value: LiteralOf<Row, Column>): Predicate<Row> {
  return comparison('lt', column, value)
}

/** Values below this one or equal to it. */
export function ltEq<
  Row,
  const Column extends { [Path in Paths<Row>]: Path }[Paths<Row>] | ColumnPath,
>(column: Column, value: LiteralOf<Row, Column>): Predicate<Row> {
  return comparison('lt-eq', column, value)
}

/** Values above this one; NaN is above nothing. */
export function gt<
  Row,
  const Column extends { [Path in Paths<Row>]: Path }[Paths<Row>] | ColumnPath,
>(column: Column, value: LiteralOf<Row, Column>): Predicate<Row> {
  return comparison('gt', column, value)
}

/** Values above this one or equal to it; NaN is above nothing. */
export function gtEq<
  Row,
  const Column extends { [Path in Paths<Row>]: Path }[Paths<Row>] | ColumnPath,
>(column: Column, value: LiteralOf<Row, Column>): Predicate<Row> {
  return comparison('gt-eq', column, value)
}

/** Values from the first to the second, both included. */
export function between<
  Row,
  const Column extends { [Path in Paths<Row>]: Path }[Paths<Row>] | ColumnPath,
>(column: Column, lowest: LiteralOf<Row, Column>, highest: LiteralOf<Row, Column>): Predicate<Row> {
  return and<Row>(comparison('gt-eq', column, lowest), comparison('lt-eq', column, highest))
}

/** Values equal to any of these; none for an empty list. */
export function isIn<
  Row,
  const Column extends { [Path in Paths<Row>]: Path }[Paths<Row>] | ColumnPath,
>(column: Column, values: Iterable<LiteralOf<Row, Column>>): Predicate<Row> {
  return membership('in', column, values)
}

/** Values other than all of these, but neither null nor NaN; every row for an empty list. */
export function notIn<
  Row,
  const Column extends { [Path in Paths<Row>]: Path }[Paths<Row>] | ColumnPath,
>(column: Column, values: Iterable<LiteralOf<Row, Column>>): Predicate<Row> {
  return membership('not-in', column, values)
}

/** Strings that begin with this one. */
export function startsWith<
  Row,
  const Column extends { [Path in Paths<Row>]: Path }[Paths<Row>] | ColumnPath,
>(column: Column, prefix: LiteralOf<Row, Column> & string): Predicate<Row> {
  return comparison('starts-with', column, prefix)
}

/** Strings that do not begin with this one; null is no string. */
export function notStartsWith<
  Row,
  const Column extends { [Path in Paths<Row>]: Path }[Paths<Row>] | ColumnPath,
>(column: Column, prefix: LiteralOf<Row, Column> & string): Predicate<Row> {
  return comparison('not-starts-with', column, prefix)
}

/** Also for a struct, list or map. */
export function isNull<Row>(
  column: { [Path in Paths<Row>]: Path }[Paths<Row>] | ColumnPath,
): Predicate<Row> {
  return test('is-null', column)
}

/** Also for a struct, list or map. */
export function notNull<Row>(
  column: { [Path in Paths<Row>]: Path }[Paths<Row>] | ColumnPath,
): Predicate<Row> {
  return test('not-null', column)
}

/** Of a float or a double. */
export function isNaN<Row>(
  column: { [Path in Paths<Row>]: Path }[Paths<Row>] | ColumnPath,
): Predicate<Row> {
  return test('is-nan', column)
}

/** Of a float or a double. Null is not NaN. */
export function notNaN<Row>(
  column: { [Path in Paths<Row>]: Path }[Paths<Row>] | ColumnPath,
): Predicate<Row> {
  return test('not-nan', column)
}

/** Rows that match all of them; every row for none. */
export function and<Row>(...predicates: readonly Predicate<Row>[]): Predicate<Row> {
  return combination('and', predicates)
}

/** Rows that match any of them; no row for none. */
export function or<Row>(...predicates: readonly Predicate<Row>[]): Predicate<Row> {
  return combination('or', predicates)
}

/** Rows for which the predicate is known not to hold: where it compares null or NaN, that is not known. */
export function not<Row>(predicate: Predicate<Row>): Predicate<Row> {
  return predicateOf({ kind: 'not', child: predicate.expression })
}

/** What a column is compared with. */
export type LiteralOf<Row, Column> = Column extends string ? NonNullable<At<Row, Column>> : unknown

function test<Row>(kind: UnaryKind, column: string | ColumnPath): Predicate<Row> {
  return predicateOf({ kind, column: pathOf(column) })
}

function comparison<Row>(
  kind: ComparisonKind,
  column: string | ColumnPath,
  literal: unknown,
): Predicate<Row> {
  return predicateOf({ kind, column: pathOf(column), literal })
}

function membership<Row>(
  kind: SetKind,
  column: string | ColumnPath,
  literals: Iterable<unknown>,
): Predicate<Row> {
  return predicateOf({ kind, column: pathOf(column), literals: [...literals] })
}

/** What a dot in a text means is for the schema to say. */
function pathOf(column: string | ColumnPath): ColumnPath {
  return typeof column === 'string' ? [column] : column
}

/** Flat, so that a chain of many is no deeper than one of two. */
function combination<Row>(
  kind: 'and' | 'or',
  predicates: readonly Predicate<Row>[],
): Predicate<Row> {
  const children = predicates
    .map(({ expression }) => expression)
    .flatMap((expression) => (expression.kind === kind ? expression.children : [expression]))
  return predicateOf({ kind, children })
}
