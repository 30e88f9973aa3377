// Removal of objects. To S3 it is no error that one does not exist, but some servers that keep objects as files say so of one that
// two requests remove at once, such as a request and its own repetition.
import { DeleteObjectCommand, DeleteObjectsCommand } from '@aws-sdk/client-s3'

import { mapConcurrent } from '../base/concurrency.ts'
import { IcebergError, isKind } from '../base/errors.ts'
import type { DeleteFailure, RequestOptions } from './object-store.ts'
import { failureError, failureOf } from './s3-failure.ts'
import type { S3Target } from './s3-location.ts'
import type { S3Requests } from './s3-requests.ts'

/** What one request deletes at most. */
const DELETE_KEYS = 1_000

/** Of a server that takes no requests of many. */
const SINGLES_IN_FLIGHT = 16

/** `delete` of a store, in S3. */
export async function deleteTarget(
  requests: S3Requests,
  { bucket: Bucket, key: Key, location }: S3Target,
  options: RequestOptions,
): Promise<void> {
  const command = new DeleteObjectCommand({ Bucket, Key })
  try {
    await requests.send((client, http) => client.send(command, http), { location }, options)
  } catch (error) {
    if (!isKind(error, 'not-found')) throw error
  }
}

/** `deleteAll` of a store, in S3: many objects of a bucket in each request. */
export async function deleteTargets(
  requests: S3Requests,
  targets: readonly S3Target[],
  options: RequestOptions,
): Promise<readonly DeleteFailure[]> {
  const failures: DeleteFailure[] = []
  for (const batch of batchesOf(targets)) {
    failures.push(...(await deleteBatch(requests, batch, options)))
  }
  return failures
}

async function deleteBatch(
  requests: S3Requests,
  batch: readonly S3Target[],
  options: RequestOptions,
): Promise<readonly DeleteFailure[]> {
  const refused: DeleteFailure[] = []
  let rest = batch
  try {
    for (let attempt = 1; rest.length > 0; attempt += 1) {
      if (attempt > 1) await requests.backOff(attempt - 1, options)
      const errors = await sendBatch(requests, rest, options)
      // What could not be removed in passing is asked for again, without the others.
      const isPassing = (target: S3Target): boolean =>
        errors.get(target)?.kind === 'unavailable' && attempt < requests.maxAttempts
      for (const [target, error] of errors) {
        if (!isPassing(target)) refused.push({ location: target.location, error })
      }
      rest = rest.filter(isPassing)
    }
    return refused
  } catch (error) {
    if (!(error instanceof IcebergError)) throw error
    if (isOfMany(error)) return [...refused, ...(await deleteSingly(requests, rest, options))]
    return [...refused, ...rest.map(({ location }) => ({ location, error }))]
  }
}

/**
 * Whether it is the request for many objects that a server refuses, which says nothing of any of them. Some have none, and some take
 * it with an MD5 sum alone, which the SDK no longer sends.
 */
function isOfMany({ kind, context }: IcebergError): boolean {
  return kind === 'unsupported' || MALFORMED.has(String(context['code']))
}

const MALFORMED: ReadonlySet<string> = new Set([
  'MissingContentMD5',
  'InvalidRequest',
  'MalformedXML',
])

async function deleteSingly(
  requests: S3Requests,
  targets: readonly S3Target[],
  { signal }: RequestOptions,
): Promise<readonly DeleteFailure[]> {
  const failures: DeleteFailure[] = []
  const remove = async (target: S3Target, stop: AbortSignal): Promise<DeleteFailure | null> => {
    try {
      await deleteTarget(requests, target, { signal: stop })
      return null
    } catch (error) {
      if (!(error instanceof IcebergError)) throw error
      return { location: target.location, error }
    }
  }
  for await (const failure of mapConcurrent(targets, SINGLES_IN_FLIGHT, remove, signal)) {
    if (failure !== null) failures.push(failure)
  }
  return failures
}

/** @returns the objects that are there still */
async function sendBatch(
  requests: S3Requests,
  batch: readonly S3Target[],
  options: RequestOptions,
): Promise<ReadonlyMap<S3Target, IcebergError>> {
  const [{ bucket: Bucket, location: first } = { bucket: '', location: '' }] = batch
  const Objects = batch.map(({ key }) => ({ Key: key }))
  const { Errors = [] } = await requests.send(
    (client, http) =>
      client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }), http),
    { location: first },
    options,
  )
  const codes = new Map(Errors.map(({ Key = '', Code = '' }) => [Key, Code]))
  const errors = new Map<S3Target, IcebergError>()
  for (const target of batch) {
    const code = codes.get(target.key)
    if (code !== undefined && code !== 'NoSuchKey') errors.set(target, deleteError(target, code))
  }
  return errors
}

/** As many of one bucket as a request takes. */
function batchesOf(targets: readonly S3Target[]): readonly (readonly S3Target[])[] {
  const batches: S3Target[][] = []
  const open = new Map<string, S3Target[]>()
  for (const target of targets) {
    const batch = open.get(target.bucket)
    if (batch !== undefined && batch.length < DELETE_KEYS) batch.push(target)
    else {
      const next = [target]
      open.set(target.bucket, next)
      batches.push(next)
    }
  }
  return batches
}

function deleteError({ location }: S3Target, code: string): IcebergError {
  const status = code === 'AccessDenied' ? 403 : 500
  const failure = failureOf({ name: code, $metadata: { httpStatusCode: status } })
  return failureError(failure, { location })
}
