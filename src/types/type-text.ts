/** Primitive types as the specification spells them (spec: Schemas). */
import { IcebergError } from '../base/errors.ts'
import type { ErrorKind } from '../base/errors.ts'
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

const DECIMAL = /^decimal\s*\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/
const FIXED = /^fixed\s*\[\s*(\d{1,9})\s*\]$/

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

/** The error for a text that {@link parsePrimitiveType} does not take: `unsupported` for types of later versions. */
export function unknownTypeError(
  text: string,
  kind: ErrorKind,
  context: Readonly<Record<string, string | number>>,
): IcebergError {
  const [name = ''] = /^\w*/.exec(text) ?? []
  if (LATER_KINDS.has(name)) {
    return new IcebergError('unsupported', 'type is not supported yet', {
      context: { ...context, type: text },
    })
  }
  return new IcebergError(kind, 'type is not one of the specification', {
    context: { ...context, type: text },
  })
}
