import { DeleteObjectsCommand } from '@aws-sdk/client-s3'

import { IcebergError } from '../base/errors.ts'
import type { DeleteFailure, RequestOptions } from './object-store.ts'
import { failureError, failureOf } from './s3-failure.ts'
import type { S3Target } from './s3-location.ts'
import type { S3Requests } from './s3-requests.ts'

/** What one request deletes at most. */
const DELETE_KEYS = 1_000

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
  const [{ bucket: Bucket, location: first } = { bucket: '', location: '' }] = batch
  const Objects = batch.map(({ key }) => ({ Key: key }))
  try {
    const { Errors = [] } = await requests.send(
      (client, http) =>
        client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }), http),
      { location: first },
      options,
    )
    const locations = new Map(batch.map(({ key, location }) => [key, location]))
    return Errors.flatMap(({ Key = '', Code = '' }) => {
      const location = locations.get(Key)
      return location === undefined ? [] : [deleteFailure(location, Code)]
    })
  } catch (error) {
    if (!(error instanceof IcebergError)) throw error
    return batch.map(({ location }) => ({ location, error }))
  }
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

function deleteFailure(location: string, code: string): DeleteFailure {
  const status = code === 'AccessDenied' ? 403 : 500
  const failure = failureOf({ name: code, $metadata: { httpStatusCode: status } })
  return { location, error: failureError(failure, { location }) }
}
