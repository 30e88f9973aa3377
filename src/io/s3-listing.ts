import { ListObjectsV2Command } from '@aws-sdk/client-s3'
import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3'

import { IcebergError } from '../base/errors.ts'
import type { RequestOptions } from './object-store.ts'
import type { S3Target } from './s3-location.ts'
import type { S3Requests } from './s3-requests.ts'

/**
 * The pages of a listing: of all below a folder, or of one level of it.
 *
 * @throws IcebergError `unavailable` when the server says that there is more but not where
 */
export async function* listPages(
  requests: S3Requests,
  folder: S3Target,
  depth: 'all' | 'one-level',
  options: RequestOptions,
): AsyncGenerator<ListObjectsV2CommandOutput> {
  const { bucket, location } = folder
  const Prefix = prefixOf(folder)
  const Delimiter = depth === 'one-level' ? '/' : undefined
  let ContinuationToken: string | undefined
  for (;;) {
    const command = { Bucket: bucket, Prefix, Delimiter, ContinuationToken }
    const page = await requests.send(
      (client, http) => client.send(new ListObjectsV2Command(command), http),
      { location },
      options,
    )
    yield page
    if (page.IsTruncated !== true) return
    const next = page.NextContinuationToken
    if (next === undefined || next === ContinuationToken) {
      throw new IcebergError('unavailable', 'S3 does not say where its listing goes on', {
        context: { location },
      })
    }
    ContinuationToken = next
  }
}

/** How keys begin that are below a folder. */
export function prefixOf({ key }: S3Target): string {
  return key === '' ? '' : `${key}/`
}

/**
 * Whether something below a folder can be named by a location. Other tools mark folders by empty objects whose names end
 * with a slash, and S3 takes dots for a name: those are not shown.
 */
export function isNameable(rest: string): boolean {
  return !/(^|\/)\.{0,2}$|(^|\/)\.{1,2}\//.test(rest)
}
