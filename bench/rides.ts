// Rows as a taxi meter makes them: three 64-bit integers, two timestamps, three doubles, a text of six values and one that
// is unique to its row.
import {
  Field,
  Float64,
  Int64,
  RecordBatch,
  Schema,
  Struct,
  TimestampMicrosecond,
  Utf8,
  makeData,
} from 'apache-arrow'
import type { Data } from 'apache-arrow'
import { schema, t } from 'frazil'

import type { Stopwatch } from './measure.js'

export const Ride = schema({
  id: t.long(),
  pickup_zone: t.long(),
  dropoff_zone: t.long(),
  pickup: t.timestamp(),
  dropoff: t.timestamp(),
  distance: t.double(),
  fare: t.double(),
  tip: t.double(),
  payment: t.string(),
  trip: t.string(),
})

/** Columns that are written without a dictionary, those that frazil finds to repeat too little. */
export const PLAIN_COLUMNS = ['id', 'pickup', 'dropoff', 'distance', 'fare', 'tip', 'trip'] as const

/** Rows a row group at the most, which is what frazil takes when nothing else is asked for. */
export const ROW_GROUP_ROWS = 122_880

const BATCH_ROWS = 65_536
const PAYMENTS = ['card', 'cash', 'voucher', 'account', 'dispute', 'none']
const TRIP_BYTES = 16
const FIRST_MICROS = 1_767_225_600_000_000n

const fields = Ride.fields.map(({ id, name, type }) => {
  const metadata = new Map([['PARQUET:field_id', String(id)]])
  return new Field(name, arrowTypeOf(type.kind), false, metadata)
})

/** The schema of {@link rideBatches}, as frazil lays it out. */
export const arrowSchema: Schema = new Schema(fields)

/** `rows` rows, the same ones at every call, in batches; the time it takes to make them is set apart. */
export function* rideBatches(rows: number, stopwatch: Stopwatch): Generator<RecordBatch> {
  for (let start = 0; start < rows; start += BATCH_ROWS) {
    yield stopwatch.aside(() => rideBatch(start, Math.min(BATCH_ROWS, rows - start)))
  }
}

function rideBatch(start: number, length: number): RecordBatch {
  const random = randomWords(start)
  const longs = (valueAt: (row: number) => bigint): Data =>
    makeData({
      type: new Int64(),
      length,
      data: BigInt64Array.from({ length }, (_, row) => valueAt(row)),
    })
  const doubles = (valueAt: (row: number) => number): Data =>
    makeData({
      type: new Float64(),
      length,
      data: Float64Array.from({ length }, (_, row) => valueAt(row)),
    })
  const pickups = BigInt64Array.from(
    { length },
    (_, row) => FIRST_MICROS + BigInt(start + row) * 250_000n + BigInt(random() % 200_000),
  )
  const times = (data: BigInt64Array): Data =>
    makeData({ type: new TimestampMicrosecond(), length, data })
  const children = [
    longs((row) => BigInt(start + row)),
    longs(() => BigInt(random() % 263)),
    longs(() => BigInt(random() % 263)),
    times(pickups),
    times(pickups.map((pickup) => pickup + BigInt(60_000_000 + (random() % 3_600_000_000)))),
    doubles(() => random() / 1e8),
    doubles(() => 3 + random() / 1e7),
    doubles(() => random() / 1e9),
    texts(length, () => PAYMENTS[random() % PAYMENTS.length] ?? ''),
    texts(length, (row) => tripName(start + row, random())),
  ]
  return new RecordBatch(
    arrowSchema,
    makeData({ type: new Struct(fields), length, nullCount: 0, children }),
  )
}

function texts(length: number, textAt: (row: number) => string): Data {
  const bytes = Buffer.allocUnsafe(length * TRIP_BYTES)
  const valueOffsets = new Int32Array(length + 1)
  let end = 0
  for (let row = 0; row < length; row += 1) {
    end += bytes.write(textAt(row), end, 'latin1')
    valueOffsets[row + 1] = end
  }
  return makeData({
    type: new Utf8(),
    length,
    valueOffsets,
    data: Uint8Array.from(bytes.subarray(0, end)),
  })
}

function tripName(row: number, word: number): string {
  return word.toString(16).padStart(8, '0') + row.toString(16).padStart(8, '0')
}

function arrowTypeOf(kind: string): Int64 | TimestampMicrosecond | Float64 | Utf8 {
  if (kind === 'long') return new Int64()
  if (kind === 'timestamp') return new TimestampMicrosecond()
  return kind === 'double' ? new Float64() : new Utf8()
}

/** 32-bit words of no visible order (Mulberry32), the same for the same seed. */
function randomWords(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let word = Math.imul(state ^ (state >>> 15), 1 | state)
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word
    return (word ^ (word >>> 14)) >>> 0
  }
}
