// The rows of the sources for one batch: counted, and without the records that are none.
import type { RecordBatch } from 'apache-arrow'

import { IcebergError } from '../../base/errors.ts'
import { stringifyJson } from '../../base/json-exact.ts'
import type { ViewRows } from '../sinks/sink.ts'
import type { BadRecord, OffsetRange, OpenStream, ReadOptions } from '../sources/stream-source.ts'
import type { BatchRange } from './batch-range.ts'
import type { BatchReport, BatchSource } from './batch-report.ts'
import { isSameOffset } from './offsets.ts'
import type { OpenSources, Stream } from './stream.ts'

export class BatchInputs {
  readonly rows: ReadonlyMap<string, ViewRows>
  readonly #readers: readonly SourceReader[]

  constructor(
    stream: Pick<Stream, 'checkpoint' | 'badRecords'>,
    batch: { readonly epoch: number; readonly range: BatchRange },
    { sources, signal }: { readonly sources: OpenSources; readonly signal?: AbortSignal },
  ) {
    this.#readers = [...sources].map(([name, source]) => {
      const range = {
        start: batch.range.start.get(name) ?? {},
        end: batch.range.end.get(name) ?? {},
      }
      return new SourceReader({ name, source, range, epoch: batch.epoch, stream, signal })
    })
    this.rows = new Map(
      this.#readers.map((reader) => [
        reader.name,
        { schema: reader.schema, batches: { [Symbol.asyncIterator]: () => reader.read() } },
      ]),
    )
  }

  /** What was read of each source, by the last reading that came to its end. */
  sources(
    descriptions: ReadonlyMap<string, { readonly description: string }>,
  ): readonly BatchSource[] {
    return this.#readers.map(({ name, range, count }) => ({
      name,
      description: descriptions.get(name)?.description ?? name,
      rows: count,
      ...range,
    }))
  }

  /** What reading has shown. */
  notes(): readonly string[] {
    return this.#readers.flatMap(({ notes }) => [...notes])
  }

  bad(): BatchReport['bad'] {
    return {
      records: this.#readers.reduce((sum, { bad }) => sum + bad.length, 0),
      files: this.#readers.flatMap(({ file }) => file ?? []),
    }
  }
}

interface Reading {
  readonly name: string
  readonly source: OpenStream
  readonly range: OffsetRange
  readonly epoch: number
  readonly stream: Pick<Stream, 'checkpoint' | 'badRecords'>
  readonly signal: AbortSignal | undefined
}

/** One source for one batch. */
class SourceReader {
  readonly #reading: Reading
  count = 0n
  bad: readonly BadRecord[] = []
  file: string | null = null
  /** Of all readings, which say the same. */
  readonly notes = new Set<string>()

  constructor(reading: Reading) {
    this.#reading = reading
  }

  get name(): string {
    return this.#reading.name
  }

  get schema(): ViewRows['schema'] {
    return this.#reading.source.schema
  }

  get range(): OffsetRange {
    return this.#reading.range
  }

  /** Reads the range, from its beginning. Bad records are in their file before the last row has been given. */
  async *read(): AsyncGenerator<RecordBatch> {
    const { source, range } = this.#reading
    if (isSameOffset(range.start, range.end)) return
    const bad: BadRecord[] = []
    let count = 0n
    for await (const batch of source.read(range, this.#options(bad))) {
      count += BigInt(batch.numRows)
      yield batch
    }
    this.file = bad.length === 0 ? null : await this.#keep(bad)
    this.count = count
    this.bad = bad
  }

  #options(bad: BadRecord[]): ReadOptions {
    const { signal, stream } = this.#reading
    const { badRecords } = stream
    return {
      onNote: (note) => void this.notes.add(note),
      ...(signal === undefined ? {} : { signal }),
      ...(badRecords.kind === 'fail'
        ? {}
        : {
            onBad: (record) => {
              bad.push(record)
              if (bad.length > badRecords.max) throw tooMany(this.name, badRecords.max, record)
            },
          }),
    }
  }

  async #keep(bad: readonly BadRecord[]): Promise<string | null> {
    const { name, epoch, stream, signal } = this.#reading
    const lines = bad.map((record) => `${stringifyJson(record)}\n`).join('')
    const options = signal === undefined ? {} : { signal }
    return (await stream.checkpoint?.keepBad(epoch, name, lines, options)) ?? null
  }
}

function tooMany(source: string, max: number, { place, reason }: BadRecord): IcebergError {
  return new IcebergError(
    'invalid',
    'more records of a batch are no rows than may be put aside: mend what writes them, or allow more',
    { context: { source, max, last: place, reason } },
  )
}
