// Which version of a table an input is, or which appended rows, in the words of Spark's read options.
import { unreachable } from '../../base/assert.ts'
import { isInt64 } from '../../base/integers.ts'
import type { Fields } from '../yaml/fields.ts'
import type { RangeEnd, TableSelection } from './model.ts'
import { RANGE_ENDS, SELECTORS } from './vocabulary.ts'

/** Null when the options select nothing, or a fault was noted. */
export function readSelection(options: Fields): TableSelection | null {
  const [selector, second] = SELECTORS.filter((key) => options.has(key))
  checkEnds(options)
  if (second !== undefined) {
    options.invalid(second, `${selector} and ${second} each select a version: give one of them`)
  }
  return selector === undefined ? null : selectionBy(options, selector)
}

function selectionBy(options: Fields, selector: (typeof SELECTORS)[number]): TableSelection | null {
  switch (selector) {
    case 'branch':
    case 'tag':
      return { kind: 'ref', name: options.text(selector), type: selector }
    case 'snapshot-id':
      return { kind: 'snapshot', snapshotId: readLong(options, selector) ?? 0n }
    case 'as-of-timestamp':
      return { kind: 'time', timestampMs: readLong(options, selector) ?? 0n }
    case 'start-snapshot-id':
    case 'start-timestamp':
      return appendsBy(options, selector)
    default:
      return unreachable(selector)
  }
}

function appendsBy(options: Fields, start: keyof typeof RANGE_ENDS): TableSelection | null {
  const end = RANGE_ENDS[start]
  const since = rangeEnd(options, start)
  const until = options.has(end) ? rangeEnd(options, end) : null
  if (since?.kind === 'time' && until?.kind === 'time' && until.timestampMs < since.timestampMs) {
    options.invalid(end, `must not be before ${start}`)
  }
  return since === null ? null : { kind: 'appends', since, until }
}

function rangeEnd(options: Fields, key: string): RangeEnd | null {
  const value = readLong(options, key)
  if (value === null) return null
  return key.endsWith('-snapshot-id')
    ? { kind: 'snapshot', snapshotId: value }
    : { kind: 'time', timestampMs: value }
}

/** An end needs the start of its own kind. */
function checkEnds(options: Fields): void {
  for (const [start, end] of Object.entries(RANGE_ENDS)) {
    if (options.has(end) && !options.has(start)) options.invalid(end, `needs ${start} beside it`)
  }
}

function readLong(options: Fields, key: string): bigint | null {
  const text = options.scalarText(key) ?? ''
  const value = /^-?\d{1,19}$/.test(text) ? BigInt(text) : null
  if (value !== null && isInt64(value)) return value
  const what = key.endsWith('-id')
    ? 'the id of a snapshot, a whole number'
    : 'milliseconds since 1970, a whole number'
  options.invalid(key, `must be ${what}`)
  return null
}
