import type { Environment } from '../base/environment.ts'
import { IcebergError } from '../base/errors.ts'
import { joinLocation, lastName } from '../io/location.ts'
import type { ObjectStore, RequestOptions } from '../io/object-store.ts'
import { METADATA_COMPRESSION, readProperty } from '../metadata/properties.ts'
import { failedRequirement } from '../metadata/requirements.ts'
import { isSameTable } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { Catalog, CommitOutcome, LoadedTable, TableCommit } from './catalog.ts'
import { checkIdentifier, checkNames, formatIdentifier } from './identifier.ts'
import type { TableIdentifier } from './identifier.ts'
import { METADATA_SUFFIX, encodeMetadata } from './metadata-file.ts'
import { formerMetadata, nextMetadata } from './next-metadata.ts'

export interface MemoryCatalogOptions {
  /** Where metadata files go. */
  readonly store: ObjectStore
  readonly environment: Environment
  /** Where tables go that do not say where. */
  readonly warehouse: string
}

/**
 * A catalog for one process, as long as it is held: names are in memory, metadata files in a store, named like those of
 * catalogs that are services (spec: Metastore Tables). The reference for what a catalog does.
 */
export function createMemoryCatalog(options: MemoryCatalogOptions): Catalog {
  return new MemoryCatalog(options)
}

class MemoryCatalog implements Catalog {
  readonly #store: ObjectStore
  readonly #environment: Environment
  readonly #warehouse: string
  readonly #tables = new Map<string, LoadedTable>()

  constructor(options: MemoryCatalogOptions) {
    this.#store = options.store
    this.#environment = options.environment
    this.#warehouse = options.warehouse
  }

  defaultLocation(identifier: TableIdentifier): string {
    checkIdentifier(identifier)
    return joinLocation(this.#warehouse, ...identifier.namespace, identifier.name)
  }

  async createTable(identifier: TableIdentifier, metadata: TableMetadata): Promise<LoadedTable> {
    checkIdentifier(identifier)
    const name = formatIdentifier(identifier)
    const table = await this.#write(identifier, metadata, 0)
    if (this.#tables.has(name)) {
      await this.#discard(table)
      throw new IcebergError('conflict', 'table exists', { context: { table: name } })
    }
    this.#tables.set(name, table)
    return table
  }

  async loadTable(identifier: TableIdentifier, options: RequestOptions = {}): Promise<LoadedTable> {
    options.signal?.throwIfAborted()
    checkIdentifier(identifier)
    const table = this.#tables.get(formatIdentifier(identifier))
    return table ?? fail(identifier, 'table does not exist')
  }

  async commitTable(base: LoadedTable, commit: TableCommit): Promise<CommitOutcome> {
    const before = this.#reasonAgainst(base, commit)
    if (before !== null) return { kind: 'conflict', reason: before }
    const metadata = nextMetadata(base, commit.updates, this.#environment.nowMs())
    const former = formerMetadata(base, metadata)
    const table = await this.#write(base.identifier, metadata, versionOf(base) + 1)
    const now = this.#reasonAgainst(base, commit)
    if (now !== null) {
      await this.#discard(table)
      return { kind: 'conflict', reason: now }
    }
    this.#tables.set(formatIdentifier(base.identifier), table)
    // Their names are never given again. What stays behind does no harm, and the commit has landed.
    await this.#store.deleteAll(former).catch(() => [])
    return { kind: 'committed', table }
  }

  /** All that it has was made by it, where it says that it is. */
  checkWritable(): void {}

  async publishLatest(identifier: TableIdentifier): Promise<LoadedTable> {
    return this.loadTable(identifier)
  }

  async tableExists(identifier: TableIdentifier, options: RequestOptions = {}): Promise<boolean> {
    options.signal?.throwIfAborted()
    checkIdentifier(identifier)
    return this.#tables.has(formatIdentifier(identifier))
  }

  async listTables(
    namespace: readonly string[],
    options: RequestOptions = {},
  ): Promise<readonly TableIdentifier[]> {
    options.signal?.throwIfAborted()
    checkNames(namespace)
    return [...this.#tables.values()]
      .map((table) => table.identifier)
      .filter((identifier) => identifier.namespace.join('.') === namespace.join('.'))
      .sort((left, right) => (left.name < right.name ? -1 : 1))
  }

  async listNamespaces(
    parent: readonly string[],
    options: RequestOptions = {},
  ): Promise<readonly (readonly string[])[]> {
    options.signal?.throwIfAborted()
    checkNames(parent)
    const start = parent.map((part) => `${part}.`).join('')
    const names = [...this.#tables.keys()]
      .filter((name) => name.startsWith(start))
      .map((name) => name.slice(start.length).split('.'))
      .flatMap(([name = '', ...below]) => (below.length === 0 ? [] : [name]))
    return [...new Set(names)].sort().map((name) => [...parent, name])
  }

  async dropTable(identifier: TableIdentifier): Promise<void> {
    checkIdentifier(identifier)
    if (!this.#tables.delete(formatIdentifier(identifier))) fail(identifier, 'table does not exist')
  }

  /** Why a commit cannot be made now; null when it can. */
  #reasonAgainst({ identifier, ...base }: LoadedTable, commit: TableCommit): string | null {
    const current = this.#tables.get(formatIdentifier(identifier))
    if (current === undefined || !isSameTable(base.metadata, current.metadata)) {
      return fail(identifier, 'table was dropped, or dropped and made again')
    }
    if (current.metadataLocation !== base.metadataLocation) return 'table has a newer version'
    return failedRequirement(current.metadata, commit.requirements)
  }

  async #write(
    identifier: TableIdentifier,
    metadata: TableMetadata,
    version: number,
  ): Promise<LoadedTable> {
    const codec = readProperty(metadata.properties, METADATA_COMPRESSION)
    const commitId = this.#environment.uuid()
    const name = `${String(version).padStart(5, '0')}-${commitId}${METADATA_SUFFIX[codec]}`
    const metadataLocation = joinLocation(metadata.location, 'metadata', name)
    const bytes = await encodeMetadata(metadata, { codec, commitId })
    await this.#store.put(metadataLocation, bytes, 'create')
    return { identifier, metadataLocation, metadata }
  }

  /** Nobody knows of the file. If it stays, orphan removal takes it. */
  async #discard({ metadataLocation }: LoadedTable): Promise<void> {
    await this.#store.delete(metadataLocation).catch(() => undefined)
  }
}

function versionOf({ metadataLocation }: LoadedTable): number {
  return Number.parseInt(lastName(metadataLocation), 10)
}

function fail(identifier: TableIdentifier, message: string): never {
  throw new IcebergError('not-found', message, { context: { table: formatIdentifier(identifier) } })
}
