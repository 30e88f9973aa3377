import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import type { ErrorKind } from '../base/errors.ts'

/** Done; also when there was nothing to do. */
export const DONE = 0
/** A check has found something. */
export const FOUND = 1
/** The command line itself is wrong. */
export const USAGE = 2
/** Ctrl-C. */
export const INTERRUPTED = 130
/** A stream that was asked to end, as processes are. */
export const TERMINATED = 143

/** What scripts branch on. */
export function exitCodeOf(error: unknown): number {
  return error instanceof IcebergError ? codeOfKind(error.kind) : codeOfKind('internal')
}

function codeOfKind(kind: ErrorKind): number {
  switch (kind) {
    case 'conflict':
      return 3
    case 'commit-unknown':
      return 4
    case 'invalid':
    case 'not-found':
    case 'corrupt':
    case 'unsupported':
    case 'limit':
      return 5
    case 'unavailable':
      return 6
    case 'internal':
      return 70
    default:
      return unreachable(kind)
  }
}
