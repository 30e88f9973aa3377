import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../src/base/errors.ts'
import { stringifyJson } from '../../../src/base/json-exact.ts'
import { jobText, reportRecord, windowText } from '../../../src/cli/run-text.ts'
import type { SourceReport, WindowReport } from '../../../src/jobs/report.ts'
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

const WRITTEN: WindowReport = {
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

const NOTHING: WindowReport = {
  ...WRITTEN,
  outcome: 'nothing-to-do',
  run: null,
  sources: [],
  outputs: [],
  beyond: { end: '2026-03-01', bound: '2026-02-11' },
}

describe('a window as people read it', () => {
  it.each<[WindowReport, string]>([
    [WRITTEN, 'wrote 120 rows in 31 files to silver.orders, replaced 5 rows, 1.2 s'],
    [{ ...WRITTEN, outcome: 'empty' }, 'no rows in this window, the state moved on, 1.2 s'],
    [NOTHING, 'nothing to do: the window would end at 2026-03-01, the data go to 2026-02-11'],
    [{ ...WRITTEN, outcome: 'already-done' }, 'another run has done this window meanwhile'],
  ])('is a line for %o', (report, outcome) => {
    expect(windowText(report, { explain: false })).toBe(
      `orders-by-day [start 2026-01-01, end 2026-02-01]: ${outcome}`,
    )
  })

  it('is explained by what was read, always so in a dry run', () => {
    const plan = {
      makesTable: true,
      how: 'replace partitions',
      rows: 9n,
      partitions: ['day=2026-01-01', 'day=2026-01-02'],
      replacedPartitions: ['day=2026-01-02'],
      replacedFiles: 3,
      replacedRows: 8n,
    }
    const planned: WindowReport = {
      ...WRITTEN,
      outcome: 'planned',
      outputs: [{ kind: 'table', name: 'orders', target: 'silver.orders', commit: null, plan }],
    }
    const lines = windowText(planned, { explain: false }).split('\n')
    expect(lines).toEqual([
      'orders-by-day [start 2026-01-01, end 2026-02-01]: would write to silver.orders',
      '  read raw.orders at snapshot 9007199254740993 where day >= ? and day < ?',
      '  manifests: 3 of 5 opened; files: 2 of 9 read in them (3 pruned by partition, 4 by bounds)',
      '  rows in these files: 120, bytes: 4096; rows taken as the scan gives them',
      '  silver.orders, which is made: replace partitions; 9 rows in 2 partitions, in place of 8 rows in 3 files',
      '    replaces day=2026-01-02',
    ])
    expect(windowText(WRITTEN, { explain: true }).split('\n').slice(1)).toEqual([
      ...lines.slice(1, 4),
      '  silver.orders is at snapshot 7, after 1 attempts: 31 partitions, 900 bytes in 31 files came, 40 bytes in 2 files went',
    ])
    expect(windowText(NOTHING, { explain: true })).not.toContain('\n')
  })

  it('has no sign that a terminal obeys', () => {
    expect(windowText({ ...WRITTEN, job: 'a\u001bb' }, { explain: false })).toMatch(/^a\\x1bb \[/)
  })
})

describe('a job as people read it', () => {
  it('is told of when its windows do not tell it', () => {
    const at = { target: 't', metadataLocation: '/t/v2.metadata.json' }
    expect(jobText({ kind: 'published', job: 'p', ...at })).toBe('p: t is at /t/v2.metadata.json')
    expect(jobText({ kind: 'skipped', job: 's', because: 'p' })).toBe(
      's: skipped, because p did not succeed',
    )
    expect(jobText({ kind: 'windows', job: 'w', windows: [WRITTEN] })).toBe(null)
    expect(jobText({ kind: 'failed', job: 'f', error: null, windows: [] })).toBe(null)
  })
})

describe('a report as programs read it', () => {
  it('has all windows, and the kind of each failure', () => {
    const error = new IcebergError('unavailable', 'file system failed')
    const record = reportRecord({
      workflow: 'orders',
      jobs: [
        { kind: 'failed', job: 'f', error, windows: [WRITTEN, NOTHING] },
        { kind: 'failed', job: 'g', error: new TypeError('x'), windows: [] },
      ],
    })
    expect(JSON.parse(stringifyJson(record))).toMatchObject({
      workflow: 'orders',
      jobs: [
        {
          'error-kind': 'unavailable',
          error: 'frazil: file system failed',
          windows: [
            {
              outcome: 'written',
              window: { start: '2026-01-01', end: '2026-02-01' },
              sources: [{ table: 'raw.orders', manifests: 5, 'files-pruned-by-metrics': 4 }],
              outputs: [{ kind: 'table', commit: { 'added-records': 120, 'deleted-records': 5 } }],
            },
            { outcome: 'nothing-to-do', beyond: { bound: '2026-02-11' }, outputs: [] },
          ],
        },
        { 'error-kind': 'internal' },
      ],
    })
  })
})
