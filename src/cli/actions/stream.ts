import { IcebergError } from '../../base/errors.ts'
import { parseJson, stringifyJson } from '../../base/json-exact.ts'
import { resetStreamState, streamState } from '../../jobs/job-calls.ts'
import type { StreamOffset } from '../../jobs/sources/stream-source.ts'
import type { StreamResetOptions, StreamStatusOptions } from '../commands/stream.ts'
import { streamRecord, streamText } from '../results/stream.ts'
import { eventPrinter, printLine } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'
import { loadWorkflow } from '../workflow-file.ts'

interface NamedJob {
  readonly file: string
  readonly job: string
}

export async function showStream(
  terminal: Terminal,
  { file, job }: NamedJob,
  options: StreamStatusOptions,
): Promise<void> {
  const { workflow, config } = await loadWorkflow(terminal, file, options)
  const status = await streamState(workflow, { config, job, ...watched(terminal) })
  const text = options.json === true ? stringifyJson(streamRecord(status)) : streamText(status)
  await printLine(terminal, text)
}

export async function resetFileStream(
  terminal: Terminal,
  { file, job }: NamedJob,
  options: StreamResetOptions,
): Promise<void> {
  const offsets = options.offsets === undefined ? {} : { offsets: readOffsets(options.offsets) }
  const { workflow, config } = await loadWorkflow(terminal, file, options)
  const how = { config, job, ...watched(terminal) }
  await resetStreamState(workflow, { ...how, ...offsets })
  await printLine(terminal, streamText(await streamState(workflow, how)))
}

function watched(terminal: Terminal): {
  readonly signal: AbortSignal
  readonly onEvent: ReturnType<typeof eventPrinter>
} {
  return { signal: terminal.signal, onEvent: eventPrinter(terminal) }
}

/** `{"input": {...}}`, one position for each input that is named. */
function readOffsets(text: string): ReadonlyMap<string, StreamOffset> {
  const json = parsed(text)
  if (isObject(json)) {
    const offsets = Object.entries(json)
    const isPositions = offsets.every((entry): entry is [string, StreamOffset] =>
      isObject(entry[1]),
    )
    if (isPositions) return new Map(offsets)
  }
  throw new IcebergError('invalid', 'offsets are an object with an object for each input', {
    context: { offsets: text },
  })
}

function parsed(text: string): unknown {
  try {
    return parseJson(text)
  } catch (cause) {
    throw new IcebergError('invalid', 'offsets are no JSON', { context: { offsets: text }, cause })
  }
}

function isObject(value: unknown): value is StreamOffset {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
