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

/** A column that holds one value a row. */
export interface PrimitiveColumn extends BoundColumn {
  readonly type: PrimitiveType
}

/** `is-nan` and its negation are of floats and doubles only; null is not NaN, so `not-nan` holds for it. */
export interface BoundUnary {
  readonly kind: UnaryKind
  readonly column: BoundColumn
}

/**
 * The literal is of the column's type, but for a float column it may be a double beyond all floats. It is never NaN or
 * minus zero.
 */
export interface BoundComparison {
  readonly kind: ComparisonKind
  readonly column: PrimitiveColumn
  readonly literal: PrimitiveValue
}

/** At least two distinct literals, each as in {@link BoundComparison}. */
export interface BoundSet {
  readonly kind: SetKind
  readonly column: PrimitiveColumn
  readonly literals: readonly PrimitiveValue[]
}

/** A test of one column. */
export type BoundLeaf = BoundUnary | BoundComparison | BoundSet

/** Whether a test is for null or NaN, and has nothing to compare with. */
export function isUnary(leaf: BoundLeaf): leaf is BoundUnary {
  return !('literal' in leaf || 'literals' in leaf)
}

/**
 * A predicate against one schema: field ids, literals of the column's type, no `not`. `and` and `or` have at least two
 * children, sets at least two distinct literals, and what can be decided without a row has become `true` or `false`.
 */
export type BoundPredicate =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'and' | 'or'; readonly children: readonly BoundPredicate[] }
  | BoundLeaf

export const boundTrue: BoundPredicate = { kind: 'true' }
export const boundFalse: BoundPredicate = { kind: 'false' }

/** Holds where all of them hold; `true` for none. */
export function allOf(predicates: readonly BoundPredicate[]): BoundPredicate {
  return combine('and', predicates)
}

/** Holds where any of them holds; `false` for none. */
export function anyOf(predicates: readonly BoundPredicate[]): BoundPredicate {
  return combine('or', predicates)
}

/**
 * The same predicate with each test of a column replaced. Since there is no `not`, a replacement that holds for more rows
 * makes the whole hold for no fewer.
 */
export function mapLeaves(
  predicate: BoundPredicate,
  replace: (leaf: BoundLeaf) => BoundPredicate,
): BoundPredicate {
  switch (predicate.kind) {
    case 'true':
    case 'false':
      return predicate
    case 'and':
    case 'or': {
      const children = predicate.children.map((child) => mapLeaves(child, replace))
      const isSame = children.every((child, index) => child === predicate.children[index])
      return isSame ? predicate : combine(predicate.kind, children)
    }
    default:
      return replace(predicate)
  }
}

function combine(kind: 'and' | 'or', predicates: readonly BoundPredicate[]): BoundPredicate {
  const neutral = kind === 'and' ? boundTrue : boundFalse
  const decisive = kind === 'and' ? boundFalse : boundTrue
  const children = predicates
    .flatMap((child) => (child.kind === kind ? child.children : [child]))
    .filter((child) => child.kind !== neutral.kind)
  if (children.some((child) => child.kind === decisive.kind)) return decisive
  const [first = neutral, ...others] = children
  return others.length === 0 ? first : { kind, children }
}

/** Every column that a predicate looks at, each once. */
export function boundColumns(predicate: BoundPredicate): readonly BoundColumn[] {
  const columns = new Map<number, BoundColumn>()
  const visit = (node: BoundPredicate): void => {
    if ('children' in node) node.children.forEach(visit)
    else if ('column' in node) columns.set(node.column.fieldId, node.column)
  }
  visit(predicate)
  return [...columns.values()]
}
