import { IcebergError } from '../../../base/errors.ts'
import type { Scaled } from './exact-quotient.ts'

/** Digits in base 16, which are read and written in time that grows as their number does: `-1f`, or `-1fp-1074`. */
export function scaledToText({ digits, exponent }: Scaled): string {
  const text = digits.toString(16)
  return exponent === 0 ? text : `${text}p${exponent}`
}

/** @throws IcebergError `corrupt` when the text is none */
export function scaledFromText(text: string): Scaled {
  const { sign, hex, exponent = '0' } = SCALED.exec(text)?.groups ?? {}
  if (hex === undefined) throw new IcebergError('corrupt', 'a kept sum is no number')
  const magnitude = BigInt(`0x${hex}`)
  return { digits: sign === '-' ? -magnitude : magnitude, exponent: Number(exponent) }
}

const SCALED = /^(?<sign>-?)(?<hex>[0-9a-f]+)(?:p(?<exponent>-?\d{1,4}))?$/
