import { describe, expect, it } from 'vitest'

import { jobText, windowText } from '../../../src/cli/run-text.ts'
import type { Beyond, WindowReport } from '../../../src/jobs/report.ts'
import { NOTHING, NO_BATCHES, WRITTEN } from '../../support/jobs/window-reports.ts'

function waiting(beyond: Partial<Beyond>): WindowReport {
  const data = { end: '2026-03-01', bound: '2026-02-11', limit: 'data' } as const
  return { ...NOTHING, beyond: { ...data, ...beyond } }
}

describe('a window as people read it', () => {
  it.each<[WindowReport, string]>([
    [WRITTEN, 'wrote 120 rows in 31 files to silver.orders, replaced 5 rows, 1.2 s'],
    [{ ...WRITTEN, outcome: 'empty' }, 'no rows in this window, the state moved on, 1.2 s'],
    [NOTHING, 'nothing to do: the window would end at 2026-03-01, the data go to 2026-02-11'],
    [
      waiting({ limit: 'now' }),
      'nothing to do: the window would end at 2026-03-01, and now it is 2026-02-11',
    ],
    [
      waiting({ limit: 'now', end: '2026-02-11' }),
      'nothing to do: the last window ended now, at 2026-02-11',
    ],
    [
      waiting({ limit: 'until' }),
      'nothing to do: the window would end at 2026-03-01, and until is 2026-02-11',
    ],
    [
      waiting({ limit: 'start', bound: '2026-03-02' }),
      'nothing to do: the window would end at 2026-03-01, before it begins at 2026-03-02',
    ],
    [
      waiting({ limit: 'start', bound: '2026-03-01' }),
      'nothing to do: the window would end where it begins, at 2026-03-01',
    ],
    [waiting({ bound: null }), 'nothing to do: the source has no rows to take yet'],
    [
      waiting({ limit: 'commits', end: '7', bound: '7' }),
      'nothing to do: nothing was committed to the source since snapshot 7',
    ],
    [{ ...WRITTEN, outcome: 'already-done' }, 'another run has done this window meanwhile'],
  ])('is a line for %o', (report, outcome) => {
    expect(windowText(report, { explain: false })).toBe(
      `orders-by-day [start 2026-01-01, end 2026-02-01]: ${outcome}`,
    )
  })

  it('says of a key that it has no value', () => {
    const window = new Map([
      ['start', ''],
      ['end', '7'],
    ])
    expect(windowText({ ...WRITTEN, window }, { explain: false })).toContain('[start none, end 7]')
  })

  it('says of a state that it moved only where it did', () => {
    const empty: WindowReport = { ...WRITTEN, outcome: 'empty' }
    const told = (report: WindowReport): string =>
      windowText(report, { explain: false }).replace(/^.*?: /, '')
    expect(told({ ...empty, run: null })).toBe('no rows in this window, 1.2 s')
    expect(told({ ...empty, kind: 'backfill' })).toBe('backfill: no rows in this window, 1.2 s')
    const [output] = WRITTEN.outputs
    const ignored = { ...empty, run: null, window: new Map<string, string>() }
    expect(output?.kind).toBe('table')
    if (output?.kind !== 'table') return
    expect(told({ ...ignored, outputs: [{ ...output, commit: null }] })).toBe(
      'left silver.orders as it is, 1.2 s',
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
      '  silver.orders is at snapshot 7, after 1 attempt: 31 partitions, 900 bytes in 31 files came, 40 bytes in 2 files went',
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
    expect(
      jobText({
        kind: 'failed',
        job: 'f',
        error: null,
        windows: [],
        actions: [],
        batches: NO_BATCHES,
      }),
    ).toBe(null)
  })
})
