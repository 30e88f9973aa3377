/** Types that schemas carry, and whose data is not read or written. */
import { IcebergError } from '../base/errors.ts'
import { childFields } from './schema.ts'
import { formatType } from './type.ts'
import type { Field, Type } from './type.ts'

const WITHOUT_VALUES: ReadonlySet<Type['kind']> = new Set<Type['kind']>([
  'variant',
  'geometry',
  'geography',
])

/** What to throw where a value of such a type is needed. */
export function withoutValues(type: Type): IcebergError {
  return new IcebergError('unsupported', 'values of this type are not read or written yet', {
    context: { type: formatType(type) },
  })
}

/** Whether values of a type are read and written, at any depth. */
export function hasValues(type: Type): boolean {
  return !WITHOUT_VALUES.has(type.kind) && childFields(type).every((field) => hasValues(field.type))
}

/**
 * Checks that none of these columns is of such a type, at any depth.
 *
 * @throws IcebergError `unsupported` with `message` and the first column that is
 */
export function checkHaveValues(
  fields: readonly Field[],
  message: string,
  parents: readonly string[] = [],
): void {
  for (const { name, type } of fields) {
    const path = [...parents, name]
    if (WITHOUT_VALUES.has(type.kind)) {
      const context = { column: path.join('.'), type: formatType(type) }
      throw new IcebergError('unsupported', message, { context })
    }
    checkHaveValues(childFields(type), message, path)
  }
}
