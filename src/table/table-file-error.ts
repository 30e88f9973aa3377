import { IcebergError, isKind, withContext } from '../base/errors.ts'
import type { ErrorContext } from '../base/errors.ts'

/**
 * What went wrong with a file that a table names, with which file of which table. One that is not there at all is lost, or
 * the table was copied or moved: the message says what to do about either.
 */
export function tableFileError(error: unknown, context: ErrorContext): unknown {
  if (!isKind(error, 'not-found')) return withContext(error, context)
  return new IcebergError(
    'not-found',
    'a file that the table names is missing: frazil doctor finds all that are, and a copied table is read by relocating it',
    { context, cause: error },
  )
}
