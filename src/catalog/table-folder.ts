// One table in one folder, and the protocol by which writers who know nothing of each other take turns
// (spec: File System Tables). Where that renames, which overwrites silently, this creates exclusively:
//
//  1. A commit on version N creates version N+1 whole, and only if there is none. Who creates it has committed.
//  2. A version has one name: its compression is what the properties of version N say, and the first version of a table
//     is plain. A change of compression takes effect one commit later, so that no two writers on one base write two names.
//  3. A name is never used twice, so no writer can sleep until its name is free again: no version is deleted, and dropping
//     the table is a commit too, of a version that says so. A table made after that begins with the next version. Metadata
//     that a table lets go of leaves its name behind, with a mark of a few bytes.
//  4. The hint follows the version, and may fail to.
//
// Writers of other engines, which rename and delete, must not write to the same table at the same time. They can take turns.
import { createHash } from 'node:crypto'

import type { Environment } from '../base/environment.ts'
import { assert, unreachable } from '../base/assert.ts'
import { IcebergError, isKind } from '../base/errors.ts'
import type { ErrorKind } from '../base/errors.ts'
import { joinLocation, parentLocation, sameLocation } from '../io/location.ts'
import type { ObjectStore } from '../io/object-store.ts'
import { METADATA_COMPRESSION, readProperty } from '../metadata/properties.ts'
import { failedRequirement } from '../metadata/requirements.ts'
import { isSameTable } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { CommitOutcome, LoadedTable, TableCommit } from './catalog.ts'
import { dropMarker, isDropMarker } from './drop-marker.ts'
import { createExclusively } from './exclusive-create.ts'
import type { CreateOutcome } from './exclusive-create.ts'
import { formatIdentifier } from './identifier.ts'
import type { TableIdentifier } from './identifier.ts'
import {
  decodeMetadata,
  encodeMetadata,
  readMetadataBytes,
  readMetadataStart,
} from './metadata-file.ts'
import type { MetadataCodec } from './metadata-file.ts'
import {
  atCurrentVersion,
  hintAt,
  isNamedOtherwise,
  versionFile,
  versionOf,
  writeHint,
} from './metadata-versions.ts'
import type { MetadataFolder, VersionFile, WarningListener } from './metadata-versions.ts'
import { formerMetadata, nextMetadata } from './next-metadata.ts'
import { supersededMarker } from './superseded-marker.ts'

/**
 * Of the files that versions are. A stream asks for the newest version before each batch, and most often it has made that itself: to
 * decode it again, 200 snapshots, took a tenth of its time, and left behind what resident memory followed.
 */
const digests = new WeakMap<LoadedTable, string>()

export interface TableFolderOptions {
  readonly store: ObjectStore
  readonly environment: Environment
  readonly identifier: TableIdentifier
  /** The folder that has `metadata` in it. */
  readonly location: string
  readonly onWarning: WarningListener
}

/** A table that is a folder. Holds nothing but where that is: every call looks at the store. */
export class TableFolder {
  readonly #store: ObjectStore
  readonly #environment: Environment
  readonly #identifier: TableIdentifier
  readonly #location: string
  readonly #versions: MetadataFolder

