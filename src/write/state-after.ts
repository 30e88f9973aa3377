import { applyUpdates } from '../metadata/updates.ts'
import type { TableUpdate } from '../metadata/updates.ts'
import type { TableState } from '../table/table-state.ts'

/** The table as updates would leave it, for what the same commit does next. Nothing is committed. */
export function stateAfter(state: TableState, updates: readonly TableUpdate[]): TableState {
  const nowMs = state.services.environment.nowMs()
  return { ...state, metadata: applyUpdates(state.metadata, updates, { nowMs }) }
}
