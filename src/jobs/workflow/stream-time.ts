// What a streaming job says of event time, in two places: when rows are late, in `streaming`, and which windows there are of them, in
// the last item of its sequence.
import { conflictIn } from '../stream/event-time/definition.ts'
import type { EventTime, EventTimeConflict } from '../stream/event-time/definition.ts'
import { sameName } from '../same-name.ts'
import type { Faults } from '../yaml/faults.ts'
import type { Input, Output, StreamTime } from './model.ts'
import type { StepList, WindowStep } from './steps.ts'
import type { StreamingBlock } from './streaming.ts'
import type { DeclaredWatermark } from './watermark.ts'

/** The view of late rows that are set aside. */
export const LATE_ROWS = 'lateRows'

/** What event time is read from. */
export interface TimedParts {
  readonly faults: Faults
  readonly inputs: readonly Input[]
  readonly list: StepList
  readonly streaming: StreamingBlock
}

/** Null where there is none, and where a fault leaves nothing of it. */
export function readStreamTime(parts: TimedParts): StreamTime | null {
  const { faults, inputs, list, streaming } = parts
  const { windows } = list
  const declared = streaming.watermark
  if (windows !== null && !inputs.some(({ stream }) => stream !== null)) {
    faults.invalid(windows.fields.place, NO_STREAM)
    return null
  }
  const place = windows?.fields.place ?? declared?.fields.place
  if (place === undefined) return null
  const judged = judgedView(list, inputs)
  if (judged === null) {
    faults.invalid(place, 'which of the inputs has the event time? select its rows in a step')
    return null
  }
  const eventTime: EventTime = {
    watermark: declared?.watermark ?? null,
    aggregate: windows === null ? null : { ...windows.aggregate, output: streaming.outputMode },
  }
  checkTogether(eventTime, windows, declared)
  const isAside = declared?.watermark.late === 'aside'
  if (isAside) checkLateName(declared, parts)
  return {
    eventTime,
    judged,
    result: windows?.name ?? judged,
    late: isAside ? LATE_ROWS : null,
    place,
  }
}

const NO_STREAM =
  'windows of event time are of streams: set isStream: true for the input, or group by in sql'

function judgedView({ steps }: StepList, inputs: readonly Input[]): string | null {
  const [input, second] = inputs
  const last = steps.at(-1) ?? (second === undefined ? input : undefined)
  return last?.name ?? null
}

function checkTogether(
  eventTime: EventTime,
  windows: WindowStep | null,
  declared: DeclaredWatermark | null,
): void {
  const conflict = conflictIn(eventTime)
  const columns = [eventTime.aggregate?.column, eventTime.watermark?.column]
  // What has a fault by itself is not held against the other.
  if (conflict === null || columns.includes('')) return
  const { key, message } = CONFLICTS[conflict]
  if (key === 'late') declared?.fields.invalid(key, message)
  else windows?.window.invalid(key, message)
}

interface Told {
  readonly key: 'column' | 'late'
  readonly message: string
}

const CONFLICTS: Readonly<Record<EventTimeConflict, Told>> = {
  'never-over': {
    key: 'column',
    message:
      'a window is written when a watermark has passed its end: set streaming.watermark, or streaming.outputMode: complete for all windows with each batch',
  },
  'two-columns': {
    key: 'column',
    message: 'the watermark is of another column: set streaming.watermark.column to this one',
  },
  'late-into-appended': {
    key: 'late',
    message:
      'a window that was written takes no late rows: use drop or aside, or streaming.outputMode: complete',
  },
}

function checkLateName({ fields }: DeclaredWatermark, { inputs, list }: TimedParts): void {
  const views = [...inputs, ...list.steps, ...(list.windows === null ? [] : [list.windows])]
  if (!views.some(({ name }) => sameName(name, LATE_ROWS))) return
  fields.invalid('late', `the view of late rows is ${LATE_ROWS}: give the other view another name`)
}

/** Rows that nobody takes are lost; and files would have the same windows with each batch. */
export function checkTimedOutputs(
  { faults, streaming }: TimedParts,
  { eventTime, place, result, late }: StreamTime,
  outputs: readonly Output[],
): void {
  // The console takes no more than the first rows.
  const takers = (view: string): readonly Output[] =>
    outputs.filter(({ kind, name }) => kind !== 'console' && sameName(name, view))
  if (result !== '' && takers(result).length === 0) {
    faults.invalid(place, `no table or file takes the view ${result}: name it in an output`)
  }
  if (late !== null && takers(late).length === 0) {
    streaming.watermark?.fields.invalid('late', `no table or file takes late rows: ${ASIDE}`)
  }
  if (eventTime.aggregate?.output !== 'complete') return
  for (const output of takers(result)) {
    if (output.kind !== 'files') continue
    faults.invalid(
      output.place,
      'each batch has all windows, and would add a file of them: use a table',
    )
  }
}

const ASIDE = `name ${LATE_ROWS} in an output, or use drop`
