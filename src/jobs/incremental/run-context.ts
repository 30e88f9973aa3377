import type { StateStore } from './state-store.ts'

/** What windows are run with. */
export interface RunContext {
  /** Where state is kept; null for the tables that are written. */
  readonly store: StateStore | null
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly isDryRun: boolean
  readonly signal?: AbortSignal
}
