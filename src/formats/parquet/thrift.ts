// Thrift compact protocol, as Parquet's footers and page headers are written in. A struct is read as its fields, and a
// field keeps the bytes that it came in until someone asks for its value. So fields that this library does not know are
// written back as they were, what is not asked for costs nothing, and no hostile count makes us allocate.
import { concatBytes } from '../../base/bytes.ts'
import { IcebergError } from '../../base/errors.ts'
import { INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN } from '../../base/integers.ts'

const STOP = 0
export const THRIFT_TRUE = 1
export const THRIFT_FALSE = 2
const THRIFT_BYTE = 3
export const THRIFT_I16 = 4
export const THRIFT_I32 = 5
export const THRIFT_I64 = 6
const THRIFT_DOUBLE = 7
export const THRIFT_BINARY = 8
export const THRIFT_LIST = 9
const THRIFT_SET = 10
const THRIFT_MAP = 11
export const THRIFT_STRUCT = 12
const THRIFT_UUID = 13

/** Real footers nest eight deep. */
const MAX_DEPTH = 64
const MAX_VARINT_BYTES = 10

/** A value as it lies in the file: the type of the wire and the bytes after the header. */
export interface ThriftValue {
  readonly type: number
  readonly bytes: Uint8Array
}

/** The fields of a struct by their ids, in the order of the file. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>

/** New values of fields by their ids; null takes a field away. */
export type FieldChanges = readonly (readonly [id: number, value: ThriftValue | null])[]

/**
 * Reads the struct that begins at `offset`.
 *
 * @returns its fields, and where it ends
 * @throws IcebergError `corrupt` when it runs over the end or is no struct
 */
export function readStructAt(
  bytes: Uint8Array,
  offset: number,
): { struct: ThriftStruct; end: number } {
  const cursor = new Cursor(bytes, offset)
  const struct = new Map<number, ThriftValue>()
  let id = 0
  for (;;) {
    const header = cursor.byte()
    if (header === STOP) return { struct, end: cursor.offset }
    const type = header & 0x0f
    id = header >> 4 === 0 ? Number(cursor.zigzag()) : id + (header >> 4)
    if (struct.has(id)) throw malformed('repeated field', cursor.offset)
    const start = cursor.offset
    cursor.skip(type, 0)
    struct.set(id, { type, bytes: bytes.subarray(start, cursor.offset) })
  }
}

/** The fields of a struct value. */
export function structOf(value: ThriftValue): ThriftStruct {
  expectType(value, THRIFT_STRUCT)
  const { struct, end } = readStructAt(value.bytes, 0)
  if (end !== value.bytes.length) throw malformed('struct ends early', end)
  return struct
}

/** The elements of a list or a set. */
export function listOf(value: ThriftValue): readonly ThriftValue[] {
  if (value.type !== THRIFT_SET) expectType(value, THRIFT_LIST)
  const cursor = new Cursor(value.bytes, 0)
  const { type, size } = cursor.listHeader()
  const elements: ThriftValue[] = []
  for (let index = 0; index < size; index += 1) {
    const start = cursor.offset
    cursor.skipElement(type, 0)
    elements.push({ type, bytes: value.bytes.subarray(start, cursor.offset) })
  }
  return elements
}

/** An 8-bit integer, which is a byte of its own and no varint. */
export function byteOf(value: ThriftValue): number {
  expectType(value, THRIFT_BYTE)
  return (new Cursor(value.bytes, 0).byte() << 24) >> 24
}

/** A 16 or 32-bit integer. */
export function intOf(value: ThriftValue): number {
  if (value.type !== THRIFT_I16) expectType(value, THRIFT_I32)
  const long = new Cursor(value.bytes, 0).zigzag()
  if (long < INT32_MIN || long > INT32_MAX) throw malformed('integer of more than 32 bits', 0)
  return Number(long)
}

/** A 64-bit integer. */
export function longOf(value: ThriftValue): bigint {
  expectType(value, THRIFT_I64)
  return new Cursor(value.bytes, 0).zigzag()
}

export function booleanOf(value: ThriftValue): boolean {
  if (value.type !== THRIFT_FALSE) expectType(value, THRIFT_TRUE)
  return value.type === THRIFT_TRUE
}

/** The bytes of a binary or a string, a view of the file's. */
export function binaryOf(value: ThriftValue): Uint8Array {
  expectType(value, THRIFT_BINARY)
  const cursor = new Cursor(value.bytes, 0)
  const length = cursor.length()
  return value.bytes.subarray(cursor.offset, cursor.offset + length)
}

/** @throws IcebergError `corrupt` when the bytes are no UTF-8 */
export function stringOf(value: ThriftValue): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(binaryOf(value))
  } catch (error) {
    if (error instanceof IcebergError) throw error
    throw malformed('text is no UTF-8', 0)
  }
}

export function thriftInt(value: number): ThriftValue {
  return { type: THRIFT_I32, bytes: zigzag(BigInt(value)) }
}

/** An 8-bit integer. */
export function thriftByte(value: number): ThriftValue {
  return { type: THRIFT_BYTE, bytes: Uint8Array.of(value) }
}

/** A 16-bit integer. */
export function thriftShort(value: number): ThriftValue {
  return { type: THRIFT_I16, bytes: zigzag(BigInt(value)) }
}

export function thriftLong(value: bigint): ThriftValue {
  return { type: THRIFT_I64, bytes: zigzag(value) }
}

export function thriftString(text: string): ThriftValue {
  const bytes = new TextEncoder().encode(text)
  return { type: THRIFT_BINARY, bytes: concatBytes([varint(BigInt(bytes.length)), bytes]) }
}

