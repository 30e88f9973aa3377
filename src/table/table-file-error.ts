import { IcebergError, isKind, withContext } from '../base/errors.ts'
import type { ErrorContext } from '../base/errors.ts'

/**
 * What went wrong with a file that a table names, with which file of which table. That it is not there at all means most
 * often that the table was copied or moved, which the message says.
 */
export function tableFileError(error: unknown, context: ErrorContext): unknown {
  if (!isKind(error, 'not-found')) return withContext(error, context)
  return new IcebergError(
    'not-found',
    'a file that the table names is missing: a table that was copied is read by relocating it',
    { context, cause: error },
  )
}
