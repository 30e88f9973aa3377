import { IcebergError } from '../../base/errors.ts'

/** @throws IcebergError `invalid` with that message when two names are the same without case */
export function checkNames(names: readonly string[], message: string): void {
  const seen = new Map<string, string>()
  for (const name of names) {
    const other = seen.get(name.toLowerCase())
    if (other !== undefined)
      throw new IcebergError('invalid', message, { context: { name, other } })
    seen.set(name.toLowerCase(), name)
  }
}
