import { S3Client } from '@aws-sdk/client-s3'
import type { S3ClientConfig } from '@aws-sdk/client-s3'

import type { S3Options } from './s3-options.ts'

/** Requests under way at once, when the caller does not say. */
export const DEFAULT_MAX_REQUESTS = 64

const DEFAULT_CONNECT_TIMEOUT_MS = 5_000
const DEFAULT_IDLE_TIMEOUT_MS = 30_000

/**
 * The SDK's client with timeouts, which it has none of by itself, and without its own repetitions: which requests are sent
 * again, and how it is found out what became of the first, is decided here.
 */
export function createS3Client(options: S3Options): S3Client {
  const { region, endpoint, credentials, profile } = options
  const agent = { keepAlive: true, maxSockets: options.maxRequests ?? DEFAULT_MAX_REQUESTS }
  const config: S3ClientConfig = {
    maxAttempts: 1,
    followRegionRedirects: true,
    forcePathStyle: options.forcePathStyle ?? isElsewhere(endpoint ?? endpointOfEnvironment()),
    requestHandler: {
      connectionTimeout: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
      socketTimeout: options.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS,
      httpAgent: agent,
      httpsAgent: agent,
    },
  }
  return new S3Client({
    ...config,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(profile === undefined ? {} : { profile }),
  })
}

/** As the SDK reads it. */
function endpointOfEnvironment(): string | undefined {
  return process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL']
}

/** Amazon's hosts know a bucket by the name of the host, other servers seldom. */
function isElsewhere(endpoint: string | undefined): boolean {
  return (
    endpoint !== undefined && !/^https?:\/\/[^/]*\.amazonaws\.com(\.cn)?(:|\/|$)/i.test(endpoint)
  )
}
