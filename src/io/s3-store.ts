// Objects in S3, and in servers that speak its protocol. An object appears whole when its request succeeds; a create has the
// condition that there is none (`If-None-Match: *`). Keys are locations without scheme and bucket, as they are spelled.
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3'

import { checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import { systemEnvironment } from '../base/environment.ts'
import type { Environment } from '../base/environment.ts'
import { partsOf } from './body-parts.ts'
import { checkRange } from './object-store.ts'
import type {
  ByteRange,
  DeleteFailure,
  FolderEntry,
  ListOptions,
  ObjectInfo,
  ObjectStore,
  RequestOptions,
} from './object-store.ts'
import { DEFAULT_MAX_REQUESTS, createS3Client } from './s3-client.ts'
import { conditionOf, settleWrite, writeMetadata } from './s3-create.ts'
import type { S3Write } from './s3-create.ts'
import { deleteTarget, deleteTargets } from './s3-delete.ts'
import { failureOf } from './s3-failure.ts'
import { isNameable, listPages, prefixOf } from './s3-listing.ts'
import { s3Folder, s3Object } from './s3-location.ts'
import type { S3Target } from './s3-location.ts'
import { S3_NAMES } from './s3-options.ts'
import type { S3Options } from './s3-options.ts'
import { ConditionProbe } from './s3-probe.ts'
import { S3Requests } from './s3-requests.ts'
import { PART_BYTES, putInParts } from './s3-upload.ts'

/** What a store is made of, beside how S3 is reached. */
export interface S3StoreOptions extends S3Options {
  /**
   * A client of the SDK, in place of one made by the other options. Its own repetitions do no harm, but `maxAttempts: 1` is
   * faster; its timeouts are its own.
   */
  readonly client?: S3Client
  /** The clock and the chance: tests bring their own. */
  readonly environment?: Environment
}

const NAMES: OptionNames<S3StoreOptions> = { ...S3_NAMES, client: true, environment: true }

const DEFAULT_MAX_ATTEMPTS = 5

/**
 * Objects under `s3://bucket/key`, also spelled `s3a` and `s3n`. Nothing is sent before the first call.
 *
 * The account must be allowed to get, put, delete and list: without the last, S3 says of a missing object that it is
 * forbidden.
 */
export function createS3Store(options: S3StoreOptions = {}): ObjectStore {
  checkOptions('createS3Store', options, NAMES)
  const requests = new S3Requests({
    client: options.client ?? createS3Client(options),
    environment: options.environment ?? systemEnvironment,
    maxAttempts: options.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
    maxRequests: options.maxRequests ?? DEFAULT_MAX_REQUESTS,
  })
  return new S3Store(requests, options.unsafe === true ? null : new ConditionProbe(requests))
}

class S3Store implements ObjectStore {
  readonly #requests: S3Requests
  readonly #probe: ConditionProbe | null

  constructor(requests: S3Requests, probe: ConditionProbe | null) {
    this.#requests = requests
    this.#probe = probe
  }

  async put(
    location: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    mode: 'create' | 'overwrite',
    options: RequestOptions = {},
  ): Promise<number> {
    const write = { target: s3Object(location), mode, writeId: this.#requests.uuid() }
    options.signal?.throwIfAborted()
    return body instanceof Uint8Array
      ? this.#putWhole(write, body, options)
      : this.#putStream(write, body, options)
  }

  async get(
    location: string,
    range?: ByteRange,
    options: RequestOptions = {},
  ): Promise<Uint8Array> {
    const target = s3Object(location)
    options.signal?.throwIfAborted()
    checkRange(location, range)
    // There is no header that asks for no bytes at all.
    if (range !== undefined && range.start === range.end) {
      await this.head(location, options)
      return new Uint8Array(0)
    }
    return this.#requests.send(
      async (client, http) => {
        const command = new GetObjectCommand({ ...names(target), ...rangeHeader(range) })
        try {
          return await bytesOf(await client.send(command, http), range)
        } catch (error) {
          // The object is there, and ends before.
          if (failureOf(error).status === 416) return new Uint8Array(0)
          throw error
        }
      },
      { location },
      options,
    )
  }

  async head(location: string, options: RequestOptions = {}): Promise<ObjectInfo> {
    const target = s3Object(location)
    options.signal?.throwIfAborted()
    const found = await this.#requests.send(
      (client, http) => client.send(new HeadObjectCommand(names(target)), http),
      { location },
      options,
    )
    return objectInfo(location, found.ContentLength, found.LastModified)
  }

  /** Names that no location can have are not listed: markers of folders, and dots. */
  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    const { isWanted = () => true } = options
    const folder = s3Folder(prefix)
    options.signal?.throwIfAborted()
    for await (const { Contents = [] } of listPages(this.#requests, folder, 'all', options)) {
      for (const { Key = '', Size, LastModified } of Contents) {
        const rest = Key.slice(prefixOf(folder).length)
        options.signal?.throwIfAborted()
        if (isNameable(rest) && isWanted(rest))
          yield objectInfo(below(prefix, rest), Size, LastModified)
      }
    }
  }

  async *listNames(location: string, options: RequestOptions = {}): AsyncGenerator<FolderEntry> {
    const folder = s3Folder(location)
    const start = prefixOf(folder).length
    options.signal?.throwIfAborted()
    for await (const page of listPages(this.#requests, folder, 'one-level', options)) {
      options.signal?.throwIfAborted()
      for (const { Key = '' } of page.Contents ?? []) {
        const name = Key.slice(start)
        if (isNameable(name)) yield { name, isFolder: false }
      }
      for (const { Prefix = '' } of page.CommonPrefixes ?? []) {
        const name = Prefix.slice(start, -1)
        if (isNameable(name)) yield { name, isFolder: true }
      }
    }
  }

  async delete(location: string, options: RequestOptions = {}): Promise<void> {
    const target = s3Object(location)
    options.signal?.throwIfAborted()
    await deleteTarget(this.#requests, target, options)
  }

  async deleteAll(
    locations: readonly string[],
    options: RequestOptions = {},
  ): Promise<readonly DeleteFailure[]> {
    const targets = locations.map(s3Object)
    options.signal?.throwIfAborted()
    return deleteTargets(this.#requests, targets, options)
  }

  async #putWhole(write: S3Write, body: Uint8Array, options: RequestOptions): Promise<number> {
    const put = new PutObjectCommand({
      ...names(write.target),
      ...conditionOf(write),
      Metadata: writeMetadata(write),
      Body: body,
    })
    if (write.mode === 'create') await this.#probe?.require(write.target, options)
    await settleWrite(this.#requests, write, (client, http) => client.send(put, http), options)
    return body.length
  }

  /** A body that ends within its first part needs no upload of several. */
  async #putStream(
    write: S3Write,
    body: AsyncIterable<Uint8Array>,
    options: RequestOptions,
  ): Promise<number> {
    const parts = partsOf(body, PART_BYTES, options)
    try {
      const { value: first = new Uint8Array(0) } = await parts.next()
      if (first.length < PART_BYTES) return await this.#putWhole(write, first, options)
      return await putInParts(this.#requests, write, prepend(first, parts), options)
    } finally {
      await parts.return(undefined)
    }
  }
}

function names({ bucket, key }: S3Target): { readonly Bucket: string; readonly Key: string } {
  return { Bucket: bucket, Key: key }
}

function rangeHeader(range: ByteRange | undefined): { readonly Range?: string } {
  return range === undefined ? {} : { Range: `bytes=${range.start}-${range.end - 1}` }
}

/** The bytes of an answer, which are all that were announced: a connection that is cut can look like an end. */
async function bytesOf(
  { Body, ContentLength, ContentRange }: GetObjectCommandOutput,
  range: ByteRange | undefined,
): Promise<Uint8Array> {
  const bytes = Body === undefined ? new Uint8Array(0) : await Body.transformToByteArray()
  if (ContentLength !== undefined && bytes.length !== ContentLength) {
    throw Object.assign(new Error('fewer bytes than were announced'), { name: 'IncompleteAnswer' })
  }
  // Some servers answer a range with the whole object, which is their right.
  const isWhole = range === undefined || ContentRange !== undefined
  return isWhole ? bytes : bytes.slice(range.start, range.end)
}

/** Whole seconds, as the headers of S3 have them; its listings would be more exact. */
function objectInfo(
  location: string,
  sizeBytes: number | undefined,
  modified: Date | undefined,
): ObjectInfo {
  const modifiedMs = Math.floor((modified?.getTime() ?? 0) / 1_000) * 1_000
  return { location, sizeBytes: sizeBytes ?? 0, modifiedMs }
}

function below(folder: string, rest: string): string {
  return `${folder.replace(/\/+$/, '')}/${rest}`
}

async function* prepend(
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}
