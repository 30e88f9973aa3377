import { valueReader } from '../layout/column-value.ts'
import type { RowValues } from '../layout/column-value.ts'
import type { BoundPredicate } from './bound.ts'
import { compileTest } from './compile-test.ts'
import { valueTest } from './value-test.ts'

/**
 * Whether a row matches: the meaning of predicates, which all pruning is held against. Also for partition tuples, with a
 * predicate that was projected to them. Compiled once, to be asked often.
 */
export function rowMatcher(predicate: BoundPredicate): (row: RowValues) => boolean {
  return compileTest(predicate, (leaf) => {
    const read = valueReader(leaf.column.positions)
    const test = valueTest(leaf)
    return (row: RowValues) => test(read(row))
  })
}
