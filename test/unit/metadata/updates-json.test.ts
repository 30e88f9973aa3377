import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseJson, stringifyJson } from '../../../src/base/json-exact.ts'
import { requirementFromJson, requirementToJson } from '../../../src/metadata/requirements-json.ts'
import type { TableRequirement } from '../../../src/metadata/requirements.ts'
import {
  currentSchema,
  currentSortOrder,
  currentSpec,
} from '../../../src/metadata/table-metadata.ts'
import { updateFromJson, updateToJson } from '../../../src/metadata/updates-json.ts'
import type { TableUpdate } from '../../../src/metadata/updates.ts'
import { anyNewTable, anyStep, anyTableMetadata } from '../../support/arbitraries/metadata.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

/** One of each, as the OpenAPI document of the REST specification spells it. */
const UPDATES: readonly (readonly [TableUpdate, string])[] = [
  [{ action: 'assign-uuid', uuid: 'u' }, '{"action":"assign-uuid","uuid":"u"}'],
  [
    { action: 'upgrade-format-version', formatVersion: 3 },
    '{"action":"upgrade-format-version","format-version":3}',
  ],
  [
    { action: 'set-current-schema', schemaId: -1 },
    '{"action":"set-current-schema","schema-id":-1}',
  ],
  [{ action: 'set-default-spec', specId: 2 }, '{"action":"set-default-spec","spec-id":2}'],
  [
    { action: 'set-default-sort-order', orderId: 1 },
    '{"action":"set-default-sort-order","sort-order-id":1}',
  ],
  [
    {
      action: 'set-snapshot-ref',
      name: 'audit',
      ref: { snapshotId: 5n, kind: 'branch', minSnapshotsToKeep: 3, maxSnapshotAgeMs: 7n },
    },
    '{"action":"set-snapshot-ref","ref-name":"audit","snapshot-id":5,"type":"branch","min-snapshots-to-keep":3,"max-snapshot-age-ms":7}',
  ],
  [
    { action: 'remove-snapshots', snapshotIds: [3_051_729_675_574_597_004n] },
    '{"action":"remove-snapshots","snapshot-ids":[3051729675574597004]}',
  ],
  [
    { action: 'remove-snapshot-ref', name: 'audit' },
    '{"action":"remove-snapshot-ref","ref-name":"audit"}',
  ],
  [{ action: 'set-location', location: 's3://b' }, '{"action":"set-location","location":"s3://b"}'],
  [
    { action: 'set-properties', updates: new Map([['a', 'b']]) },
    '{"action":"set-properties","updates":{"a":"b"}}',
  ],
  [
    { action: 'remove-properties', removals: ['a'] },
    '{"action":"remove-properties","removals":["a"]}',
  ],
  [
    {
      action: 'set-statistics',
      statistics: { snapshotId: 5n, path: 'p', fileSizeBytes: 9n, footerSizeBytes: 4n, blobs: [] },
    },
    '{"action":"set-statistics","snapshot-id":5,"statistics":{"snapshot-id":5,"statistics-path":"p","file-size-in-bytes":9,"file-footer-size-in-bytes":4,"blob-metadata":[]}}',
  ],
  [
    { action: 'remove-statistics', snapshotId: 5n },
    '{"action":"remove-statistics","snapshot-id":5}',
  ],
  [
    {
      action: 'set-partition-statistics',
      statistics: { snapshotId: 5n, path: 'p', fileSizeBytes: 9n },
    },
    '{"action":"set-partition-statistics","partition-statistics":{"snapshot-id":5,"statistics-path":"p","file-size-in-bytes":9}}',
  ],
  [
    { action: 'remove-partition-statistics', snapshotId: 5n },
    '{"action":"remove-partition-statistics","snapshot-id":5}',
  ],
  [
    { action: 'remove-partition-specs', specIds: [1] },
    '{"action":"remove-partition-specs","spec-ids":[1]}',
  ],
  [{ action: 'remove-schemas', schemaIds: [0] }, '{"action":"remove-schemas","schema-ids":[0]}'],
  [
    {
      action: 'add-encryption-key',
      key: {
        keyId: 'k',
        encryptedKeyMetadata: 'AA==',
        encryptedById: 'm',
        properties: new Map([['a', 'b']]),
      },
    },
    '{"action":"add-encryption-key","encryption-key":{"key-id":"k","encrypted-key-metadata":"AA==","encrypted-by-id":"m","properties":{"a":"b"}}}',
  ],
  [
    { action: 'remove-encryption-key', keyId: 'k' },
    '{"action":"remove-encryption-key","key-id":"k"}',
  ],
]

