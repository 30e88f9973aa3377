/**
 * JSON that keeps 64-bit integers exact. `JSON.parse` reads every number as a double, which moves ids beyond 2^53, and
 * Node 20 lets no reviver see the digits.
 *
 * 1. A scanner puts each bare integer of 16 digits or more into a string that begins with `#`, where that is asked for also
 *    each number with a fraction or an exponent, doubles the `#` of values that begin with one, and counts the depth.
 * 2. `JSON.parse` does the rest at native speed, and finds every syntax error.
 * 3. Where the scanner marked anything, a walk turns the marks back.
 *
 * On 38 MB with 124,000 long integers this took 346 ms, of which the lossy `JSON.parse` is 166 ms.
 */
import { IcebergError } from './errors.ts'

/** Levels of arrays and objects inside each other; deeper documents are refused rather than overflow a stack. */
export const MAX_JSON_DEPTH = 1_000

/** Digits of an integer; more serves nobody and turns reading it into work. */
const MAX_DIGITS = 1_000

/** Integers of fewer digits are always below 2^53. */
const MIN_MARKED_DIGITS = 16

const MARK = '#'

/** What becomes of numbers with a fraction or an exponent: doubles, which may be others, or {@link JsonNumber}. */
export type JsonFractions = 'double' | 'exact'

/** A number with a fraction or an exponent, by the text that it was written as. */
export class JsonNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/**
 * Reads a JSON text. Integers beyond 2^53 arrive as `bigint`, all other numbers as `number`; what is spelled with a
 * fraction or an exponent is a `number` whatever its size, unless it is to be exact. A key `__proto__` is an ordinary own property.
 *
 * @throws IcebergError `corrupt` when the text is not JSON, with the offset where that is known
 * @throws IcebergError `limit` when it nests deeper than {@link MAX_JSON_DEPTH} or has an integer of over 1,000 digits
 */
export function parseJson(text: string, fractions: JsonFractions = 'double'): unknown {
  const marked = markNumbers(text, fractions)
  let value: unknown
  try {
    value = JSON.parse(marked)
  } catch {
    throw syntaxError(text)
  }
  return marked === text ? value : unmark(value)
}

/** Whether what {@link parseJson} gave is an object. */
export function isJsonObject(json: unknown): json is Readonly<Record<string, unknown>> {
  const isObject = typeof json === 'object' && json !== null
  return isObject && !Array.isArray(json) && !(json instanceof JsonNumber)
}

const QUOTE = 0x22
const COLON = 0x3a
const BACKSLASH = 0x5c
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39

/** Step 1 of the outline. What is no JSON stays so, and is left to the parser to find. */
function markNumbers(text: string, fractions: JsonFractions): string {
  let result = ''
  let copied = 0
  let depth = 0
  let index = 0
  while (index < text.length) {
    const unit = text.charCodeAt(index)
    if (unit === QUOTE) {
      const end = endOfString(text, index)
      if (mightBeginWithMark(text, index + 1) && !isKey(text, end)) {
        result += text.slice(copied, index + 1) + MARK
        copied = index + 1
      }
      index = end
    } else if (unit === MINUS || isDigit(unit)) {
      const end = endOfNumber(text, index)
      const isMarked =
        isLongInteger(text, index, end) || (fractions === 'exact' && isFraction(text, index, end))
      if (isMarked && !isKey(text, end)) {
        result += `${text.slice(copied, index)}"${MARK}${text.slice(index, end)}"`
        copied = end
      }
      index = end
    } else {
      if (unit === 0x5b || unit === 0x7b) depth = deeper(depth)
      else if (unit === 0x5d || unit === 0x7d) depth -= 1
      index += 1
    }
  }
  return copied === 0 ? text : result + text.slice(copied)
}

function deeper(depth: number): number {
  if (depth < MAX_JSON_DEPTH) return depth + 1
  throw new IcebergError('limit', 'JSON is nested too deep', { context: { limit: MAX_JSON_DEPTH } })
}

/** The index after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let index = text.indexOf('"', start + 1)
  while (index !== -1 && isEscaped(text, index)) index = text.indexOf('"', index + 1)
  return index === -1 ? text.length : index + 1
}

/** An odd number of backslashes in front; the opening quote ends the count at the latest. */
function isEscaped(text: string, index: number): boolean {
  let backslashes = 0
  while (text.charCodeAt(index - 1 - backslashes) === BACKSLASH) backslashes += 1
  return backslashes % 2 === 1
}

/** An escape can spell the mark; doubling in front of any other escape would change it, so that one is looked at. */
function mightBeginWithMark(text: string, start: number): boolean {
  return text.startsWith(MARK, start) || text.startsWith('\\u0023', start)
}

/** Whether a colon comes next. A number there is a syntax error, which quotes must not mend. */
function isKey(text: string, end: number): boolean {
  let index = end
  while (isSpace(text.charCodeAt(index))) index += 1
  return text.charCodeAt(index) === COLON
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09
}

function isDigit(unit: number): boolean {
  return unit >= ZERO && unit <= NINE
}

