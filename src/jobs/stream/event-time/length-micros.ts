import { IcebergError } from '../../../base/errors.ts'
import { microsOfUnit, parseCountOfUnits } from '../../../base/length-of-time.ts'

/**
 * Reads `10 minutes`, with units from millisecond to week; null for other texts.
 *
 * @throws IcebergError `invalid` for months and years, which do not always last as long
 */
export function parseLengthMicros(text: string): bigint | null {
  const { count, unit } = parseCountOfUnits(text) ?? { count: 0, unit: null }
  if (unit === null) return null
  if (UNEVEN.has(unit)) {
    throw new IcebergError(
      'invalid',
      'months do not all last as long: say it in units from milliseconds to weeks',
      { context: { length: text } },
    )
  }
  const micros = unit === 'millisecond' ? MICROS_PER_MILLISECOND : microsOfUnit(unit)
  return micros === null ? null : BigInt(count) * micros
}

const MICROS_PER_MILLISECOND = 1000n

const UNEVEN: ReadonlySet<string> = new Set(['month', 'quarter', 'year'])
