/** What the thread of the engine and that of DuckDB say to each other. */
import type { MessagePort } from 'node:worker_threads'
import type { ErrorContext, ErrorKind } from '../../base/errors.ts'
import type { Schema } from '../../types/schema.ts'
import type { DirectRelation, SqlDefinition, SqlSettings } from './engine.ts'
import type { SyntaxTree } from './syntax-tree.ts'

/** What the thread is started with. */
export interface SqlThreadData {
  readonly settings: SqlSettings
  /** 32-bit words: see {@link Signal}. */
  readonly signal: SharedArrayBuffer
}

/** Memory of both threads, because the one that waits inside of DuckDB hears no messages. */
export const Signal = {
  /** Changes when there may be something new. */
  ticks: 0,
  /** 1 while the running query is to end. */
  stopped: 1,
  /** 1 from when a query is begun until DuckDB has let go of it. */
  busy: 2,
  words: 3,
} as const

/** Each is answered by one {@link SqlReply}, in order. */
export type SqlRequest =
  | { readonly kind: 'parse'; readonly sql: string; readonly views: ReadonlyMap<string, Schema> }
  | { readonly kind: 'key'; readonly sql: string }
  /** The views of a session. */
  | {
      readonly kind: 'open'
      readonly views: readonly SentView[]
      /** Null: what the settings say. */
      readonly nowMicros: bigint | null
    }
  /** One more view of the session. */
  | { readonly kind: 'define'; readonly name: string; readonly definition: SqlDefinition }
  /** A query of the session. */
  | { readonly kind: 'start'; readonly sql: string }
  /** More rows of the query that was started. */
  | { readonly kind: 'next' }
  /** The end of the query that was started, at once. */
  | { readonly kind: 'stop' }
  /** The end of the session. */
  | { readonly kind: 'end' }
  /** The end of the thread. */
  | { readonly kind: 'close' }

/** A view whose rows are fed, or that DuckDB reads by itself. */
export interface SentView {
  readonly name: string
  readonly schema: Schema
  readonly direct?: DirectRelation
}

export type SqlReply =
  | { readonly kind: 'parsed'; readonly tree: SyntaxTree }
  | { readonly kind: 'key'; readonly text: string }
  /** A query was started, or a view defined. */
  | { readonly kind: 'started'; readonly schema: Schema }
  | { readonly kind: 'rows'; readonly length: number; readonly columns: readonly SentColumn[] }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: SentError }

/** Said between replies: a query begins to read a view. */
export interface OpenScan {
  readonly kind: 'open'
  readonly view: string
  /** Positions of the columns it needs, in the order in which it takes them. */
  readonly columns: readonly number[]
  /** Takes {@link ScanMessage}s, gives a message for each batch that was used up. */
  readonly port: MessagePort
}

export type ScanMessage =
  | { readonly kind: 'batch'; readonly ipcStream: Uint8Array; readonly length: number }
  | { readonly kind: 'end' }
  /** The scan has failed: why is kept on the other side. */
  | { readonly kind: 'failed' }

/** A column in buffers of its own. */
export interface SentColumn {
  readonly length: number
  readonly validity: Uint8Array | null
  readonly values?: Uint8Array
  readonly offsets?: Int32Array
  readonly children?: readonly SentColumn[]
}

/** An error that is to be thrown on the other side. */
export interface SentError {
  readonly kind: ErrorKind
  readonly message: string
  readonly context: ErrorContext
}
