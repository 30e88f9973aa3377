// Sets of row positions as 64-bit roaring bitmaps in their portable form (spec: Deletion Vectors), all numbers little-endian:
//  1. eight bytes: how many 32-bit bitmaps follow, ascending by their keys;
//  2. each: four bytes of key, the upper half of its positions, then a 32-bit bitmap:
//     a cookie that says how many containers there are and whether some are runs, and then which;
//     for each container its key, the upper half of what is left of a position, and how many values it has, less one;
//     where each begins, for who skips: unless there are runs and fewer than four containers;
//     the containers: up to 4096 values one by one, a bit for each of 65536, or runs of a start and a length, less one.
import { assert } from '../../base/assert.ts'
import { concatBytes } from '../../base/bytes.ts'
import { IcebergError } from '../../base/errors.ts'

/** A set of positions, each in `[0, 2^63)`. */
export interface PositionSet {
  readonly cardinality: bigint
  has(this: void, position: bigint): boolean
  /** Ascending. */
  positions(this: void): Generator<bigint, void>
}

const COOKIE = 12346
const COOKIE_WITH_RUNS = 12347
const MOST_SINGLE_VALUES = 4096
const BITMAP_BYTES = 8192
/** With runs, fewer containers than this have no offsets. */
const LEAST_WITH_OFFSETS = 4
const VALUE_BITS = 16n
const KEY_BITS = 32n
/** Positions are 64 bits, of which the sign is never set. */
const END_OF_KEYS = 2 ** 31

/** What is in one container: values of 16 bits. */
interface Container {
  readonly cardinality: number
  has(value: number): boolean
  /** Ascending. */
  values(): Iterable<number>
}

/**
 * Reads a set, of which all is checked.
 *
 * @throws IcebergError `corrupt` when the bytes are no such bitmap, or more than one
 */
export function decodePositions(bytes: Uint8Array): PositionSet {
  const reader = new Reader(bytes)
  const containers = new Map<bigint, Container>()
  let before = -1
  for (let left = reader.uint64(); left > 0n; left -= 1n) {
    const key = reader.uint32()
    if (key <= before || key >= END_OF_KEYS) throw corrupt('keys do not ascend', reader)
    before = key
    for (const [low, container] of readBitmap(reader)) {
      containers.set((BigInt(key) << VALUE_BITS) | BigInt(low), container)
    }
  }
  if (!reader.isAtEnd) throw corrupt('bytes are left over', reader)
  return setOf(containers)
}

/** The set of some positions, in any order. */
export function positionSet(positions: Iterable<bigint>): PositionSet {
  const lists = new Map<bigint, number[]>()
  for (const position of BigInt64Array.from(new Set(positions)).sort()) {
    assert(position >= 0n, 'a position is not negative')
    const key = position >> VALUE_BITS
    const list = lists.get(key) ?? []
    lists.set(key, list)
    list.push(valueOf(position))
  }
  const containers = new Map<bigint, Container>()
  for (const [key, values] of lists) {
    const container = listContainer(Uint16Array.from(values))
    assert(container !== null, 'sorted values ascend')
    containers.set(key, container)
  }
  return setOf(containers)
}

/** The shortest form of a set. */
export function encodePositions({ positions }: PositionSet): Uint8Array {
  const bitmaps = new Map<number, Map<number, number[]>>()
  for (const position of positions()) {
    const containers = childOf(bitmaps, Number(position >> KEY_BITS), () => new Map())
    const low = Number(BigInt.asUintN(Number(KEY_BITS), position))
    childOf(containers, low >>> Number(VALUE_BITS), () => []).push(valueOf(position))
  }
  const count = new DataView(new ArrayBuffer(8))
  count.setBigUint64(0, BigInt(bitmaps.size), true)
  const parts = Array.from(bitmaps, ([key, containers]) => [
    uint32s([key]),
    ...bitmapParts(containers),
  ])
  return concatBytes([new Uint8Array(count.buffer), ...parts.flat()])
}

function valueOf(position: bigint): number {
  return Number(BigInt.asUintN(Number(VALUE_BITS), position))
}

function childOf<Child>(parents: Map<number, Child>, key: number, make: () => Child): Child {
  const child = parents.get(key) ?? make()
  parents.set(key, child)
  return child
}

