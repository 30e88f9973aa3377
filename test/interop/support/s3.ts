import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { afterAll, beforeAll } from 'vitest'

import type { ObjectStore } from '../../../src/io/object-store.ts'
import type { S3Options } from '../../../src/io/s3-options.ts'
import { createS3Store } from '../../../src/io/s3-store.ts'
import { BUCKET, S3_KEYS, startS3 } from './servers.ts'
import type { S3Kind, Server } from './servers.ts'

/** An S3 server for the tests of one file. */
export interface S3UnderTest {
  /** Once it runs. */
  readonly server: () => Server
  readonly store: (options?: S3Options) => ObjectStore
  /** A folder in which nothing is. */
  readonly newFolder: () => string
}

/** Starts a server before the tests of a suite, and stops it after them. */
export function useS3(kind: S3Kind): S3UnderTest {
  let running: Server | undefined
  let folders = 0
  const server = (): Server => {
    if (running === undefined) throw new Error('the server is not started yet')
    return running
  }
  beforeAll(async () => {
    running = await startS3(kind)
  })
  afterAll(async () => {
    await running?.stop()
  })
  return {
    server,
    store: (options) => createS3Store({ ...s3At(server().url), ...options }),
    newFolder: () => `s3://${BUCKET}/test-${(folders += 1)}`,
  }
}

/** How a server of these tests is reached. */
export function s3At(endpoint: string): S3Options {
  return { region: 'us-east-1', endpoint, credentials: S3_KEYS }
}

/** The same, as the AWS SDK finds it in the environment. */
export function s3Environment(endpoint: string): Readonly<Record<string, string>> {
  return {
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: S3_KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: S3_KEYS.secretAccessKey,
  }
}

/** The file of an object of versitygw. */
export function fileOf({ data }: Server, location: string): string {
  return join(data, BUCKET, ...location.split('/').slice(3))
}

/** An object that is made as its file, which is faster. */
export function layFile(server: Server, location: string): void {
  const file = fileOf(server, location)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, 'laid')
}
