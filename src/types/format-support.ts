/** What a schema may hold in a table of a format version (spec: Version 3: Extended Types and Capabilities). */
import type { Problem } from '../base/errors.ts'
import { allFields } from './schema.ts'
import type { FieldEntry, Schema } from './schema.ts'
import type { Type } from './type.ts'

const VERSION_3_KINDS: ReadonlySet<Type['kind']> = new Set<Type['kind']>([
  'timestamp_ns',
  'timestamptz_ns',
  'unknown',
  'variant',
  'geometry',
  'geography',
])

/**
 * Every field that a table of that version must not have: older readers do not know its type, or would read nulls where
 * its default belongs.
 */
export function schemaVersionProblems(schema: Schema, formatVersion: number): readonly Problem[] {
  return formatVersion >= 3 ? [] : allFields(schema).flatMap(problemsBeforeVersion3)
}

function problemsBeforeVersion3({ field, path }: FieldEntry): Problem[] {
  const { type, initialDefault, writeDefault } = field
  const where = path.join('.')
  const problems: Problem[] = []
  if (VERSION_3_KINDS.has(type.kind)) {
    problems.push({ path: where, message: `type ${type.kind} needs format version 3` })
  }
  if (initialDefault !== undefined || writeDefault !== undefined) {
    problems.push({ path: where, message: 'a default value needs format version 3' })
  }
  return problems
}
