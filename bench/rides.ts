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

const fields = Ride.fields.map(({ id, name, type }) => {
  const metadata = new Map([['PARQUET:field_id', String(id)]])
  return new Field(name, arrowTypeOf(type.kind), false, metadata)
})

/** The schema of {@link rideBatches}, as frazil lays it out. */
export const arrowSchema: Schema = new Schema(fields)

/** When rides began: one after the other, at any time of {@link RIDE_DAYS} days, or in microseconds by their number. */
export type Pickups = 'in order' | 'any day' | ((row: number) => number)

/** Days from the epoch on that rides of any day are of. */
export const RIDE_DAYS = 30

/**
 * `rows` rows, the same ones at every call, in batches. Making them must not take turns with the work that is measured: some
 * batches are made at the start, set apart, and come again and again with ids and pickups of their own.
 *
 * @param batchRows rows a batch, 65,536 at the most
 */
export function* rideBatches(
  rows: number,
  stopwatch: Stopwatch,
  pickups: Pickups = 'in order',
  batchRows: number = BATCH_ROWS,
): Generator<RecordBatch> {
  const made = stopwatch.aside(() => Array.from({ length: DISTINCT_BATCHES }, (_, at) => ride(at)))
  const known = { 'in order': (row: number) => row * 250, 'any day': anyTime }
  const pickupAt = typeof pickups === 'function' ? pickups : known[pickups]
  for (let start = 0; start < rows; start += batchRows) {
    const length = Math.min(batchRows, rows - start)
    const batch = made[(start / batchRows) % DISTINCT_BATCHES]
    if (batch === undefined) throw new Error('no batch is made')
    yield withOwnIds(batch.slice(0, length), start, pickupAt)
  }
}

/** More than a row group, so that none sees a row twice. */
const DISTINCT_BATCHES = 4

function withOwnIds(
  batch: RecordBatch,
  start: number,
  pickupAt: (row: number) => number,
): RecordBatch {
  const { numRows: length } = batch
  const children = [...batch.data.children]
  children[ID] = int64s(new Int64(), length, (row) => start + row)
  children[PICKUP] = int64s(new TimestampMicrosecond(), length, (row) => pickupAt(start + row))
  return new RecordBatch(
    arrowSchema,
    makeData({ type: new Struct(fields), length, nullCount: 0, children }),
  )
}

const ID = 0
const PICKUP = 3

const RIDE_MICROS = RIDE_DAYS * 86_400_000_000

/** Neighbouring rows are of days that have nothing to do with each other. */
function anyTime(row: number): number {
  return ((Math.imul(row, 0x9e3779b1) >>> 0) / 2 ** 32) * RIDE_MICROS
}

/** Values from 0 to 2^52, by their two halves: a bigint for each would be what the time goes to. */
function int64s(
  type: Int64 | TimestampMicrosecond,
  length: number,
  valueAt: (row: number) => number,
): Data {
  const words = new Uint32Array(2 * length)
  for (let row = 0; row < length; row += 1) {
    const value = valueAt(row)
    words[2 * row] = value
    words[2 * row + 1] = value / 2 ** 32
  }
  const data = new BigInt64Array(words.buffer)
  return type instanceof Int64 ? makeData({ type, length, data }) : makeData({ type, length, data })
}

function ride(seed: number): RecordBatch {
  const length = BATCH_ROWS
  const random = randomWords(seed)
  const longs = (valueAt: () => number): Data => int64s(new Int64(), length, valueAt)
  const doubles = (valueAt: () => number): Data =>
    makeData({ type: new Float64(), length, data: Float64Array.from({ length }, valueAt) })
  const dropoff = (row: number): number => row * 250_000 + 60_000_000 + (random() % 3_600_000_000)
  const children = [
    longs(() => 0),
    longs(() => random() % 263),
    longs(() => random() % 263),
    int64s(new TimestampMicrosecond(), length, () => 0),
    int64s(new TimestampMicrosecond(), length, dropoff),
    doubles(() => random() / 1e8),
    doubles(() => 3 + random() / 1e7),
    doubles(() => random() / 1e9),
    texts(length, () => PAYMENTS[random() % PAYMENTS.length] ?? ''),
    texts(length, (row) => tripName(row, random())),
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
export function randomWords(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let word = Math.imul(state ^ (state >>> 15), 1 | state)
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word
    return (word ^ (word >>> 14)) >>> 0
  }
}
