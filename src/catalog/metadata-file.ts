import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'

import { IcebergError, withContext } from '../base/errors.ts'
import { parseJson, stringifyJson } from '../base/json-exact.ts'
import type { ObjectStore } from '../io/object-store.ts'
import { metadataFromJson, metadataToJson } from '../metadata/table-metadata-json.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { DROP_MARKER_START_BYTES } from './drop-marker.ts'
import { SUPERSEDED_START_BYTES, isSuperseded } from './superseded-marker.ts'

export type MetadataCodec = 'none' | 'gzip'

export interface MetadataLimits {
  /** Of the stored file and of the JSON in it, each. */
  readonly maxBytes: number
}

/** Twice what the largest tables are known to have; what unpacks to more is a mistake or an attack. */
export const DEFAULT_METADATA_LIMITS: MetadataLimits = { maxBytes: 256 * 1024 * 1024 }

/** How names of metadata files end, by codec (spec: Naming for GZIP compressed Metadata JSON files). */
export const METADATA_SUFFIX: Readonly<Record<MetadataCodec, string>> = {
  none: '.metadata.json',
  gzip: '.gz.metadata.json',
}

/** What gzip files once were called; read, never written. */
export const FORMER_GZIP_SUFFIX = '.metadata.json.gz'

/**
 * Reads a metadata file, plain or gzip as its first bytes say: names have been wrong.
 *
 * @throws IcebergError `not-found` when there is no file, or none any more
 * @throws IcebergError `corrupt` when its bytes are not table metadata, or metadata that contradicts itself
 * @throws IcebergError `limit` when it is larger than allowed
 */
export async function readMetadataFile(
  store: ObjectStore,
  location: string,
  limits: MetadataLimits = DEFAULT_METADATA_LIMITS,
): Promise<TableMetadata> {
  return decodeMetadata(await readMetadataBytes(store, location, limits), location, limits)
}

/** The bytes of a metadata file as they are stored. Errors as {@link readMetadataFile}. */
export async function readMetadataBytes(
  store: ObjectStore,
  location: string,
  limits: MetadataLimits = DEFAULT_METADATA_LIMITS,
): Promise<Uint8Array> {
  const bytes = await store.get(location, { start: 0, end: limits.maxBytes + 1 })
  if (bytes.length > limits.maxBytes) throw tooLarge(location, limits)
  if (isSuperseded(bytes)) throw letGo(location)
  return bytes
}

/**
 * The first bytes of a metadata file, which tell whether it ends a table.
 *
 * @throws IcebergError `not-found` when there is no file, or none any more
 */
export async function readMetadataStart(store: ObjectStore, location: string): Promise<Uint8Array> {
  const end = Math.max(DROP_MARKER_START_BYTES, SUPERSEDED_START_BYTES)
  const bytes = await store.get(location, { start: 0, end })
  if (isSuperseded(bytes)) throw letGo(location)
  return bytes
}

/** Metadata from the bytes of a file. `location` is for messages. */
export async function decodeMetadata(
  bytes: Uint8Array,
  location: string,
  limits: MetadataLimits = DEFAULT_METADATA_LIMITS,
): Promise<TableMetadata> {
  const json = await decodeMetadataJson(bytes, location, limits)
  try {
    return metadataFromJson(json)
  } catch (error) {
    throw withContext(error, { metadataLocation: location })
  }
}

/** The JSON of a metadata file, whatever it says. Errors as {@link readMetadataFile}. */
export async function decodeMetadataJson(
  bytes: Uint8Array,
  location: string,
  limits: MetadataLimits = DEFAULT_METADATA_LIMITS,
): Promise<unknown> {
  const plain = isGzip(bytes) ? await unpack(bytes, location, limits) : bytes
  try {
    return parseJson(decodeText(plain))
  } catch (error) {
    throw withContext(error, { metadataLocation: location })
  }
}

/** Beside the fields of the format, which readers take and others pass over. */
const COMMIT_ID = 'frazil-commit-id'

export interface EncodeMetadataOptions {
  readonly codec: MetadataCodec
  /**
   * Marks one attempt to commit, so that no two attempts have the same bytes, even if they make the same change in the
   * same millisecond. When the outcome is in doubt, "is this file mine" then has one answer.
   */
  readonly commitId: string
}

/** The bytes of a metadata file. What contradicts itself is not written: that would be `internal`. */
export async function encodeMetadata(
  metadata: TableMetadata,
  options: EncodeMetadataOptions,
): Promise<Uint8Array> {
  // Table metadata is a JSON object (spec: Table Metadata and Snapshots).
  const fields = metadataToJson(metadata) as object
  const text = stringifyJson({ ...fields, [COMMIT_ID]: options.commitId })
  const plain = new TextEncoder().encode(text)
  return options.codec === 'gzip' ? new Uint8Array(await promisify(gzip)(plain)) : plain
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

async function unpack(
  bytes: Uint8Array,
  location: string,
  limits: MetadataLimits,
): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: limits.maxBytes })
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(location, limits)
    throw new IcebergError('corrupt', 'gzip data is damaged', {
      context: { metadataLocation: location },
      cause: error,
    })
  }
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new IcebergError('corrupt', 'text is not UTF-8', { cause: error })
  }
}

function letGo(metadataLocation: string): IcebergError {
  return new IcebergError('not-found', 'metadata of a former version was let go', {
    context: { metadataLocation },
  })
}

function tooLarge(metadataLocation: string, { maxBytes }: MetadataLimits): IcebergError {
  return new IcebergError('limit', 'table metadata is larger than allowed', {
    context: { metadataLocation, maxBytes },
  })
}
