/**
 * Schemas as people type them: `id long not null, fare decimal(9,2), tags map<string, string>`.
 *
 *     fields = field { "," field }
 *     field  = name [ ":" ] part
 *     part   = type [ "not" "null" ]
 *     type   = unnested | "struct" "<" fields ">" | "list" "<" part ">" | "map" "<" type "," part ">"
 *
 * Types are spelled as the specification does (spec: Schemas), words in either case. A name that is no plain word stands
 * in double quotes, a coordinate reference system of more than words, numbers and colons in single ones.
 */
import { IcebergError } from '../base/errors.ts'
import { TokenCursor } from '../base/tokens.ts'
import { checkNewSchema } from './schema-check.ts'
import { assignFreshIds } from './schema-walk.ts'
import type { Schema } from './schema.ts'
import { parseTypeText } from './type-text.ts'
import type { Field, Type } from './type.ts'

/** Types inside each other; more is refused rather than overflow the stack. */
const MAX_DEPTH = 100

/**
 * Reads a schema from its text. Ids are those of a new table, the schema id is 0.
 *
 * @throws IcebergError `invalid` with the `column` in the text where it stops making sense, or with all `problems` of a
 *   schema that no table should have
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
  return parseUnnested(cursor)
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

function parseUnnested(cursor: TokenCursor): Type {
  const token = cursor.peek()
  if (token.kind !== 'word') return cursor.fail('expected a type')
  const text = cursor.expectName().toLowerCase() + parseParameters(cursor)
  const type = parseTypeText(text)
  if (type !== null) return type
  return cursor.fail('type is not one of the specification', { token, context: { type: text } })
}

/** `(9,2)`, `[16]` or `(EPSG:4326)` as the specification writes it; nothing when there is neither. */
function parseParameters(cursor: TokenCursor): string {
  if (cursor.takeSign('[')) return `[${parametersUntil(cursor, ']')}]`
  if (cursor.takeSign('(')) return `(${parametersUntil(cursor, ')')})`
  return ''
}

function parametersUntil(cursor: TokenCursor, sign: string): string {
  const parameters = [parseParameter(cursor)]
  while (cursor.takeSign(',')) parameters.push(parseParameter(cursor))
  cursor.expectSign(sign)
  return parameters.join(',')
}

/** A number, or words and numbers with colons between them; anything else stands in single quotes. */
function parseParameter(cursor: TokenCursor): string {
  const token = cursor.take()
  if (token.kind === 'text') return token.text
  if (token.kind !== 'number' && token.kind !== 'word') {
    return cursor.fail('expected a parameter of the type', { token })
  }
  return cursor.takeSign(':') ? `${token.text}:${parseParameter(cursor)}` : token.text
}
