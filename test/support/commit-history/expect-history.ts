import { expect } from 'vitest'

import { openWarehouse } from '../../../src/client/warehouse.ts'
import type { WarehouseOptions } from '../../../src/client/warehouse.ts'
import { createLocalStore } from '../../../src/io/local-store.ts'
import type { ObjectStore } from '../../../src/io/object-store.ts'
import { TABLE } from '../commit-writers.ts'
import { auditSnapshot } from '../snapshot-audit.ts'
import { collect } from '../streams.ts'
import { historyProblems } from './check.ts'
import type { HistoryRow, Operation } from './operation.ts'
import { readVersions } from './read-versions.ts'
import { rowsDigest } from './table-content.ts'

/** Where the table of a history is. */
export interface HistoryPlace {
  readonly warehouse: string
  readonly store?: ObjectStore
  readonly storage?: WarehouseOptions
}

/**
 * Expects that the history of the table is as its writers, all of whom have ended, say, and that its rows can be read and are
 * those that the history leaves.
 */
export async function expectHistory(
  { warehouse, store = createLocalStore(), storage = {} }: HistoryPlace,
  operations: readonly Operation[],
): Promise<void> {
  const versions = await readVersions(store, `${warehouse}/${TABLE.replace('.', '/')}`)
  const table = await (await openWarehouse(warehouse, storage)).loadTable(TABLE)
  const rows = (await collect(table.scan())).map(({ id, part }): HistoryRow => [
    Number(id),
    Number(part),
  ])
  const last: Operation = {
    id: 'last',
    process: 'the test',
    invokedAt: Math.max(...operations.map(({ invokedAt }) => invokedAt)),
    base: null,
    effects: [],
    end: {
      at: Infinity,
      outcome: 'read',
      version: versions.length,
      attempts: 0,
      digest: rowsDigest(rows),
    },
  }
  expect(historyProblems([...operations, last], versions)).toEqual([])
  if (table.currentSnapshot !== null) await auditSnapshot(table.state, table.currentSnapshot)
}

/** What came of some operations, for people. */
export interface Tally {
  readonly acknowledged: number
  readonly failed: number
  readonly unknown: number
  /** Neither acknowledged nor refused when their process was killed. */
  readonly unfinished: number
  /** Attempts that lost, of all operations. */
  readonly conflicts: number
  readonly maxAttempts: number
}

export function tallyOf(operations: readonly Operation[]): Tally {
  const ended = (outcome: string): number =>
    operations.filter(({ end }) => end?.outcome === outcome).length
  const attempts = operations.map(({ end }) => end?.attempts ?? 0)
  return {
    acknowledged: ended('ok'),
    failed: ended('failed'),
    unknown: ended('unknown'),
    unfinished: operations.filter(({ end }) => end === null).length,
    conflicts: attempts.reduce((sum, count) => sum + Math.max(0, count - 1), 0),
    maxAttempts: attempts.reduce((most, count) => Math.max(most, count), 0),
  }
}

/** How operations were refused, each once. */
export function failureKinds(operations: readonly Operation[]): readonly string[] {
  const kinds = operations.flatMap(({ end }) => (end?.outcome === 'failed' ? [end.kind ?? ''] : []))
  return [...new Set(kinds)].sort()
}
