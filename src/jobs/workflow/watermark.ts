import { LATE_RULES } from '../stream/event-time/definition.ts'
import type { Watermark } from '../stream/event-time/definition.ts'
import type { Fields } from '../yaml/fields.ts'
import { readLength } from './length-of-time.ts'
import { WATERMARK } from './vocabulary.ts'

/** A watermark, and where it was said. */
export interface DeclaredWatermark {
  readonly watermark: Watermark
  readonly fields: Fields
}

/** The `watermark` of `streaming`; null when there is none. */
export function readWatermark(streaming: Fields): DeclaredWatermark | null {
  const fields = streaming.map('watermark', WATERMARK)
  if (fields === null) return null
  const watermark: Watermark = {
    column: fields.text('column'),
    delayMicros: readLength(fields, 'delay', '10 minutes') ?? 0n,
    late: fields.word('late', LATE_RULES) ?? 'drop',
  }
  return { watermark, fields }
}
