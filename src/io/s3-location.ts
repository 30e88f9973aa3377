import { IcebergError } from '../base/errors.ts'
import { parseLocation } from './location.ts'

/** An object, or what is below a folder, as S3 names it. */
export interface S3Target {
  /** As the caller spells it. */
  readonly location: string
  readonly bucket: string
  /** Empty for the bucket itself. */
  readonly key: string
}

/** What any bucket is named like, those with the looser rules of old times too. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$/

/**
 * Where a folder is.
 *
 * @throws IcebergError `invalid` when the location is none in S3
 */
export function s3Folder(location: string): S3Target {
  const { scheme, authority, path } = parseLocation(location)
  if (scheme !== 's3') refuse('location is not in S3', { location })
  // What stands there instead may be `KEY:SECRET@bucket`, as was the custom once: it is not repeated.
  if (!BUCKET.test(authority))
    refuse('bucket name is not one of letters, digits, dots and hyphens, three at least', {})
  return { location, bucket: authority, key: path.slice(1) }
}

/** Whether a location is a folder in S3, or a bucket. */
export function isS3Folder(location: string): boolean {
  try {
    return s3Folder(location).bucket !== ''
  } catch {
    return false
  }
}

/**
 * Where an object is.
 *
 * @throws IcebergError `invalid` when the location is none in S3, or is a bucket
 */
export function s3Object(location: string): S3Target {
  const target = s3Folder(location)
  if (target.key === '') refuse('location is a bucket, not an object', { location })
  return target
}

/** The object of that name in the folder of another. */
export function besideTarget(target: S3Target, name: string): S3Target {
  const sibling = (path: string): string => `${path.slice(0, path.lastIndexOf('/') + 1)}${name}`
  return { ...target, location: sibling(target.location), key: sibling(target.key) }
}

function refuse(message: string, context: Readonly<Record<string, string>>): never {
  throw new IcebergError('invalid', message, { context })
}