  constructor(options: TableFolderOptions) {
    this.#store = options.store
    this.#environment = options.environment
    this.#identifier = options.identifier
    this.#location = options.location
    this.#versions = {
      store: options.store,
      location: joinLocation(options.location, 'metadata'),
      onWarning: options.onWarning,
    }
  }

  /** Whether there is a table. It is not read: a damaged one is still there. */
  async exists(): Promise<boolean> {
    return (await this.#last())?.isTable === true
  }

  /**
   * @param known given back where it is the current version still
   * @throws IcebergError `not-found` when there is no table
   */
  async load(known?: LoadedTable): Promise<LoadedTable> {
    const last = await atCurrentVersion(this.#versions, async ({ location }) => {
      const bytes = await readMetadataBytes(this.#store, location)
      const isTable = !isDropMarker(bytes)
      return { table: isTable ? await this.#decode(bytes, location, known) : null }
    })
    if (last?.table) return last.table
    throw this.#error('not-found', 'table does not exist')
  }

  /**
   * @throws IcebergError `conflict` when there is a table
   * @throws IcebergError `commit-unknown` when the table may or may not have been made
   */
  async create(metadata: TableMetadata): Promise<LoadedTable> {
    this.#checkLocation(metadata)
    const last = await this.#last()
    if (last?.isTable === true) throw this.#error('conflict', 'table exists')
    const file = versionFile(this.#versions, (last?.version ?? 0) + 1, 'none')
    const bytes = await this.#encode(metadata, 'none')
    const outcome = await this.#publish(file, bytes)
    if (outcome.kind === 'taken') throw this.#error('conflict', 'table exists')
    if (outcome.kind === 'unknown') {
      throw this.#error('commit-unknown', 'the table may or may not have been made', outcome.cause)
    }
    return this.#loaded(file.location, metadata, bytes)
  }

  /** As `Catalog.checkWritable`. */
  checkWritable({ metadata }: LoadedTable): void {
    this.#checkLocation(metadata)
  }

  /** As `Catalog.commitTable`. */
  async commit(base: LoadedTable, commit: TableCommit): Promise<CommitOutcome> {
    this.checkWritable(base)
    const reason = failedRequirement(base.metadata, commit.requirements)
    if (reason !== null) return { kind: 'conflict', reason }
    const metadata = nextMetadata(base, commit.updates, this.#environment.nowMs())
    // What can be wrong is found before the version is there: after that the commit has landed, whatever happens.
    const former = formerMetadata(base, metadata)
    const { file, codec } = this.#nextFile(base)
    const bytes = await this.#encode(metadata, codec)
    const outcome = await this.#publish(file, bytes)
    switch (outcome.kind) {
      case 'created':
        await this.#letGo(file.version, former)
        return { kind: 'committed', table: this.#loaded(file.location, metadata, bytes) }
      case 'taken':
        await this.#checkSame(base)
        return { kind: 'conflict', reason: `version ${file.version} is another writer's` }
      case 'unknown':
        return outcome
      default:
        return unreachable(outcome)
    }
  }

  /** Writes the hint again, for readers that go by it alone: it may have failed to follow a commit. */
  async publishLatest(): Promise<LoadedTable> {
    const table = await this.load()
    const version = versionOf(table.metadataLocation)
    assert(version !== null, 'a loaded table is at a version')
    await writeHint(this.#versions, version)
    return table
  }

  /**
   * Ends the table, after whichever commits were faster. Its files stay.
   *
   * @throws IcebergError `not-found` when there is no table
   * @throws IcebergError `commit-unknown` when the table may or may not be there still
   * @throws IcebergError `corrupt` or `unsupported` when it cannot be read: what is not understood is kept
   */
  async drop(): Promise<void> {
    const { file } = this.#nextFile(await this.load())
    const outcome = await this.#publish(file, dropMarker(this.#environment.uuid()))
    if (outcome.kind === 'unknown') {
      throw this.#error('commit-unknown', 'the table may or may not be dropped', outcome.cause)
    }
    if (outcome.kind === 'taken') await this.drop()
  }

  /** The last version, and whether it is one of a table; null when there never was a table. */
  #last(): Promise<{ readonly version: number; readonly isTable: boolean } | null> {
    return atCurrentVersion(this.#versions, async ({ version, location }) => {
      const start = await readMetadataStart(this.#store, location)
      return { version, isTable: !isDropMarker(start) }
    })
  }

  /** Lets go of the metadata of former versions, not of their names. What fails is a warning: the commit has landed. */
  async #letGo(newest: number, locations: readonly string[]): Promise<void> {
    for (const location of locations) {
      const version = this.#versionOf(location)
      // A log that is wrong must not cost the table its metadata.
      if (version === null || version >= newest) continue
      try {
        const bytes = await readMetadataBytes(this.#store, location)
        await this.#store.put(location, supersededMarker(bytes), 'overwrite')
      } catch (error) {
        if (isKind(error, 'not-found')) continue
        this.#versions.onWarning('metadata of a former version could not be let go', {
          metadata: location,
          reason: String(error),
        })
      }
    }
  }

  /** Null for files that are no versions of this table. */
  #versionOf(location: string): number | null {
    const isHere = sameLocation(parentLocation(location), this.#versions.location)
    return isHere ? versionOf(location) : null
  }

  /** Other engines name a version by its own properties, not by those of the one before: either name takes it. */
  async #publish(file: VersionFile, bytes: Uint8Array): Promise<CreateOutcome> {
    if (await isNamedOtherwise(this.#versions, file)) return { kind: 'taken' }
    const outcome = await createExclusively(this.#store, file.location, bytes)
    if (outcome.kind === 'created') await hintAt(this.#versions, file.version)
    return outcome
  }

  /** @throws IcebergError `not-found` when the table is gone, or another one */
  async #checkSame(base: LoadedTable): Promise<void> {
    const { metadata } = await this.load()
    if (isSameTable(base.metadata, metadata)) return
    throw this.#error('not-found', 'table was dropped, and another one made')
  }

  /** A name alone does not say that a version is the known one: another engine may have removed the table and made it anew. */
  async #decode(bytes: Uint8Array, location: string, known?: LoadedTable): Promise<LoadedTable> {
    const isKnown = known?.metadataLocation === location && digests.get(known) === digestOf(bytes)
    return isKnown ? known : this.#loaded(location, await decodeMetadata(bytes, location), bytes)
  }

  #encode(metadata: TableMetadata, codec: MetadataCodec): Promise<Uint8Array> {
    return encodeMetadata(metadata, { codec, commitId: this.#environment.uuid() })
  }

  #loaded(metadataLocation: string, metadata: TableMetadata, bytes: Uint8Array): LoadedTable {
    const table = { identifier: this.#identifier, metadataLocation, metadata }
    digests.set(table, digestOf(bytes))
    return table
  }

  /** The one name that all who build on a version compete for. */
  #nextFile(base: LoadedTable): { readonly file: VersionFile; readonly codec: MetadataCodec } {
    const version = this.#versionOf(base.metadataLocation)
    if (version === null) throw this.#error('invalid', 'version is of another table')
    const codec = readProperty(base.metadata.properties, METADATA_COMPRESSION)
    return { file: versionFile(this.#versions, version + 1, codec), codec }
  }

  /** A copy would write its rows to where it was copied from, and one could delete what the other needs. */
  #checkLocation({ location }: TableMetadata): void {
    if (sameLocation(location, this.#location)) return
    throw this.#error('unsupported', 'a table that says it is somewhere else can only be read')
  }

  #error(kind: ErrorKind, message: string, cause?: unknown): IcebergError {
    return new IcebergError(kind, message, {
      context: { table: formatIdentifier(this.#identifier), location: this.#location },
      cause,
    })
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64')
}
