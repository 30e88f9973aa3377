import type { Environment } from '../base/environment.ts'
import { IcebergError } from '../base/errors.ts'
import { createLocalStore } from '../io/local-store.ts'
import { createMemoryStore } from '../io/memory-store.ts'
import type { ObjectStore } from '../io/object-store.ts'
import { createRoutingStore } from '../io/routing-store.ts'
import { checkS3Options } from '../io/s3-options.ts'
import type { S3Options } from '../io/s3-options.ts'

export interface StorageOptions {
  /** How `s3:` locations are reached, which takes the package `@aws-sdk/client-s3`. */
  readonly s3?: S3Options
  /** The clock and the chance: tests bring their own. */
  readonly environment?: Environment
}

/**
 * Where the bytes of tables are, when the caller brings no store: files of this machine, memory and S3, each by the scheme of
 * a location. Nothing is loaded for S3 before a location there is asked for; that call throws `unsupported` when the
 * package for it is not installed.
 */
export function openStores(options: StorageOptions = {}): ObjectStore {
  checkS3Options(options.s3)
  return createRoutingStore({
    file: () => createLocalStore(),
    memory: () => createMemoryStore(),
    s3: () => openS3(options),
  })
}

async function openS3({ s3, environment }: StorageOptions): Promise<ObjectStore> {
  const { createS3Store } = await import('../io/s3-store.ts').catch((error: unknown) => {
    throw isMissingPackage(error) ? notInstalled(error) : error
  })
  return createS3Store({ ...s3, ...(environment === undefined ? {} : { environment }) })
}

function isMissingPackage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
}

function notInstalled(cause: unknown): IcebergError {
  return new IcebergError(
    'unsupported',
    'tables in S3 need the package @aws-sdk/client-s3: install it beside this one',
    { cause },
  )
}
