import { IcebergError } from '../base/errors.ts'
import { childFields } from '../types/schema.ts'
import { formatType } from '../types/type.ts'
import type { Field, Type } from '../types/type.ts'

/** Types that schemas carry and whose data is not read. */
const UNREAD: ReadonlySet<Type['kind']> = new Set(['variant', 'geometry', 'geography'])

/**
 * Checks that columns can be read.
 *
 * @throws IcebergError `unsupported` with the name of the first that cannot
 */
export function checkReadable(fields: readonly Field[]): void {
  visit(fields, [])
}

function visit(fields: readonly Field[], parents: readonly string[]): void {
  for (const field of fields) {
    const path = [...parents, field.name]
    if (UNREAD.has(field.type.kind)) {
      throw new IcebergError(
        'unsupported',
        'columns of this type are not read yet: select the others by name',
        { context: { column: path.join('.'), type: formatType(field.type) } },
      )
    }
    visit(childFields(field.type), path)
  }
}
