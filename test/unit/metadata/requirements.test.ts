import { describe, expect, it } from 'vitest'

import { failedRequirement } from '../../../src/metadata/requirements.ts'
import type { TableRequirement } from '../../../src/metadata/requirements.ts'
import { appended, smallTable } from '../../support/small-table.ts'

describe('requirements', () => {
  const metadata = appended(smallTable(), 5n, 2000)

  it.each<[TableRequirement, string | null]>([
    [{ type: 'assert-create' }, 'table already exists'],
    [{ type: 'assert-table-uuid', uuid: 'u' }, null],
    [{ type: 'assert-table-uuid', uuid: 'v' }, 'table uuid is u, not v'],
    [{ type: 'assert-ref-snapshot-id', ref: 'main', snapshotId: 5n }, null],
    [
      { type: 'assert-ref-snapshot-id', ref: 'main', snapshotId: null },
      'snapshot of ref main is 5, not absent',
    ],
    [{ type: 'assert-ref-snapshot-id', ref: 'audit', snapshotId: null }, null],
    [
      { type: 'assert-ref-snapshot-id', ref: 'audit', snapshotId: 5n },
      'snapshot of ref audit is absent, not 5',
    ],
    [{ type: 'assert-current-schema-id', schemaId: 0 }, null],
    [{ type: 'assert-current-schema-id', schemaId: 1 }, 'current schema is 0, not 1'],
    [{ type: 'assert-default-spec-id', specId: 1 }, 'default partition spec is 0, not 1'],
    [{ type: 'assert-default-sort-order-id', orderId: 1 }, 'default sort order is 0, not 1'],
    [{ type: 'assert-last-assigned-field-id', fieldId: 1 }, null],
    [{ type: 'assert-last-assigned-field-id', fieldId: 2 }, 'last assigned field id is 1, not 2'],
    [{ type: 'assert-last-assigned-partition-id', partitionId: 999 }, null],
    [
      { type: 'assert-last-assigned-partition-id', partitionId: 1000 },
      'last assigned partition id is 999, not 1000',
    ],
  ])('%o', (requirement, failure) => {
    expect(failedRequirement(metadata, [requirement])).toBe(failure)
  })

  it('of a table that does not exist fail, but that it must not exist', () => {
    expect(failedRequirement(null, [{ type: 'assert-create' }])).toBeNull()
    const ref: TableRequirement = { type: 'assert-ref-snapshot-id', ref: 'main', snapshotId: null }
    expect(failedRequirement(null, [ref])).toBe('table does not exist')
  })

  it('are told by the first that fails', () => {
    expect(
      failedRequirement(metadata, [
        { type: 'assert-table-uuid', uuid: 'u' },
        { type: 'assert-current-schema-id', schemaId: 3 },
        { type: 'assert-create' },
      ]),
    ).toBe('current schema is 0, not 3')
  })
})