/** @param containers by the upper 48 bits of their positions, ascending */
function setOf(containers: ReadonlyMap<bigint, Container>): PositionSet {
  let cardinality = 0n
  for (const container of containers.values()) cardinality += BigInt(container.cardinality)
  return {
    cardinality,
    has(position) {
      const container = containers.get(position >> VALUE_BITS)
      return container?.has(valueOf(position)) === true
    },
    *positions() {
      for (const [key, container] of containers) {
        const base = key << VALUE_BITS
        for (const value of container.values()) yield base | BigInt(value)
      }
    },
  }
}

function* readBitmap(reader: Reader): Generator<readonly [key: number, container: Container]> {
  const cookie = reader.uint32()
  const hasRuns = (cookie & 0xffff) === COOKIE_WITH_RUNS
  if (!hasRuns && cookie !== COOKIE) throw corrupt('cookie', reader)
  const count = hasRuns ? (cookie >>> 16) + 1 : reader.uint32()
  if (count > 65536) throw corrupt('too many containers', reader)
  const runs = hasRuns ? reader.take(Math.ceil(count / 8)) : new Uint8Array()
  const headers = Array.from({ length: count }, () => {
    return { key: reader.uint16(), cardinality: reader.uint16() + 1 }
  })
  if (!hasRuns || count >= LEAST_WITH_OFFSETS) reader.take(4 * count)
  for (const [index, { key, cardinality }] of headers.entries()) {
    if (key <= (headers[index - 1]?.key ?? -1)) throw corrupt('keys do not ascend', reader)
    const isRun = ((runs[index >> 3] ?? 0) & (1 << (index & 7))) !== 0
    yield [key, readContainer(reader, cardinality, isRun)]
  }
}

function readContainer(reader: Reader, cardinality: number, isRun: boolean): Container {
  const container = isRun
    ? runContainer(reader.uint16s(2 * reader.uint16()))
    : cardinality > MOST_SINGLE_VALUES
      ? bitContainer(reader.take(BITMAP_BYTES))
      : listContainer(reader.uint16s(cardinality))
  if (container === null) throw corrupt('values do not ascend', reader)
  if (container.cardinality !== cardinality) throw corrupt('count of values', reader)
  return container
}

/** Null when the values do not ascend. */
function listContainer(values: Uint16Array): Container | null {
  if (values.some((value, index) => value <= (values[index - 1] ?? -1))) return null
  return {
    cardinality: values.length,
    has: (value) => values[firstNotBelow(values.length, (at) => values[at] ?? 0, value)] === value,
    values: () => values,
  }
}

function bitContainer(bits: Uint8Array): Container {
  const isSet = (value: number): boolean => ((bits[value >> 3] ?? 0) & (1 << (value & 7))) !== 0
  let cardinality = 0
  for (const byte of bits) cardinality += bitCount(byte)
  return {
    cardinality,
    has: isSet,
    *values() {
      for (let value = 0; value < 65536; value += 1) if (isSet(value)) yield value
    },
  }
}

function bitCount(byte: number): number {
  let count = 0
  for (let rest = byte; rest > 0; rest >>= 1) count += rest & 1
  return count
}

/**
 * Null when a run begins before the one before it has ended, or ends beyond all values.
 *
 * @param pairs of each run its first value and how many follow
 */
function runContainer(pairs: Uint16Array): Container | null {
  const length = pairs.length / 2
  const startOf = (run: number): number => pairs[2 * run] ?? 0
  const lastOf = (run: number): number => startOf(run) + (pairs[2 * run + 1] ?? 0)
  let cardinality = 0
  for (let run = 0; run < length; run += 1) {
    if (run > 0 && startOf(run) <= lastOf(run - 1)) return null
    if (lastOf(run) > 65535) return null
    cardinality += lastOf(run) - startOf(run) + 1
  }
  return {
    cardinality,
    has(value) {
      const run = firstNotBelow(length, lastOf, value)
      return run < length && startOf(run) <= value
    },
    *values() {
      for (let run = 0; run < length; run += 1) {
        for (let value = startOf(run); value <= lastOf(run); value += 1) yield value
      }
    },
  }
}

