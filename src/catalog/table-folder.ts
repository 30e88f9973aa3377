// One table in one folder, and the protocol by which writers who know nothing of each other take turns
// (spec: File System Tables, but with an exclusive create where that has a rename, which overwrites silently):
//
//  1. A commit on version N creates version N+1 whole, and only if there is none. Who creates it has committed.
//  2. A version has one name: its compression is what the properties of version N say, and version 1 is plain. A change
//     of compression takes effect one commit later; two writers on one base never write two names.
//  3. A name is never used twice: nothing here deletes versions but dropping the table. A writer that slept through a
//     drop finds, after its create, that the version it built on is gone, and takes its own back.
//  4. The hint follows the version, and may fail to.
//
// Writers of other engines that rename must not write to the same table.
import type { Environment } from '../base/environment.ts'
import { IcebergError, isKind } from '../base/errors.ts'
import type { ErrorKind } from '../base/errors.ts'
import { joinLocation, parentLocation, sameLocation } from '../io/location.ts'
import type { ObjectStore } from '../io/object-store.ts'
import { METADATA_COMPRESSION, readProperty } from '../metadata/properties.ts'
import { failedRequirement } from '../metadata/requirements.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { CommitOutcome, LoadedTable, TableCommit } from './catalog.ts'
import { createExclusively } from './exclusive-create.ts'
import { formatIdentifier } from './identifier.ts'
import type { TableIdentifier } from './identifier.ts'
import { encodeMetadata, readMetadataFile } from './metadata-file.ts'
import type { MetadataCodec } from './metadata-file.ts'
import {
  atCurrentVersion,
  deleteHint,
  findVersion,
  listVersions,
  versionFile,
  versionOf,
  writeHint,
} from './metadata-versions.ts'
import type { MetadataFolder, VersionFile, WarningListener } from './metadata-versions.ts'
import { nextMetadata } from './next-metadata.ts'

export interface TableFolderOptions {
  readonly store: ObjectStore
  readonly environment: Environment
  readonly identifier: TableIdentifier
  /** The folder that has `metadata` in it. */
  readonly location: string
  readonly onWarning: WarningListener
}

