import { Table as ArrowTable } from 'apache-arrow'
import type { RecordBatch } from 'apache-arrow'

import { IcebergError } from '../base/errors.ts'
import { STOP_NAMES, checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import type { Predicate } from '../expressions/build.ts'
import { expressionOf } from '../expressions/filter.ts'
import { arrowSchemaOf } from '../formats/arrow/schema.ts'
import { sliceBatch } from '../formats/arrow/take.ts'
import type { TableState } from '../table/table-state.ts'
import type { MetadataPath, WithMetadata } from '../types/metadata-row.ts'
import type { Picked } from '../types/picked-row.ts'
import type { Paths } from '../types/row-types.ts'
import type { Field } from '../types/type.ts'
import type { OutputForms } from '../types/value-output.ts'
import { countTask } from './count-task.ts'
import { scanError } from './expired-meanwhile.ts'
import type { Explanation } from './explanation.ts'
import { planScan, planScanTasks } from './plan-scan.ts'
import { checkReadable } from './readable-fields.ts'
import { readTasks } from './read-tasks.ts'
import { resolveScan } from './resolve-scan.ts'
import type { ResolvedScan, ScanDescription, ScanSelector } from './resolve-scan.ts'
import { RowSource } from './row-source.ts'
import type { FileRows } from './row-source.ts'
import { batchLines, batchObjects } from './rows.ts'
import type { ScanPlan } from './scan-plan.ts'
import { timeToMs } from './selector.ts'
import type { SnapshotSelector } from './selector.ts'
import type { FileScanTask } from './task.ts'

/** How a scan is run. An aborted one rejects with the reason of its signal. */
export interface ScanOptions {
  readonly signal?: AbortSignal
}

/** How the rows of a scan are handed out. */
export interface BatchOptions extends ScanOptions {
  /** Rows a batch at the most, 65,536 when absent. */
  readonly batchRows?: number
}

const BATCH_NAMES: OptionNames<BatchOptions> = { ...STOP_NAMES, batchRows: true }

interface ScanState extends ScanDescription {
  readonly table: TableState
  readonly forms: OutputForms
  readonly limit: number | null
}

/**
 * A read that has been described but not started. Every method returns a new scan, so a half-built scan can be shared;
 * nothing touches storage until {@link TableScan.plan} or the first batch. It reads one snapshot from start to end,
 * whatever is committed meanwhile.
 */
export class TableScan<Input, Output> implements AsyncIterable<Output> {
  readonly #state: ScanState
  #planned: ScanPlan | null = null
  #resolved: ResolvedScan | null = null

  private constructor(state: ScanState) {
    this.#state = Object.freeze(state)
  }

  static of<Input, Output>(
    table: TableState,
    forms: OutputForms,
    selector: ScanSelector = { kind: 'current' },
  ): TableScan<Input, Output> {
    const all = { filters: [], columns: null, limit: null }
    return new TableScan<Input, Output>({ ...all, table, forms, selector })
  }

  /**
   * Keeps rows that match `filter` as well as every filter given before.
   *
   * @param filter from the builders, or as text such as `city = 'Oslo' and fare > 10.00`
   * @throws IcebergError `invalid` at once when the text cannot be read, and when the scan starts if it names no column
   */
  where(filter: Predicate<WithMetadata<Input>> | string): TableScan<Input, Output> {
    return this.#with({ filters: [...this.#state.filters, expressionOf(filter)] })
  }

  /**
   * Gives these columns, in this order. A path into a struct gives the struct with only what is named. Metadata columns,
   * such as `_file` and `_pos`, are given where they are named.
   */
  select<const Columns extends readonly (Paths<Output> | MetadataPath)[]>(
    ...columns: Columns
  ): TableScan<Input, Picked<WithMetadata<Output>, Columns[number]>> {
    return new TableScan<Input, Picked<WithMetadata<Output>, Columns[number]>>({
      ...this.#state,
      columns: columns.map((column) => [column]),
    })
  }

  /** Gives these columns by their names from the root, for names that hold a dot or are only known at run time. */
  selectPaths(paths: readonly (readonly string[])[]): TableScan<Input, Record<string, unknown>> {
    return new TableScan<Input, Record<string, unknown>>({ ...this.#state, columns: paths })
  }

  /** Reads the snapshot of that id. */
  snapshot(snapshotId: bigint): TableScan<Input, Output> {
    if (typeof snapshotId !== 'bigint') {
      throw new IcebergError(
        'invalid',
        'a snapshot id is a bigint: a number does not hold all of them',
      )
    }
    return this.#select({ kind: 'snapshot', snapshotId })
  }

  /** Reads the table as it stood at `time`: ISO 8601 with an offset, or milliseconds since the epoch. */
  asOf(time: string | bigint): TableScan<Input, Output> {
    return this.#select({ kind: 'as-of', timestampMs: timeToMs(time) })
  }

  /** Reads the head of a branch, or a tag. */
  ref(name: string): TableScan<Input, Output> {
    return this.#select({ kind: 'ref', name })
  }

  /** Ends after `rows` rows. Which ones is up to the order of the files. */
  limit(rows: number): TableScan<Input, Output> {
    if (!Number.isSafeInteger(rows) || rows < 0) {
      throw new IcebergError('invalid', 'a limit is a whole number of rows, 0 or more', {
        context: { limit: rows },
      })
    }
    return this.#with({ limit: Math.min(rows, this.#state.limit ?? rows) })
  }

  /** The files that may hold matching rows, and how far each level of pruning got. */
  async plan(options: ScanOptions = {}): Promise<ScanPlan> {
    checkOptions('plan', options, STOP_NAMES)
    return this.#plan(this.#resolve(), options)
  }

  /**
   * Why each manifest, file and row group is read or not, one after the other, and in the end what it comes to. Takes
   * longer than {@link plan}: the footer of each file that is read is read for it. A limit ends nothing early here.
   */
  async *explain(options: ScanOptions = {}): AsyncGenerator<Explanation> {
    checkOptions('explain', options, STOP_NAMES)
    // Few scans are explained, and all are loaded.
    const { explainScan } = await import('./explain.ts')
    yield* explainScan(this.#state.table, { ...this.#resolve(), ...options })
  }

  /**
   * The columns that the scan gives.
   *
   * @throws IcebergError `unsupported` when one of them is of a type that is not read, naming it
   */
  get fields(): readonly Field[] {
    const { fields } = this.#resolve()
    checkReadable(fields)
    return fields
  }

  /**
   * Arrow record batches in file order, none of them empty, in bounded memory. A table that they are written to may take
   * the rows from their files instead, if its warehouse has an engine for that.
   *
   * @throws IcebergError `invalid` at once for options that there are not
   */
  batches(options: BatchOptions = {}): RowSource {
    checkOptions('batches', options, BATCH_NAMES)
    return new RowSource(this.#batches(options), () => this.#fileRows(options))
  }

  async *#batches(options: BatchOptions): AsyncGenerator<RecordBatch> {
    checkBatchRows(options.batchRows)
    const resolved = this.#resolve()
    checkReadable(resolved.fields)
    let left = this.#state.limit ?? Number.POSITIVE_INFINITY
    if (left === 0) return
    const tasks = this.#tasks(resolved, options)
    const request = { ...resolved, ...options, isReadAhead: this.#state.limit === null }
    try {
      for await (const batch of readTasks(this.#state.table, tasks, request)) {
        yield batch.numRows <= left ? batch : sliceBatch(batch, 0, left)
        left -= batch.numRows
        if (left <= 0) return
      }
    } catch (error) {
      throw await scanError(this.#state.table, resolved, error)
    }
  }

  /** The rows as plain objects. */
  async *rows(options: BatchOptions = {}): AsyncGenerator<Output> {
    const { fields } = this
    for await (const batch of this.batches(options)) {
      // The objects are made field by field from the columns that Output is computed from.
      yield* batchObjects(batch, fields, this.#state.forms) as Iterable<Output>
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<Output> {
    return this.rows()
  }

  /** All rows at once, for small reads. */
  async toArray(options: BatchOptions = {}): Promise<Output[]> {
    const rows: Output[] = []
    for await (const row of this.rows(options)) rows.push(row)
    return rows
  }

  /** All rows as one Arrow table, for reads that fit in memory. */
  async toArrow(options: BatchOptions = {}): Promise<ArrowTable> {
    const batches: RecordBatch[] = []
    for await (const batch of this.batches(options)) batches.push(batch)
    return new ArrowTable(arrowSchemaOf({ fields: this.fields }), batches)
  }

  /** The rows as lines of JSON, as the command prints them, without line ends. */
  async *ndjson(options: BatchOptions = {}): AsyncGenerator<string> {
    const { fields } = this
    for await (const batch of this.batches(options)) yield* batchLines(batch, fields)
  }

  /** The number of rows: of files of which metadata decides the filter without reading them. */
  async count(options: ScanOptions = {}): Promise<bigint> {
    checkOptions('count', options, STOP_NAMES)
    const { limit } = this.#state
    const most = limit === null ? null : BigInt(limit)
    const resolved = this.#resolve()
    const { tasks } = await this.#plan(resolved, options)
    let rows = 0n
    for (const task of tasks) {
      if (most !== null && rows >= most) break
      rows += await this.#told(
        resolved,
        countTask(this.#state.table, task, { ...resolved, ...options }),
      )
    }
    return most !== null && rows > most ? most : rows
  }

  /** Which rows a limit leaves is only known by their batches. */
  async #fileRows(options: ScanOptions): Promise<FileRows | null> {
    if (this.#state.limit !== null) return null
    const resolved = this.#resolve()
    checkReadable(resolved.fields)
    const { tasks } = await this.#plan(resolved, options)
    const { schema, fields } = resolved
    return { kind: 'files', state: this.#state.table, tasks, schema, fields }
  }

  /** Where a limit may end the scan before its last file, no more is planned than is read. */
  async *#tasks(resolved: ResolvedScan, options: ScanOptions): AsyncGenerator<FileScanTask> {
    if (this.#planned !== null || this.#state.limit === null) {
      yield* (await this.#plan(resolved, options)).tasks
      return
    }
    const request = { ...resolved, ...options, manifestsInFlight: 1 }
    for await (const tasks of planScanTasks(this.#state.table, request)) yield* tasks
  }

  /** A scan reads one version, so one plan serves whatever is asked of it. */
  async #plan(resolved: ResolvedScan, options: ScanOptions): Promise<ScanPlan> {
    this.#planned ??= await this.#told(
      resolved,
      planScan(this.#state.table, { ...resolved, ...options }),
    )
    return this.#planned
  }

  /** Says of a file that is missing when it went with a snapshot. */
  async #told<Result>(resolved: ResolvedScan, work: Promise<Result>): Promise<Result> {
    try {
      return await work
    } catch (error) {
      throw await scanError(this.#state.table, resolved, error)
    }
  }

  #resolve(): ResolvedScan {
    this.#resolved ??= resolveScan(this.#state.table.metadata, this.#state)
    return this.#resolved
  }

  #with(change: Partial<ScanState>): TableScan<Input, Output> {
    return new TableScan<Input, Output>({ ...this.#state, ...change })
  }

  #select(selector: SnapshotSelector): TableScan<Input, Output> {
    if (this.#state.selector.kind !== 'current') {
      throw new IcebergError(
        'invalid',
        'a scan takes one of snapshot, asOf and ref, and takes it once; one of appended rows takes none',
      )
    }
    return this.#with({ selector })
  }
}

function checkBatchRows(batchRows: number | undefined): void {
  if (batchRows === undefined || (Number.isSafeInteger(batchRows) && batchRows > 0)) return
  throw new IcebergError('invalid', 'batchRows is a whole number of rows, 1 or more', {
    context: { batchRows },
  })
}
