import { expect } from 'vitest'

import { systemEnvironment } from '../../../src/base/environment.ts'
import { rowsOf } from '../../../src/formats/arrow/rows.ts'
import type {
  NextOffset,
  OpenStream,
  ReadOptions,
  SourceLog,
  StreamOffset,
  StreamSource,
} from '../../../src/jobs/sources/stream-source.ts'
import type { NestedValue } from '../../../src/types/value.ts'

/** Opens a source as a stream of this machine does. */
export function openSource(
  source: StreamSource,
  log: SourceLog | null = null,
): Promise<OpenStream> {
  return source.open({ environment: systemEnvironment, log })
}

/** All rows that a source has, from where it begins. */
export async function allRows(
  source: StreamSource,
  options: ReadOptions = {},
  log: SourceLog | null = null,
): Promise<readonly NestedValue[]> {
  const stream = await openSource(source, log)
  try {
    const start = await stream.initialOffset()
    const next = await stream.nextOffset(start, 'all')
    return next === null ? [] : await rowsBetween(stream, start, next, options)
  } finally {
    await stream.close()
  }
}

/** The rows from a position on, up to where the next batch ends. */
export async function rowsBetween(
  stream: OpenStream,
  start: StreamOffset,
  next: NextOffset | null,
  options: ReadOptions = {},
): Promise<readonly NestedValue[]> {
  expect(next).not.toBe(null)
  const rows: NestedValue[] = []
  for await (const batch of stream.read({ start, end: next?.end ?? start }, options)) {
    rows.push(...rowsOf(batch, stream.schema))
  }
  return rows
}