/** A list whose elements are all of `type`. */
export function thriftList(type: number, elements: readonly ThriftValue[]): ThriftValue {
  const { length } = elements
  const header =
    length < 15
      ? Uint8Array.of((length << 4) | type)
      : concatBytes([Uint8Array.of(0xf0 | type), varint(BigInt(length))])
  return { type: THRIFT_LIST, bytes: concatBytes([header, ...elements.map((one) => one.bytes)]) }
}

export function thriftStruct(fields: ThriftStruct): ThriftValue {
  return { type: THRIFT_STRUCT, bytes: encodeStruct(fields) }
}

/** The bytes of a struct with its fields in the order of their ids. */
export function encodeStruct(fields: ThriftStruct): Uint8Array {
  const parts: Uint8Array[] = []
  let previous = 0
  for (const [id, { type, bytes }] of [...fields].sort(([left], [right]) => left - right)) {
    const delta = id - previous
    parts.push(
      delta >= 1 && delta <= 15
        ? Uint8Array.of((delta << 4) | type)
        : concatBytes([Uint8Array.of(type), zigzag(BigInt(id))]),
      bytes,
    )
    previous = id
  }
  parts.push(Uint8Array.of(STOP))
  return concatBytes(parts)
}

/** The struct with some fields replaced, added or taken away. */
export function withFields(struct: ThriftStruct, changes: FieldChanges): ThriftStruct {
  const result = new Map(struct)
  for (const [id, value] of changes) {
    if (value === null) result.delete(id)
    else result.set(id, value)
  }
  return result
}

/** The struct with only the fields of these ids. */
export function pickFields(struct: ThriftStruct, ids: readonly number[]): ThriftStruct {
  return new Map([...struct].filter(([id]) => ids.includes(id)))
}

/** A place in some bytes that only moves on, and never past the end. */
class Cursor {
  readonly #bytes: Uint8Array
  offset: number

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes
    this.offset = offset
  }

  byte(): number {
    const value = this.#bytes[this.offset]
    if (value === undefined) throw malformed('bytes end inside a value', this.offset)
    this.offset += 1
    return value
  }

  zigzag(): bigint {
    const value = this.varint()
    return (value >> 1n) ^ -(value & 1n)
  }

  varint(): bigint {
    let small = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte()
      small |= (byte & 0x7f) << shift
      if (byte < 0x80) return BigInt(small)
    }
    let value = BigInt(small)
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw malformed('integer of more than 64 bits', this.offset)
  }

  /** A count of bytes that are there. */
  length(): number {
    const value = this.varint()
    if (value > BigInt(this.#bytes.length - this.offset)) {
      throw malformed('length over the end', this.offset)
    }
    return Number(value)
  }

  listHeader(): { type: number; size: number } {
    const header = this.byte()
    // No element is smaller than a byte, so that the bytes that are left bound the size.
    const size = header >> 4 === 15 ? this.length() : header >> 4
    return { type: header & 0x0f, size }
  }

  /** Inside lists and maps a boolean is a byte; as a field it is its own header. */
  skipElement(type: number, depth: number): void {
    if (type === THRIFT_TRUE || type === THRIFT_FALSE) this.#advance(1)
    else this.skip(type, depth)
  }

  skip(type: number, depth: number): void {
    if (depth > MAX_DEPTH) throw malformed('values nested too deep', this.offset)
    switch (type) {
      case THRIFT_TRUE:
      case THRIFT_FALSE:
        return
      case THRIFT_BYTE:
        return this.#advance(1)
      case THRIFT_I16:
      case THRIFT_I32:
      case THRIFT_I64:
        return this.#skipVarint()
      case THRIFT_DOUBLE:
        return this.#advance(8)
      case THRIFT_BINARY:
        return this.#advance(this.length())
      case THRIFT_LIST:
      case THRIFT_SET:
        return this.#skipList(depth + 1)
      case THRIFT_MAP:
        return this.#skipMap(depth + 1)
      case THRIFT_STRUCT:
        return this.#skipStruct(depth + 1)
      case THRIFT_UUID:
        return this.#advance(16)
      default:
        throw malformed('unknown type', this.offset)
    }
  }

  #skipVarint(): void {
    for (let count = 0; count < MAX_VARINT_BYTES; count += 1) if (this.byte() < 0x80) return
    throw malformed('integer of more than 64 bits', this.offset)
  }

  #skipList(depth: number): void {
    const { type, size } = this.listHeader()
    for (let index = 0; index < size; index += 1) this.skipElement(type, depth)
  }

  #skipMap(depth: number): void {
    const size = this.length()
    if (size === 0) return
    const types = this.byte()
    for (let index = 0; index < size; index += 1) {
      this.skipElement(types >> 4, depth)
      this.skipElement(types & 0x0f, depth)
    }
  }

  #skipStruct(depth: number): void {
    for (let header = this.byte(); header !== STOP; header = this.byte()) {
      if (header >> 4 === 0) this.#skipVarint()
      this.skip(header & 0x0f, depth)
    }
  }

  #advance(count: number): void {
    if (count > this.#bytes.length - this.offset) {
      throw malformed('bytes end inside a value', this.offset)
    }
    this.offset += count
  }
}

function zigzag(value: bigint): Uint8Array {
  if (value < INT64_MIN || value > INT64_MAX) {
    throw new IcebergError('internal', 'integer of more than 64 bits')
  }
  return varint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)))
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}

function expectType(value: ThriftValue, type: number): void {
  if (value.type === type) return
  throw new IcebergError('corrupt', 'parquet metadata has a field of another type', {
    context: { expected: type, found: value.type },
  })
}

function malformed(fault: string, offset: number): IcebergError {
  return new IcebergError('corrupt', 'malformed parquet metadata', { context: { fault, offset } })
}
