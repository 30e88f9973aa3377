import { describe, expect, it } from 'vitest'

import { batchFromValues } from '../../../../../src/formats/arrow/builders.ts'
import { rowsOf } from '../../../../../src/formats/arrow/rows.ts'
import { readEventTime } from '../../../../../src/jobs/stream/event-time/definition.ts'
import type { EventTimeOptions } from '../../../../../src/jobs/stream/event-time/definition.ts'
import { EventTimeStage } from '../../../../../src/jobs/stream/event-time/event-time-stage.ts'
import type { TimedRows } from '../../../../../src/jobs/stream/event-time/event-time-stage.ts'
import { NOTHING_CARRIED } from '../../../../../src/jobs/stream/stream.ts'
import { schema, t } from '../../../../../src/types/define.ts'
import type { Schema } from '../../../../../src/types/schema.ts'
import { formatType } from '../../../../../src/types/type.ts'
import type { Value } from '../../../../../src/types/value.ts'

type Rows = readonly (readonly (Value | null)[])[]

const FILES = { hold: async () => 'held/1', held: async () => new Uint8Array(0) }

function apply(
  options: EventTimeOptions,
  { columns, rows, mark = null }: { columns: Schema; rows: Rows; mark?: bigint | null },
): TimedRows {
  const eventTime = readEventTime(options)
  if (eventTime === null) throw new Error('there is event time')
  const batches = {
    async *[Symbol.asyncIterator]() {
      yield batchFromValues(columns, rows)
    },
  }
  return new EventTimeStage(eventTime, FILES).apply({
    epoch: 1,
    input: { schema: columns, batches },
    before: { ...NOTHING_CARRIED, watermarkMicros: mark },
  })
}

async function read({ rows }: TimedRows): Promise<Rows> {
  const values: (Value | null)[][] = []
  for await (const batch of rows.batches) values.push(...rowsOf(batch, rows.schema))
  return values
}

const COUNT = [{ name: 'rows', fn: 'count' }] as const

function daily(by: readonly string[]): EventTimeOptions {
  const window = { column: 'at', size: '1 day' }
  return { output: 'complete', aggregate: { window, by, measures: COUNT } }
}

describe('windows', () => {
  it('are kept apart by all values together, and not by what these are in a row', async () => {
    const columns = schema({
      at: t.timestamp(),
      a: t.string().optional(),
      b: t.string().optional(),
    })
    const rows = [
      [0n, 'ab', 'c'],
      [0n, 'a', 'bc'],
      [0n, 'a', 'bc'],
      [0n, 'a', null],
      [0n, null, 'a'],
      [0n, '-', ''],
      [0n, null, ''],
    ]
    const windows = await read(apply(daily(['a', 'b']), { columns, rows }))
    expect(windows.map(([, , ...values]) => values)).toEqual([
      ['ab', 'c', 1n],
      ['a', 'bc', 2n],
      ['a', null, 1n],
      [null, 'a', 1n],
      ['-', '', 1n],
      [null, '', 1n],
    ])
  })

  it('have zeros of both signs in one group, and all NaN in another', async () => {
    const columns = schema({ at: t.date(), x: t.double() })
    const rows = [
      [0, -0],
      [0, 0],
      [0, Number.NaN],
      [0, Number.NaN],
    ]
    const windows = await read(apply(daily(['x']), { columns, rows }))
    expect(windows).toEqual([
      [0, 1, 0, 2n],
      [0, 1, Number.NaN, 2n],
    ])
  })

  it('reach over midnight of 1970 as over any other', async () => {
    const columns = schema({ at: t.timestampNs() })
    const rows = [[-1n], [0n], [86_400_000_000_000n - 1n], [-86_400_000_000_000n]]
    expect(await read(apply(daily([]), { columns, rows }))).toEqual([
      [-86_400_000_000_000n, 0n, 2n],
      [0n, 86_400_000_000_000n, 2n],
    ])
  })

  it('are refused where they begin or end beyond what their column can hold', async () => {
    const columns = schema({ at: t.timestamp() })
    for (const time of [2n ** 63n - 1n, -(2n ** 63n)]) {
      await expect(read(apply(daily([]), { columns, rows: [[time]] }))).rejects.toMatchObject({
        kind: 'invalid',
        context: { column: 'at' },
      })
    }
  })

  it('have the types that Spark gives them, which are known before a row is read', () => {
    const columns = schema({
      at: t.timestamptz(),
      who: t.string(),
      i: t.int().optional(),
      f: t.float(),
      d: t.decimal(30, 2),
    })
    const measures = [
      { name: 'i_sum', fn: 'sum', column: 'i' },
      { name: 'i_avg', fn: 'avg', column: 'i' },
      { name: 'i_min', fn: 'min', column: 'i' },
      { name: 'f_sum', fn: 'sum', column: 'f' },
      { name: 'd_sum', fn: 'sum', column: 'd' },
      { name: 'd_avg', fn: 'avg', column: 'd' },
      { name: 'n', fn: 'count', column: 'i' },
    ] as const
    const window = { column: 'at', size: '90 minutes' }
    const aggregate = { window, by: ['who'], measures }
    const { rows } = apply({ output: 'complete', aggregate }, { columns, rows: [] })
    const { fields } = rows.schema
    expect(fields.map(({ name, type }) => `${name} ${formatType(type)}`)).toEqual([
      'window_start timestamptz',
      'window_end timestamptz',
      'who string',
      'i_sum long',
      'i_avg double',
      'i_min int',
      'f_sum double',
      'd_sum decimal(38, 2)',
      'd_avg decimal(34, 6)',
      'n long',
    ])
  })
})

describe('a watermark', () => {
  const DAY = 86_400_000_000n

  it('makes days late whose midnight is before it', async () => {
    const columns = schema({ at: t.date() })
    const watermark = { column: 'at', delay: '0 seconds' }
    const timed = apply(
      { output: 'append', watermark },
      { columns, rows: [[1], [2], [3]], mark: 2n * DAY - 1n },
    )
    expect(await read(timed)).toEqual([[2], [3]])
    expect(timed.lateRows()).toBe(1n)
    expect(timed.after()).toEqual({ watermarkMicros: 3n * DAY, held: null })
  })

  it('never goes below what 64 bits hold, nor back', async () => {
    const columns = schema({ at: t.timestamp() })
    const options: EventTimeOptions = {
      output: 'append',
      watermark: { column: 'at', delay: '1 week' },
    }
    const lowest = -(2n ** 63n)
    const first = apply(options, { columns, rows: [[lowest]] })
    expect(await read(first)).toEqual([[lowest]])
    expect(first.after().watermarkMicros).toBe(lowest)
    const next = apply(options, { columns, rows: [[8n * DAY]], mark: 5n * DAY })
    await read(next)
    expect(next.after().watermarkMicros).toBe(5n * DAY)
  })
})
