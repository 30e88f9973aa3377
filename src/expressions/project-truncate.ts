/**
 * Truncation keeps order, so a bound on the column is a bound on the field, but for what shares a truncation with it.
 *
 * A string or bytes shorter than the width are their own truncation, and no others have it: tests of such a literal are
 * decided exactly. So are its prefixes, up to the width.
 *
 * Numbers near the lowest of an `int` or a `long` have no multiple of the width below them in the type. The reference
 * implementation lets the subtraction wrap around: one value near the highest, which is no multiple, then stands for the
 * lowest rows. Both projections know it. Beyond a width of 2^30 its sums of an `int` wrap too, and nothing is concluded.
 */
import { unreachable } from '../base/assert.ts'
import { codePointPrefix, floorMultiple, lowestInteger } from '../layout/truncate.ts'
import type { PrimitiveType } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'
import { allOf, anyOf, boundFalse, boundTrue } from './bound.ts'
import type { BoundComparison, BoundPredicate, BoundSet, PrimitiveColumn } from './bound.ts'
import { exactly, saysNothing } from './leaf-projection.ts'
import type { LeafProjection } from './leaf-projection.ts'
import { isNoneOf, isOneOf } from './literal-set.ts'

/** Projects a comparison of a number, a string or bytes to the field of its truncations. */
export function projectTruncate(
  width: number,
  leaf: BoundComparison | BoundSet,
  { field, source }: { readonly field: PrimitiveColumn; readonly source: PrimitiveType },
): LeafProjection {
  if (source.kind === 'string' || source.kind === 'binary') return projectText(width, leaf, field)
  if (source.kind === 'int' && width > WIDEST_EXACT) return saysNothing
  return projectNumber(multiplesOf(width, source), leaf, field)
}

const WIDEST_EXACT = 2 ** 30

function projectText(
  width: number,
  leaf: BoundComparison | BoundSet,
  field: PrimitiveColumn,
): LeafProjection {
  if ('literals' in leaf) return projectTexts(width, leaf, field)
  const { kind, literal } = leaf
  const { prefix, size } = cut(literal, width)
  const same = (): LeafProjection => exactly({ kind, column: field, literal })
  const atPrefix = (sign: 'lt' | 'lt-eq' | 'gt' | 'gt-eq'): BoundPredicate => ({
    kind: sign,
    column: field,
    literal: prefix,
  })
  switch (kind) {
    case 'eq':
      if (size === 'shorter') return same()
      return { inclusive: isOneOf(field, [prefix]), strict: boundFalse }
    case 'not-eq':
      if (size === 'shorter') return same()
      return { inclusive: boundTrue, strict: isNoneOf(field, [prefix]) }
    case 'lt':
      if (size !== 'longer') return same()
      return { inclusive: atPrefix('lt-eq'), strict: atPrefix('lt') }
    case 'lt-eq':
      if (size === 'shorter') return same()
      return { inclusive: atPrefix('lt-eq'), strict: atPrefix('lt') }
    case 'gt':
      if (size === 'shorter') return same()
      return { inclusive: atPrefix('gt-eq'), strict: atPrefix('gt') }
    case 'gt-eq':
      if (size !== 'longer') return same()
      return { inclusive: atPrefix('gt-eq'), strict: atPrefix('gt') }
    case 'starts-with':
      if (size !== 'longer') return same()
      return { inclusive: isOneOf(field, [prefix]), strict: boundFalse }
    case 'not-starts-with':
      if (size !== 'longer') return same()
      return { inclusive: boundTrue, strict: isNoneOf(field, [prefix]) }
    default:
      return unreachable(kind)
  }
}

function projectTexts(
  width: number,
  { kind, literals }: BoundSet,
  field: PrimitiveColumn,
): LeafProjection {
  const cuts = literals.map((literal) => cut(literal, width))
  const prefixes = cuts.map(({ prefix }) => prefix)
  const decisive = cuts.filter(({ size }) => size === 'shorter').map(({ prefix }) => prefix)
  return kind === 'in'
    ? { inclusive: isOneOf(field, prefixes), strict: isOneOf(field, decisive) }
    : {
        inclusive: decisive.length === 0 ? boundTrue : isNoneOf(field, decisive),
        strict: isNoneOf(field, prefixes),
      }
}

/** The truncation of a string or of bytes, and how long they are beside the width. */
interface Cut {
  readonly prefix: PrimitiveValue
  readonly size: 'shorter' | 'as-wide' | 'longer'
}

function cut(literal: PrimitiveValue, width: number): Cut {
  if (literal instanceof Uint8Array) {
    return { prefix: literal.slice(0, width), size: sizeOf(literal.length, width) }
  }
  // What is neither bytes nor a number is a string.
  const text = literal as string
  const prefix = codePointPrefix(text, width)
  if (prefix.length < text.length) return { prefix, size: 'longer' }
  const isShorter = codePointPrefix(text, width - 1).length === text.length
  return { prefix, size: isShorter ? 'shorter' : 'as-wide' }
}

function sizeOf(length: number, width: number): Cut['size'] {
  if (length < width) return 'shorter'
  return length === width ? 'as-wide' : 'longer'
}

