import type { BoundLeaf, BoundPredicate } from './bound.ts'

/**
 * The tests of columns because of which a predicate cannot hold: of an `and` the first part that cannot, of an `or` all
 * parts. Empty for a predicate that never holds; null when it may hold.
 *
 * @param mayHold what is known of a test by itself; what is joined as the predicate joins it decides, as `compileTest` does
 */
export function failingTests(
  predicate: BoundPredicate,
  mayHold: (leaf: BoundLeaf) => boolean,
): readonly BoundLeaf[] | null {
  switch (predicate.kind) {
    case 'true':
      return null
    case 'false':
      return []
    case 'and':
      for (const child of predicate.children) {
        const failing = failingTests(child, mayHold)
        if (failing !== null) return failing
      }
      return null
    case 'or': {
      const failing: BoundLeaf[] = []
      for (const child of predicate.children) {
        const tests = failingTests(child, mayHold)
        if (tests === null) return null
        failing.push(...tests)
      }
      return failing
    }
    default:
      return mayHold(predicate) ? null : [predicate]
  }
}
