// The `streaming` of a job: how it runs when one of its inputs is a stream.
import { microsOfUnit, parseCountOfUnits } from '../../base/length-of-time.ts'
import { parseFolderAddress } from '../address.ts'
import type { FolderAddress } from '../address.ts'
import { sameName } from '../same-name.ts'
import type { Fields } from '../yaml/fields.ts'
import type { Output, StreamSettings, StreamTime, StreamTrigger } from './model.ts'
import { STREAMING } from './vocabulary.ts'
import { readWatermark } from './watermark.ts'
import type { DeclaredWatermark } from './watermark.ts'

const TRIGGER_MODES = ['Once', 'OneTime', 'AvailableNow', 'ProcessingTime', 'Continuous'] as const

const OUTPUT_MODES = ['append', 'complete', 'update', 'replace'] as const

/** What a job says of how it runs, and what that makes of its outputs. */
export interface StreamingBlock {
  /** Null for a job without a stream, whatever is said. */
  readonly settings: Omit<StreamSettings, 'time'> | null
  /** Null where it has none, and for a job without a stream. */
  readonly watermark: DeclaredWatermark | null
  readonly outputMode: 'append' | 'complete'
  /** The outputs as they are written. */
  readonly outputs: (outputs: readonly Output[], time: StreamTime | null) => readonly Output[]
}

/** Of a job without a stream it is checked, and not heeded. */
export function readStreaming(job: Fields, hasStream: boolean): StreamingBlock {
  const streaming = job.map('streaming', STREAMING)
  if (streaming === null) {
    if (hasStream) job.invalid('streaming', MISSING)
    return NO_STREAMING
  }
  checkBatchMode(streaming)
  const trigger = readTrigger(streaming)
  const mode = streaming.word('outputMode', OUTPUT_MODES)
  const checkpoint = readCheckpoint(streaming)
  const maxBadRecords = streaming.count('maxBadRecords')
  const replacesPartitions = streaming.flag('allowPartitionReplace') ?? false
  const watermark = readWatermark(streaming)
  if (!hasStream) {
    // Its author may believe that the job remembers what it has read.
    streaming.faults.warnUnlessStrict(
      job.placeOf('streaming'),
      'STREAMING_BLOCK_UNUSED: no input has isStream: true, so this is a batch job and streaming has no effect',
    )
    return NO_STREAMING
  }
  if (mode === 'update') {
    streaming.invalid(
      'outputMode',
      'update changes rows that are there, which needs merge: use append or complete',
    )
  }
  if (checkpoint === null && !streaming.has('checkpointLocation')) {
    streaming.require('checkpointLocation')
  }
  const isComplete = mode === 'complete' || mode === 'replace'
  return {
    settings:
      checkpoint === null
        ? null
        : { trigger, checkpoint, maxBadRecords, place: job.placeOf('streaming') },
    watermark,
    outputMode: isComplete ? 'complete' : 'append',
    outputs: (outputs, time) =>
      outputs.map((output) =>
        streamOutput(output, streaming, {
          isComplete: isComplete && mayBeComplete(output, time),
          replacesPartitions,
        }),
      ),
  }
}

const NO_STREAMING: StreamingBlock = {
  settings: null,
  watermark: null,
  outputMode: 'append',
  outputs: (outputs) => outputs,
}

/** Beside windows, which are all there with each batch, other views have the rows of one batch alone. */
function mayBeComplete({ name }: Output, time: StreamTime | null): boolean {
  if (time === null) return true
  const { eventTime, result, late } = time
  return eventTime.aggregate === null ? !sameName(name, late ?? '') : sameName(name, result)
}

const MISSING =
  'an input is a stream: say in streaming where its checkpointLocation is, and when batches begin'

function readCheckpoint(streaming: Fields): FolderAddress | null {
  const text = streaming.optionalText('checkpointLocation')
  if (text === null || text === '') return null
  const place = streaming.placeOf('checkpointLocation')
  return streaming.faults.attempt(place, null, () => parseFolderAddress(text))
}

interface OutputRules {
  readonly isComplete: boolean
  readonly replacesPartitions: boolean
}

/** Modes that would lose the rows of earlier batches are refused, unless the job asks for what they do. */
function streamOutput(
  output: Output,
  streaming: Fields,
  { isComplete, replacesPartitions }: OutputRules,
): Output {
  const { faults } = streaming
  if (output.kind === 'console') return output
  if (isComplete && output.kind === 'table') return { ...output, mode: 'overwrite' }
  switch (output.mode) {
    case 'append':
      return output
    case 'overwrite-partitions':
      if (replacesPartitions) return output
      faults.invalid(
        output.place,
        'in a stream each batch would take the place of earlier ones in its partitions: use append, or say streaming.allowPartitionReplace: true',
      )
      return output
    case 'overwrite':
      faults.invalid(
        output.place,
        'in a stream only the last batch would stay: use append, or streaming.outputMode: complete',
      )
      return output
    default:
      faults.invalid(output.place, 'in a stream only the first batch would be written: use append')
      return output
  }
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

function readTrigger(streaming: Fields): StreamTrigger {
  const mode = streaming.word('triggerMode', TRIGGER_MODES)
  if (mode === 'Continuous') {
    streaming.invalid('triggerMode', 'Continuous cannot commit to tables: use ProcessingTime')
  }
  const everyMs = readDuration(streaming)
  if (everyMs !== null && mode !== 'ProcessingTime') {
    streaming.faults.warn(
      streaming.placeOf('triggerDuration'),
      'triggerDuration has an effect on ProcessingTime alone',
    )
  }
  switch (mode) {
    case 'Once':
    case 'OneTime':
      return { kind: 'once' }
    case 'AvailableNow':
      return { kind: 'available-now' }
    case 'ProcessingTime':
      return { kind: 'interval', everyMs: everyMs ?? 0 }
    default:
      return { kind: 'interval', everyMs: 0 }
  }
}

/** Milliseconds; null when it is not said. */
function readDuration(streaming: Fields): number | null {
  const text = streaming.optionalText('triggerDuration')
  if (text === null || text === '') return null
  const { count, unit } = parseCountOfUnits(text) ?? { count: 0, unit: null }
  if (unit === 'millisecond') return count
  const micros = unit === null ? null : microsOfUnit(unit)
  if (micros !== null) return Number((BigInt(count) * micros) / 1000n)
  streaming.invalid('triggerDuration', 'must be a number and a unit, such as 20 seconds')
  return 0
}
