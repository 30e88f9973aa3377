/** Types as the specification spells them, but for those with fields inside (spec: Schemas). */
import { MAX_DECIMAL_PRECISION } from './decimal-text.ts'
import { DEFAULT_ALGORITHM, DEFAULT_CRS } from './type.ts'
import type { EdgeAlgorithm, PlainTypeKind, PrimitiveType, VariantType } from './type.ts'

const PLAIN_KINDS: ReadonlyMap<string, PlainTypeKind | 'variant'> = new Map(
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
      'timestamp_ns',
      'timestamptz_ns',
      'string',
      'uuid',
      'binary',
      'unknown',
      'variant',
    ] as const
  ).map((kind) => [kind, kind]),
)

const ALGORITHMS: ReadonlyMap<string, EdgeAlgorithm> = new Map(
  (['spherical', 'vincenty', 'thomas', 'andoyer', 'karney'] as const).map((name) => [name, name]),
)

const DECIMAL = /^decimal\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/
const FIXED = /^fixed\[\s*(\d{1,10})\s*\]$/
const GEOMETRY = /^geometry(?:\s*\(([^)]*)\))?$/
const GEOGRAPHY = /^geography(?:\s*\(([^,]*)(?:,\s*(\w+)\s*)?\))?$/

const MAX_FIXED_LENGTH = 0x7fffffff

/**
 * The type of `long`, `decimal(9, 2)`, `fixed[16]` or `geometry(EPSG:4326)`; null when the text is none, or its
 * parameters are out of range.
 */
export function parseTypeText(text: string): PrimitiveType | VariantType | null {
  const kind = PLAIN_KINDS.get(text)
  if (kind !== undefined) return { kind }
  return (
    parseDecimalType(text) ??
    parseFixedType(text) ??
    parseGeometryType(text) ??
    parseGeographyType(text)
  )
}

function parseDecimalType(text: string): PrimitiveType | null {
  const [, precisionText, scaleText] = DECIMAL.exec(text) ?? []
  if (precisionText === undefined) return null
  const precision = Number(precisionText)
  const scale = Number(scaleText)
  if (precision < 1 || precision > MAX_DECIMAL_PRECISION || scale > precision) return null
  return { kind: 'decimal', precision, scale }
}

function parseFixedType(text: string): PrimitiveType | null {
  const length = Number(FIXED.exec(text)?.[1] ?? 0)
  return length < 1 || length > MAX_FIXED_LENGTH ? null : { kind: 'fixed', length }
}

function parseGeometryType(text: string): PrimitiveType | null {
  const match = GEOMETRY.exec(text)
  const crs = match?.[1]?.trim()
  return match === null || crs === '' ? null : geometryType(crs)
}

function parseGeographyType(text: string): PrimitiveType | null {
  const match = GEOGRAPHY.exec(text)
  const crs = match?.[1]?.trim()
  const algorithm = ALGORITHMS.get(match?.[2]?.toLowerCase() ?? DEFAULT_ALGORITHM)
  return match === null || crs === '' || algorithm === undefined
    ? null
    : geographyType(crs, algorithm)
}

/** A geometry in a reference system. Defaults are left out, so that a type is held in one way however it was spelled. */
export function geometryType(crs: string = DEFAULT_CRS): PrimitiveType {
  return { kind: 'geometry', ...(crs === DEFAULT_CRS ? {} : { crs }) }
}

/** A geography, as {@link geometryType}. */
export function geographyType(
  crs: string = DEFAULT_CRS,
  algorithm: EdgeAlgorithm = DEFAULT_ALGORITHM,
): PrimitiveType {
  return {
    kind: 'geography',
    ...(crs === DEFAULT_CRS ? {} : { crs }),
    ...(algorithm === DEFAULT_ALGORITHM ? {} : { algorithm }),
  }
}
