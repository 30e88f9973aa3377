/** Names from the root of the schema to a column. */
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
 * Which rows are meant, by column names, not yet held against a schema. Literals are as the caller gave them; binding
 * converts them to the column's type or refuses.
 *
 * A comparison never holds for null, and none but `is-nan` and `not-nan` holds for NaN; so do their negations, as
 * unknown stays unknown in SQL. Minus zero equals zero.
 */
export type Expression =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'not'; readonly child: Expression }
  | { readonly kind: 'and' | 'or'; readonly children: readonly Expression[] }
  | { readonly kind: UnaryKind; readonly column: ColumnPath }
  | { readonly kind: ComparisonKind; readonly column: ColumnPath; readonly literal: unknown }
  | { readonly kind: SetKind; readonly column: ColumnPath; readonly literals: readonly unknown[] }
