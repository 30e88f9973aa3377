import { unreachable } from '../../../src/base/assert.ts'
import { stringifyJson } from '../../../src/base/json-exact.ts'
import type { BoundLeaf, BoundPredicate } from '../../../src/expressions/bound.ts'
import { valueToJson } from '../../../src/types/single-value-json.ts'
import type { PrimitiveType } from '../../../src/types/type.ts'
import type { PrimitiveValue } from '../../../src/types/value.ts'

/**
 * A predicate in the JSON of the REST catalog specification, which Iceberg Java plans with. Null when JSON cannot spell one
 * of its literals.
 */
export function filterJson(predicate: BoundPredicate): string | null {
  return literalsOf(predicate).every(isSpelled) ? jsonOf(predicate) : null
}

function jsonOf(predicate: BoundPredicate): string {
  switch (predicate.kind) {
    case 'true':
    case 'false':
      return predicate.kind
    case 'and':
    case 'or':
      return predicate.children
        .map(jsonOf)
        .reduce((left, right) => `{"type":"${predicate.kind}","left":${left},"right":${right}}`)
    default:
      return leafJson(predicate)
  }
}

function leafJson(leaf: BoundLeaf): string {
  const test = `"type":"${leaf.kind}","term":${JSON.stringify(leaf.column.path.join('.'))}`
  switch (leaf.kind) {
    case 'is-null':
    case 'not-null':
    case 'is-nan':
    case 'not-nan':
      return `{${test}}`
    case 'in':
    case 'not-in': {
      const { type } = leaf.column
      return `{${test},"values":[${leaf.literals.map((value) => literalJson({ type, value })).join()}]}`
    }
    default:
      return `{${test},"value":${literalJson({ type: leaf.column.type, value: leaf.literal })}}`
  }
}

function literalJson({ type, value }: Literal): string {
  return stringifyJson(valueToJson(type, value))
}

interface Literal {
  readonly type: PrimitiveType
  readonly value: PrimitiveValue
}

function literalsOf(predicate: BoundPredicate): readonly Literal[] {
  switch (predicate.kind) {
    case 'true':
    case 'false':
    case 'is-null':
    case 'not-null':
    case 'is-nan':
    case 'not-nan':
      return []
    case 'and':
    case 'or':
      return predicate.children.flatMap(literalsOf)
    case 'in':
    case 'not-in':
      return predicate.literals.map((value) => ({ type: predicate.column.type, value }))
    case 'eq':
    case 'not-eq':
    case 'lt':
    case 'lt-eq':
    case 'gt':
    case 'gt-eq':
    case 'starts-with':
    case 'not-starts-with':
      return [{ type: predicate.column.type, value: predicate.literal }]
    default:
      return unreachable(predicate)
  }
}

/** JSON has no infinity, and a float column takes no literal that is no float. */
function isSpelled({ type, value }: Literal): boolean {
  if (type.kind === 'double') return Number.isFinite(value)
  return type.kind !== 'float' || Number.isFinite(Math.fround(Number(value)))
}
