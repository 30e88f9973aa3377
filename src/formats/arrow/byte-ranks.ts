// Ranks of strings and bytes, by sorting eight bytes at a time:
//  1. rows that are equal so far form a segment, at first all rows that are not null;
//  2. a segment is ordered by its next eight bytes, as two big-endian words, and by how many bytes are left;
//  3. rows that are still equal and have bytes left form a segment of their own, eight bytes further on;
//  4. a few rows are ordered by comparing their bytes instead.
import type { Data } from 'apache-arrow'
import { ByteRows, bigEndianWord } from './byte-rows.ts'
import { validityTest } from './column-data.ts'
import { compareWords, firstRows, sortByWords } from './radix.ts'

const CHUNK_BYTES = 8

/** Up to this many rows, comparing is faster than making words. */
const FEW_ROWS = 32

/**
 * For each row how many distinct values of the column come before its own, in unsigned order of their bytes: one word
 * that stands for a value of any length. 0 for a null row. Time grows with the bytes of the column, however alike its
 * values are.
 */
export function byteRanks(data: Data): Uint32Array {
  const all = firstRows(data.length)
  const order = data.nullCount === 0 ? all : all.filter(validityTest(data))
  const ranking: Ranking = {
    rows: new ByteRows(data),
    order,
    startsValue: new Uint8Array(order.length),
  }
  // A list and not recursion: values that are alike for long would exhaust the stack.
  const segments: Segment[] = [{ start: 0, end: order.length, depth: 0 }]
  for (let segment = segments.pop(); segment !== undefined; segment = segments.pop()) {
    if (segment.end - segment.start <= FEW_ROWS) compareSegment(ranking, segment)
    else for (const rest of sortSegment(ranking, segment)) segments.push(rest)
  }
  return ranksOf(ranking, data.length)
}

interface Ranking {
  readonly rows: ByteRows
  /** The rows that are not null, more and more in order. */
  readonly order: Uint32Array
  /** 1 where a place of {@link order} is known to hold another value than the place before. */
  readonly startsValue: Uint8Array
}

/** Places `[start, end)` of the order, whose rows are equal in their first `depth` bytes. */
interface Segment {
  readonly start: number
  readonly end: number
  readonly depth: number
}

function compareSegment({ rows, order, startsValue }: Ranking, { start, end }: Segment): void {
  order.subarray(start, end).sort((left, right) => rows.compare(left, right))
  for (let place = start + 1; place < end; place += 1) {
    if (rows.compare(order[place - 1] ?? 0, order[place] ?? 0) !== 0) startsValue[place] = 1
  }
}

/** @returns the segments that are left to order */
function sortSegment({ rows, order, startsValue }: Ranking, segment: Segment): Segment[] {
  const { start, end, depth } = segment
  const members = order.slice(start, end)
  const words = chunkWords(rows, members, depth)
  const sorted = sortByWords(words, members.length)
  const rest: Segment[] = []
  let valueStart = 0
  for (let index = 0; index < sorted.length; index += 1) {
    order[start + index] = members[sorted[index] ?? 0] ?? 0
    const isLast = index + 1 === sorted.length
    if (!isLast && compareWords(words, sorted[index] ?? 0, sorted[index + 1] ?? 0) === 0) continue
    if (!isLast) startsValue[start + index + 1] = 1
    if (hasMore(words, sorted[index] ?? 0) && index > valueStart) {
      rest.push({ start: start + valueStart, end: start + index + 1, depth: depth + CHUNK_BYTES })
    }
    valueStart = index + 1
  }
  return rest
}

/** High word, low word, and the number of bytes left, where all beyond a chunk count alike. */
type ChunkWords = readonly [Uint32Array, Uint32Array, Uint32Array]

function chunkWords(rows: ByteRows, members: Uint32Array, depth: number): ChunkWords {
  const { bytes } = rows
  const high = new Uint32Array(members.length)
  const low = new Uint32Array(members.length)
  const left = new Uint32Array(members.length)
  for (let index = 0; index < members.length; index += 1) {
    const row = members[index] ?? 0
    const at = rows.start(row) + depth
    const size = rows.end(row) - at
    high[index] = bigEndianWord(bytes, at, size)
    low[index] = bigEndianWord(bytes, at + 4, size - 4)
    left[index] = Math.min(size, CHUNK_BYTES + 1)
  }
  return [high, low, left]
}

function hasMore([, , left]: ChunkWords, index: number): boolean {
  return (left[index] ?? 0) > CHUNK_BYTES
}

function ranksOf({ order, startsValue }: Ranking, rowCount: number): Uint32Array {
  const ranks = new Uint32Array(rowCount)
  let rank = 0
  for (let place = 0; place < order.length; place += 1) {
    rank += startsValue[place] ?? 0
    ranks[order[place] ?? 0] = rank
  }
  return ranks
}
