// Reports of windows that were run, and of one that was not.
import type { SourceReport, StreamTotals, WindowReport } from '../../../src/jobs/report.ts'
import type { Commit } from '../../../src/write/commit-report.ts'

const SOURCE: SourceReport = {
  kind: 'table',
  table: 'raw.orders',
  snapshotId: 9007199254740993n,
  counts: {
    manifests: 5,
    manifestsPruned: 2,
    files: 9,
    filesPrunedByPartition: 3,
    filesPrunedByMetrics: 4,
    recordsPlanned: 120n,
    bytesPlanned: 4096n,
  },
  filter: 'day >= ? and day < ?',
  direct: true,
}

const COMMIT: Commit = {
  snapshotId: 7n,
  addedRows: 120n,
  removedRows: 5n,
  addedFiles: 31,
  removedFiles: 2,
  addedBytes: 900n,
  removedBytes: 40n,
  changedPartitions: 31,
  attempts: 1,
}

export const WRITTEN: WindowReport = {
  job: 'orders-by-day',
  kind: 'incremental',
  outcome: 'written',
  run: 3,
  window: new Map([
    ['start', '2026-01-01'],
    ['end', '2026-02-01'],
  ]),
  sources: [SOURCE],
  outputs: [{ kind: 'table', name: 'orders', target: 'silver.orders', commit: COMMIT, plan: null }],
  durationMs: 1234,
  beyond: null,
  warnings: ['told elsewhere'],
}

export const NOTHING: WindowReport = {
  ...WRITTEN,
  outcome: 'nothing-to-do',
  run: null,
  sources: [],
  outputs: [],
  beyond: { end: '2026-03-01', bound: '2026-02-11', limit: 'data' },
}

export const NO_BATCHES: StreamTotals = {
  batches: 0,
  rows: 0n,
  badRecords: 0n,
  lateRows: 0n,
  lastEpoch: null,
}
