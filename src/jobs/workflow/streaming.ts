import type { Fields } from '../yaml/fields.ts'
import { STREAMING } from './vocabulary.ts'

const TRIGGER_MODES = ['Once', 'OneTime', 'AvailableNow', 'ProcessingTime', 'Continuous'] as const

const DURATION = /^\s*\d{1,9}\s+(?:millisecond|second|minute|hour|day)s?\s*$/i

const OUTPUT_MODES = ['append', 'complete', 'update', 'replace'] as const

/** The `streaming` of a job, which only a stream would heed: checked, and kept nowhere. */
export function checkStreaming(job: Fields, hasStream: boolean): void {
  const streaming = job.map('streaming', STREAMING)
  if (streaming === null) return
  checkBatchMode(streaming)
  checkTrigger(streaming)
  streaming.word('outputMode', OUTPUT_MODES)
  streaming.optionalText('checkpointLocation')
  if (hasStream) return
  // Its author may believe that the job remembers what it has read.
  streaming.faults.warnUnlessStrict(
    job.placeOf('streaming'),
    'STREAMING_BLOCK_UNUSED: no input has isStream: true, so this is a batch job and streaming has no effect',
  )
}

function checkBatchMode(streaming: Fields): void {
  const old = looseFlag(streaming, 'batchMode')
  const current = looseFlag(streaming, 'forEachBatchMode')
  if (old !== null && current !== null && old !== current) {
    streaming.invalid('forEachBatchMode', 'batchMode is the older word for it, and says otherwise')
  }
}

/** A truth value that may be quoted: other tools put up with that. */
function looseFlag(fields: Fields, key: string): boolean | null {
  const flag = fields.flagOrText(key)
  if (flag !== null && fields.isText(key)) {
    fields.faults.warn(fields.placeOf(key), 'a truth value stands without quotes')
  }
  return flag
}

function checkTrigger(streaming: Fields): void {
  const mode = streaming.word('triggerMode', TRIGGER_MODES)
  if (mode === 'Continuous') {
    streaming.invalid('triggerMode', 'Continuous cannot commit to tables: use ProcessingTime')
  }
  const duration = streaming.optionalText('triggerDuration')
  if (duration === null || duration === '') return
  const place = streaming.placeOf('triggerDuration')
  if (!DURATION.test(duration)) {
    streaming.invalid('triggerDuration', 'must be a number and a unit, such as 20 seconds')
  }
  if (mode === 'ProcessingTime') return
  streaming.faults.warn(place, 'triggerDuration has an effect on ProcessingTime alone')
}
