import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { DataFile } from '../../../src/metadata/data-file.ts'
import { summarize } from '../../../src/metadata/snapshot-summary.ts'
import type { Snapshot } from '../../../src/metadata/snapshot.ts'
import { noMetrics } from '../../../src/types/metrics.ts'
import { anyDouble } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

describe('snapshot summary (spec: Optional Snapshot Summary Fields)', () => {
  it('counts what a first append adds', () => {
    const added = [fileOf({ recordCount: 3n }), fileOf({ recordCount: 4n, partition: ['b'] })]
    expect(Object.fromEntries(summarize({ ...NOTHING, added }))).toEqual({
      'added-data-files': '2',
      'added-records': '7',
      'added-files-size': '200',
      'changed-partition-count': '2',
      'total-data-files': '2',
      'total-records': '7',
      'total-files-size': '200',
      'total-delete-files': '0',
      'total-position-deletes': '0',
      'total-equality-deletes': '0',
    })
  })

  it('tells what became of manifests, be it nothing', () => {
    const summary = summarize({ ...NOTHING, manifests: { created: 1, kept: 2, replaced: 0 } })
    expect(Object.fromEntries(summary)).toMatchObject({
      'manifests-created': '1',
      'manifests-kept': '2',
      'manifests-replaced': '0',
    })
  })

  it('counts delete files by what they hold', () => {
    const added = [
      fileOf({ content: 'position-deletes', recordCount: 5n }),
      fileOf({ content: 'equality-deletes', recordCount: 6n }),
    ]
    const summary = summarize({ ...NOTHING, operation: 'delete', added })
    expect(Object.fromEntries(summary)).toMatchObject({
      'added-delete-files': '2',
      'added-position-delete-files': '1',
      'added-equality-delete-files': '1',
      'added-position-deletes': '5',
      'added-equality-deletes': '6',
      'total-delete-files': '2',
      'total-data-files': '0',
    })
    expect(summary.has('added-data-files')).toBe(false)
  })

  it('counts deletion vectors apart from position delete files', () => {
    const added = [fileOf({ content: 'position-deletes', format: 'puffin', recordCount: 5n })]
    const summary = summarize({ ...NOTHING, operation: 'delete', added })
    expect(summary.get('added-dvs')).toBe('1')
    expect(summary.get('added-delete-files')).toBe('1')
    expect(summary.get('added-position-deletes')).toBe('5')
    expect(summary.has('added-position-delete-files')).toBe(false)
  })

  it('tells of each partition where few enough change', () => {
    const added = [fileOf({ recordCount: 3n }), fileOf({ partition: ['b'] })]
    const request = { ...NOTHING, operation: 'overwrite', added, deleted: [fileOf({})] } as const
    const pathOf = ({ partition }: DataFile): string => `city=${String(partition[0])}`
    const told = summarize({ ...request, partitions: { limit: 2, pathOf } })
    expect(told.get('partition-summaries-included')).toBe('true')
    expect(told.get('partitions.city=b')).toBe(
      'added-data-files=1,added-records=1,added-files-size=100',
    )
    expect(told.get('partitions.city=a')).toContain('added-records=3,deleted-records=1')
    const many = summarize({ ...request, partitions: { limit: 1, pathOf } })
    expect(many).toEqual(summarize(request))
  })

  it.each([
    ['missing', new Map<string, string>()],
    ['no number', new Map([['total-records', 'many']])],
    ['too small', new Map([['total-records', '1']])],
    ['negative', new Map([['total-records', '-1']])],
  ])('drops a total that is %s', (_, totals) => {
    const summary = summarize({
      ...NOTHING,
      operation: 'delete',
      parent: parentWith(totals),
      deleted: [fileOf({ recordCount: 2n })],
    })
    expect(summary.has('total-records')).toBe(false)
    expect(summary.get('deleted-records')).toBe('2')
    expect(summary.get('deleted-data-files')).toBe('1')
    expect(summary.get('removed-files-size')).toBe('100')
  })

  it('keeps further entries, and refuses one with the name of a counter', () => {
    const extra = new Map([['engine-name', 'frazil']])
    expect(summarize({ ...NOTHING, extra }).get('engine-name')).toBe('frazil')
    for (const name of [
      'total-records',
      'added-data-files',
      'operation',
      'changed-partition-count',
    ]) {
      const error = thrownBy(() => summarize({ ...NOTHING, extra: new Map([[name, '0']]) }))
      expect(error).toMatchObject({ kind: 'invalid', context: { name } })
    }
  })

  it('takes the zeros for two partitions and all NaN for one', () => {
    const values = [0, -0, Number.NaN, -Number.NaN]
    const added = values.map((value) => fileOf({ partition: [value] }))
    expect(summarize({ ...NOTHING, added }).get('changed-partition-count')).toBe('3')
  })

  it('refuses an append that removes files and a replacement that adds rows', () => {
    const files = [fileOf({})]
    expect(thrownBy(() => summarize({ ...NOTHING, deleted: files })).kind).toBe('internal')
    expect(thrownBy(() => summarize({ ...NOTHING, operation: 'replace', added: files })).kind).toBe(
      'internal',
    )
  })

  it('always gives the totals of the files that are there', () => {
    const anyFiles = fc.array(
      fc.record({ recordCount: fc.bigInt({ min: 0n, max: 2n ** 60n }), value: anyDouble }),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(fc.array(anyFiles, { maxLength: 5 }), fc.nat(), (commits, seed) => {
        let live: DataFile[] = []
        let parent: Snapshot | null = null
        for (const [index, commit] of commits.entries()) {
          const deleted = live.filter((_, place) => (place + seed + index) % 3 === 0)
          const added = commit.map(({ recordCount, value }) =>
            fileOf({ recordCount, partition: [value] }),
          )
          const summary = summarize({ ...NOTHING, operation: 'overwrite', added, deleted, parent })
          live = [...live.filter((file) => !deleted.includes(file)), ...added]
          expect(summary.get('total-data-files')).toBe(String(live.length))
          expect(summary.get('total-records')).toBe(
            String(live.reduce((sum, file) => sum + file.recordCount, 0n)),
          )
          expect(summary.get('total-files-size')).toBe(String(live.length * 100))
          parent = parentWith(summary)
        }
      }),
      runs(100),
    )
  })
})

const NOTHING = {
  operation: 'append' as const,
  added: [],
  deleted: [],
  parent: null,
  extra: new Map<string, string>(),
}

function fileOf(fields: Partial<DataFile>): DataFile {
  return {
    content: 'data',
    path: 'a',
    format: 'parquet',
    specId: 0,
    partition: ['a'],
    recordCount: 1n,
    fileSizeBytes: 100n,
    metrics: noMetrics,
    splitOffsets: null,
    equalityIds: null,
    sortOrderId: null,
    keyMetadata: null,
    ...fields,
  }
}

function parentWith(summary: ReadonlyMap<string, string>): Snapshot {
  return {
    snapshotId: 1n,
    parentId: null,
    sequenceNumber: 1n,
    timestampMs: 0,
    manifestList: 'm',
    operation: 'append',
    summary,
    schemaId: 0,
  }
}
