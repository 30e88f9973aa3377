// A create is a write under the condition that there is no object, and its answer can be lost, or be the answer to a
// repetition by the SDK or a proxy: then it says "exists" of what this very request made. So each write carries an id that no
// other has, kept by S3 with the object, and whatever leaves doubt is settled by looking whose object is there.
//
// Sending the same create again is safe: it is the same bytes under the same condition, whichever of the two lands.
import { HeadObjectCommand } from '@aws-sdk/client-s3'

import { IcebergError } from '../base/errors.ts'
import type { RequestOptions } from './object-store.ts'
import { failureError, mayPass } from './s3-failure.ts'
import type { S3Failure } from './s3-failure.ts'
import type { S3Target } from './s3-location.ts'
import type { S3Request, S3Requests } from './s3-requests.ts'

/** Of user metadata: S3 stores it as `x-amz-meta-frazil-write`. */
const WRITE_ID = 'frazil-write'

/** The metadata by which the object of a write is known. */
export function writeMetadata({ writeId }: S3Write): Record<string, string> {
  return { [WRITE_ID]: writeId }
}

/** The header of a request that must not replace an object; none where it may. */
export function conditionOf({ mode }: Pick<S3Write, 'mode'>): { readonly IfNoneMatch?: string } {
  return mode === 'create' ? { IfNoneMatch: '*' } : {}
}

/** One write of one object: the id makes it known from all others. */
export interface S3Write {
  readonly target: S3Target
  readonly mode: 'create' | 'overwrite'
  readonly writeId: string
}

/**
 * Sends the request that brings an object about, until it is known what became of it.
 *
 * @throws IcebergError `conflict` when the object is another write's
 * @throws IcebergError `unavailable` when it may have landed, or may still land
 */
export async function settleWrite(
  requests: S3Requests,
  write: S3Write,
  request: S3Request<unknown>,
  options: RequestOptions,
): Promise<void> {
  const { target, mode } = write
  let isInDoubt = false
  for (let attempt = 1; ; attempt += 1) {
    const result = await requests.ask(request, options)
    if (result.kind === 'answered') return
    const doubt = doubtOf(result.failure)
    // Once an answer was lost, no later refusal proves that nothing landed.
    if (doubt === 'none' && !isInDoubt) throw writeError(result.failure, target)
    isInDoubt ||= doubt === 'landed-or-not'
    const found = await whoseObject(requests, write, options)
    if (found === 'ours') return
    if (found === 'another' && mode === 'create') throw conflict(target)
    if (doubt === 'none' || attempt >= requests.maxAttempts) {
      throw isInDoubt ? unknown(result.failure, target) : lost(result.failure, target)
    }
    await requests.backOff(attempt, options)
  }
}

/**
 * What a failure leaves open. `not-now` is a refusal that may pass. `exists` is an answer, but perhaps to a repetition; S3 gives
 * 409 when two conditional writes meet, and then neither may have won; an upload that is gone may be one that was completed.
 */
function doubtOf(failure: S3Failure): 'none' | 'not-now' | 'exists' | 'landed-or-not' {
  const { kind, status, code } = failure
  if (kind === 'unavailable' || code === 'NoSuchUpload') return 'landed-or-not'
  if (mayPass(failure)) return 'not-now'
  return kind === 'conflict' && (status === 412 || status === 409) ? 'exists' : 'none'
}

async function whoseObject(
  requests: S3Requests,
  { target, writeId }: S3Write,
  options: RequestOptions,
): Promise<'ours' | 'another' | 'nobody' | 'unknown'> {
  const { bucket, key, location } = target
  const request: S3Request<string | undefined> = async (client, http) => {
    const found = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), http)
    return found.Metadata?.[WRITE_ID]
  }
  try {
    const found = await requests.send(request, { location }, options)
    return found === writeId ? 'ours' : 'another'
  } catch (error) {
    options.signal?.throwIfAborted()
    const isMissing = error instanceof IcebergError && error.kind === 'not-found'
    return isMissing ? 'nobody' : 'unknown'
  }
}

/** The only object that such a request can miss is the bucket, or the upload. */
function writeError(failure: S3Failure, { location }: S3Target): IcebergError {
  const kind = failure.kind === 'not-found' ? 'invalid' : failure.kind
  const message = failure.kind === 'not-found' ? 'bucket does not exist' : failure.message
  return failureError({ ...failure, kind, message }, { location })
}

function conflict({ location }: S3Target): IcebergError {
  return new IcebergError('conflict', 'object exists', { context: { location } })
}

/** Nobody had the name when it was looked for, and every attempt was refused. */
function lost(failure: S3Failure, target: S3Target): IcebergError {
  return failure.kind === 'conflict' ? conflict(target) : writeError(failure, target)
}

function unknown(failure: S3Failure, { location }: S3Target): IcebergError {
  const kind = 'unavailable'
  const message = 'the object may or may not have been written'
  return failureError({ ...failure, kind, message }, { location })
}
