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

/** Whether PyIceberg fails on a table without rows: it cannot make an empty column of structs that hold a uuid. */
export function needsRowsInPyiceberg(schema: Schema): boolean {
  return allFields(schema).some(({ field, path }) => field.type.kind === 'uuid' && path.length > 1)
}

/**
 * Whether Java prunes by other rules: it compares uuids by signed halves, has minus zero below zero, and counts no value
 * of a float in a struct that is null, so that it drops files where the float `is null` or is not NaN.
 */
export function isOddInJava(predicate: BoundPredicate): boolean {
  return leavesOf(predicate).some((leaf) => {
    const { type, positions } = leaf.column
    const isFloating = type.kind === 'float' || type.kind === 'double'
    if (leaf.kind === 'is-null' || leaf.kind === 'not-nan')
      return isFloating && positions.length > 1
    return type.kind === 'uuid' || (isFloating && valuesOf(leaf).some((value) => value === 0))
  })
}

/** Whether DuckDB can spell the literals: its first and last days and instants are infinities. */
export function isSpelledByDuckdb(predicate: BoundPredicate): boolean {
  return leavesOf(predicate).every((leaf) => {
    const { kind } = leaf.column.type
    const most = kind === 'date' ? 2_000_000_000 : 9e18
    const isLimited = kind === 'date' || kind.startsWith('timestamp')
    return !isLimited || valuesOf(leaf).every((value) => Math.abs(Number(value)) <= most)
  })
}

function leavesOf(predicate: BoundPredicate): readonly BoundLeaf[] {
  if (predicate.kind === 'true' || predicate.kind === 'false') return []
  return 'children' in predicate ? predicate.children.flatMap(leavesOf) : [predicate]
}

function valuesOf(leaf: BoundLeaf): readonly PrimitiveValue[] {
  if ('literals' in leaf) return leaf.literals
  return 'literal' in leaf ? [leaf.literal] : []
}
