import type { PrimitiveType } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'
import type { ComparisonKind, SetKind, UnaryKind } from './predicate.ts'

/** A column of a predicate, held against a schema. Never inside a list or a map. */
export interface BoundColumn {
  readonly fieldId: number
  /** Position of the field in the root, then in each struct on the way. */
  readonly positions: readonly number[]
  /** A nested column can be tested for null whatever its type; everything else needs a primitive. */
  readonly type: PrimitiveType | { readonly kind: 'nested' }
  /** Whether no row can hold null here: the field and all that enclose it are required. */
  readonly required: boolean
  /** Names from the root, for messages. */
  readonly path: readonly string[]
}

/**
 * A predicate against one schema: field ids, literals of the column's type, no `not`. `and` and `or` have at least two
 * children, sets at least two distinct literals, and what can be decided without a row has become `true` or `false`.
 */
export type BoundPredicate =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'and' | 'or'; readonly children: readonly BoundPredicate[] }
  | { readonly kind: UnaryKind; readonly column: BoundColumn }
  | {
      readonly kind: ComparisonKind
      readonly column: BoundColumn
      readonly literal: PrimitiveValue
    }
  | {
      readonly kind: SetKind
      readonly column: BoundColumn
      readonly literals: readonly PrimitiveValue[]
    }
