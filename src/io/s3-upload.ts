// An object in parts, for bodies whose end is not in sight: what is held in memory is the parts under way and one more.
//
//  1. begin an upload, which has the id of the write;
//  2. send each part as soon as it is full, a few at a time;
//  3. complete it under the condition of a create, which brings the object about in one step;
//  4. whatever fails, abort it: parts of an upload that nobody ends stay, invisible, and are paid for. What a process that
//     dies leaves is for a lifecycle rule of the bucket (AbortIncompleteMultipartUpload).
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { CompletedPart, S3Client } from '@aws-sdk/client-s3'

import { mapConcurrent } from '../base/concurrency.ts'
import { IcebergError } from '../base/errors.ts'
import type { RequestOptions } from './object-store.ts'
import { conditionOf, settleWrite, writeMetadata } from './s3-create.ts'
import type { S3Write } from './s3-create.ts'
import type { S3Requests } from './s3-requests.ts'

/** Parts of one object, except the last, have one size, which some servers demand. */
export const PART_BYTES: number = 8 * 1024 * 1024

/** What S3 takes, which makes the largest object 80 GB. */
const MAX_PARTS = 10_000

/** Parts of one object under way at once. */
const PARALLEL_PARTS = 3

/** An upload that was begun. */
interface Upload {
  readonly Bucket: string
  readonly Key: string
  readonly UploadId: string
}

/**
 * Writes an object in parts.
 *
 * @returns its size in bytes
 * @throws IcebergError as `settleWrite`; what the body throws, as it is
 */
export async function putInParts(
  requests: S3Requests,
  write: S3Write,
  parts: AsyncIterable<Uint8Array>,
  options: RequestOptions,
): Promise<number> {
  const upload = await beginUpload(requests, write, options)
  try {
    const { completed, sizeBytes } = await sendParts(requests, write, upload, parts, options)
    await settleWrite(
      requests,
      write,
      (client, http) =>
        client.send(
          new CompleteMultipartUploadCommand({
            ...upload,
            ...conditionOf(write),
            MultipartUpload: { Parts: completed },
          }),
          http,
        ),
      options,
    )
    return sizeBytes
  } catch (error) {
    await requests.ask((client) => client.send(new AbortMultipartUploadCommand(upload)), {})
    throw error
  }
}

async function beginUpload(
  requests: S3Requests,
  write: S3Write,
  options: RequestOptions,
): Promise<Upload> {
  const { bucket: Bucket, key: Key, location } = write.target
  const { UploadId } = await requests.send(
    async (client, http) => {
      const command = { Bucket, Key, Metadata: writeMetadata(write), ...(await checksumOf(client)) }
      return client.send(new CreateMultipartUploadCommand(command), http)
    },
    { location },
    options,
  )
  if (UploadId !== undefined) return { Bucket, Key, UploadId }
  throw new IcebergError('unavailable', 'S3 began an upload without an id', {
    context: { location },
  })
}

/**
 * The SDK sends a checksum with each part, unless it is told not to. That there will be some is said at the beginning, or
 * servers take the checksums of the completed parts for those of others.
 */
async function checksumOf(client: S3Client): Promise<{ readonly ChecksumAlgorithm?: 'CRC32' }> {
  const when = await client.config.requestChecksumCalculation()
  return when === 'WHEN_SUPPORTED' ? { ChecksumAlgorithm: 'CRC32' } : {}
}

async function sendParts(
  requests: S3Requests,
  { target: { location } }: S3Write,
  upload: Upload,
  parts: AsyncIterable<Uint8Array>,
  options: RequestOptions,
): Promise<{ readonly completed: CompletedPart[]; readonly sizeBytes: number }> {
  const sendPart = async ([part, PartNumber]: NumberedPart, signal: AbortSignal) => {
    const { ETag, ChecksumCRC32 } = await requests.send(
      (client, http) =>
        client.send(new UploadPartCommand({ ...upload, PartNumber, Body: part }), http),
      { location, part: PartNumber },
      { signal },
    )
    return { sizeBytes: part.length, completed: { PartNumber, ETag, ChecksumCRC32 } }
  }
  const completed: CompletedPart[] = []
  let sizeBytes = 0
  const numbered = numberParts(parts, location)
  const sent = mapConcurrent(numbered, PARALLEL_PARTS, sendPart, options.signal)
  for await (const part of sent) {
    completed.push(part.completed)
    sizeBytes += part.sizeBytes
  }
  return { completed, sizeBytes }
}

type NumberedPart = readonly [part: Uint8Array, number: number]

async function* numberParts(
  parts: AsyncIterable<Uint8Array>,
  location: string,
): AsyncGenerator<NumberedPart> {
  let number = 0
  for await (const part of parts) {
    number += 1
    if (number > MAX_PARTS) {
      throw new IcebergError('limit', 'object has more parts than S3 takes', {
        context: { location, maxBytes: MAX_PARTS * PART_BYTES },
      })
    }
    yield [part, number]
  }
}
