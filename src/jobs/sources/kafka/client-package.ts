// The client of Kafka is a package of its own, which those install who read topics. Of it come connections, metadata and offsets.
// Records are asked for by requests of its making, and read from the answers' bytes here: the client's own reading of them does
// not keep aborted transactions out, checks no checksums, and takes no zstd before Node 22.
import type * as client from '@platformatic/kafka'

import { IcebergError } from '../../../base/errors.ts'

export type KafkaClient = typeof client

/** @throws IcebergError `unsupported` when the package is not installed */
export async function loadClient(): Promise<KafkaClient> {
  try {
    return await import('@platformatic/kafka')
  } catch (cause) {
    if (!isMissing(cause)) throw cause
    throw new IcebergError(
      'unsupported',
      'topics need the package @platformatic/kafka: install it beside this one',
      { cause },
    )
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
}
