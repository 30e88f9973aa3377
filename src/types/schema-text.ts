/**
 * Schemas as people type them: `id long not null, fare decimal(9,2), tags map<string, string>`.
 *
 *     fields = field { "," field }
 *     field  = name [ ":" ] part
 *     part   = type [ "not" "null" ]
 *     type   = primitive | "struct" "<" fields ">" | "list" "<" part ">" | "map" "<" type "," part ">"
 *
 * Types are spelled as the specification does (spec: Schemas), words in either case. A name that is no plain word stands
 * in double quotes.
 */
import { IcebergError } from '../base/errors.ts'
import { TokenCursor } from '../base/tokens.ts'
import { checkNewSchema } from './schema-check.ts'
import { assignFreshIds } from './schema-walk.ts'
import type { Schema } from './schema.ts'
import { isLaterType, parsePrimitiveType } from './type-text.ts'
import type { Field, Type } from './type.ts'

/** Types inside each other; more is refused rather than overflow the stack. */
const MAX_DEPTH = 100

/**
 * Reads a schema from its text. Ids are those of a new table, the schema id is 0.
 *
 * @throws IcebergError `invalid` with the `column` in the text where it stops making sense, or with all `problems` of a
 *   schema that no table should have
 * @throws IcebergError `unsupported` for types of later format versions
 */
export function parseSchemaText(text: string): Schema {
  const cursor = new TokenCursor(text)
  const fields = assignFreshIds(parseFields(cursor, 0))
  cursor.expectEnd()
  const schema = { schemaId: 0, fields, identifierFieldIds: [] }
  checkNewSchema(schema)
  return schema
}

function parseFields(cursor: TokenCursor, depth: number): Field[] {
  const fields = [parseField(cursor, depth)]
  while (cursor.takeSign(',')) fields.push(parseField(cursor, depth))
  return fields
}

function parseField(cursor: TokenCursor, depth: number): Field {
  const name = cursor.expectName()
  cursor.takeSign(':')
  return { id: 0, name, ...parsePart(cursor, depth) }
}

function parsePart(cursor: TokenCursor, depth: number): Pick<Field, 'type' | 'required'> {
  const type = parseType(cursor, depth)
  return { required: cursor.takeWords('not', 'null'), type }
}

function parseType(cursor: TokenCursor, depth: number): Type {
  if (depth > MAX_DEPTH) {
    throw new IcebergError('limit', 'schema is nested too deep', { context: { limit: MAX_DEPTH } })
  }
  if (cursor.takeWords('struct')) {
    return enclosed(cursor, () => ({ kind: 'struct', fields: parseFields(cursor, depth + 1) }))
  }
  if (cursor.takeWords('list')) return enclosed(cursor, () => parseList(cursor, depth + 1))
  if (cursor.takeWords('map')) return enclosed(cursor, () => parseMap(cursor, depth + 1))
  return parsePrimitive(cursor)
}

function enclosed(cursor: TokenCursor, parse: () => Type): Type {
  cursor.expectSign('<')
  const type = parse()
  cursor.expectSign('>')
  return type
}

function parseList(cursor: TokenCursor, depth: number): Type {
  const { type, required } = parsePart(cursor, depth)
  return { kind: 'list', elementId: 0, elementRequired: required, element: type }
}

function parseMap(cursor: TokenCursor, depth: number): Type {
  const key = parseType(cursor, depth)
  cursor.expectSign(',')
  const { type, required } = parsePart(cursor, depth)
  return { kind: 'map', keyId: 0, key, valueId: 0, valueRequired: required, value: type }
}

function parsePrimitive(cursor: TokenCursor): Type {
  const token = cursor.peek()
  if (token.kind !== 'word') return cursor.fail('expected a type')
  const name = cursor.expectName().toLowerCase()
  if (isLaterType(name)) {
    return cursor.fail('type is not supported yet', {
      token,
      kind: 'unsupported',
      context: { type: name },
    })
  }
  const text = name + parseParameters(cursor)
  const type = parsePrimitiveType(text)
  if (type !== null) return type
  return cursor.fail('type is not one of the specification', { token, context: { type: text } })
}

/** `(9,2)` or `[16]` as the specification writes it; nothing when there is neither. */
function parseParameters(cursor: TokenCursor): string {
  if (cursor.takeSign('[')) return `[${closed(cursor, ']')}]`
  if (cursor.takeSign('(')) return `(${closed(cursor, ')')})`
  return ''
}

function closed(cursor: TokenCursor, sign: string): string {
  const numbers = [expectNumber(cursor)]
  while (cursor.takeSign(',')) numbers.push(expectNumber(cursor))
  cursor.expectSign(sign)
  return numbers.join(',')
}

function expectNumber(cursor: TokenCursor): string {
  const token = cursor.take()
  return token.kind === 'number' ? token.text : cursor.fail('expected a number', { token })
}
