// The rows that are appended to a table, as a stream. Rows are given as they were appended, file by file, from the manifests
// of the snapshot that added them: what becomes of the files later, such as a compaction, changes nothing.
import type { RecordBatch } from 'apache-arrow'

import { mapConcurrent } from '../../base/concurrency.ts'
import { IcebergError, isKind, withContext } from '../../base/errors.ts'
import type { UnknownRow } from '../../client/row-shapes.ts'
import { Table } from '../../client/table.ts'
import type { RequestOptions } from '../../io/object-store.ts'
import { snapshotById } from '../../metadata/table-metadata.ts'
import { planFiles } from '../../scan/plan-files.ts'
import { checkReadable } from '../../scan/readable-fields.ts'
import { readTasks } from '../../scan/read-tasks.ts'
import { resolveScan } from '../../scan/resolve-scan.ts'
import type { ResolvedScan } from '../../scan/resolve-scan.ts'
import { snapshotOfRef } from '../../scan/selector.ts'
import type { FileScanTask } from '../../scan/task.ts'
import type { LiveTable, TableState } from '../../table/table-state.ts'
import type { Schema } from '../../types/schema.ts'
import type {
  NextOffset,
  OffsetRange,
  OpenStream,
  ReadOptions,
  StreamAmount,
  StreamContext,
  StreamOffset,
  StreamSource,
} from './stream-source.ts'
import {
  expired,
  lineTo,
  snapshotReader,
  stretchesAfter,
  stretchesBetween,
  wholeOf,
} from './table-stream-line.ts'
import type { Stretch } from './table-stream-line.ts'
import { followed, room } from './table-stream-options.ts'
import type { AppendsOfOptions, Followed, Room } from './table-stream-options.ts'
import { BEFORE_ALL, endOf, tableOffsetFromJson, tableOffsetToJson } from './table-stream-offset.ts'
import type { TableOffset } from './table-stream-offset.ts'

/**
 * The rows that are appended to a table, with the columns that it has when a batch is begun. Files that are rewritten by
 * compaction are not read again; snapshots that overwrote or deleted rows end the stream unless they are to be skipped.
 *
 * @throws IcebergError `invalid` for options that make no sense
 */
export function appendsOf(table: LiveTable, options: AppendsOfOptions = {}): StreamSource {
  const follow = followed(options)
  const { tableUuid, location } = table.state.metadata
  return {
    description: `appends of ${table.state.name}`,
    origin: { kind: 'table', tableUuid, location, branch: follow.branch },
    async open({ signal }: StreamContext) {
      const handle = new Table<UnknownRow, UnknownRow>(table.state, new Map())
      await handle.refresh(signal === undefined ? {} : { signal })
      return new TableStream(handle, follow, signal)
    },
  }
}

class TableStream implements OpenStream {
  readonly #table: LiveTable
  readonly #follow: Followed
  readonly #signal: AbortSignal | undefined
  /** With the columns that the table had when it was last asked for something new. */
  #scan: ResolvedScan
  /** The head of the branch, when the stream has an end. */
  #frozen: { readonly headId: bigint | null } | null = null

  constructor(table: LiveTable, follow: Followed, signal: AbortSignal | undefined) {
    this.#table = table
    this.#follow = follow
    this.#signal = signal
    this.#scan = scanOf(table.state)
    // Whether there is such a branch is told at once.
    snapshotOfRef(table.state.metadata, follow.branch)
  }

