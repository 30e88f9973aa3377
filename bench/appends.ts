// Tables of many small appends, whose last ones are read.
import { join } from 'node:path'

import type { AppendsOptions, Snapshot } from 'frazil'

import type { SideSettings } from './settings.js'

/** Appends whose rows are read. */
export const LAST_APPENDS = 100

export const APPEND_ROWS = 1_000

/** How long the history is, of which the last appends are read. */
export type HistoryVariant = 'long' | 'short'

export const HISTORY: Readonly<Record<HistoryVariant, number>> = {
  long: 10 * LAST_APPENDS,
  short: LAST_APPENDS + 1,
}

/** The warehouse that has the table. */
export function historyFolder(variant: HistoryVariant, { folder }: SideSettings): string {
  return join(folder, `history-${variant}`)
}

/** The range of the last appends. */
export function lastAppends(snapshots: readonly Snapshot[]): AppendsOptions {
  const before = snapshots.at(-1 - LAST_APPENDS)
  if (before === undefined) throw new Error('the history is too short')
  return { since: { snapshot: before.snapshotId } }
}