/** The truncations of numbers, in their own terms and as they are stored. */
interface Multiples {
  /** The multiple for a literal, or for the number `steps` after it; either may lie outside the type. */
  readonly of: (literal: PrimitiveValue, steps: -1 | 0 | 1) => bigint
  readonly stored: (multiple: bigint) => PrimitiveValue
  /** Between which multiples are stored as they are; null where none is outside. */
  readonly range: { readonly lowest: bigint; readonly highest: bigint } | null
  /** The multiple below the range that is stored as a value that wrapped around; null when there is none. */
  readonly wrapped: bigint | null
}

function multiplesOf(width: number, source: PrimitiveType): Multiples {
  const of: Multiples['of'] = (literal, steps) =>
    // Numbers that are truncated are held as numbers and bigints, and count in whole steps.
    floorMultiple(BigInt(literal as number | bigint) + BigInt(steps), width)
  if (source.kind === 'decimal') {
    return { of, stored: (multiple) => multiple, range: null, wrapped: null }
  }
  const lowest = lowestInteger(source)
  const first = floorMultiple(lowest, width)
  const bits = source.kind === 'int' ? 32 : 64
  const hold = source.kind === 'int' ? Number : (integer: bigint): bigint => integer
  return {
    of,
    stored: (multiple) => hold(BigInt.asIntN(bits, multiple)),
    range: { lowest, highest: -lowest - 1n },
    wrapped: first === lowest ? null : first,
  }
}

function projectNumber(
  multiples: Multiples,
  leaf: BoundComparison | BoundSet,
  field: PrimitiveColumn,
): LeafProjection {
  const { of } = multiples
  const stored = (literal: PrimitiveValue): PrimitiveValue => multiples.stored(of(literal, 0))
  switch (leaf.kind) {
    case 'eq':
      return { inclusive: isOneOf(field, [stored(leaf.literal)]), strict: boundFalse }
    case 'in':
      return { inclusive: isOneOf(field, leaf.literals.map(stored)), strict: boundFalse }
    case 'not-eq':
      return { inclusive: boundTrue, strict: isNoneOf(field, [stored(leaf.literal)]) }
    case 'not-in':
      return { inclusive: boundTrue, strict: isNoneOf(field, leaf.literals.map(stored)) }
    case 'lt':
      return upTo(multiples, field, { last: of(leaf.literal, -1), end: of(leaf.literal, 0) })
    case 'lt-eq':
      return upTo(multiples, field, { last: of(leaf.literal, 0), end: of(leaf.literal, 1) })
    case 'gt':
      return from(multiples, field, { first: of(leaf.literal, 1), before: of(leaf.literal, 0) })
    case 'gt-eq':
      return from(multiples, field, { first: of(leaf.literal, 0), before: of(leaf.literal, -1) })
    case 'starts-with':
    case 'not-starts-with':
      return saysNothing
    default:
      return unreachable(leaf)
  }
}

/**
 * Matching rows have multiples up to `last`; rows of multiples before `end`, the first with a row that fails, all match.
 * The multiple that wraps around is the lowest of all, and is up to any that is not below it.
 */
function upTo(
  multiples: Multiples,
  field: PrimitiveColumn,
  { last, end }: { readonly last: bigint; readonly end: bigint },
): LeafProjection {
  const { wrapped } = multiples
  const isLowest =
    wrapped === null || last < wrapped ? boundFalse : isOneOf(field, [multiples.stored(wrapped)])
  return {
    inclusive: anyOf([compare(multiples, 'lt-eq', { field, multiple: last }), isLowest]),
    strict: compare(multiples, 'lt', { field, multiple: end }),
  }
}

/**
 * Matching rows have multiples from `first` on; rows of multiples after `before`, the last with a row that fails, all
 * match. The multiple that wraps around looks as if it came after, unless really all do.
 */
function from(
  multiples: Multiples,
  field: PrimitiveColumn,
  { first, before }: { readonly first: bigint; readonly before: bigint },
): LeafProjection {
  const { wrapped } = multiples
  const isNotLowest =
    wrapped === null || before < wrapped ? boundTrue : isNoneOf(field, [multiples.stored(wrapped)])
  return {
    inclusive: compare(multiples, 'gt-eq', { field, multiple: first }),
    strict: allOf([compare(multiples, 'gt', { field, multiple: before }), isNotLowest]),
  }
}

/** Whether a partition's multiple is on that side of another, which may lie outside what is stored. */
function compare(
  { range, stored }: Multiples,
  kind: 'lt' | 'lt-eq' | 'gt' | 'gt-eq',
  { field, multiple }: { readonly field: PrimitiveColumn; readonly multiple: bigint },
): BoundPredicate {
  const isBelow = range !== null && multiple < range.lowest
  const isAbove = range !== null && multiple > range.highest
  if (!isBelow && !isAbove) return { kind, column: field, literal: stored(multiple) }
  const isUpward = kind === 'gt' || kind === 'gt-eq'
  return isBelow === isUpward ? { kind: 'not-null', column: field } : boundFalse
}