const REQUIREMENTS: readonly (readonly [TableRequirement, string])[] = [
  [{ type: 'assert-create' }, '{"type":"assert-create"}'],
  [{ type: 'assert-table-uuid', uuid: 'u' }, '{"type":"assert-table-uuid","uuid":"u"}'],
  [
    { type: 'assert-ref-snapshot-id', ref: 'main', snapshotId: null },
    '{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":null}',
  ],
  [
    { type: 'assert-ref-snapshot-id', ref: 'main', snapshotId: 2n ** 62n },
    '{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":4611686018427387904}',
  ],
  [
    { type: 'assert-current-schema-id', schemaId: 1 },
    '{"type":"assert-current-schema-id","current-schema-id":1}',
  ],
  [
    { type: 'assert-default-spec-id', specId: 1 },
    '{"type":"assert-default-spec-id","default-spec-id":1}',
  ],
  [
    { type: 'assert-default-sort-order-id', orderId: 1 },
    '{"type":"assert-default-sort-order-id","default-sort-order-id":1}',
  ],
  [
    { type: 'assert-last-assigned-field-id', fieldId: 1 },
    '{"type":"assert-last-assigned-field-id","last-assigned-field-id":1}',
  ],
  [
    { type: 'assert-last-assigned-partition-id', partitionId: 1 },
    '{"type":"assert-last-assigned-partition-id","last-assigned-partition-id":1}',
  ],
]

function reread(update: TableUpdate): TableUpdate {
  return updateFromJson(parseJson(stringifyJson(updateToJson(update))), 'updates[0]')
}

describe('updates as JSON', () => {
  it.each(UPDATES)('spell %o as the REST specification does', (update, text) => {
    expect(stringifyJson(updateToJson(update))).toBe(text)
    expect(updateFromJson(parseJson(text), '')).toEqual(update)
  })

  it('always read what they wrote', () => {
    fc.assert(
      fc.property(anyNewTable, anyStep, (table, step) => {
        const layouts: readonly TableUpdate[] = [
          { action: 'add-schema', schema: currentSchema(table) },
          { action: 'add-spec', spec: currentSpec(table) },
          { action: 'add-sort-order', sortOrder: currentSortOrder(table) },
        ]
        for (const update of [...layouts, ...step(table).updates]) {
          expect(reread(update)).toEqual(update)
        }
      }),
      runs(100),
    )
  })

  it('always carry whole snapshots, of any version', () => {
    fc.assert(
      fc.property(anyTableMetadata, ({ snapshots }) => {
        for (const snapshot of snapshots) {
          const update: TableUpdate = { action: 'add-snapshot', snapshot }
          expect(reread(update)).toEqual(update)
        }
      }),
      runs(50),
    )
  })

  it.each([
    ['{"action":"add-view-version"}', 'unsupported', 'updates[0].action'],
    ['{"action":"set-default-spec"}', 'corrupt', 'updates[0].spec-id'],
    ['{"action":"remove-snapshots","snapshot-ids":["5"]}', 'corrupt', 'updates[0].snapshot-ids[0]'],
    ['{"action":"add-schema","schema":7}', 'corrupt', 'updates[0].schema'],
  ])('are refused as %s, with the path', (text, kind, path) => {
    const error = thrownBy(() => updateFromJson(parseJson(text), 'updates[0]'))
    expect(error).toMatchObject({ kind, context: { path } })
  })
})

describe('requirements as JSON', () => {
  it.each(REQUIREMENTS)('spell %o as the REST specification does', (requirement, text) => {
    expect(stringifyJson(requirementToJson(requirement))).toBe(text)
    expect(requirementFromJson(parseJson(text), '')).toEqual(requirement)
  })

  it('are refused when nothing is known of them', () => {
    const error = thrownBy(() =>
      requirementFromJson({ type: 'assert-view-uuid' }, 'requirements[1]'),
    )
    expect(error).toMatchObject({ kind: 'unsupported', context: { path: 'requirements[1].type' } })
  })
})
