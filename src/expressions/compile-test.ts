import type { BoundLeaf, BoundPredicate } from './bound.ts'

/**
 * A predicate as a function of what it is asked about: a row, or what is known of many. Each test of a column is compiled
 * once by `compileLeaf`; their answers are joined as the predicate joins them, and none is asked for in vain.
 */
export function compileTest<Subject>(
  predicate: BoundPredicate,
  compileLeaf: (leaf: BoundLeaf) => (subject: Subject) => boolean,
): (subject: Subject) => boolean {
  switch (predicate.kind) {
    case 'true':
      return () => true
    case 'false':
      return () => false
    case 'and': {
      const tests = predicate.children.map((child) => compileTest(child, compileLeaf))
      return (subject) => tests.every((holds) => holds(subject))
    }
    case 'or': {
      const tests = predicate.children.map((child) => compileTest(child, compileLeaf))
      return (subject) => tests.some((holds) => holds(subject))
    }
    default:
      return compileLeaf(predicate)
  }
}
