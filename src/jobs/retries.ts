import { IcebergError } from '../base/errors.ts'

/** @throws IcebergError `invalid` for what is no number of attempts: one that is compared with it would never be the last */
export function checkRetries(retries: number): void {
  if (Number.isSafeInteger(retries) && retries >= 0) return
  throw new IcebergError('invalid', 'retries is a whole number, zero or more', {
    context: { retries: String(retries) },
  })
}
