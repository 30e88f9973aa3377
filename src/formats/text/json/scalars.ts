// Columns of numbers, booleans and texts.
import type { Data, DataType } from 'apache-arrow'

import type { PrimitiveType } from '../../../types/type.ts'
import type { Value } from '../../../types/value.ts'
import { makeColumn } from '../../arrow/column-data.ts'
import { arrowTypeOf } from '../../arrow/schema.ts'
import type { JsonColumn } from './column.ts'
import { BACKSLASH, QUOTE } from './cursor.ts'
import type { JsonCursor } from './cursor.ts'
import { ByteMemory, RowFlags, ValidRows } from './memory.ts'
import { MAX_PLAIN_DIGITS, POWERS, parseInteger, parseNumber, scanNumber } from './numbers.ts'
import { HIGH_BITS, WORD_BYTES, fixedText, plainBytes } from './words.ts'

/** A column of values that all take the same room. */
abstract class FixedColumn implements JsonColumn {
  readonly #type: DataType
  readonly #width: number
  readonly #memory = new ByteMemory()
  readonly #valid = new ValidRows()
  #capacity = 0

  constructor(type: PrimitiveType, width: number) {
    this.#type = arrowTypeOf(type)
    this.#width = width
  }

  abstract parse(cursor: JsonCursor, row: number): boolean

  set(row: number, value: Value | null): void {
    this.make(row, value !== null)
    this.put(row, value)
  }

  finish(rowCount: number): Data {
    const validity = this.#valid.validity(rowCount)
    this.#memory.reserve(rowCount * this.#width)
    const values = this.#memory.finish(rowCount * this.#width)
    this.#see()
    return makeColumn(this.#type, rowCount, { validity, values })
  }

  /** Makes room for a row, and notes whether it has a value. */
  protected make(row: number, isValid: boolean): void {
    if (row >= this.#capacity) {
      this.#memory.reserve((row + 1) * this.#width)
      this.#see()
    }
    this.#valid.set(row, isValid)
  }

  /** Puts a value into memory; zeros for null. */
  protected abstract put(row: number, value: Value | null): void

  /** Shows a subclass the memory that its values are in from now on. */
  protected abstract see(memory: ArrayBuffer): void

  #see(): void {
    const { buffer } = this.#memory.bytes
    this.#capacity = Math.floor(buffer.byteLength / this.#width)
    this.see(buffer)
  }
}

/** 32-bit integers: also the days of dates. */
export class Int32Column extends FixedColumn {
  protected values: Int32Array = new Int32Array(0)

  constructor(type: PrimitiveType) {
    super(type, 4)
  }

  override parse(cursor: JsonCursor, row: number): boolean {
    const value = parseInteger(cursor)
    // Nothing that is no number is equal to itself cut to 32 bits.
    if (value !== (value | 0)) return false
    this.make(row, true)
    this.values[row] = value
    return true
  }

  protected override put(row: number, value: Value | null): void {
    // The model has these types as numbers.
    this.values[row] = (value ?? 0) as number
  }

  protected override see(memory: ArrayBuffer): void {
    this.values = new Int32Array(memory)
  }
}

const WORD = 2 ** 32

/** 64-bit integers: also the microseconds of times. They are written as two words, which takes no bigint. */
export class Int64Column extends FixedColumn {
  #words: Int32Array = new Int32Array(0)
  #values: BigInt64Array = new BigInt64Array(0)

  constructor(type: PrimitiveType) {
    super(type, 8)
  }

  override parse(cursor: JsonCursor, row: number): boolean {
    const value = parseInteger(cursor)
    if (Number.isNaN(value)) return false
    this.write(row, value)
    return true
  }

  /** Takes an integer within 2^53. */
  protected write(row: number, value: number): void {
    this.make(row, true)
    this.#words[2 * row] = value
    this.#words[2 * row + 1] = Math.floor(value / WORD)
  }

