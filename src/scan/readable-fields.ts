import type { Field } from '../types/type.ts'
import { checkHaveValues } from '../types/without-values.ts'

/**
 * Checks that columns can be read.
 *
 * @throws IcebergError `unsupported` with the name of the first that cannot
 */
export function checkReadable(fields: readonly Field[]): void {
  checkHaveValues(fields, 'columns of this type are not read yet: select the others by name')
}
