import type { Field } from './type.ts'

/** What a field may have, each absent where it is null or undefined. */
type FieldExtras = {
  readonly [Name in 'doc' | 'initialDefault' | 'writeDefault']?: Field[Name] | null | undefined
}

/** The field of these parts. */
export function makeField(
  parts: Pick<Field, 'id' | 'name' | 'required' | 'type'> & FieldExtras,
): Field {
  const { id, name, required, type, doc, initialDefault, writeDefault } = parts
  return {
    id,
    name,
    required,
    type,
    ...(isAbsent(doc) ? {} : { doc }),
    ...(isAbsent(initialDefault) ? {} : { initialDefault }),
    ...(isAbsent(writeDefault) ? {} : { writeDefault }),
  }
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined
}
