import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { ErrorKind } from '../../../src/base/errors.ts'
import { checkInvariants } from '../../../src/metadata/invariants.ts'
import type { SnapshotRef } from '../../../src/metadata/refs.ts'
import type { StatisticsFile } from '../../../src/metadata/statistics.ts'
import {
  currentSchema,
  currentSnapshot,
  currentSortOrder,
  currentSpec,
} from '../../../src/metadata/table-metadata.ts'
import type { SnapshotLogEntry, TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { LAST_ADDED } from '../../../src/metadata/update-layouts.ts'
import { applyUpdates, withMetadataLogEntry } from '../../../src/metadata/updates.ts'
import type { TableUpdate } from '../../../src/metadata/updates.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { anyNewTable, anyStep, appendUpdates } from '../../support/arbitraries/metadata.ts'
import { runs } from '../../support/runs.ts'
import { ONE_COLUMN, appended, smallTable } from '../../support/small-table.ts'
import { thrownBy } from '../../support/thrown.ts'

const TWO_COLUMNS: Schema = {
  ...ONE_COLUMN,
  fields: [
    ...ONE_COLUMN.fields,
    { id: 2, name: 'ts', required: false, type: { kind: 'timestamp' } },
  ],
}

const BY_DAY = { sourceId: 2, fieldId: 1000, name: 'ts_day', transform: { kind: 'day' } } as const

describe('schemas, specs and orders', () => {
  it('get the next id, and can be meant by -1 in the same commit', () => {
    const added = apply(smallTable(), [
      { action: 'add-schema', schema: TWO_COLUMNS },
      { action: 'set-current-schema', schemaId: LAST_ADDED },
      { action: 'add-spec', spec: { specId: 77, fields: [BY_DAY] } },
      { action: 'set-default-spec', specId: LAST_ADDED },
      { action: 'add-sort-order', sortOrder: { orderId: 77, fields: [BY_ID] } },
      { action: 'set-default-sort-order', orderId: LAST_ADDED },
    ])
    expect(currentSchema(added)).toEqual({ ...TWO_COLUMNS, schemaId: 1 })
    expect(currentSpec(added)).toEqual({ specId: 1, fields: [BY_DAY] })
    expect(currentSortOrder(added)).toEqual({ orderId: 1, fields: [BY_ID] })
    expect(added).toMatchObject({ lastColumnId: 2, lastPartitionId: 1000 })
    expect(() => checkInvariants(added, 'internal')).not.toThrow()
  })

  it('that are there already are used again', () => {
    const schema = { ...currentSchema(smallTable()), schemaId: 9 }
    const again = apply(smallTable(), [
      { action: 'add-schema', schema },
      { action: 'set-current-schema', schemaId: LAST_ADDED },
      { action: 'add-spec', spec: { specId: 3, fields: [] } },
      { action: 'set-default-spec', specId: LAST_ADDED },
      { action: 'add-sort-order', sortOrder: { orderId: 3, fields: [] } },
      { action: 'set-default-sort-order', orderId: LAST_ADDED },
    ])
    expect(again).toEqual(smallTable())
  })

  it('differ when only a doc does', () => {
    const schema = currentSchema(smallTable())
    const documented = { ...schema, fields: schema.fields.map((one) => ({ ...one, doc: 'new' })) }
    expect(
      apply(smallTable(), [{ action: 'add-schema', schema: documented }]).schemas,
    ).toHaveLength(2)
  })

  it.each<TableUpdate>([
    { action: 'set-current-schema', schemaId: 5 },
    { action: 'set-default-spec', specId: 5 },
    { action: 'set-default-sort-order', orderId: 5 },
    { action: 'set-current-schema', schemaId: LAST_ADDED },
    { action: 'set-default-spec', specId: LAST_ADDED },
    { action: 'set-default-sort-order', orderId: LAST_ADDED },
  ])('cannot be current when they are not there: $action', (update) => {
    expect(thrownBy(() => apply(smallTable(), [update])).kind).toBe('invalid')
  })
})

describe('snapshots and refs', () => {
  it('move the table on', () => {
    const metadata = appended(smallTable(), 5n, 2000)
    expect(currentSnapshot(metadata)?.snapshotId).toBe(5n)
    expect(metadata).toMatchObject({
      lastSequenceNumber: 1n,
      lastUpdatedMs: 2000,
      snapshotLog: [{ timestampMs: 2000, snapshotId: 5n }],
    })
    expect(metadata.refs).toEqual(new Map([['main', { snapshotId: 5n, kind: 'branch' }]]))
  })

  it('refuse an id that is in use', () => {
    const metadata = appended(smallTable(), 5n, 2000)
    const updates = appendUpdates(metadata, newSnapshot(5n))
    expect(thrownBy(() => apply(metadata, updates)).kind).toBe('invalid')
  })

  it('call a taken sequence number a conflict', () => {
    const updates = appendUpdates(smallTable(), newSnapshot(6n))
    expect(thrownBy(() => apply(appended(smallTable(), 5n, 2000), updates)).kind).toBe('conflict')
  })

  it.each<[string, SnapshotRef, ErrorKind]>([
    ['audit', { snapshotId: 9n, kind: 'branch' }, 'not-found'],
    ['main', { snapshotId: 5n, kind: 'tag' }, 'invalid'],
  ])('refuse a ref %s that cannot be', (name, ref, kind) => {
    const metadata = appended(smallTable(), 5n, 2000)
    const update = { action: 'set-snapshot-ref' as const, name, ref }
    expect(thrownBy(() => apply(metadata, [update])).kind).toBe(kind)
  })

  it('leave only the last of several snapshots of one commit in the log', () => {
    const first = appendUpdates(smallTable(), newSnapshot(5n))
    const second = appendUpdates(apply(smallTable(), first), newSnapshot(6n))
    const metadata = apply(smallTable(), [...first, ...second])
    expect(metadata.snapshots).toHaveLength(2)
    expect(metadata.snapshotLog).toEqual([{ timestampMs: 1500, snapshotId: 6n }])
  })

  it('log a rollback at the time it happens', () => {
    const metadata = appended(appended(smallTable(), 5n, 2000), 6n, 3000)
    const back = applyUpdates(metadata, [moveMain(5n)], { nowMs: 9000 })
    expect(back.snapshotLog.at(-1)).toEqual({ timestampMs: 9000, snapshotId: 5n })
    expect(back.currentSnapshotId).toBe(5n)
  })

  it('log nothing when main stays where it is', () => {
    const metadata = appended(smallTable(), 5n, 2000)
    const ref: SnapshotRef = { snapshotId: 5n, kind: 'branch', minSnapshotsToKeep: 3 }
    const update = { action: 'set-snapshot-ref' as const, name: 'main', ref }
    const kept = apply(metadata, [update])
    expect(kept.snapshotLog).toEqual(metadata.snapshotLog)
    expect(kept.refs.get('main')).toEqual(ref)
  })

  it('keep time from going back when the clock does', () => {
    const metadata = appended(appended(smallTable(), 5n, 7_200_000), 6n, 3000)
    expect(metadata.lastUpdatedMs).toBe(7_200_000)
    expect(metadata.snapshotLog.map((entry) => entry.timestampMs)).toEqual([7_200_000, 7_200_000])
    expect(() => checkInvariants(metadata, 'internal')).not.toThrow()
  })

  it('always leave metadata that is sound', () => {
    fc.assert(
      fc.property(anyNewTable, fc.array(anyStep, { maxLength: 12 }), (start, steps) => {
        let metadata = start
        for (const step of steps) {
          const { updates, nowMs } = step(metadata)
          const next = applyUpdates(metadata, updates, { nowMs })
          checkInvariants(next, 'internal')
          expect(next.lastUpdatedMs).toBeGreaterThanOrEqual(metadata.lastUpdatedMs)
          expect(next.lastSequenceNumber >= metadata.lastSequenceNumber).toBe(true)
          expect(next.nextRowId >= metadata.nextRowId).toBe(true)
          expect(next.formatVersion).toBeGreaterThanOrEqual(metadata.formatVersion)
          expect(next.snapshotLog).toEqual(loggedAfter(metadata, next))
          metadata = next
        }
      }),
      runs(150),
    )
  })

  it('never change the metadata that they are applied to', () => {
    fc.assert(
      fc.property(anyNewTable, fc.array(anyStep, { maxLength: 5 }), (start, steps) => {
        const before = structuredClone(start)
        let metadata = start
        for (const step of steps) {
          const { updates, nowMs } = step(metadata)
          metadata = applyUpdates(metadata, updates, { nowMs })
        }
        expect(start).toEqual(before)
      }),
      runs(50),
    )
  })
})

describe('snapshots that go', () => {
  const three = [5n, 6n, 7n].reduce(
    (table, id, index) => appended(table, id, 2000 + 1000 * index),
    smallTable(),
  )
  const tagged = apply(three, [
    { action: 'set-snapshot-ref', name: 'old', ref: { snapshotId: 5n, kind: 'tag' } },
    { action: 'set-statistics', statistics: statisticsOf(5n) },
    {
      action: 'set-partition-statistics',
      statistics: { snapshotId: 5n, path: 'p', fileSizeBytes: 1n },
    },
  ])

  it('take their refs and statistics with them, and the history before them', () => {
    const left = apply(tagged, [{ action: 'remove-snapshots', snapshotIds: [5n, 99n] }])
    expect(left.snapshots.map(({ snapshotId }) => snapshotId)).toEqual([6n, 7n])
    expect([...left.refs.keys()]).toEqual(['main'])
    expect([left.statistics, left.partitionStatistics]).toEqual([[], []])
    expect(left.snapshotLog.map(({ snapshotId }) => snapshotId)).toEqual([6n, 7n])
  })

  it('leave no history across a gap', () => {
    const left = apply(three, [{ action: 'remove-snapshots', snapshotIds: [6n] }])
    expect(left.snapshotLog.map(({ snapshotId }) => snapshotId)).toEqual([7n])
  })

  it('leave a table without rows when they were all of main', () => {
    const left = apply(three, [{ action: 'remove-snapshots', snapshotIds: [7n] }])
    expect(left).toMatchObject({ currentSnapshotId: null, snapshotLog: [] })
    expect(left.refs.size).toBe(0)
    expect(() => checkInvariants(left, 'internal')).not.toThrow()
    const again = apply(left, [moveMain(6n)])
    expect(again.currentSnapshotId).toBe(6n)
  })

  it('are other than a branch that goes, which keeps them', () => {
    const left = apply(tagged, [
      { action: 'remove-snapshot-ref', name: 'old' },
      { action: 'remove-snapshot-ref', name: 'main' },
      { action: 'remove-snapshot-ref', name: 'none' },
    ])
    expect(left).toMatchObject({ currentSnapshotId: null, snapshots: tagged.snapshots })
    expect(left.snapshotLog).toEqual(tagged.snapshotLog)
  })
})

describe('statistics', () => {
  it('take the place of those that their snapshot has', () => {
    const metadata = appended(smallTable(), 5n, 2000)
    const first = { action: 'set-statistics', statistics: statisticsOf(5n) } as const
    const second = { ...first, statistics: { ...statisticsOf(5n), path: 'new' } }
    const set = apply(metadata, [first, second])
    expect(set.statistics.map(({ path }) => path)).toEqual(['new'])
    expect(apply(set, [{ action: 'remove-statistics', snapshotId: 5n }]).statistics).toEqual([])
  })

  it('are of a snapshot that is there', () => {
    const update = { action: 'set-statistics', statistics: statisticsOf(9n) } as const
    expect(thrownBy(() => apply(smallTable(), [update])).kind).toBe('invalid')
  })
})

describe('what is no longer used', () => {
  const evolved = apply(appended(smallTable(), 5n, 2000), [
    { action: 'add-schema', schema: TWO_COLUMNS },
    { action: 'set-current-schema', schemaId: LAST_ADDED },
    { action: 'add-spec', spec: { specId: 1, fields: [BY_DAY] } },
    { action: 'set-default-spec', specId: LAST_ADDED },
  ])

  it('can be removed: specs, and schemas without a snapshot', () => {
    expect(apply(evolved, [{ action: 'remove-partition-specs', specIds: [0, 7] }]).specs).toEqual([
      currentSpec(evolved),
    ])
    const later = apply(evolved, [
      { action: 'remove-snapshots', snapshotIds: [5n] },
      { action: 'remove-schemas', schemaIds: [0, 7] },
    ])
    expect(later.schemas).toEqual([currentSchema(evolved)])
  })

  it.each<TableUpdate>([
    { action: 'remove-partition-specs', specIds: [1] },
    { action: 'remove-schemas', schemaIds: [1] },
    { action: 'remove-schemas', schemaIds: [0] },
  ])('is not what is: %o', (update) => {
    expect(thrownBy(() => apply(evolved, [update])).kind).toBe('invalid')
  })
})

describe('format versions', () => {
  const atVersion = (formatVersion: number): TableMetadata =>
    apply(smallTable(), [{ action: 'upgrade-format-version', formatVersion }])

  it('go up and never down', () => {
    expect(atVersion(2)).toEqual(smallTable())
    expect(atVersion(3)).toMatchObject({ formatVersion: 3, nextRowId: 0n })
    const down: TableUpdate = { action: 'upgrade-format-version', formatVersion: 2 }
    expect(thrownBy(() => apply(atVersion(3), [down])).kind).toBe('invalid')
    expect(thrownBy(() => atVersion(4)).kind).toBe('unsupported')
    expect(thrownBy(() => atVersion(0)).kind).toBe('invalid')
  })

  it('need a uuid from 2 on', () => {
    const old: TableMetadata = { ...smallTable(), formatVersion: 1, tableUuid: null }
    const up: TableUpdate = { action: 'upgrade-format-version', formatVersion: 2 }
    expect(thrownBy(() => apply(old, [up])).kind).toBe('invalid')
    const named = apply(old, [{ action: 'assign-uuid', uuid: 'v' }, up])
    expect(named).toMatchObject({ formatVersion: 2, tableUuid: 'v' })
    expect(thrownBy(() => apply(named, [{ action: 'assign-uuid', uuid: 'w' }])).kind).toBe(
      'invalid',
    )
  })

  it('decide which types, partitions and snapshots can be', () => {
    const nanos: Schema = {
      ...ONE_COLUMN,
      fields: [{ id: 1, name: 'id', required: false, type: { kind: 'timestamp_ns' } }],
    }
    expect(
      thrownBy(() => apply(smallTable(), [{ action: 'add-schema', schema: nanos }])),
    ).toMatchObject({ kind: 'invalid', problems: [{ path: 'id' }] })
    const version1: TableMetadata = { ...smallTable(), formatVersion: 1 }
    const gap = { specId: 1, fields: [{ ...BY_DAY, sourceId: 1, fieldId: 1001 }] }
    expect(thrownBy(() => apply(version1, [{ action: 'add-spec', spec: gap }])).kind).toBe(
      'invalid',
    )
    const updates = appendUpdates(smallTable(), newSnapshot(5n))
    expect(thrownBy(() => apply(version1, updates)).kind).toBe('invalid')
    expect(appended(version1, 5n, 2000).lastSequenceNumber).toBe(0n)
  })

  it('give rows ids from 3 on, each once', () => {
    const table = atVersion(3)
    const first = { ...newSnapshot(5n), addedRows: 100n }
    const added = apply(table, appendUpdates(table, first))
    expect(added.nextRowId).toBe(100n)
    const [stale] = appendUpdates(table, newSnapshot(6n))
    const snapshot = stale?.action === 'add-snapshot' ? stale.snapshot : expect.unreachable()
    const late: TableUpdate = {
      action: 'add-snapshot',
      snapshot: { ...snapshot, sequenceNumber: 2n },
    }
    expect(thrownBy(() => apply(added, [late])).kind).toBe('conflict')
    const { firstRowId: _, ...without } = snapshot
    expect(thrownBy(() => apply(table, [{ ...late, snapshot: without }])).kind).toBe('invalid')
    expect(thrownBy(() => apply(smallTable(), [{ ...late, snapshot }])).kind).toBe('invalid')
    const endless = { ...snapshot, addedRows: 2n ** 63n }
    expect(thrownBy(() => apply(table, [{ ...late, snapshot: endless }])).kind).toBe('limit')
  })

  it('have encryption keys from 3 on, and a key never changes', () => {
    const key = {
      keyId: 'a',
      encryptedKeyMetadata: 'AA==',
      encryptedById: null,
      properties: new Map(),
    }
    const add: TableUpdate = { action: 'add-encryption-key', key }
    expect(thrownBy(() => apply(smallTable(), [add])).kind).toBe('invalid')
    const again: TableUpdate = { ...add, key: { ...key, encryptedKeyMetadata: 'BB==' } }
    const added = apply(atVersion(3), [add, again])
    expect(added.encryptionKeys).toEqual([key])
    expect(apply(added, [{ action: 'remove-encryption-key', keyId: 'a' }]).encryptionKeys).toEqual(
      [],
    )
  })
})

describe('a location', () => {
  it('is set without the slash at its end', () => {
    const moved = apply(smallTable(), [{ action: 'set-location', location: 's3://b/u/' }])
    expect(moved.location).toBe('s3://b/u')
    const nowhere: TableUpdate = { action: 'set-location', location: '' }
    expect(thrownBy(() => apply(smallTable(), [nowhere])).kind).toBe('invalid')
  })
})

describe('properties', () => {
  it('are set and removed one by one', () => {
    const set = apply(smallTable(), [
      {
        action: 'set-properties',
        updates: new Map([
          ['a', '1'],
          ['__proto__', '2'],
        ]),
      },
      { action: 'set-properties', updates: new Map([['a', '3']]) },
      { action: 'remove-properties', removals: ['b', 'toString'] },
    ])
    expect(set.properties).toEqual(
      new Map([
        ['a', '3'],
        ['__proto__', '2'],
      ]),
    )
    const removed = apply(set, [{ action: 'remove-properties', removals: ['__proto__'] }])
    expect(removed.properties).toEqual(new Map([['a', '3']]))
  })

  it('are refused when they are malformed or name a field of the table', () => {
    for (const name of ['commit.retry.num-retries', 'format-version']) {
      const update: TableUpdate = { action: 'set-properties', updates: new Map([[name, 'x']]) }
      expect(thrownBy(() => apply(smallTable(), [update])).kind).toBe('invalid')
    }
  })
})

describe('a commit of nothing', () => {
  it('changes nothing, not even the time', () => {
    expect(apply(smallTable(), [])).toEqual(smallTable())
  })
})

describe('metadata log', () => {
  it('gets the file of the version before', () => {
    expect(withMetadataLogEntry(smallTable(), 'v1.metadata.json', 5).metadataLog).toEqual([
      { timestampMs: 5, metadataFile: 'v1.metadata.json' },
    ])
  })

  it('always keeps the newest files, as many as the table asks for and at least one', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.nat(8), (limit, versions) => {
        let metadata = apply(smallTable(), [
          {
            action: 'set-properties',
            updates: new Map([['write.metadata.previous-versions-max', String(limit)]]),
          },
        ])
        for (let version = 1; version <= versions; version += 1) {
          metadata = withMetadataLogEntry(metadata, `v${version}`, version)
        }
        const kept = Math.min(versions, Math.max(1, limit))
        expect(metadata.metadataLog.map((entry) => entry.metadataFile)).toEqual(
          Array.from({ length: kept }, (_, index) => `v${versions - kept + 1 + index}`),
        )
      }),
      runs(100),
    )
  })
})

