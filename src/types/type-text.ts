/** Primitive types as the specification spells them (spec: Schemas). */
import { MAX_DECIMAL_PRECISION } from './decimal-text.ts'
import type { PlainTypeKind, PrimitiveType } from './type.ts'

const PLAIN_KINDS: ReadonlyMap<string, PlainTypeKind> = new Map(
  (
    [
      'boolean',
      'int',
      'long',
      'float',
      'double',
      'date',
      'time',
      'timestamp',
      'timestamptz',
      'string',
      'uuid',
      'binary',
    ] as const
  ).map((kind) => [kind, kind]),
)

/** Types of the specification that this library does not have yet. */
const LATER_KINDS: ReadonlySet<string> = new Set([
  'timestamp_ns',
  'timestamptz_ns',
  'unknown',
  'variant',
  'geometry',
  'geography',
])

const DECIMAL = /^decimal\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/
const FIXED = /^fixed\[\s*(\d{1,9})\s*\]$/

/** The type of `long`, `decimal(9, 2)` or `fixed[16]`; null when the text is none, or its numbers are out of range. */
export function parsePrimitiveType(text: string): PrimitiveType | null {
  const kind = PLAIN_KINDS.get(text)
  if (kind !== undefined) return { kind }
  const [, precision, scale] = DECIMAL.exec(text) ?? []
  if (precision !== undefined) return decimalOf(Number(precision), Number(scale))
  const [, length] = FIXED.exec(text) ?? []
  return length === undefined || Number(length) === 0
    ? null
    : { kind: 'fixed', length: Number(length) }
}

function decimalOf(precision: number, scale: number): PrimitiveType | null {
  if (precision < 1 || precision > MAX_DECIMAL_PRECISION || scale > precision) return null
  return { kind: 'decimal', precision, scale }
}

/** Whether a text that {@link parsePrimitiveType} does not take begins with the name of a type that is to come. */
export function isLaterType(text: string): boolean {
  return LATER_KINDS.has(/^\w*/.exec(text)?.[0] ?? '')
}
