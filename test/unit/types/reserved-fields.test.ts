import { describe, expect, it } from 'vitest'
import {
  MAX_FIELD_ID,
  isReservedFieldId,
  metadataColumns,
  partitionColumn,
} from '../../../src/types/reserved-fields.ts'

const INT32_MAX = 2147483647

describe('metadata columns (spec: Reserved Field IDs)', () => {
  it.each([
    ['_file', 1, 'string', true],
    ['_pos', 2, 'long', true],
    ['_spec_id', 4, 'int', true],
    ['_commit_snapshot_id', 106, 'long', false],
    ['_row_id', 107, 'long', false],
    ['_last_updated_sequence_number', 108, 'long', false],
    ['_commit_timestamp', 199, 'timestamptz', false],
  ])('have %s, %i below the highest id, as %s', (name, below, kind, required) => {
    expect(metadataColumns).toContainEqual({
      id: INT32_MAX - below,
      name,
      required,
      type: { kind },
    })
  })

  it('have the partition with the type that it has in the table', () => {
    const type = { kind: 'struct', fields: [] } as const
    expect(partitionColumn(type)).toEqual({
      id: INT32_MAX - 5,
      name: '_partition',
      required: false,
      type,
    })
  })

  it('begin above the ids of tables', () => {
    expect(isReservedFieldId(MAX_FIELD_ID)).toBe(false)
    expect(isReservedFieldId(MAX_FIELD_ID + 1)).toBe(true)
    expect(MAX_FIELD_ID).toBe(INT32_MAX - 200)
  })
})
