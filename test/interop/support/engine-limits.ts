// What other engines are known to get wrong, or cannot be asked; spec/differences.md has the ways of this library.
import type { BoundLeaf, BoundPredicate } from '../../../src/expressions/bound.ts'
import { allFields } from '../../../src/types/schema.ts'
import type { Schema } from '../../../src/types/schema.ts'
import type { Type } from '../../../src/types/type.ts'
import type { PrimitiveValue } from '../../../src/types/value.ts'

/** Whether a type is anywhere in a schema; Spark cannot load a table with a time. */
export function has(schema: Schema, kind: Type['kind']): boolean {
  return allFields(schema).some(({ field }) => field.type.kind === kind)
}

/**
 * Whether the oracle's reader of Java's generic data model loses values of maps: it looks them up by keys that went
 * through Python, which makes an `Integer` of a small `Long`, a `Double` of a `Float`, and new bytes.
 */
export function losesMapValues(schema: Schema): boolean {
  return allFields(schema).some(
    ({ field: { type } }) => type.kind === 'map' && LOST_KEYS.has(type.key.kind),
  )
}

const LOST_KEYS: ReadonlySet<Type['kind']> = new Set(['long', 'float', 'fixed'])

/** Whether PyIceberg makes empty ones of lists and maps that are null: those of structs. */
export function losesNullLists(schema: Schema): boolean {
  return allFields(schema).some(
    ({ field: { type } }) =>
      (type.kind === 'list' && type.element.kind === 'struct') ||
      (type.kind === 'map' && type.value.kind === 'struct'),
  )
}

/** Whether Java prunes by other rules: it compares uuids by signed halves, and has minus zero below zero. */
export function isOddInJava(predicate: BoundPredicate): boolean {
  return literalsOf(predicate).some(
    ({ kind, value }) =>
      kind === 'uuid' || ((kind === 'float' || kind === 'double') && value === 0),
  )
}

/** Whether DuckDB can spell the literals: its first and last days and instants are infinities. */
export function isSpelledByDuckdb(predicate: BoundPredicate): boolean {
  return literalsOf(predicate).every(({ kind, value }) => {
    if (kind === 'date') return Math.abs(Number(value)) <= 2_000_000_000
    return !kind.startsWith('timestamp') || Math.abs(Number(value)) <= 9e18
  })
}

interface Literal {
  readonly kind: string
  readonly value: PrimitiveValue
}

function literalsOf(predicate: BoundPredicate): readonly Literal[] {
  if (predicate.kind === 'true' || predicate.kind === 'false') return []
  if ('children' in predicate) return predicate.children.flatMap(literalsOf)
  const { kind } = predicate.column.type
  return valuesOf(predicate).map((value) => ({ kind, value }))
}

function valuesOf(leaf: BoundLeaf): readonly PrimitiveValue[] {
  if ('literals' in leaf) return leaf.literals
  return 'literal' in leaf ? [leaf.literal] : []
}