/** The first of ascending numbers that is not below a value; their count when all are. */
function firstNotBelow(count: number, numberAt: (index: number) => number, value: number): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >> 1
    if (numberAt(middle) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** A 32-bit bitmap: with runs if some container is shorter so. */
function bitmapParts(containers: ReadonlyMap<number, readonly number[]>): Uint8Array[] {
  const bodies = Array.from(containers.values(), shortestBody)
  const hasRuns = bodies.some(({ isRun }) => isRun)
  const headers = Array.from(containers, ([key, values]) => uint16s([key, values.length - 1]))
  const start = hasRuns
    ? [uint32s([COOKIE_WITH_RUNS + (bodies.length - 1) * 65536]), flags(bodies)]
    : [uint32s([COOKIE, bodies.length])]
  const hasOffsets = !hasRuns || bodies.length >= LEAST_WITH_OFFSETS
  const head = [...start, ...headers]
  const headBytes = byteCount(head) + (hasOffsets ? 4 * bodies.length : 0)
  const offsets = bodies.map((_, index) => {
    return headBytes + byteCount(bodies.slice(0, index).map(({ bytes }) => bytes))
  })
  return [...head, ...(hasOffsets ? [uint32s(offsets)] : []), ...bodies.map(({ bytes }) => bytes)]
}

interface Body {
  readonly isRun: boolean
  readonly bytes: Uint8Array
}

function shortestBody(values: readonly number[]): Body {
  const pairs = runsOf(values)
  const plainBytes = values.length > MOST_SINGLE_VALUES ? BITMAP_BYTES : 2 * values.length
  if (2 + 2 * pairs.length < plainBytes) {
    return { isRun: true, bytes: uint16s([pairs.length / 2, ...pairs]) }
  }
  const bytes = values.length > MOST_SINGLE_VALUES ? bitsOf(values) : uint16s(values)
  return { isRun: false, bytes }
}

function runsOf(values: readonly number[]): readonly number[] {
  const pairs: number[] = []
  for (const [index, value] of values.entries()) {
    if (value - 1 === values[index - 1]) pairs.push((pairs.pop() ?? 0) + 1)
    else pairs.push(value, 0)
  }
  return pairs
}

function bitsOf(values: readonly number[]): Uint8Array {
  const bits = new Uint8Array(BITMAP_BYTES)
  for (const value of values) bits[value >> 3] = (bits[value >> 3] ?? 0) | (1 << (value & 7))
  return bits
}

/** A bit for each container, the lowest first. */
function flags(bodies: readonly Body[]): Uint8Array {
  const bits = new Uint8Array(Math.ceil(bodies.length / 8))
  for (const [index, { isRun }] of bodies.entries()) {
    if (isRun) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7))
  }
  return bits
}

function byteCount(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}

function uint16s(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * values.length))
  for (const [index, value] of values.entries()) view.setUint16(2 * index, value, true)
  return new Uint8Array(view.buffer)
}

function uint32s(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length))
  for (const [index, value] of values.entries()) view.setUint32(4 * index, value, true)
  return new Uint8Array(view.buffer)
}

/** Reads one number after the other. */
class Reader {
  readonly #bytes: Uint8Array
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get offset(): number {
    return this.#offset
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.length
  }

  /** A view of the bytes that come next. */
  take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#offset) throw corrupt('end of bytes', this)
    this.#offset += length
    return this.#bytes.subarray(this.#offset - length, this.#offset)
  }

  uint16(): number {
    return this.#view(2).getUint16(0, true)
  }

  uint16s(count: number): Uint16Array {
    const view = this.#view(2 * count)
    return Uint16Array.from({ length: count }, (_, index) => view.getUint16(2 * index, true))
  }

  uint32(): number {
    return this.#view(4).getUint32(0, true)
  }

  uint64(): bigint {
    return this.#view(8).getBigUint64(0, true)
  }

  #view(length: number): DataView {
    const bytes = this.take(length)
    return new DataView(bytes.buffer, bytes.byteOffset, length)
  }
}

function corrupt(fault: string, { offset }: Reader): IcebergError {
  return new IcebergError('corrupt', 'bitmap of row positions is damaged', {
    context: { fault, offset },
  })
}