  protected override put(row: number, value: Value | null): void {
    // The model has these types as bigints.
    this.#values[row] = (value ?? 0n) as bigint
  }

  protected override see(memory: ArrayBuffer): void {
    this.#words = new Int32Array(memory)
    this.#values = new BigInt64Array(memory)
  }
}

/** Numbers of 32 or 64 bits. */
export class FloatColumn extends FixedColumn {
  readonly #Values: typeof Float32Array | typeof Float64Array
  #values: Float32Array | Float64Array = new Float64Array(0)

  constructor(type: PrimitiveType) {
    super(type, type.kind === 'float' ? 4 : 8)
    this.#Values = type.kind === 'float' ? Float32Array : Float64Array
  }

  override parse(cursor: JsonCursor, row: number): boolean {
    const value = parseNumber(cursor)
    if (Number.isNaN(value)) return false
    this.make(row, true)
    this.#values[row] = value
    return true
  }

  protected override put(row: number, value: Value | null): void {
    // The model has these types as numbers.
    this.#values[row] = (value ?? 0) as number
  }

  protected override see(memory: ArrayBuffer): void {
    this.#values = new this.#Values(memory)
  }
}

/** Decimals, which are texts or numbers in JSON. */
export class DecimalColumn extends FixedColumn {
  readonly #scale: number
  readonly #limit: number
  #words: Int32Array = new Int32Array(0)
  #values: BigInt64Array = new BigInt64Array(0)

  constructor(type: PrimitiveType & { readonly kind: 'decimal' }) {
    super(type, 16)
    this.#scale = type.scale
    this.#limit = 10 ** Math.min(type.precision, MAX_PLAIN_DIGITS)
  }

  override parse(cursor: JsonCursor, row: number): boolean {
    const isText = cursor.at < cursor.end && cursor.bytes[cursor.at] === QUOTE
    if (isText) cursor.at += 1
    const number = scanNumber(cursor)
    if (number === null || (isText && !cursor.takeByte(QUOTE))) return false
    const places = this.#scale - number.places
    if (places < 0 || number.digits + places > MAX_PLAIN_DIGITS) return false
    const magnitude = number.magnitude * (POWERS[places] ?? 0)
    if (magnitude >= this.#limit) return false
    this.#write(row, number.isNegative ? -magnitude : magnitude)
    return true
  }

  #write(row: number, value: number): void {
    this.make(row, true)
    const high = Math.floor(value / WORD)
    this.#words[4 * row] = value
    this.#words[4 * row + 1] = high
    this.#words[4 * row + 2] = high >> 31
    this.#words[4 * row + 3] = high >> 31
  }

  protected override put(row: number, value: Value | null): void {
    // The model has decimals as bigints.
    const unscaled = (value ?? 0n) as bigint
    this.#values[2 * row] = unscaled
    this.#values[2 * row + 1] = unscaled >> 64n
  }

  protected override see(memory: ArrayBuffer): void {
    this.#words = new Int32Array(memory)
    this.#values = new BigInt64Array(memory)
  }
}

export class BooleanColumn implements JsonColumn {
  readonly #type: DataType
  readonly #valid = new ValidRows()
  readonly #values = new RowFlags()

  constructor(type: PrimitiveType) {
    this.#type = arrowTypeOf(type)
  }

  parse(cursor: JsonCursor, row: number): boolean {
    const isTrue = cursor.takeWord(TRUE)
    if (!isTrue && !cursor.takeWord(FALSE)) return false
    this.set(row, isTrue)
    return true
  }

  set(row: number, value: Value | null): void {
    this.#valid.set(row, value !== null)
    this.#values.set(row, value === true)
  }

  finish(rowCount: number): Data {
    return makeColumn(this.#type, rowCount, {
      validity: this.#valid.validity(rowCount),
      values: this.#values.bits(rowCount),
    })
  }
}

const TRUE = fixedText('true')
const FALSE = fixedText('false')

