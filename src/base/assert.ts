import { IcebergError } from './errors.ts'

/** Checks one of our own invariants. Never for what a caller or a file brings. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new IcebergError('internal', message)
}

/** The end of a `switch` over a union: does not compile while a variant is missing. */
export function unreachable(value: never): never {
  throw new IcebergError('internal', 'unreachable', { context: { value: String(value) } })
}
