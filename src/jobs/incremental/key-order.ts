// What the values of a key are: how people may write one, and which of two comes first.
import { IcebergError } from '../../base/errors.ts'
import { compareCodePoints } from '../../base/unicode.ts'
import {
  formatDate,
  parseDate,
  parseTimestamp,
  parseTimestamptz,
} from '../../types/temporal-text.ts'
import type { PrimitiveType } from '../../types/type.ts'
import { compareKeyTexts, momentOf } from '../key-text.ts'
import { momentText } from './step.ts'
import type { Cut } from './windowed-job.ts'

export interface KeyOrder {
  /**
   * A value that somebody gave, as the key's own values are spelled.
   *
   * @throws IcebergError `invalid` for what is no such value
   */
  readonly read: (text: string) => Promise<string>
  /** Of two values that {@link read} gave: negative, zero or positive. */
  readonly compare: (left: string, right: string) => number
}

/** A moment with an offset as one of the session zone, without one. */
export type ToLocal = (text: string) => Promise<string>

/** Values that a column is compared with. */
export function orderOfColumn(type: PrimitiveType['kind'], toLocal: ToLocal): KeyOrder {
  switch (type) {
    case 'date':
    case 'timestamp':
    case 'timestamp_ns':
      return moments(null)
    case 'timestamptz':
    case 'timestamptz_ns':
      return moments(toLocal)
    case 'int':
    case 'long':
      return WHOLE_NUMBERS
    case 'decimal':
    case 'float':
    case 'double':
      return NUMBERS
    default:
      return TEXTS
  }
}

/**
 * What the values of a key of a cut are: by the column that they are compared with, else like the one that it has.
 *
 * @param stored values that a run would take in place of working them out
 */
export async function orderIn(
  cut: Cut,
  key: string,
  stored: ReadonlyMap<string, string>,
): Promise<KeyOrder> {
  const known = cut.orderOf(key)
  if (known !== null) return known
  const present = stored.get(key) ?? (await cut.values(new Map())).get(key) ?? ''
  return orderOfValue(present, cut.toLocal)
}

/** Values like one that the key has, for a key that is compared with no column. */
export function orderOfValue(present: string, toLocal: ToLocal): KeyOrder {
  if (momentOf(present) !== null || parseTimestamptz(present) !== null) return moments(toLocal)
  return NUMBER.test(present) ? NUMBERS : TEXTS
}

const NUMBER = /^[+-]?\d+(?:\.\d+)?$/

const WHOLE_NUMBERS = numbers(/^[+-]?\d+$/, 'a value of this key is a whole number')

const NUMBERS = numbers(NUMBER, 'a value of this key is a number in plain digits')

const TEXTS: KeyOrder = { read: async (text) => text, compare: compareCodePoints }

function numbers(pattern: RegExp, message: string): KeyOrder {
  return {
    async read(text) {
      if (pattern.test(text)) return text.replace(/^\+/, '')
      throw unfit(message, text)
    },
    compare: compareKeyTexts,
  }
}

/** @param toLocal null where moments have no offset */
function moments(toLocal: ToLocal | null): KeyOrder {
  return {
    async read(text) {
      const days = parseDate(text.replaceAll(/-(\d)(?=-|$)/g, '-0$1'))
      if (days !== null) return formatDate(days)
      const micros = parseTimestamp(text)
      if (micros !== null) return momentText(micros)
      if (parseTimestamptz(text) === null) {
        throw unfit(
          'a value of this key is a date or a timestamp, such as 2026-02-01 or 2026-02-01 00:00:00',
          text,
        )
      }
      if (toLocal !== null) return toLocal(text)
      throw unfit('the column that this key is compared with has no zone, so leave it out', text)
    },
    compare: compareKeyTexts,
  }
}

function unfit(message: string, value: string): IcebergError {
  return new IcebergError('invalid', message, { context: { value } })
}
