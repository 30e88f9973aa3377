import type { ErrorKind } from '../../base/errors.ts'
import type { EncodeOptions } from './codec.ts'
import type { DecodeWindow } from './wasm-codec.ts'

/** What a thread is asked to do; one thing at a time. */
export type CodecTask =
  | { readonly kind: 'encode'; readonly options: EncodeOptions }
  | { readonly kind: 'decode'; readonly window: DecodeWindow }

/** A task and the bytes that it is about, in memory that threads share. */
export type CodecRequest = CodecTask & {
  readonly bytes: Uint8Array
  /** Where the results go if they fit. */
  readonly outbox: SharedArrayBuffer | null
}

/** What came of it. Results lie one after the other in memory that threads share, which the thread does not touch again. */
export type CodecReply = (
  | { readonly kind: 'done'; readonly results: readonly Uint8Array[] }
  | { readonly kind: 'failed'; readonly error: SentError }
) & {
  /** Whether the thread holds memory that only its end gives back, so that it should do no more. */
  readonly isSpent: boolean
}

/** An error, as it goes from thread to thread. */
export interface SentError {
  readonly kind: ErrorKind
  readonly message: string
  /** What the origin says of itself. */
  readonly detail: string
}
