// The flights that the package vega-datasets carries, a day at a time.
import { fileURLToPath } from 'node:url'

import type { RecordBatch } from 'apache-arrow'
import { parquetFile, schema, t } from 'frazil'

/** The columns of the file, every one of which has a value in every row. */
export const Flight = schema({
  date: t.timestamp(),
  delay: t.long(),
  distance: t.long(),
  origin: t.string(),
  destination: t.string(),
})

const MICROS_PER_DAY = 86_400_000_000n

/** The flights of one day, `2001-01-31`. */
export interface Day {
  readonly day: string
  readonly batches: readonly RecordBatch[]
}

/** All days in their order. The file is sorted by date, so a day is complete when the next one begins. */
export async function* flightsByDay(): AsyncGenerator<Day> {
  let day: bigint | null = null
  let batches: RecordBatch[] = []
  for await (const part of dayParts()) {
    if (day !== null && part.day !== day) {
      yield { day: dayText(day), batches }
      batches = []
    }
    day = part.day
    batches.push(part.batch)
  }
  if (day !== null) yield { day: dayText(day), batches }
}

/** The batches of the file, cut where a day ends. */
async function* dayParts(): AsyncGenerator<{ readonly day: bigint; readonly batch: RecordBatch }> {
  for await (const batch of parquetFile(datasetFile())) {
    // Timestamps are microseconds in 64 bits: `get` would round them to milliseconds.
    const micros = batch.getChild('date')?.data[0]?.values as BigInt64Array
    let start = 0
    for (let row = 1; row <= batch.numRows; row += 1) {
      const day = (micros[start] ?? 0n) / MICROS_PER_DAY
      if (row < batch.numRows && (micros[row] ?? 0n) / MICROS_PER_DAY === day) continue
      yield { day, batch: batch.slice(start, row) }
      start = row
    }
  }
}

function dayText(day: bigint): string {
  return new Date(Number(day) * 86_400_000).toISOString().slice(0, 10)
}

/** The package does not export its data, so it is found beside what it does export. */
function datasetFile(): string {
  const entry = import.meta.resolve('vega-datasets')
  return fileURLToPath(new URL('../data/flights-3m.parquet', entry))
}
