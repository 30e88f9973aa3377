// A stream of whole numbers into two tables, in memory, with a store whose requests can be held or lost.
import type { RecordBatch } from 'apache-arrow'

import { createFileCatalog } from '../../../src/catalog/file-catalog.ts'
import type { Catalog } from '../../../src/catalog/catalog.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import type { Warehouse } from '../../../src/client/warehouse.ts'
import type { Table } from '../../../src/client/table.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { rowBatches } from '../../../src/formats/text/row-batches.ts'
import type { StreamOffset, StreamSource } from '../../../src/jobs/sources/stream-source.ts'
import { Checkpoint } from '../../../src/jobs/stream/checkpoint.ts'
import type { BatchReport } from '../../../src/jobs/stream/batch-report.ts'
import { runStream } from '../../../src/jobs/stream/run-stream.ts'
import type { Stream } from '../../../src/jobs/stream/stream.ts'
import { findStream, streamKey } from '../../../src/jobs/stream/stream-state.ts'
import type { StreamState } from '../../../src/jobs/stream/stream-state.ts'
import { tableStream } from '../../../src/jobs/stream/program-stream.ts'
import type { Trigger } from '../../../src/jobs/stream/trigger.ts'
import { schema, t } from '../../../src/types/define.ts'
import type { Row, RowInput } from '../../../src/types/row-types.ts'
import { createFaultyStore } from '../faulty-store.ts'
import type { FaultyStore } from '../faulty-store.ts'
import { movingEnvironment } from '../moving-environment.ts'

export const Count = schema({ n: t.long() })

export type CountTable = Table<Row<typeof Count>, RowInput<typeof Count>>

export const STREAM = 'counting'

export const TABLES = ['silver.counts', 'gold.counts'] as const

const ROWS_PER_BATCH = 3

/** Numbers from 0, as many as there are at the time. */
export class CountSource implements StreamSource {
  readonly description = 'numbers'
  /** How many there are. */
  available = 0
  /** Whether a stream that has never run begins with what comes next. */
  isLatest = false
  readonly #perBatch: number

  constructor(perBatch: number) {
    this.#perBatch = perBatch
  }

  async open(): ReturnType<StreamSource['open']> {
    let end: number | null = null
    const perBatch = this.#perBatch
    const available = (): number => end ?? this.available
    return {
      schema: Count,
      initialOffset: async () => ({ next: this.isLatest ? this.available : 0 }),
      nextOffset: async (start, limit) => {
        const from = nextIn(start)
        const to = limit === 'all' ? available() : Math.min(available(), from + perBatch)
        return to > from ? { end: { next: to }, notes: [] } : null
      },
      freeze: async () => {
        end = this.available
      },
      read: ({ start, end: until }) => counts(nextIn(start), nextIn(until)),
      close: async () => undefined,
    }
  }
}

export function nextIn({ next }: StreamOffset): number {
  return Number(next)
}

async function* counts(from: number, until: number): AsyncGenerator<RecordBatch> {
  const rows = Array.from({ length: until - from }, (_, index) => ({
    row: { n: BigInt(from + index) },
    line: index + 1,
    record: () => String(from + index),
  }))
  yield* rowBatches(Count, iterate(rows))
}

async function* iterate<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items
}

export interface CountLab {
  readonly store: FaultyStore
  readonly catalog: Catalog
  readonly warehouse: Warehouse
  readonly source: CountSource
  table(name?: string): Promise<CountTable>
  /** The stream as a program that was just started has it. */
  stream(): Promise<Stream>
  run(trigger: Trigger['kind']): Promise<readonly BatchReport[]>
}

export async function openCounts(hasCheckpoint = true): Promise<CountLab> {
  const store = createFaultyStore(createMemoryStore())
  const environment = movingEnvironment()
  const catalog = createFileCatalog({ store, environment, warehouse: 'memory:' })
  const warehouse = await openWarehouse('memory:', { store, catalog, environment })
  for (const name of TABLES) await warehouse.createTable(name, { schema: Count })
  const source = new CountSource(ROWS_PER_BATCH)
  const lab: CountLab = {
    store,
    catalog,
    warehouse,
    source,
    table: (name = TABLES[0]) => warehouse.loadTable(name, Count),
    async stream() {
      const streams = await Promise.all(
        TABLES.map(async (name) =>
          tableStream({
            id: STREAM,
            source,
            target: await lab.table(name),
            change: null,
            write: { mode: 'append' },
            checkpoint: null,
            badRecords: { kind: 'fail' },
          }),
        ),
      )
      const [stream] = streams
      if (stream === undefined) throw new Error('there are two')
      return {
        ...stream,
        outputs: streams.flatMap(({ outputs }) => outputs),
        checkpoint: hasCheckpoint ? new Checkpoint({ store, folder: CHECKPOINT }) : null,
      }
    },
    async run(kind) {
      const trigger: Trigger = kind === 'interval' ? { kind, everyMs: 0 } : { kind }
      const reports: BatchReport[] = []
      const stream = await lab.stream()
      for await (const report of runStream(stream, { trigger, environment, retries: 0 })) {
        reports.push(report)
      }
      return reports
    },
  }
  return lab
}

export const CHECKPOINT = 'memory:/checkpoints/counting'

/** Where the stream stands by a table; null before the first batch. */
export function standsIn(table: CountTable): StreamState | null {
  return findStream(table.metadata, streamKey(STREAM))
}

/** The numbers in a table, ascending. */
export async function countsIn(table: CountTable): Promise<readonly number[]> {
  const numbers: number[] = []
  for await (const { n } of table.scan()) numbers.push(Number(n))
  return numbers.toSorted((left, right) => left - right)
}
