// Values to Avro's binary encoding, by avsc. Only schemas of our own come here: avsc turns them into code. It is loaded by the
// first one who writes (20 ms); readers do without.
import { createRequire } from 'node:module'

import type * as avscPackage from 'avsc'

import { IcebergError } from '../../base/errors.ts'
import { isInt64 } from '../../base/integers.ts'

/** Encodes values of one type. */
export type Encoder = avscPackage.Type

/** Values in one block of a container file. */
export interface EncodedBlock {
  readonly count: number
  readonly bytes: Buffer
}

/** A block of this size is full. Small blocks compress badly, large ones are held whole by readers. */
const FULL_BLOCK_BYTES = 512 * 1024

/** Room for the manifest of a small commit. */
const FIRST_BUFFER_BYTES = 16 * 1024

type Avsc = typeof avscPackage

let loaded: Avsc | null = null

function loadAvsc(): Avsc {
  // What the package says of itself in its types.
  loaded ??= createRequire(import.meta.url)('avsc') as Avsc
  return loaded
}

/**
 * An encoder for a schema: `long` takes `bigint`, `bytes` and `fixed` a `Buffer`, a union with null the bare value or
 * null, and a record an object.
 */
export function createEncoder(schema: unknown): Encoder {
  // The schemas are written in this folder; avsc checks them again.
  const known = schema as avscPackage.Schema
  const avsc = loadAvsc()
  const long = exactLong(avsc)
  return avsc.Type.forSchema(known, {
    wrapUnions: false,
    typeHook: (type) => (isLong(type) ? long : undefined),
  })
}

/** With a logical type or without. */
function isLong(type: avscPackage.Schema): boolean {
  return type === 'long' || (typeof type === 'object' && 'type' in type && type.type === 'long')
}

/** The same memory in the form that avsc wants. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Values in blocks, in order. */
export function* encodeBlocks(
  encoder: Encoder,
  values: Iterable<unknown>,
): Generator<EncodedBlock> {
  let buffer: Buffer = Buffer.allocUnsafe(FIRST_BUFFER_BYTES)
  let count = 0
  let end = 0
  for (const value of values) {
    let next = encoder.encode(value, buffer, end)
    while (next < 0) {
      buffer = enlarge(buffer, end, -next)
      next = encoder.encode(value, buffer, end)
    }
    end = next
    count += 1
    if (end < FULL_BLOCK_BYTES) continue
    yield { count, bytes: buffer.subarray(0, end) }
    buffer = Buffer.allocUnsafe(buffer.length)
    count = 0
    end = 0
  }
  if (count > 0) yield { count, bytes: buffer.subarray(0, end) }
}

function enlarge(buffer: Buffer, used: number, missing: number): Buffer {
  const larger = Buffer.allocUnsafe((buffer.length + missing) * 2)
  buffer.copy(larger, 0, 0, used)
  return larger
}

/** Where avsc writes. Bytes beyond the end are lost, and avsc finds out afterwards that the buffer was too small. */
interface Tap {
  readonly buf: Buffer
  pos: number
  writeLong(value: number): void
}

/** Numbers that avsc's own arithmetic encodes exactly; it doubles them. */
const EXACT_IN_AVSC = 1n << 50n

/**
 * Avro's `long` as `bigint`, all 64 bits. avsc itself refuses numbers beyond 2^53. Its documented way around that packs
 * each value into a buffer first, which made encoding manifests two and a half times slower (measured); so what it calls
 * to write a value is put in front of that.
 */
function exactLong(avsc: Avsc): avscPackage.types.LongType {
  const documented = avsc.types.LongType.__with({
    isValid: (value: unknown) => typeof value === 'bigint',
    toBuffer: onlyEncodes,
    fromBuffer: onlyEncodes,
    toJSON: onlyEncodes,
    fromJSON: onlyEncodes,
    compare: onlyEncodes,
  })
  return Object.create(documented, { _write: { value: writeLong } })
}

function onlyEncodes(): never {
  throw new IcebergError('internal', 'avsc was asked for more than to encode')
}

function writeLong(tap: Tap, value: unknown): void {
  if (typeof value !== 'bigint' || !isInt64(value)) {
    throw new IcebergError('internal', 'Avro long is no 64-bit bigint')
  }
  if (value > -EXACT_IN_AVSC && value < EXACT_IN_AVSC) tap.writeLong(Number(value))
  else writeWideLong(tap, value)
}

function writeWideLong(tap: Tap, value: bigint): void {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  for (; rest > 0x7fn; rest >>= 7n) {
    tap.buf[tap.pos] = Number(rest & 0x7fn) | 0x80
    tap.pos += 1
  }
  tap.buf[tap.pos] = Number(rest)
  tap.pos += 1
}
