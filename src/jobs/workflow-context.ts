import type { Environment } from '../base/environment.ts'
import type { EventListener } from '../table/events.ts'
import type { Lake } from './lake.ts'
import type { ShownRows } from './sinks/sink.ts'
import type { SqlEngine } from './sql/engine.ts'

/** What the jobs of a workflow are run with. */
export interface WorkflowContext {
  readonly lake: Lake
  /** Its `current_timestamp` is the same for all jobs of the run. */
  readonly engine: SqlEngine
  readonly environment: Environment
  /** Told of the rows that outputs to the console show. Absent: nobody looks. */
  readonly show?: (shown: ShownRows) => Promise<void> | void
  /** Told of what happens to tables, and of warnings. Absent: nobody listens. */
  readonly onEvent?: EventListener
  readonly signal?: AbortSignal
}