/** Texts, copied as they are where they have no escapes. */
export class TextColumn implements JsonColumn {
  readonly #type: DataType
  readonly #valid = new ValidRows()
  readonly #text = new ByteMemory()
  readonly #offsets = new ByteMemory()
  #bytes: Uint8Array = this.#text.bytes
  #view: DataView = viewOf(this.#bytes)
  #ends: Int32Array = new Int32Array(this.#offsets.bytes.buffer)

  constructor(type: PrimitiveType) {
    this.#type = arrowTypeOf(type)
  }

  parse(cursor: JsonCursor, row: number): boolean {
    const { view, at, end } = cursor
    if (at >= end || view.getUint8(at) !== QUOTE) return false
    const start = this.#startOf(row)
    const room = Math.min(view.byteLength - at - 1, this.#view.byteLength - start) - WORD_BYTES
    for (let size = 0, plain = WORD_BYTES; size <= room; size += plain) {
      const word = view.getInt32(at + 1 + size, true)
      this.#view.setInt32(start + size, word, true)
      if ((word & HIGH_BITS) !== 0) cursor.isAscii = false
      plain = plainBytes(word)
      if (plain < WORD_BYTES) return this.#end(cursor, row, size + plain)
    }
    return this.#parseLong(cursor, row)
  }

  /** A text that there was no room for, or that is among the last bytes of all. */
  #parseLong(cursor: JsonCursor, row: number): boolean {
    const { bytes, at, end } = cursor
    cursor.isAscii = false
    let close = at + 1
    while (close < end && IS_SPECIAL[bytes[close] ?? 0] === 0) close += 1
    const start = this.#startOf(row)
    this.#reserve(start + close - at)
    this.#bytes.set(bytes.subarray(at + 1, close), start)
    return this.#end(cursor, row, close - at - 1)
  }

  /** Ends a text of so many bytes, if that is where it is closed. */
  #end(cursor: JsonCursor, row: number, size: number): boolean {
    const close = cursor.at + 1 + size
    if (close >= cursor.end || cursor.view.getUint8(close) !== QUOTE) return false
    cursor.at = close + 1
    this.#valid.set(row, true)
    this.#ends[row + 1] = this.#startOf(row) + size
    return true
  }

  set(row: number, value: Value | null): void {
    const start = this.#startOf(row)
    this.#valid.set(row, value !== null)
    this.#ends[row + 1] = start
    if (value === null) return
    // The model has texts as strings.
    const bytes = Buffer.from(value as string)
    this.#reserve(start + bytes.length)
    this.#bytes.set(bytes, start)
    this.#ends[row + 1] = start + bytes.length
  }

  finish(rowCount: number): Data {
    const size = this.#startOf(rowCount)
    const offsets = new Int32Array(this.#offsets.finish(4 * (rowCount + 1)).buffer, 0, rowCount + 1)
    const values = this.#text.finish(size)
    this.#see()
    this.#ends = new Int32Array(this.#offsets.bytes.buffer)
    const validity = this.#valid.validity(rowCount)
    return makeColumn(this.#type, rowCount, { validity, offsets, values })
  }

  /** Where the text of a row begins, for whose end there is room then. */
  #startOf(row: number): number {
    if (row + 1 >= this.#ends.length) {
      this.#offsets.reserve(4 * (row + 2))
      this.#ends = new Int32Array(this.#offsets.bytes.buffer, 0, this.#offsets.bytes.length >> 2)
    }
    return this.#ends[row] ?? 0
  }

  #reserve(size: number): void {
    this.#text.reserve(size)
    this.#see()
  }

  #see(): void {
    if (this.#bytes === this.#text.bytes) return
    this.#bytes = this.#text.bytes
    this.#view = viewOf(this.#bytes)
  }
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length)
}

/** Of each byte whether it ends a text, or is none of its own. */
const IS_SPECIAL = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte === QUOTE || byte === BACKSLASH ? 1 : 0,
)
