// What is fixed of a batch before a row of it is read, so that whoever repeats it repeats the same.
import { parseJson, stringifyJson } from '../../base/json-exact.ts'
import { readObject } from '../../base/json-fields.ts'
import type { Offsets } from './offsets.ts'
import { readOffsets } from './stream-state.ts'

export interface BatchRange {
  readonly start: Offsets
  readonly end: Offsets
  /** Of `start`, that of sources that have not been read before. */
  readonly begun: Offsets
  /** The clock that the batch sees: microseconds since the epoch. */
  readonly batchMicros: bigint
  /** What its user should know of it, beside its rows. */
  readonly notes: readonly string[]
}

export function formatRange({ start, end, batchMicros, notes }: FixedRange): string {
  return stringifyJson({
    v: FORMAT,
    start,
    end,
    'batch-us': batchMicros,
    notes,
  })
}

/** @throws IcebergError `corrupt` when the text is none */
export function parseRange(text: string): FixedRange {
  const fields = readObject(parseJson(text), '')
  return {
    start: readOffsets(fields, 'start'),
    end: readOffsets(fields, 'end'),
    batchMicros: fields.long('batch-us'),
    notes: fields.array('notes').map(String),
  }
}

/** What of it is written down: the table tells which sources are new. */
export type FixedRange = Omit<BatchRange, 'begun'>

const FORMAT = 1