  get schema(): Schema {
    return { ...this.#scan.schema, fields: this.#scan.fields }
  }

  async initialOffset(options?: RequestOptions): Promise<StreamOffset> {
    const asked = this.#asked(options)
    const state = await this.#newest(asked)
    const headId = this.#headOf(state)
    if (headId === null) return tableOffsetToJson(BEFORE_ALL)
    const { fromMs } = this.#follow
    if (fromMs !== null) return tableOffsetToJson(this.#offsetBefore(state, headId, fromMs))
    const whole = wholeOf(state.metadata, headId)
    const files = (await this.#filesOf(state, whole, asked)).length
    return tableOffsetToJson({ snapshotId: headId, position: 0, files, scanAllFiles: true })
  }

  async nextOffset(
    start: StreamOffset,
    limit: 'limited' | 'all',
    options?: RequestOptions,
  ): Promise<NextOffset | null> {
    const asked = this.#asked(options)
    const from = tableOffsetFromJson(start)
    const state = await this.#newest(asked)
    this.#scan = scanOf(state)
    const headId = this.#headOf(state)
    const { stretches, notes } = this.#stretchesFrom(state, from, headId)
    if (stretches.length === 0) return null
    try {
      const end = await this.#batchEnd(state, { stretches, headId, limit, ...asked })
      return { end: tableOffsetToJson(end), notes }
    } catch (error) {
      if ((await this.#told(error, stretches)) === error) throw error
      // It expired in between: now that this is known, there is something to be said or done about it.
      return this.nextOffset(start, limit, options)
    }
  }

  async amount(range: OffsetRange, options?: RequestOptions): Promise<StreamAmount> {
    const asked = this.#asked(options)
    const [start, end] = [tableOffsetFromJson(range.start), tableOffsetFromJson(range.end)]
    const state = await this.#stateWith(end, asked)
    const stretches = ofTable(state, () => stretchesBetween(state.metadata, start, end))
    let count = 0n
    for await (const { file } of this.#tasksOf(state, end, { stretches, ...asked })) {
      count += file.recordCount
    }
    return { count, unit: 'row' }
  }

  async freeze(options?: RequestOptions): Promise<void> {
    const state = await this.#newest(this.#asked(options))
    this.#frozen ??= { headId: this.#headOf(state) }
  }

  async *read(range: OffsetRange, options: ReadOptions = {}): AsyncGenerator<RecordBatch> {
    const asked = this.#asked(options)
    const [start, end] = [tableOffsetFromJson(range.start), tableOffsetFromJson(range.end)]
    const state = await this.#stateWith(end, asked)
    this.#checkColumns(state)
    const stretches = ofTable(state, () => stretchesBetween(state.metadata, start, end))
    const request = { ...this.#scan, ...asked, isReadAhead: true }
    try {
      yield* readTasks(state, this.#tasksOf(state, end, { stretches, ...asked }), request)
    } catch (error) {
      throw await this.#told(error, stretches)
    }
  }

  async close(): Promise<void> {}

  #asked({ signal = this.#signal }: RequestOptions = {}): RequestOptions {
    signal?.throwIfAborted()
    return signal === undefined ? {} : { signal }
  }

  async #newest(options: RequestOptions): Promise<TableState> {
    return this.#frozen === null ? this.#table.refresh(options) : this.#table.state
  }

  /** A version that has a snapshot, if one has. */
  async #stateWith({ snapshotId }: TableOffset, options: RequestOptions): Promise<TableState> {
    const { state } = this.#table
    const isThere = snapshotId === null || snapshotById(state.metadata, snapshotId) !== undefined
    return isThere ? state : this.#table.refresh(options)
  }

  /** Of a batch that another run has found, the columns may be newer: read as older ones, they would be left out. */
  #checkColumns(state: TableState): void {
    const { schemaId } = this.#scan.schema
    if (scanOf(state).schema.schemaId === schemaId) return
    this.#scan = scanOf(state)
    throw new IcebergError(
      'conflict',
      'the columns of the table have changed since the batch was begun: begin it anew',
      { context: { table: state.name } },
    )
  }

  #headOf({ metadata }: TableState): bigint | null {
    if (this.#frozen !== null) return this.#frozen.headId
    return snapshotOfRef(metadata, this.#follow.branch)?.snapshotId ?? null
  }

  /** The place before the first snapshot of a time or later. */
  #offsetBefore({ metadata }: TableState, headId: bigint, fromMs: number): TableOffset {
    const first = lineTo(metadata, headId).find(({ timestampMs }) => timestampMs >= fromMs)
    return endOf(first === undefined ? headId : first.parentId, { files: 0 })
  }

  #stretchesFrom(
    state: TableState,
    from: TableOffset,
    headId: bigint | null,
  ): { readonly stretches: readonly Stretch[]; readonly notes: readonly string[] } {
    const { name, metadata } = state
    try {
      return { stretches: ofTable(state, () => stretchesAfter(metadata, from, headId)), notes: [] }
    } catch (error) {
      const isRescanned = this.#follow.rescans && isKind(error, 'not-found') && headId !== null
      if (!isRescanned) throw error
      const note = `snapshots of ${name} have expired that were not read: all rows that it has are read again`
      return { stretches: [wholeOf(metadata, headId)], notes: [note] }
    }
  }

  async *#tasksOf(
    state: TableState,
    end: TableOffset,
    { stretches, ...options }: { readonly stretches: readonly Stretch[] } & RequestOptions,
  ): AsyncGenerator<FileScanTask> {
    const reads = snapshotReader(state.metadata, end.snapshotId, this.#follow)
    for await (const { stretch, files } of this.#listed(state, stretches, { reads, ...options })) {
      yield* files.slice(stretch.start, stretch.end ?? files.length)
    }
  }

  #batchEnd(
    state: TableState,
    { stretches, headId, limit, ...options }: BatchRequest & RequestOptions,
  ): Promise<TableOffset> {
    const reads = snapshotReader(state.metadata, headId, this.#follow)
    const passable = passableOf(stretches, reads)
    const { maxFiles, maxRows } = this.#follow
    // Without a limit only the last snapshot says where the batch ends.
    if (limit === 'all' || (maxFiles === null && maxRows === null)) {
      return endOfBatch(this.#listed(state, passable.slice(-1), { reads, ...options }), () => true)
    }
    return endOfBatch(this.#listed(state, passable, { reads, ...options }), room(this.#follow))
  }

  /** The files of the snapshots of stretches, in order; none of those that are passed over. */
  #listed(
    state: TableState,
    stretches: readonly Stretch[],
    { reads, ...options }: { readonly reads: (stretch: Stretch) => boolean } & RequestOptions,
  ): AsyncIterable<ListedStretch> {
    return mapConcurrent(
      stretches,
      LISTS_IN_FLIGHT,
      async (stretch, signal) => ({
        stretch,
        files: reads(stretch) ? await this.#filesOf(state, stretch, { signal }) : [],
      }),
      options.signal,
    )
  }

  /**
   * The files that a snapshot added, in the order of its manifests; of all that it has the oldest first, so that event time goes
   * on as it did when they came. Manifests have the newest first.
   */
  async #filesOf(
    state: TableState,
    { snapshot, scanAllFiles }: Stretch,
    options: RequestOptions,
  ): Promise<readonly FileScanTask[]> {
    const { schema, predicate } = this.#scan
    const appends = [{ snapshot, addedBy: new Set([snapshot.snapshotId]) }]
    const request = { snapshot, schema, predicate, ...options }
    const { tasks } = await planFiles(state, scanAllFiles ? request : { ...request, appends })
    return scanAllFiles ? tasks.toSorted(byAge) : tasks
  }

  /** What went wrong with reading: what is missing may have gone with its snapshot. */
  async #told(error: unknown, stretches: readonly Stretch[]): Promise<unknown> {
    if (!isKind(error, 'not-found')) return error
    const state = await this.#table.refresh().catch(() => null)
    if (state === null) return error
    const gone = stretches.find(
      ({ snapshot }) => snapshotById(state.metadata, snapshot.snapshotId) === undefined,
    )
    if (gone === undefined) return error
    const { snapshotId } = gone.snapshot
    const told = expired(state.metadata, snapshotId, this.#headOf(state), error)
    return withContext(told, { table: state.name })
  }
}

/** Oldest first; those of one commit stay as they are. */
function byAge(left: FileScanTask, right: FileScanTask): number {
  return Number(left.dataSequenceNumber - right.dataSequenceNumber)
}

function scanOf({ metadata }: TableState): ResolvedScan {
  const all = { selector: { kind: 'current' }, filters: [], columns: null } as const
  const scan = resolveScan(metadata, all)
  checkReadable(scan.fields)
  return scan
}

/** Has errors say which table it is. */
function ofTable<Result>({ name }: TableState, find: () => Result): Result {
  try {
    return find()
  } catch (error) {
    throw withContext(error, { table: name })
  }
}

/** The stretches up to the first one that must not be passed: it is told of when there is nothing before it. */
function passableOf(
  stretches: readonly Stretch[],
  reads: (stretch: Stretch) => boolean,
): readonly Stretch[] {
  const passable: Stretch[] = []
  for (const stretch of stretches) {
    try {
      reads(stretch)
    } catch (error) {
      if (passable.length === 0) throw error
      break
    }
    passable.push(stretch)
  }
  return passable
}

interface BatchRequest {
  readonly stretches: readonly Stretch[]
  readonly headId: bigint | null
  readonly limit: 'limited' | 'all'
}

/** Snapshots whose manifests are read at once. */
const LISTS_IN_FLIGHT = 8

interface ListedStretch {
  readonly stretch: Stretch
  /** All files of the snapshot that may be read, also those before the stretch. */
  readonly files: readonly FileScanTask[]
}

/** The place after the last file that there is room for. */
async function endOfBatch(
  listed: AsyncIterable<ListedStretch>,
  hasRoom: Room,
): Promise<TableOffset> {
  let end = BEFORE_ALL
  for await (const { stretch, files } of listed) {
    const { snapshot, scanAllFiles, start } = stretch
    const over = files.slice(start).findIndex((file) => !hasRoom(file))
    // What is before a snapshot of which nothing is read may be told without it.
    if (over === 0) return end
    const position = over < 0 ? files.length : start + over
    end = { snapshotId: snapshot.snapshotId, position, files: files.length, scanAllFiles }
    if (over > 0) return end
  }
  return end
}
