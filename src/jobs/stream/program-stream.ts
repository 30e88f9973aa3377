// A stream into a table of a program.
import type { RecordBatch } from 'apache-arrow'

import { unreachable } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import type { UnknownRow } from '../../client/row-shapes.ts'
import { Table } from '../../client/table.ts'
import type { WriteOptions } from '../../client/write-options.ts'
import { alwaysTrue } from '../../expressions/build.ts'
import { absoluteLocation } from '../../io/absolute-location.ts'
import type { SortTerm } from '../../layout/layout-text.ts'
import type { LiveTable } from '../../table/table-state.ts'
import { inputBatches } from '../../write/input.ts'
import { partitionsOf } from '../sinks/workflow-outputs.ts'
import type { RowsChange } from '../rows-change.ts'
import type { TableTarget } from '../sinks/target.ts'
import type { JobTable } from '../lake.ts'
import type { ViewRows } from '../sinks/sink.ts'
import type { StreamSource } from '../sources/stream-source.ts'
import { createSqlEngine } from '../sql/duckdb.ts'
import type { SqlEngine } from '../sql/engine.ts'
import { Checkpoint } from './checkpoint.ts'
import type { EventTime } from './event-time/definition.ts'
import { EventTimeStage } from './event-time/event-time-stage.ts'
import { openTimed } from './event-time/open-timed.ts'
import type { TimedViews } from './event-time/open-timed.ts'
import type { BadRecordRule, BatchInput, OpenBatch, Stream } from './stream.ts'

export interface TableStream {
  readonly id: string
  readonly source: StreamSource
  readonly target: LiveTable
  readonly change: RowsChange | null
  readonly write: StreamWrite
  /** A folder; null for a stream that remembers nothing outside of its table. */
  readonly checkpoint: string | null
  readonly badRecords: BadRecordRule
  /** What is done with event time, after {@link change}; nothing when absent. */
  readonly eventTime?: EventTime | null
  /** Takes the late rows that event time sets aside. */
  readonly late?: LiveTable | null
}

export interface StreamWrite {
  /** `complete`: the rows of a batch take the place of all that the table has. */
  readonly mode: 'append' | 'complete'
  readonly sort?: string | readonly SortTerm[]
}

/** The name that the rows of the source have in SQL. */
const SOURCE = 'source'

/** The view of the rows that are too late. */
const LATE = 'source_late'

/**
 * @throws IcebergError `invalid` for a checkpoint where the table's own files are looked after, and for windows without a
 *   checkpoint
 */
export function tableStream(job: TableStream): Stream {
  const { id, source, badRecords, eventTime = null } = job
  const engine = sharedEngine()
  const checkpoint = checkpointOf(job)
  const views =
    eventTime === null
      ? null
      : {
          stage: new EventTimeStage(eventTime, checkpoint),
          judged: SOURCE,
          result: SOURCE,
          late: LATE,
          place: {},
        }
  return {
    id,
    name: id,
    sources: new Map([[SOURCE, source]]),
    outputs: outputsOf(job),
    checkpoint,
    badRecords,
    open: async (batch, signal) => openBatch(job, batch, { engine: engine.get, views, signal }),
    release: engine.release,
  }
}

function checkpointOf({
  checkpoint,
  target,
  late = null,
  badRecords,
}: TableStream): Checkpoint | null {
  if (checkpoint === null) {
    if (badRecords.kind === 'fail') return null
    throw new IcebergError('invalid', 'records that are no rows are kept in a checkpoint: set one')
  }
  const { store } = target.state.services
  const opened = new Checkpoint({ store, folder: absoluteLocation(checkpoint) })
  for (const { state } of late === null ? [target] : [target, late]) {
    opened.checkOutside(state.metadata.location)
  }
  return opened
}

/** The same version, with rows of any columns. */
function untyped(state: LiveTable['state']): JobTable {
  return new Table<UnknownRow, UnknownRow>(state, new Map())
}

function outputsOf({ target, write, late = null }: TableStream): readonly TableTarget[] {
  const main = targetOf(SOURCE, target, write)
  if (late === null) return [main]
  if (late.state.name === target.state.name) {
    throw new IcebergError('invalid', 'late rows go to another table than the others', {
      context: { table: late.state.name },
    })
  }
  return [main, targetOf(LATE, late, { mode: 'append' })]
}

function targetOf(view: string, target: LiveTable, write: StreamWrite): TableTarget {
  const { name } = target.state
  return {
    kind: 'table',
    view,
    target: name,
    identity: name,
    folder: target.state.metadata.location,
    effect: write.mode === 'append' ? 'append' : 'replace-all',
    find: async () => untyped(await target.refresh()),
    partitions: (table) => (table === null ? [] : partitionsOf(table)),
    foresee: async ({ batches }, table) => {
      const { metadata } = table ?? target.state
      return { metadata, batches, otherSpecs: 'refuse' }
    },
    async write(rows, { table, describe, signal }) {
      const handle = table ?? untyped(await target.refresh())
      const stop = signal === undefined ? {} : { signal }
      const options: WriteOptions = {
        ...(write.sort === undefined ? {} : { sort: write.sort }),
        ...stop,
      }
      const commit = await handle.transaction(async (tx) => {
        describe(tx)
        if (write.mode === 'append') await tx.append(rows.batches, options)
        else await tx.overwrite(alwaysTrue, rows.batches, options)
      }, stop)
      target.moveTo(handle.state.loaded)
      return { commit, warnings: [] }
    },
  }
}

/** The engine of a run: its thread is started for the first batch that has a query. */
function sharedEngine(): { readonly get: () => SqlEngine; readonly release: () => Promise<void> } {
  let engine: SqlEngine | null = null
  return {
    get: () => (engine ??= createSqlEngine({ timeZone: 'UTC', nowMicros: 0n })),
    async release() {
      const used = engine
      engine = null
      await used?.close()
    },
  }
}

interface BatchTools {
  readonly engine: () => SqlEngine
  /** Null where nothing is done with event time. */
  readonly views: TimedViews | null
  readonly signal: AbortSignal | undefined
}

function openBatch(job: TableStream, batch: BatchInput, tools: BatchTools): OpenBatch {
  const { views, signal } = tools
  const rows = (): Promise<ViewRows> => changedRows(job, batch, tools)
  const timed = openTimed(views, { batch, rows, ...(signal === undefined ? {} : { signal }) })
  return { ...timed, close: async () => undefined }
}

async function changedRows(
  { change, target }: TableStream,
  { inputs, batchMicros }: BatchInput,
  { engine, signal }: BatchTools,
): Promise<ViewRows> {
  const rows = inputs.get(SOURCE) ?? NO_ROWS
  if (change === null) return rows
  switch (change.kind) {
    case 'transform': {
      const { schema } = untyped(target.state)
      const changed = { [Symbol.asyncIterator]: () => iterate(change.transform(rows.batches)) }
      return { schema, batches: inputBatches(schema, changed, signal) }
    }
    case 'sql': {
      const options = { nowMicros: batchMicros, ...(signal === undefined ? {} : { signal }) }
      return engine().query(change.sql, new Map([[SOURCE, rows]]), options)
    }
    default:
      return unreachable(change)
  }
}

const NO_ROWS: ViewRows = {
  schema: { schemaId: 0, fields: [], identifierFieldIds: [] },
  batches: { [Symbol.asyncIterator]: () => iterate([]) },
}

async function* iterate(
  batches: AsyncIterable<RecordBatch> | Iterable<RecordBatch>,
): AsyncGenerator<RecordBatch> {
  yield* batches
}
