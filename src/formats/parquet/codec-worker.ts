/** A thread that encodes and decodes row groups. It starts fast: nothing but parquet-wasm is loaded, which is what it is for. */
import { parentPort } from 'node:worker_threads'

import { assert } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import type { CodecReply, CodecRequest, SentError } from './codec-protocol.ts'
import { callParquetWasm, isParquetWasmKept } from './runtime.ts'
import { placeAll } from './shared-scratch.ts'
import { decodeWindow, encodeRowGroup } from './wasm-codec.ts'
import type { CopyStreams } from './wasm-codec.ts'

assert(parentPort !== null, 'runs as a worker thread')
const port = parentPort

port.on('message', (request: CodecRequest) => {
  const reply: CodecReply = { ...outcomeOf(request), isSpent: !isParquetWasmKept() }
  port.postMessage(reply)
})

callParquetWasm(() => undefined)

type Outcome =
  | { readonly kind: 'done'; readonly results: readonly Uint8Array[] }
  | { readonly kind: 'failed'; readonly error: SentError }

function outcomeOf(request: CodecRequest): Outcome {
  try {
    return { kind: 'done', results: resultsOf(request) }
  } catch (error) {
    return { kind: 'failed', error: sentError(error) }
  }
}

function resultsOf(request: CodecRequest): readonly Uint8Array[] {
  const place: CopyStreams = (streams) => placeAll(streams, request.outbox)
  return request.kind === 'encode'
    ? place([[encodeRowGroup(request.bytes, request.options)]])
    : decodeWindow(request.bytes, request.window, place)
}

function sentError(error: unknown): SentError {
  const { kind, message } =
    error instanceof IcebergError ? error : { kind: 'internal' as const, message: 'codec failed' }
  const cause = error instanceof IcebergError ? error.cause : error
  return { kind, message, detail: String(cause) }
}
