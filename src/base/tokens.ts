/**
 * Small languages cut into tokens: names, keywords, texts, numbers, bytes and signs, with the place of each for messages.
 * Words keep their case; whether a word is a keyword is for the parser to say, which compares without case.
 */
import { fromHex } from './bytes.ts'
import { IcebergError } from './errors.ts'
import type { ErrorContext, ErrorKind } from './errors.ts'

export type Token =
  /** A bare name or keyword. */
  | { readonly kind: 'word'; readonly text: string; readonly offset: number }
  /** A name in double quotes, which are taken off. */
  | { readonly kind: 'name'; readonly text: string; readonly offset: number }
  /** A text in single quotes, which are taken off. */
  | { readonly kind: 'text'; readonly text: string; readonly offset: number }
  /** A decimal number as it is spelled, sign and exponent included. */
  | { readonly kind: 'number'; readonly text: string; readonly offset: number }
  /** `x'00ff'` */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly offset: number }
  | { readonly kind: 'sign'; readonly text: string; readonly offset: number }
  | { readonly kind: 'end'; readonly offset: number }

// Sticky, so that each is tried where the last token ended.
const SPACE = /\s+/uy
const BYTES = /[xX]'([^']*)'/uy
const WORD = /[\p{ID_Start}_][\p{ID_Continue}$]*/uy
const NAME = /"((?:[^"]|"")*)"/uy
const TEXT = /'((?:[^']|'')*)'/uy
const NUMBER = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\p{ID_Continue}.])/uy
const SIGN = /<=|>=|<>|!=|[()[\],.:<>=]/uy

/** Walks over the tokens of one text. Every failure names the column, counted in code points from 1. */
export class TokenCursor {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #index = 0

  /** @throws IcebergError `invalid` where the text is no token of any kind */
  constructor(text: string) {
    this.#text = text
    this.#tokens = this.#split()
  }

  /** The token `ahead` places on, without taking it; `end` past the last one. */
  peek(ahead = 0): Token {
    return this.#tokens[this.#index + ahead] ?? { kind: 'end', offset: this.#text.length }
  }

  take(): Token {
    const token = this.peek()
    this.#index += 1
    return token
  }

  isSign(sign: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'sign' && token.text === sign
  }

  isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'word' && token.text.toLowerCase() === word
  }

  /** Takes the sign if it is next. */
  takeSign(sign: string): boolean {
    const found = this.isSign(sign)
    if (found) this.#index += 1
    return found
  }

  /** Takes the words if they are next, in any case. */
  takeWords(...words: readonly string[]): boolean {
    const found = words.every((word, index) => this.isWord(word, index))
    if (found) this.#index += words.length
    return found
  }

  expectSign(sign: string): void {
    if (!this.takeSign(sign)) this.fail(`expected ${sign}`)
  }

  expectWord(word: string): void {
    if (!this.takeWords(word)) this.fail(`expected ${word}`)
  }

  expectEnd(): void {
    if (this.peek().kind !== 'end') this.fail('expected the end of the text')
  }

  /** A name, bare or in double quotes. */
  expectName(): string {
    const token = this.peek()
    if (token.kind !== 'word' && token.kind !== 'name') return this.fail('expected a name')
    this.#index += 1
    return token.text
  }

  /** Names with dots between them. */
  expectPath(): readonly string[] {
    const path = [this.expectName()]
    while (this.takeSign('.')) path.push(this.expectName())
    return path
  }

  /** Throws about a token, the next one unless told. */
  fail(
    message: string,
    about: { token?: Token; kind?: ErrorKind; context?: ErrorContext } = {},
  ): never {
    const { token = this.peek(), kind = 'invalid', context = {} } = about
    throw new IcebergError(kind, message, {
      context: { ...context, position: this.#positionOf(token.offset) },
    })
  }

  /** Counted in characters, from 1. */
  #positionOf(offset: number): number {
    return Array.from(this.#text.slice(0, offset)).length + 1
  }

  #split(): Token[] {
    const tokens: Token[] = []
    let offset = this.#match(SPACE, 0)?.[0].length ?? 0
    while (offset < this.#text.length) {
      const [token, length] = this.#tokenAt(offset)
      tokens.push(token)
      offset += length
      offset += this.#match(SPACE, offset)?.[0].length ?? 0
    }
    return tokens
  }

  #tokenAt(offset: number): readonly [Token, number] {
    const bytes = this.#match(BYTES, offset)
    if (bytes !== null) return [this.#bytesToken(bytes[1] ?? '', offset), bytes[0].length]
    const word = this.#match(WORD, offset)
    if (word !== null) return [{ kind: 'word', text: word[0], offset }, word[0].length]
    const name = this.#match(NAME, offset)
    if (name !== null) {
      return [{ kind: 'name', text: unquote(name[1], '"'), offset }, name[0].length]
    }
    const text = this.#match(TEXT, offset)
    if (text !== null) {
      return [{ kind: 'text', text: unquote(text[1], "'"), offset }, text[0].length]
    }
    const number = this.#match(NUMBER, offset)
    if (number !== null) return [{ kind: 'number', text: number[0], offset }, number[0].length]
    const sign = this.#match(SIGN, offset)
    if (sign !== null) return [{ kind: 'sign', text: sign[0], offset }, sign[0].length]
    return this.#failAt(offset)
  }

  #failAt(offset: number): never {
    const quote = this.#text[offset]
    const isOpen = quote === "'" || quote === '"'
    return this.fail(isOpen ? 'quote is not closed' : 'unexpected character', {
      token: { kind: 'end', offset },
    })
  }

  #bytesToken(digits: string, offset: number): Token {
    const bytes = fromHex(digits)
    if (bytes !== null) return { kind: 'bytes', bytes, offset }
    return this.fail('expected pairs of hexadecimal digits', { token: { kind: 'end', offset } })
  }

  #match(pattern: RegExp, offset: number): RegExpExecArray | null {
    pattern.lastIndex = offset
    return pattern.exec(this.#text)
  }
}

function unquote(inner: string | undefined, quote: string): string {
  return (inner ?? '').replaceAll(quote + quote, quote)
}
