/** Names from the root of the schema to a column; or one name, with dots where it goes into a struct. */
export type ColumnPath = readonly string[]

export type ComparisonKind =
  | 'eq'
  | 'not-eq'
  | 'lt'
  | 'lt-eq'
  | 'gt'
  | 'gt-eq'
  | 'starts-with'
  | 'not-starts-with'
export type UnaryKind = 'is-null' | 'not-null' | 'is-nan' | 'not-nan'
export type SetKind = 'in' | 'not-in'

/**
 * A number as a text spells it. It stays text until binding, because the column says whether it is an integer, a decimal
 * or a float.
 */
export interface NumberText {
  readonly kind: 'number-text'
  readonly text: string
}

/**
 * Which rows are meant, by column names, not yet held against a schema. Literals are as the caller gave them, numbers of
 * the text form as {@link NumberText}; binding converts them to the column's type or refuses.
 *
 * A comparison never holds for null or NaN, and neither does its negation, as unknown stays unknown in SQL. The tests for
 * null and NaN always have an answer: null is not NaN. Minus zero equals zero.
 */
export type Expression =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'not'; readonly child: Expression }
  | { readonly kind: 'and' | 'or'; readonly children: readonly Expression[] }
  | { readonly kind: UnaryKind; readonly column: ColumnPath }
  | { readonly kind: ComparisonKind; readonly column: ColumnPath; readonly literal: unknown }
  | { readonly kind: SetKind; readonly column: ColumnPath; readonly literals: readonly unknown[] }

export function isNumberText(literal: unknown): literal is NumberText {
  return (
    typeof literal === 'object' &&
    literal !== null &&
    'kind' in literal &&
    literal.kind === 'number-text'
  )
}