/** The log by its rule: cut behind the last snapshot of it that went, and one entry more when another one is current. */
function loggedAfter(before: TableMetadata, after: TableMetadata): readonly SnapshotLogEntry[] {
  const has = ({ snapshots }: TableMetadata, id: bigint): boolean =>
    snapshots.some(({ snapshotId }) => snapshotId === id)
  let log: SnapshotLogEntry[] = []
  for (const entry of before.snapshotLog) {
    if (has(before, entry.snapshotId) && !has(after, entry.snapshotId)) log = []
    else log.push(entry)
  }
  const moved = after.currentSnapshotId !== before.currentSnapshotId
  const last = after.snapshotLog.at(-1)
  if (!moved || after.currentSnapshotId === null || last === undefined) return log
  expect(last.snapshotId).toBe(after.currentSnapshotId)
  return [...log, last]
}

const BY_ID = {
  sourceId: 1,
  transform: { kind: 'identity' },
  direction: 'desc',
  nullOrder: 'nulls-last',
} as const

function apply(metadata: TableMetadata, updates: readonly TableUpdate[]): TableMetadata {
  return applyUpdates(metadata, updates, { nowMs: 1000 })
}

function newSnapshot(snapshotId: bigint): Parameters<typeof appendUpdates>[1] {
  return { snapshotId, operation: 'append', summary: new Map(), timestampMs: 1500 }
}

function moveMain(snapshotId: bigint): TableUpdate {
  return { action: 'set-snapshot-ref', name: 'main', ref: { snapshotId, kind: 'branch' } }
}

function statisticsOf(snapshotId: bigint): StatisticsFile {
  return { snapshotId, path: 's.puffin', fileSizeBytes: 9n, footerSizeBytes: 4n, blobs: [] }
}
