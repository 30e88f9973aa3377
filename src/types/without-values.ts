import { IcebergError } from '../base/errors.ts'
import { formatType } from './type.ts'
import type { Type } from './type.ts'

/** What to throw where values are needed of a type that schemas carry, and whose data is not read or written. */
export function withoutValues(type: Type): IcebergError {
  return new IcebergError('unsupported', 'values of this type are not read or written yet', {
    context: { type: formatType(type) },
  })
}