/** How much of a metadata file is read to see whose it is. */
const START_BYTES = 4096

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

  /** Whether there is a version. It is not read: a damaged table is still there. */
  async exists(): Promise<boolean> {
    return (await this.#currentFile()) !== null
  }

  /** @throws IcebergError `not-found` when there is no table */
  async load(): Promise<LoadedTable> {
    const table = await atCurrentVersion(this.#versions, async ({ location }) => {
      const metadata = await readMetadataFile(this.#store, location)
      return this.#loaded(location, metadata)
    })
    if (table === null) throw this.#error('not-found', 'table does not exist')
    return table
  }

  /**
   * @throws IcebergError `conflict` when there is a table
   * @throws IcebergError `commit-unknown` when the table may or may not have been made
   */
  async create(metadata: TableMetadata): Promise<LoadedTable> {
    this.#checkLocation(metadata)
    if (await this.exists()) throw this.#error('conflict', 'table exists')
    const file = versionFile(this.#versions, 1, 'none')
    const outcome = await createExclusively(
      this.#store,
      file.location,
      await this.#encode(metadata, 'none'),
    )
    if (outcome.kind === 'taken') throw this.#error('conflict', 'table exists')
    if (outcome.kind === 'unknown') {
      throw this.#error('commit-unknown', 'the table may or may not have been made', outcome.cause)
    }
    await writeHint(this.#versions, file.version)
    return this.#loaded(file.location, metadata)
  }

  /** As `Catalog.commitTable`. */
  async commit(base: LoadedTable, commit: TableCommit): Promise<CommitOutcome> {
    this.#checkLocation(base.metadata)
    const reason = failedRequirement(base.metadata, commit.requirements)
    if (reason !== null) return { kind: 'conflict', reason }
    const metadata = nextMetadata(base, commit.updates, this.#environment.nowMs())
    const codec = readProperty(base.metadata.properties, METADATA_COMPRESSION)
    const file = versionFile(this.#versions, this.#versionOf(base) + 1, codec)
    const bytes = await this.#encode(metadata, codec)
    const outcome = await createExclusively(this.#store, file.location, bytes)
    if (outcome.kind === 'unknown') return outcome
    if (outcome.kind === 'taken') return this.#lost(base, file)
    if (!(await this.#stands(base))) return this.#takeBack(file)
    await writeHint(this.#versions, file.version)
    return { kind: 'committed', table: this.#loaded(file.location, metadata) }
  }

  /**
   * Deletes the versions from the lowest up and then the hint: half way through, the table is still the one it was.
   *
   * @throws IcebergError `not-found` when there is no table
   * @throws IcebergError `corrupt` or `unsupported` when it cannot be read: what is not understood is kept
   */
  async drop(): Promise<void> {
    const { metadata } = await this.load()
    const files = await listVersions(this.#versions)
    for (const file of files) await this.#store.delete(file.location)
    await this.#deleteLateVersions((files.at(-1)?.version ?? 0) + 1, metadata.tableUuid)
    await deleteHint(this.#versions)
  }

  /** Commits that landed while the versions below them were deleted. One that lands later sees that, and takes itself back. */
  async #deleteLateVersions(from: number, tableUuid: string): Promise<void> {
    for (let version = from; ; version += 1) {
      const file = await findVersion(this.#versions, version)
      if (file === null || !(await this.#isOf(tableUuid, file.location))) return
      await this.#store.delete(file.location)
    }
  }

  /** Another writer has the version. Whether the table is still the one that was known is told by the version below. */
  async #lost(base: LoadedTable, file: VersionFile): Promise<CommitOutcome> {
    if (!(await this.#stands(base))) {
      const { metadata } = await this.load()
      if (metadata.tableUuid !== base.metadata.tableUuid) throw this.#error('not-found', REPLACED)
    }
    return { kind: 'conflict', reason: `version ${file.version} is another writer's` }
  }

  /**
   * The version that ours builds on went away, and nobody may take ours for the table. Newer versions on top of ours say
   * that it was no drop; then what became of ours is for the one who made it to find out.
   */
  async #takeBack(file: VersionFile): Promise<CommitOutcome> {
    try {
      const newest = await this.#currentFile()
      if (newest !== null && newest.location !== file.location) {
        return { kind: 'unknown', cause: this.#error('conflict', 'older versions were deleted') }
      }
      await this.#store.delete(file.location)
    } catch (cause) {
      return { kind: 'unknown', cause }
    }
    throw this.#error('not-found', REPLACED)
  }

  #currentFile(): Promise<VersionFile | null> {
    return atCurrentVersion(this.#versions, async (file) => {
      await this.#store.head(file.location)
      return file
    })
  }

  /** Whether a version is still what it was. One that cannot be read now is not known to be gone. */
  async #stands({ metadataLocation, metadata }: LoadedTable): Promise<boolean> {
    try {
      return await this.#isOf(metadata.tableUuid, metadataLocation)
    } catch {
      return true
    }
  }

  /** Whether there is a file that is metadata of that table. If its first bytes do not tell, the whole of it does. */
  async #isOf(tableUuid: string, location: string): Promise<boolean> {
    try {
      const start = await this.#store.get(location, { start: 0, end: START_BYTES })
      const uuid = /"table-uuid"\s*:\s*"([^"]*)"/.exec(new TextDecoder().decode(start))?.[1]
      if (uuid === tableUuid) return true
      return (await readMetadataFile(this.#store, location)).tableUuid === tableUuid
    } catch (error) {
      if (isKind(error, 'not-found')) return false
      throw error
    }
  }

  #encode(metadata: TableMetadata, codec: MetadataCodec): Promise<Uint8Array> {
    return encodeMetadata(metadata, { codec, commitId: this.#environment.uuid() })
  }

  #loaded(metadataLocation: string, metadata: TableMetadata): LoadedTable {
    return { identifier: this.#identifier, metadataLocation, metadata }
  }

  #versionOf({ metadataLocation }: LoadedTable): number {
    const version = versionOf(metadataLocation)
    const isHere = sameLocation(parentLocation(metadataLocation), this.#versions.location)
    if (version === null || !isHere) throw this.#error('invalid', 'version is of another table')
    return version
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

const REPLACED = 'table was dropped, or dropped and made again'
