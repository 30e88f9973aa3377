// Positions in the sources of a stream, compared by what they say.
import { createHash } from 'node:crypto'

import { stringifyJson } from '../../base/json-exact.ts'
import type { StreamOffset } from '../sources/stream-source.ts'

/** A position in each source, by its name. */
export type Offsets = ReadonlyMap<string, StreamOffset>

/** Whether two positions are one, in whatever order their fields are. */
export function isSameOffset(left: StreamOffset, right: StreamOffset): boolean {
  return canonical(left) === canonical(right)
}

/** A short text that differs where positions do. */
export function fingerprintOf(offsets: Offsets): string {
  const text = canonical(Object.fromEntries(offsets))
  return createHash('sha256').update(text).digest('hex').slice(0, FINGERPRINT_DIGITS)
}

/** Enough that no two starts of one batch ever share a file. */
const FINGERPRINT_DIGITS = 16

function canonical(offset: StreamOffset): string {
  return stringifyJson(sorted(offset))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  // Names are compared by code units, wherever the program runs.
  entries.sort(([left], [right]) => (String(left) < String(right) ? -1 : 1))
  return new Map(entries.map(([name, entry]) => [String(name), sorted(entry)]))
}
