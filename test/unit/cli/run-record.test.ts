import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../src/base/errors.ts'
import { stringifyJson } from '../../../src/base/json-exact.ts'
import { reportRecord } from '../../../src/cli/run-record.ts'
import { NOTHING, NO_BATCHES, WRITTEN } from '../../support/jobs/window-reports.ts'

describe('a report as programs read it', () => {
  it('has all windows, and the kind of each failure', () => {
    const error = new IcebergError('unavailable', 'file system failed')
    const record = reportRecord({
      workflow: 'orders',
      jobs: [
        {
          kind: 'failed',
          job: 'f',
          error,
          windows: [WRITTEN, NOTHING],
          actions: [],
          batches: NO_BATCHES,
        },
        {
          kind: 'failed',
          job: 'g',
          error: new TypeError('x'),
          windows: [],
          actions: [],
          batches: NO_BATCHES,
        },
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
