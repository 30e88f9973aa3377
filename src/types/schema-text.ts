/**
 * Schemas as people type them: `id long not null, fare decimal(9,2), tags map<string, string>`.
 *
 *     fields = field { "," field }
 *     field  = name [ ":" ] type [ "not" "null" ]
 *     type   = primitive | "struct" "<" fields ">" | "list" "<" part ">" | "map" "<" type "," part ">"
 *     part   = type [ "not" "null" ]
 *
 * Types are spelled as the specification does (spec: Schemas), words in either case. A name that is no plain word stands
 * in double quotes, a quote in it doubled.
 */
import { assert } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { checkNewSchema } from './schema-check.ts'
import { assignFreshIds } from './schema-walk.ts'
import type { Schema } from './schema.ts'
import { parsePrimitiveType, unknownTypeError } from './type-text.ts'
import type { Field, Type } from './type.ts'

/** Types inside each other; more is refused rather than overflow the stack. */
const MAX_DEPTH = 100

/**
 * Reads a schema from its text. Ids are those of a new table, the schema id is 0.
 *
 * @throws IcebergError `invalid` with the `column`, from 1, where the text stops making sense
 * @throws IcebergError `unsupported` for types of later format versions
 */
export function parseSchemaText(text: string): Schema {
  const parser = new SchemaParser(tokenize(text))
  const schema = { schemaId: 0, fields: assignFreshIds(parser.schema()), identifierFieldIds: [] }
  checkNewSchema(schema)
  return schema
}

interface Token {
  /** A quoted name is never a word of the grammar. */
  readonly kind: 'word' | 'quoted' | 'sign' | 'end'
  readonly text: string
  /** Counted from 1. */
  readonly column: number
}

/** A primitive with its parameters is one word, so that `decimal(9, 2)` needs no grammar of its own. */
const TOKEN =
  /\s+|(?<word>[\p{L}_][\p{L}\p{N}_]*(?:\s*\([^()]*\)|\s*\[[^[\]]*\])?)|"(?<quoted>(?:[^"]|"")*)"|(?<sign>[,:<>])/uy

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let index = 0
  while (index < text.length) {
    TOKEN.lastIndex = index
    const match = TOKEN.exec(text)
    const column = index + 1
    if (match === null) throw unexpected('text has a character that no schema has', column)
    const { word, quoted, sign } = match.groups ?? {}
    if (word !== undefined) tokens.push({ kind: 'word', text: word, column })
    if (quoted !== undefined)
      tokens.push({ kind: 'quoted', text: quoted.replaceAll('""', '"'), column })
    if (sign !== undefined) tokens.push({ kind: 'sign', text: sign, column })
    index = TOKEN.lastIndex
  }
  return [...tokens, { kind: 'end', text: '', column: text.length + 1 }]
}

class SchemaParser {
  readonly #tokens: readonly Token[]
  #next = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  schema(): Field[] {
    const fields = this.#fields(0)
    if (this.#peek().kind !== 'end') throw this.#unexpected('expected a comma or the end')
    return fields
  }

  #fields(depth: number): Field[] {
    const fields = [this.#field(depth)]
    while (this.#takeSign(',')) fields.push(this.#field(depth))
    return fields
  }

  #field(depth: number): Field {
    const name = this.#name()
    this.#takeSign(':')
    const type = this.#type(depth)
    return { id: 0, name, required: this.#takeNotNull(), type }
  }

  #name(): string {
    const { kind, text } = this.#peek()
    const isName = kind === 'quoted' || (kind === 'word' && !/[()[\]]/.test(text))
    if (!isName) throw this.#unexpected('expected a name')
    this.#next += 1
    return text
  }

  #type(depth: number): Type {
    const token = this.#peek()
    if (token.kind !== 'word') throw this.#unexpected('expected a type')
    if (depth > MAX_DEPTH) throw new IcebergError('limit', 'schema is nested too deep')
    this.#next += 1
    switch (token.text.toLowerCase()) {
      case 'struct':
        return this.#enclosed(() => ({ kind: 'struct', fields: this.#fields(depth + 1) }))
      case 'list':
        return this.#enclosed(() => this.#list(depth + 1))
      case 'map':
        return this.#enclosed(() => this.#map(depth + 1))
      default:
        return primitiveType(token)
    }
  }

  #list(depth: number): Type {
    const element = this.#type(depth)
    return { kind: 'list', elementId: 0, elementRequired: this.#takeNotNull(), element }
  }

  #map(depth: number): Type {
    const key = this.#type(depth)
    if (!this.#takeSign(',')) throw this.#unexpected('expected a comma and the type of the values')
    const value = this.#type(depth)
    return { kind: 'map', keyId: 0, key, valueId: 0, valueRequired: this.#takeNotNull(), value }
  }

  #enclosed(parse: () => Type): Type {
    if (!this.#takeSign('<')) throw this.#unexpected('expected <')
    const type = parse()
    if (!this.#takeSign('>')) throw this.#unexpected('expected >')
    return type
  }

  #takeNotNull(): boolean {
    if (!this.#takeWord('not')) return false
    if (!this.#takeWord('null')) throw this.#unexpected('expected null')
    return true
  }

  #takeSign(sign: string): boolean {
    return this.#takeIf((token) => token.kind === 'sign' && token.text === sign)
  }

  #takeWord(word: string): boolean {
    return this.#takeIf((token) => token.kind === 'word' && token.text.toLowerCase() === word)
  }

  #takeIf(isWanted: (token: Token) => boolean): boolean {
    if (!isWanted(this.#peek())) return false
    this.#next += 1
    return true
  }

  #peek(): Token {
    const token = this.#tokens[this.#next]
    assert(token !== undefined, 'parser ran past the end')
    return token
  }

  #unexpected(message: string): IcebergError {
    return unexpected(message, this.#peek().column)
  }
}

function primitiveType(token: Token): Type {
  const text = token.text.toLowerCase()
  const type = parsePrimitiveType(text)
  if (type === null) throw unknownTypeError(text, 'invalid', { column: token.column })
  return type
}

function unexpected(message: string, column: number): IcebergError {
  return new IcebergError('invalid', message, { context: { column } })
}
