// Files of JSON whose rows need not keep to lines: an array of objects, or objects one after the other, spaced as they like. The
// file is not held: a scanner finds where each object ends, which takes no more than counting its brackets.
import type { RecordBatch } from 'apache-arrow'

import { unreachable } from '../../base/assert.ts'
import { concatBytes } from '../../base/bytes.ts'
import { IcebergError } from '../../base/errors.ts'
import type { Schema } from '../../types/schema.ts'
import { withoutMark } from './byte-order-mark.ts'
import { createJsonBatchBuilder } from './json-batches.ts'
import { appendPiece } from './json-piece.ts'
import type { JsonFileOptions, JsonPiece } from './json-piece.ts'
import { BACKSLASH, BRACE, BRACE_END, BRACKET, BRACKET_END, COMMA, QUOTE } from './json/cursor.ts'

/**
 * The rows of a file that is a JSON document, as batches: the objects of an array, or one object, or several one after the other.
 *
 * @throws IcebergError `invalid` with the `line` where what is no such row begins, and `path` where that is known
 * @throws IcebergError `limit` for a row of over 256 MiB
 */
export async function* jsonDocumentBatches(
  schema: Pick<Schema, 'fields'>,
  chunks: AsyncIterable<Uint8Array>,
  options: JsonFileOptions = {},
): AsyncGenerator<RecordBatch> {
  const builder = createJsonBatchBuilder(schema, { ...options, noun: 'a row' })
  try {
    for await (const piece of documentPieces(chunks)) {
      appendPiece(builder, piece, options.onBad)
      if (builder.isFull) yield builder.finish()
    }
  } catch (error) {
    if (!(error instanceof DocumentFault) || options.onBad === undefined) throw error
    // Nobody knows where the next row would begin: the rest of the file is put aside with this one.
    options.onBad({ line: error.line, error, record: '' })
  }
  if (builder.rowCount > 0) yield builder.finish()
}

/** What stands between rows is not what should. */
class DocumentFault extends IcebergError {
  readonly line: number

  constructor(message: string, line: number) {
    super('invalid', message, { context: { line } })
    this.line = line
  }
}

async function* documentPieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<JsonPiece> {
  const scanner = new DocumentScanner()
  for await (const chunk of withoutMark(chunks)) yield* scanner.scan(chunk)
  yield* scanner.end()
}

/** Bytes of one row. */
const MAX_ROW_BYTES = 256 << 20

const LINE_FEED = 0x0a
const SPACE = 0x20

/** What may come next: before a document; in an array its first value or its end, a value, a comma or the end. */
type Awaited = 'document' | 'first' | 'value' | 'comma'

class DocumentScanner {
  #awaited: Awaited = 'document'
  #line = 1
  /** Of the row that is being read: how it is told where it ends, where it began, and what earlier chunks have of it. */
  #row: { readonly kind: 'nested' | 'word'; readonly line: number } | null = null
  #depth = 0
  #isInText = false
  #isEscaped = false
  #held: Uint8Array[] = []
  #heldBytes = 0
  /** Where the row began that ended last. */
  #rowLine = 0;

  /** The rows that end in a chunk. */
  *scan(chunk: Uint8Array): Generator<JsonPiece> {
    let start = 0
    for (let at = 0; at < chunk.length;) {
      if (this.#row === null) {
        const byte = chunk[at] ?? 0
        if (this.#isBetween(byte)) {
          at += 1
          continue
        }
        start = at
        this.#begin(byte)
      }
      at = this.#row?.kind === 'word' ? this.#endOfWord(chunk, at) : this.#endOfNested(chunk, at)
      if (this.#row === null) yield this.#piece(chunk, start, at)
    }
    if (this.#row !== null) this.#hold(chunk.subarray(start))
  }

  /** The row that ends with the file. */
  *end(): Generator<JsonPiece> {
    if (this.#row !== null) {
      const { line } = this.#row
      if (this.#row.kind === 'nested') throw new DocumentFault('a row is not closed', line)
      this.#finish()
      yield this.#piece(new Uint8Array(0), 0, 0)
    }
    if (this.#awaited === 'document') return
    throw new DocumentFault('the array of rows is not closed', this.#line)
  }

  /** Takes what stands between rows; false where one begins. */
  #isBetween(byte: number): boolean {
    if (byte <= SPACE) {
      if (byte === LINE_FEED) this.#line += 1
      return true
    }
    switch (this.#awaited) {
      case 'document':
        if (byte !== BRACKET) return false
        this.#awaited = 'first'
        return true
      case 'first':
        if (byte !== BRACKET_END) return false
        this.#awaited = 'document'
        return true
      case 'value':
        return false
      case 'comma':
        if (byte !== COMMA && byte !== BRACKET_END) {
          throw new DocumentFault('rows of an array are not parted by a comma', this.#line)
        }
        this.#awaited = byte === COMMA ? 'value' : 'document'
        return true
      default:
        return unreachable(this.#awaited)
    }
  }

  #begin(byte: number): void {
    const isNested = byte === BRACE || byte === BRACKET
    if (!isNested && (byte === COMMA || byte === BRACE_END || byte === BRACKET_END)) {
      throw new DocumentFault('a row is missing', this.#line)
    }
    this.#row = { kind: isNested ? 'nested' : 'word', line: this.#line }
    this.#depth = 0
  }

  /** Behind the last bracket of a row; the end of the chunk where that does not come. */
  #endOfNested(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0
      if (byte === LINE_FEED) this.#line += 1
      if (this.#isInText) {
        if (this.#isEscaped) this.#isEscaped = false
        else if (byte === BACKSLASH) this.#isEscaped = true
        else if (byte === QUOTE) this.#isInText = false
      } else if (byte === QUOTE) this.#isInText = true
      else if (byte === BRACE || byte === BRACKET) this.#depth += 1
      else if (byte === BRACE_END || byte === BRACKET_END) {
        this.#depth -= 1
        if (this.#depth > 0) continue
        this.#finish()
        return at + 1
      }
    }
    return chunk.length
  }

  /** Behind what is no object, which somebody will say. */
  #endOfWord(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0
      if (byte > SPACE && byte !== COMMA && byte !== BRACKET_END) continue
      this.#finish()
      return at
    }
    return chunk.length
  }

  #finish(): void {
    this.#rowLine = this.#row?.line ?? 0
    this.#row = null
    if (this.#awaited !== 'document') this.#awaited = 'comma'
  }

  #piece(chunk: Uint8Array, start: number, end: number): JsonPiece {
    const line = this.#rowLine
    if (this.#heldBytes === 0) return { block: chunk, start, end, line }
    const block = concatBytes([...this.#held, chunk.subarray(0, end)])
    this.#held = []
    this.#heldBytes = 0
    return { block, start: 0, end: block.length, line }
  }

  #hold(bytes: Uint8Array): void {
    this.#held.push(bytes)
    this.#heldBytes += bytes.length
    if (this.#heldBytes <= MAX_ROW_BYTES) return
    throw new IcebergError('limit', 'a row is too long', {
      context: { line: this.#row?.line ?? 0, limitBytes: MAX_ROW_BYTES },
    })
  }
}
