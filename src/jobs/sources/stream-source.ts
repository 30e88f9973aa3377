// What a stream reads from: rows in an order that stays, with positions in it. A position is where reading goes on, so that a
// batch is the rows from one position up to another, the same ones however often it is read.
import type { RecordBatch } from 'apache-arrow'

import type { ErrorContext } from '../../base/errors.ts'
import type { Environment } from '../../base/environment.ts'
import type { RequestOptions } from '../../io/object-store.ts'
import type { Schema } from '../../types/schema.ts'

/**
 * A position, as what JSON can hold; whole numbers beyond 2^53 are `bigint`. The table keeps it with the rows that were read
 * up to it, so it is short: lists belong into the {@link SourceLog}.
 */
export interface StreamOffset {
  readonly [name: string]: unknown
}

/** Where the rows of a stream come from. Describing one reads nothing. */
export interface StreamSource {
  /** What it is, for messages: `files of /data/landing`, `topic rides`. */
  readonly description: string
  /** What it reads, by which a stream is told that would read what it writes, or what another source has left; absent: unknown. */
  readonly origin?: StreamOrigin
  /**
   * @throws IcebergError `not-found` when what is to be read is not there
   * @throws IcebergError `invalid` when it cannot be read as asked
   */
  open(context: StreamContext): Promise<OpenStream>
}

/** What a source reads. */
export type StreamOrigin =
  | {
      readonly kind: 'table'
      /** Null where the table has none, as old ones may. */
      readonly tableUuid: string | null
      /** Of the table. */
      readonly location: string
      readonly branch: string
    }
  | {
      readonly kind: 'files'
      /** What all files lie below, or the only one. */
      readonly folder: string
      /** Whether files below a folder may be among them, given as it stands below {@link folder}. */
      readonly reaches: (folder: string) => boolean
    }
  | { readonly kind: 'topic' }
  | { readonly kind: 'rows' }

/** What a source is opened with. */
export interface StreamContext {
  readonly environment: Environment
  /** What the source may remember beside its positions; null where the stream has no folder for it. */
  readonly log: SourceLog | null
  /** Told of what may keep rows from coming, while none come. Absent: nobody listens. */
  readonly onWarning?: (message: string, context: ErrorContext) => void
  readonly signal?: AbortSignal
}

/** A source that is being read. */
export interface OpenStream {
  /** The columns of its rows: those of a batch do not change, but those of the next one may be others. */
  readonly schema: Schema
  /** Where a stream begins that has never run. */
  initialOffset(options?: RequestOptions): Promise<StreamOffset>
  /**
   * Where the batch ends that begins at `start`; null when there is nothing new.
   *
   * @param limit `limited`: no more than the source was told to give at once; `all`: everything that there is
   * @throws IcebergError `not-found` when what comes after `start` is gone
   */
  nextOffset(
    start: StreamOffset,
    limit: 'limited' | 'all',
    options?: RequestOptions,
  ): Promise<NextOffset | null>
  /** How much there is to read between two positions, as far as that is told without reading it. Absent: unknown. */
  amount?(range: OffsetRange, options?: RequestOptions): Promise<StreamAmount>
  /** From now on there is nothing new but what is there now. */
  freeze(options?: RequestOptions): Promise<void>
  /** The rows of a batch, in their order. */
  read(range: OffsetRange, options?: ReadOptions): AsyncIterable<RecordBatch>
  /** Told that the rows before a position are in all outputs. */
  committed?(end: StreamOffset): Promise<void>
  close(): Promise<void>
}

/** What there is to read. */
export interface StreamAmount {
  readonly count: bigint
  /** An offset need not have a record. */
  readonly unit: 'file' | 'offset' | 'row'
}

/** Where a batch ends. */
export interface NextOffset {
  readonly end: StreamOffset
  /** What its user should know of the batch: what could not be read any more, and was passed over as asked. */
  readonly notes: readonly string[]
}

/** `[start, end)`. */
export interface OffsetRange {
  readonly start: StreamOffset
  readonly end: StreamOffset
}

/** How a batch is read. */
export interface ReadOptions extends RequestOptions {
  /** Takes a record that is no row, in place of an error that ends the batch. */
  readonly onBad?: (record: BadRecord) => void
  /** Takes what its user should know of a batch and only its reading shows: what was passed over. */
  readonly onNote?: (note: string) => void
}

/** A record that is no row. */
export interface BadRecord {
  /** Where it was: `/data/landing/a.json:12`, `rides[3]@4711`. */
  readonly place: string
  /** What is wrong with it. */
  readonly reason: string
  /** What it was, as text; base64 where it is none. */
  readonly record: string
}

/** Numbered texts that a source keeps beside its positions. They are made once, and never change. */
export interface SourceLog {
  /** Entry `n`, counted from 1; null when nobody has made it. */
  get(n: number, options?: RequestOptions): Promise<string | null>
  /** Makes entry `n`, unless somebody else has: gives the text that counts. */
  create(n: number, text: string, options?: RequestOptions): Promise<string>
  /** Told that the log may have been emptied, which is how a stream is made to begin anew: what was read of it does not count. */
  lookAnew(): void
  /** Entries 1 to `last`, in order. */
  entries(last: number, options?: RequestOptions): AsyncIterable<string>
}
