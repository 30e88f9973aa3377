/**
 * Schemas as Spark's users type them: `id BIGINT NOT NULL, lines ARRAY<STRUCT<sku: STRING, qty: INT>> COMMENT 'as sold'`.
 *
 *     fields = field { "," field }
 *     field  = name [ ":" ] type [ "not" "null" ] [ "comment" text ]
 *     type   = name [ "(" number { "," number } ")" ] | "struct" "<" [ fields ] ">" | "array" "<" type ">"
 *            | "map" "<" type "," type ">"
 *
 * Words in any case; a name that is no plain word stands in backquotes. Elements and values may always be null.
 */
import { IcebergError } from '../../base/errors.ts'
import { makeField } from '../../types/make-field.ts'
import type { Field, Type } from '../../types/type.ts'
import { tokenize } from '../sql/spark-tokens.ts'
import type { SparkToken } from '../sql/spark-tokens.ts'
import { sparkPrimitive } from './spark-types.ts'
import type { TypeParameters } from './spark-types.ts'

/** Types inside each other; more is refused rather than overflow the stack. */
const MAX_DEPTH = 100

/**
 * The fields of a schema in Spark's DDL, or of the struct that it is; ids are all 0.
 *
 * @throws IcebergError `invalid` with the offset where it stops making sense, `unsupported` for types that no table has
 */
export function parseSparkDdl(text: string): readonly Field[] {
  const parser = new DdlParser(text)
  const fields = parser.isStruct() ? parser.struct(0).fields : parser.fields(0)
  parser.expectEnd()
  return fields
}

class DdlParser {
  readonly #text: string
  readonly #tokens: readonly SparkToken[]
  #index = 0

  constructor(text: string) {
    this.#text = text
    this.#tokens = tokenize(text)
  }

  /** Whether the whole text is one `struct<...>`, and not a column of that name. */
  isStruct(): boolean {
    return this.#isWord('struct') && this.#isSign('<', 1)
  }

  fields(depth: number): readonly Field[] {
    const fields = [this.#field(depth)]
    while (this.#takeSign(',')) fields.push(this.#field(depth))
    return fields
  }

  struct(depth: number): { readonly kind: 'struct'; readonly fields: readonly Field[] } {
    this.#expectWord('struct')
    this.#expectSign('<')
    const fields = this.#isSign('>') ? [] : this.fields(depth)
    this.#expectSign('>')
    return { kind: 'struct', fields }
  }

  expectEnd(): void {
    if (this.#peek() !== undefined) this.#fail('expected the end of the schema')
  }

  #field(depth: number): Field {
    const name = this.#name('expected the name of a column')
    this.#takeSign(':')
    const type = this.#type(depth)
    const required = this.#isWord('not')
    if (required) {
      this.#expectWord('not')
      this.#expectWord('null')
    }
    return makeField({ id: 0, name, required, type, doc: this.#comment() })
  }

  #comment(): string | null {
    if (!this.#isWord('comment')) return null
    this.#index += 1
    const token = this.#peek()
    if (token?.kind !== 'text') return this.#fail('expected a text')
    this.#index += 1
    return token.parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')
  }

  #type(depth: number): Type {
    if (depth > MAX_DEPTH) return this.#fail('the schema is nested too deep')
    if (this.#isWord('struct')) return this.struct(depth + 1)
    if (this.#isWord('array')) return this.#array(depth + 1)
    if (this.#isWord('map')) return this.#map(depth + 1)
    return this.#primitive()
  }

  #array(depth: number): Type {
    this.#expectWord('array')
    this.#expectSign('<')
    const element = this.#type(depth)
    this.#expectSign('>')
    return { kind: 'list', elementId: 0, elementRequired: false, element }
  }

  #map(depth: number): Type {
    this.#expectWord('map')
    this.#expectSign('<')
    const key = this.#type(depth)
    this.#expectSign(',')
    const value = this.#type(depth)
    this.#expectSign('>')
    return { kind: 'map', keyId: 0, key, valueId: 0, valueRequired: false, value }
  }

  #primitive(): Type {
    const at = this.#index
    const name = this.#name('expected a type')
    const type = sparkPrimitive(name, this.#parameters())
    if (type !== null) return type
    this.#index = at
    return this.#fail('Spark has no such type')
  }

  #parameters(): TypeParameters | null {
    if (!this.#takeSign('(')) return null
    const parameters = [this.#number()]
    while (this.#takeSign(',')) parameters.push(this.#number())
    this.#expectSign(')')
    return parameters
  }

  #number(): number {
    const token = this.#peek()
    const text = token === undefined ? '' : this.#text.slice(token.start, token.end)
    if (!/^\d{1,9}$/.test(text)) return this.#fail('expected a number')
    this.#index += 1
    return Number(text)
  }

  #name(otherwise: string): string {
    const token = this.#peek()
    if (token?.kind !== 'word' && token?.kind !== 'name') return this.#fail(otherwise)
    this.#index += 1
    return token.kind === 'name' ? token.name : this.#text.slice(token.start, token.end)
  }

  #isWord(word: string): boolean {
    const token = this.#peek()
    if (token?.kind !== 'word') return false
    return this.#text.slice(token.start, token.end).toLowerCase() === word
  }

  #isSign(sign: string, ahead = 0): boolean {
    const token = this.#tokens[this.#index + ahead]
    return token?.kind === 'sign' && this.#text.slice(token.start, token.end) === sign
  }

  #takeSign(sign: string): boolean {
    const found = this.#isSign(sign)
    if (found) this.#index += 1
    return found
  }

  #expectSign(sign: string): void {
    if (!this.#takeSign(sign)) this.#fail(`expected ${sign}`)
  }

  #expectWord(word: string): void {
    if (!this.#isWord(word)) this.#fail(`expected ${word}`)
    this.#index += 1
  }

  #peek(): SparkToken | undefined {
    return this.#tokens[this.#index]
  }

  #fail(message: string): never {
    const offset = this.#peek()?.start ?? this.#text.length
    throw new IcebergError('invalid', message, { context: { offset } })
  }
}