/** The index after everything a number can be spelled with. */
function endOfNumber(text: string, start: number): number {
  let index = start + 1
  while (index < text.length && isNumberPart(text.charCodeAt(index))) index += 1
  return index
}

function isNumberPart(unit: number): boolean {
  return (
    isDigit(unit) ||
    unit === 0x2e ||
    unit === 0x65 ||
    unit === 0x45 ||
    unit === 0x2b ||
    unit === MINUS
  )
}

/** Digits alone after an optional minus, the first of them not zero, and enough of them to pass 2^53. */
function isLongInteger(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start) === MINUS ? start + 1 : start
  if (end - first < MIN_MARKED_DIGITS || text.charCodeAt(first) === ZERO) return false
  for (let index = first; index < end; index += 1) {
    if (!isDigit(text.charCodeAt(index))) return false
  }
  if (end - first <= MAX_DIGITS) return true
  throw new IcebergError('limit', 'JSON has an integer of too many digits', {
    context: { offset: start, limit: MAX_DIGITS },
  })
}

const FRACTION = /^-?(0|[1-9]\d*)(?=[.eE])(\.\d+)?([eE][+-]?\d+)?$/

function isFraction(text: string, start: number, end: number): boolean {
  return FRACTION.test(text.slice(start, end))
}

/** Step 3 of the outline, in place: an own `__proto__` stays what it is, because only own properties are assigned. */
function unmark(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith(MARK) ? unmarkString(value) : value
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const item: unknown = value[index]
      if (typeof item === 'object' || typeof item === 'string') value[index] = unmark(item)
    }
    return value
  }
  if (typeof value === 'object' && value !== null) {
    // JSON.parse makes nothing but plain objects here.
    const object = value as Record<string, unknown>
    for (const key of Object.keys(object)) {
      const item = object[key]
      if (typeof item === 'object' || typeof item === 'string') object[key] = unmark(item)
    }
  }
  return value
}

function unmarkString(text: string): unknown {
  const rest = text.slice(MARK.length)
  if (rest.startsWith(MARK)) return rest
  if (/[.eE]/.test(rest)) return new JsonNumber(rest)
  const integer = BigInt(rest)
  const near = Number(integer)
  return Number.isSafeInteger(near) ? near : integer
}

/** The parser's message may quote the text, which may be rows: only the offset is kept. */
function syntaxError(text: string): IcebergError {
  try {
    JSON.parse(text)
  } catch (error) {
    const offset = /at position (\d+)/.exec(String(error))?.[1]
    return new IcebergError('corrupt', 'text is not JSON', {
      context: offset === undefined ? { length: text.length } : { offset: Number(offset) },
    })
  }
  return new IcebergError('internal', 'marked integers broke a valid JSON text')
}

/** A finite number that {@link stringifyJson} writes with a point or an exponent, for readers who take no integer for it. */
export class JsonFloat {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/** What is JSON already, which {@link stringifyJson} writes as it is: for parts that are written again and again. */
export class JsonText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/**
 * Writes a value as JSON without spaces. `bigint` becomes bare digits, a `Map` with string keys an object, minus zero
 * `-0.0`. Fields that are undefined are left out; whatever else JSON cannot say is refused, never dropped or changed.
 *
 * @throws IcebergError `invalid` for NaN, infinities, dates, byte arrays and the like
 * @throws IcebergError `limit` when the value nests deeper than {@link MAX_JSON_DEPTH}, as one that holds itself does
 */
export function stringifyJson(value: unknown): string {
  return write(value, 0)
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writeString(value)
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'number':
      return writeNumber(value)
    case 'object':
      return value === null ? 'null' : writeNested(value, deeper(depth))
    default:
      throw noJsonForm(typeof value)
  }
}

const PLAIN_TEXT = /^[ !#-[\]-~]*$/

/** Most strings need no escape, and the test is several times faster than `JSON.stringify`. */
function writeString(text: string): string {
  return PLAIN_TEXT.test(text) ? `"${text}"` : JSON.stringify(text)
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw noJsonForm(String(value))
  return Object.is(value, -0) ? '-0.0' : String(value)
}

function writeFloat(value: number): string {
  const text = writeNumber(value)
  return /^-?\d+$/.test(text) ? `${text}.0` : text
}

function writeNested(value: object, depth: number): string {
  if (value instanceof JsonFloat) return writeFloat(value.value)
  if (value instanceof JsonText) return value.text
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth)).join(',')}]`
  let result = ''
  for (const [key, item] of entriesOf(value)) {
    if (item === undefined) continue
    if (typeof key !== 'string') throw noJsonForm(`map key of type ${typeof key}`)
    result += `${result === '' ? '' : ','}${writeString(key)}:${write(item, depth)}`
  }
  return `{${result}}`
}

function entriesOf(value: object): Iterable<readonly [unknown, unknown]> {
  if (value instanceof Map) return value.entries()
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return Object.entries(value)
  throw noJsonForm(value.constructor.name)
}

function noJsonForm(type: string): IcebergError {
  return new IcebergError('invalid', 'value has no JSON form', { context: { type } })
}
