import { microsFromMs } from '../base/civil-time.ts'
import { systemEnvironment } from '../base/environment.ts'
import type { Environment } from '../base/environment.ts'
import { openStores } from '../client/open-stores.ts'
import type { EventListener } from '../table/events.ts'
import type { Config } from './config.ts'
import { createFileStateStore } from './incremental/state-store.ts'
import type { StateStore } from './incremental/state-store.ts'
import type { WorkflowContext } from './workflow-context.ts'
import { openLake } from './lake.ts'
import { duckdb } from '../duckdb/engine.ts'
import type { ShownRows } from './sinks/sink.ts'
import { createSqlEngine } from './sql/duckdb.ts'

/** What jobs of a workflow file are called with, whatever is done with them. */
export interface SessionOptions {
  readonly config: Config
  readonly environment?: Environment
  readonly onEvent?: EventListener
  /** Told of the rows that outputs to the console show. Absent: nobody looks. */
  readonly show?: (shown: ShownRows) => Promise<void> | void
  readonly signal?: AbortSignal
}

/** The tables, the SQL engine and the clock of one call: all of its jobs see one `current_timestamp`. */
export interface Session extends WorkflowContext {
  /** Where state is kept; null for the tables that are written. */
  readonly stateStore: StateStore | null
  readonly close: () => Promise<void>
}

/** Nothing is read or started before it is asked for. */
export function openSession(options: SessionOptions): Session {
  const { config, environment = systemEnvironment, onEvent, show, signal } = options
  const engine = createSqlEngine({
    timeZone: config.timeZone,
    nowMicros: microsFromMs(environment.nowMs()),
  })
  return {
    engine,
    environment,
    lake: openLake(config, {
      environment,
      engine: duckdb(),
      ...(onEvent === undefined ? {} : { onEvent }),
    }),
    stateStore: openStateStore(config),
    close: () => engine.close(),
    ...(onEvent === undefined ? {} : { onEvent }),
    ...(show === undefined ? {} : { show }),
    ...(signal === undefined ? {} : { signal }),
  }
}

/** Where state is kept that is not in the tables; null where it is in them. */
function openStateStore({ state }: Config): StateStore | null {
  return state.kind === 'table' ? null : createFileStateStore(openStores(), state.folder)
}
