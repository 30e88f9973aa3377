// A table as the end of a stream of the web. Streams of Node become such by `Readable.toWeb`: the other way round, by
// `Writable.fromWeb`, Node 20 makes an unhandled rejection of a write that fails while others wait.
import { WritableStream } from 'node:stream/web'
import type { WritableStreamDefaultController } from 'node:stream/web'

import { RecordBatch, Table as ArrowTable } from 'apache-arrow'

import { IcebergError } from '../base/errors.ts'
import { checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import type { WriteInput } from '../write/input.ts'
import type { BatchId } from './producer-position.ts'
import { StreamAppender } from './stream-writer-appender.ts'
import type { StreamedTable } from './stream-writer-appender.ts'
import type { StreamOptions } from './stream-writer-options.ts'
import { STREAM_WRITER_OPTIONS, StreamWriter } from './stream-writer.ts'
import type { StreamWriterOptions } from './stream-writer.ts'

/** What comes at a time: a row, several, or Arrow data. */
export type StreamChunk<Input> =
  | (Input & object)
  | readonly (Input & object)[]
  | RecordBatch
  | ArrowTable

/** How the rows of a stream are written; with ids, each chunk is a batch of a producer, and is written exactly once. */
export type TableWritableOptions<Input> =
  | (StreamOptions & { readonly producer?: undefined; readonly batchId?: undefined })
  | (StreamWriterOptions & { readonly batchId: (chunk: StreamChunk<Input>) => BatchId })

/** Rows that wait in the stream before its source is held up. */
const QUEUED_ROWS = 1024

/**
 * A stream whose rows are committed as they come. A row that is wrong and a commit that fails end it; what is not in the
 * table by then never is. Aborting it commits no more.
 *
 * @throws IcebergError `invalid` for options that make no sense
 */
export function tableWritable<Input>(
  table: StreamedTable<Input>,
  options: TableWritableOptions<Input>,
): WritableStream<StreamChunk<Input>> {
  checkWritableOptions(options)
  const sink =
    options.batchId === undefined ? plainSink(table, options) : numberedSink(table, options)
  return new WritableStream<StreamChunk<Input>>(
    {
      start(controller) {
        // A write that is under way would be waited for until its commit has landed.
        const { signal } = controller as AbortableController
        signal.addEventListener('abort', () => void sink.abort(signal.reason), { once: true })
        return sink.open()
      },
      async write(chunk) {
        try {
          await sink.write(chunk)
        } catch (error) {
          // Nobody tells the sink of a stream that failed by itself.
          await sink.abort(error)
          throw error
        }
      },
      close: () => sink.close(),
      abort: (reason) => sink.abort(reason),
    },
    { highWaterMark: QUEUED_ROWS, size: rowsIn },
  )
}

const NAMES: OptionNames<TableWritableOptions<unknown>> = {
  ...STREAM_WRITER_OPTIONS,
  batchId: 'function',
}

/** Without the ids of batches, who writes them would be of no account. */
function checkWritableOptions({ ...options }: TableWritableOptions<never>): void {
  checkOptions('writable', options, NAMES)
  if ((options.producer === undefined) === (options.batchId === undefined)) return
  throw new IcebergError(
    'invalid',
    'producer and batchId go together: each chunk is a batch of the producer',
  )
}

/** What every controller is: the types of Node leave the signal out. */
interface AbortableController extends WritableStreamDefaultController {
  readonly signal: AbortSignal
}

interface ChunkSink<Input> {
  open(): Promise<void>
  write(chunk: StreamChunk<Input>): Promise<void>
  close(): Promise<void>
  abort(reason: unknown): Promise<void>
}

function plainSink<Input>(table: StreamedTable<Input>, options: StreamOptions): ChunkSink<Input> {
  const appender = new StreamAppender(table, options, null)
  return {
    open: async () => {},
    write: (chunk) => appender.append(null, rowsOf(chunk)),
    close: () => appender.flush(),
    abort: (reason) => appender.abort(reason),
  }
}

function numberedSink<Input>(
  table: StreamedTable<Input>,
  options: Extract<TableWritableOptions<Input>, StreamWriterOptions>,
): ChunkSink<Input> {
  let writer: StreamWriter<Input> | null = null
  const opened = (): StreamWriter<Input> => {
    if (writer !== null) return writer
    throw new IcebergError('internal', 'a stream was written to before it was open')
  }
  return {
    async open() {
      const { batchId: _, ...writing } = options
      writer = await StreamWriter.open(table, writing)
    },
    async write(chunk) {
      await opened().write(options.batchId(chunk), rowsOf(chunk))
    },
    close: () => opened().close(),
    abort: async (reason) => writer?.abort(reason),
  }
}

function rowsOf<Input>(chunk: StreamChunk<Input>): WriteInput<Input & object> {
  if (chunk instanceof RecordBatch || chunk instanceof ArrowTable) return chunk
  // What is no array is a row: nothing else is left of a chunk.
  return Array.isArray(chunk) ? (chunk as (Input & object)[]) : [chunk as Input & object]
}

function rowsIn(chunk: unknown): number {
  if (chunk instanceof RecordBatch || chunk instanceof ArrowTable) return chunk.numRows
  return Array.isArray(chunk) ? chunk.length : 1
}
