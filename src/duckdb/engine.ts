// DuckDB as an engine for rows that lie in local Parquet files: it reads, filters, sorts and writes them by itself, several
// times as fast as batches pass through JavaScript. We plan, prune, name files, make them durable and commit. It takes on what
// it does exactly as we do, and declines the rest.
import { availableParallelism } from 'node:os'

import { IcebergError, isKind } from '../base/errors.ts'
import { checkOptions } from '../base/options.ts'
import { makeTemporaryFolder } from '../io/temporary-folder.ts'
import type { DataFile } from '../metadata/data-file.ts'
import { columnMetricsModes } from '../metadata/column-metrics-modes.ts'
import type { MetricsMode } from '../metadata/metrics-mode.ts'
import { currentSchema, currentSortOrder, currentSpec } from '../metadata/table-metadata.ts'
import type { DirectRelation, RowContent } from '../scan/row-source.ts'
import { dataFolder } from '../table/locations.ts'
import { allFields } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import { isFloating, isPrimitive } from '../types/type.ts'
import type { EnginePlan, RowEngine, RowLayout } from '../write/row-engine.ts'
import type { WriteContext } from '../write/write-context.ts'
import { copyStatement } from './copy-sql.ts'
import { Declined, decline } from './declined.ts'
import { FileSizes } from './file-sizes.ts'
import { matchColumns } from './match-columns.ts'
import { directRelation } from './read-files.ts'
import { DatabaseThread, isInstalled } from './thread.ts'
import { workingTable } from './working-table.ts'
import { writeTable } from './write-files.ts'
import type { FileRequest } from './write-files.ts'

/** What the engine may take. */
export interface DuckDBOptions {
  /**
   * Bytes that DuckDB takes for the rows of one operation before it puts them into temporary files; 128 MiB for each core
   * when absent. It works with a thread for each 128 MiB, so that less memory leaves cores idle. Beside these it takes some
   * for what it reads and writes, about 300 MiB with two threads.
   */
  readonly memoryBytes?: number
}

/** With less than this, a thread may fail to sort what it could not hold. */
const THREAD_MEMORY_BYTES = 1 << 27

/**
 * An engine that warehouses may be opened with. Where the package `@duckdb/node-api` is not installed it declines
 * everything. It starts a thread with the first rows that it takes on, which does not keep the process alive.
 *
 * @throws IcebergError `invalid` for options that there are not, and for no number of bytes
 */
export function duckdb(options: DuckDBOptions = {}): RowEngine {
  checkOptions<DuckDBOptions>('duckdb', options, { memoryBytes: true })
  const { memoryBytes = availableParallelism() * THREAD_MEMORY_BYTES } = options
  if (Number.isFinite(memoryBytes) && memoryBytes > 0) return new DuckDBEngine(memoryBytes)
  throw new IcebergError('invalid', 'memoryBytes must be a number of bytes, more than none', {
    context: { memoryBytes },
  })
}

class DuckDBEngine implements RowEngine {
  readonly #memoryBytes: number
  readonly #thread = new DatabaseThread()

  constructor(memoryBytes: number) {
    this.#memoryBytes = memoryBytes
  }

  prepare(): void {
    if (isInstalled()) this.#thread.start()
  }

  async plan(context: WriteContext, rows: RowContent, layout: RowLayout): Promise<EnginePlan> {
    try {
      if (!isInstalled()) decline('no package @duckdb/node-api')
      this.#thread.start()
      const operation = await planOperation(context, rows, layout)
      return { kind: 'taken-on', write: () => this.#run(operation, layout) }
    } catch (error) {
      if (error instanceof Declined) return { kind: 'declined', reason: error.reason }
      throw error
    }
  }

  async #run(operation: Operation, { tempFolder }: RowLayout): Promise<readonly DataFile[] | null> {
    const { relation, folder, request } = operation
    const temporary = await makeTemporaryFolder({ parent: tempFolder })
    try {
      const database = await this.#thread.open({
        readable: relation.files,
        writable: [folder],
        tempFolder: temporary.path,
        memoryBytes: this.#memoryBytes,
        threads: threadsIn(this.#memoryBytes),
      })
      try {
        return await writeTable({ ...request, database })
      } catch (error) {
        // Such as row groups of wide rows, which it reads whole. Batches of ours need less.
        if (isKind(error, 'limit')) return null
        throw error
      } finally {
        await database.close()
      }
    } finally {
      await temporary.remove()
    }
  }
}

/** As many as there are cores, where each has the memory that it needs; one at the least. */
export function threadsIn(memoryBytes: number): number {
  const affordable = Math.max(1, Math.floor(memoryBytes / THREAD_MEMORY_BYTES))
  return Math.min(affordable, availableParallelism())
}

/** Everything that is decided before DuckDB is asked. */
interface Operation {
  readonly relation: DirectRelation
  /** The folder that files are written below. */
  readonly folder: string
  readonly request: Omit<FileRequest, 'database'>
}

/** @throws Declined */
async function planOperation(
  context: WriteContext,
  rows: RowContent,
  { order, sortOrderId }: RowLayout,
): Promise<Operation> {
  if (context.movesRows === true) decline('rows that take their ids along')
  const { metadata, services } = context.state
  const { localFiles } = services.store
  const root = dataFolder(metadata)
  const folder = (await localFiles?.pathOf(root)) ?? null
  if (localFiles === undefined || folder === null)
    return decline('a table that is not on this machine')
  const schema = currentSchema(metadata)
  const { properties } = metadata
  const copy = copyStatement(schema, properties, context.compression)
  const relation = await relationOf(rows, context.signal)
  const matched = matchColumns(relation.sql, rows.fields, schema)
  const modes = columnMetricsModes({ properties, schema, sortOrder: currentSortOrder(metadata) })
  const table = workingTable({
    schema,
    relation: { sql: matched.sql, files: relation.files },
    spec: currentSpec(metadata),
    order,
    floatingIds: floatingIds(schema, modes),
  })
  const { mustBeKnown } = matched
  const sizes = new FileSizes(properties, context.fileLength)
  return {
    relation,
    folder,
    request: { context, localFiles, table, copy, sizes, modes, mustBeKnown, sortOrderId },
  }
}

async function relationOf(rows: RowContent, signal?: AbortSignal): Promise<DirectRelation> {
  return rows.kind === 'files' ? directRelation(rows, signal) : rows.relation
}

/** Columns of which NaN are counted: those with metrics, of which a row holds one value. */
function floatingIds(schema: Schema, modes: ReadonlyMap<number, MetricsMode>): readonly number[] {
  return allFields(schema).flatMap(({ field: { id, type }, isRepeated }) => {
    const isMeasured = isPrimitive(type) && isFloating(type) && modes.get(id)?.kind !== 'none'
    return isMeasured && !isRepeated ? [id] : []
  })
}
