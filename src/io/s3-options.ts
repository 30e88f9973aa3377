import { checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'

/** Keys of one account, or of a session of it. */
export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  /** When they end; others are asked for before that. */
  readonly expiration?: Date
}

/** How S3 is reached. What is absent the AWS SDK finds as it always does: in the environment, in `~/.aws`, from the machine. */
export interface S3Options {
  readonly region?: string
  /** URL of a server that is not Amazon's. */
  readonly endpoint?: string
  /**
   * Whether the bucket is in the path of a request, not in the name of the host. By default it is where an `endpoint`, or
   * `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`, names a server that is not Amazon's.
   */
  readonly forcePathStyle?: boolean
  readonly credentials?: S3Credentials | (() => Promise<S3Credentials>)
  /** A profile of `~/.aws`. */
  readonly profile?: string
  /** How often a request is sent that fails in a way that may pass; 5 by default. */
  readonly maxAttempts?: number
  /** How long a connection may take to be made; 5 seconds by default. */
  readonly connectTimeoutMs?: number
  /** How long a connection may be silent in the middle of a request; 30 seconds by default. */
  readonly idleTimeoutMs?: number
  /** Requests under way at once; others wait. 64 by default. */
  readonly maxRequests?: number
  /**
   * Whether a server is used that ignores conditions. **Writers then overwrite each other's commits**: only for a bucket
   * that one process at a time writes to. By default such a server is found out at the first create, and refused.
   */
  readonly unsafe?: boolean
}

/** The names of {@link S3Options}. */
export const S3_NAMES: OptionNames<S3Options> = {
  region: 'text',
  endpoint: 'text',
  forcePathStyle: 'boolean',
  credentials: true,
  profile: 'text',
  maxAttempts: true,
  connectTimeoutMs: true,
  idleTimeoutMs: true,
  maxRequests: true,
  unsafe: 'boolean',
}

/** @throws IcebergError `invalid` for options that there are not */
export function checkS3Options(options: S3Options | undefined): void {
  if (options !== undefined) checkOptions('s3', options, S3_NAMES)
}
