/** The doctor finds what was damaged, each damage by its own check, and nothing where nothing was. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { stringifyJson } from '../../src/base/json-exact.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { examine } from '../../src/maintenance/doctor.ts'
import type { Examination } from '../../src/maintenance/doctor.ts'
import type { DataFile } from '../../src/metadata/data-file.ts'
import type { FormatVersion } from '../../src/metadata/table-metadata.ts'
import { valueToBytes } from '../../src/types/single-value-binary.ts'
import { DamagedTable } from '../support/damaged-table.ts'
import type { MetadataJson } from '../support/damaged-table.ts'
import { temporaryFolder } from '../support/folders.ts'
import { Ride, newRides } from '../support/rides.ts'
import type { Rides } from '../support/rides.ts'

/** Two appends, rows of two cities each, in the order of their ids. */
async function soundRides(formatVersion: FormatVersion = 3): Promise<Rides> {
  const rides = await newRides({
    formatVersion,
    partitionBy: ['city'],
    sortBy: ['id'],
    properties: { 'write.metadata.previous-versions-max': '5' },
  })
  for (const start of [0, 10]) {
    const rows = Array.from({ length: 10 }, (_, index) => ({
      id: BigInt(start + index),
      city: index % 2 === 0 ? 'Oslo' : 'Bergen',
      fare: index * 1.5,
    }))
    await rides.append(rows)
  }
  return rides
}

interface Damage {
  /** The check that finds it. */
  readonly check: string
  readonly plant: (table: DamagedTable, rides: Rides) => Promise<void>
  /** What else is wrong then, since one damage follows from the other. */
  readonly also?: readonly string[]
  readonly deep?: true
  readonly formatVersion?: FormatVersion
}

type Json = Record<string, unknown>

const ofMetadata = (edit: (metadata: MetadataJson) => void): Damage['plant'] => {
  return (table) => table.editMetadata(edit)
}

const lastSnapshot = ({ snapshots }: MetadataJson): Json => snapshots.at(-1) ?? {}
const firstSnapshot = ({ snapshots }: MetadataJson): Json => snapshots[0] ?? {}

/** Rows of the same schema as a data file that no table lists. */
async function otherFile(rows: readonly object[]): Promise<Uint8Array> {
  const rides = await newRides()
  await rides.append([...rows] as never)
  const { tasks } = await rides.scan().plan()
  return rides.state.services.store.get(tasks[0]?.file.path ?? '')
}

const DAMAGES: readonly Damage[] = [
  // Table metadata.
  { check: 'missing-metadata', plant: (table) => table.store.delete(table.metadataLocation) },
  { check: 'unreadable-metadata', plant: (table) => table.cut(table.metadataLocation, 5) },
  {
    check: 'duplicate-field-id',
    plant: ofMetadata(({ schemas }) => {
      Object.assign(schemas[0]?.fields[1] ?? {}, { id: 1 })
    }),
    also: ['unreadable-metadata'],
  },
  {
    check: 'reused-column-id',
    plant: ofMetadata((metadata) => Object.assign(metadata, { 'last-column-id': 2 })),
  },
  {
    check: 'reused-partition-id',
    plant: ofMetadata((metadata) => Object.assign(metadata, { 'last-partition-id': 999 })),
  },
  {
    check: 'broken-ref',
    plant: ofMetadata((metadata) => {
      Object.assign(metadata['refs'] as Json, { audit: { type: 'branch', 'snapshot-id': 77 } })
    }),
  },
  {
    check: 'main-not-current',
    plant: ofMetadata((metadata) => {
      Object.assign(metadata, { 'current-snapshot-id': firstSnapshot(metadata)['snapshot-id'] })
    }),
    also: ['snapshot-log-end'],
  },
  {
    check: 'snapshot-parent',
    plant: ofMetadata((metadata) => {
      const [first, last] = [firstSnapshot(metadata), lastSnapshot(metadata)]
      first['parent-snapshot-id'] = last['snapshot-id']
    }),
    also: ['sequence-number-order'],
  },
  {
    check: 'sequence-number-order',
    plant: ofMetadata((metadata) => {
      firstSnapshot(metadata)['sequence-number'] = lastSnapshot(metadata)['sequence-number']
    }),
    also: ['manifest-sequence-number'],
  },
  {
    check: 'last-sequence-number',
    plant: ofMetadata((metadata) => Object.assign(metadata, { 'last-sequence-number': 1 })),
  },
  {
    check: 'next-row-id',
    plant: ofMetadata((metadata) => Object.assign(metadata, { 'next-row-id': 12 })),
    also: ['row-ids-to-come'],
  },
  {
    check: 'snapshot-row-ids',
    plant: ofMetadata((metadata) => Object.assign(lastSnapshot(metadata), { 'first-row-id': 5 })),
  },
  {
    check: 'snapshot-log-end',
    plant: ofMetadata((metadata) => {
      ;(metadata['snapshot-log'] as unknown[]).pop()
    }),
  },
  ...[
    { type: 'branch', 'min-snapshots-to-keep': 0 },
    { type: 'branch', 'max-snapshot-age-ms': 0 },
    { type: 'branch', 'max-ref-age-ms': -1 },
    { type: 'tag', 'max-ref-age-ms': 0 },
    { type: 'tag', 'max-snapshot-age-ms': 1 },
  ].map((retention) => ({
    check: 'ref-retention',
    plant: ofMetadata((metadata) => {
      const { 'snapshot-id': snapshotId } = lastSnapshot(metadata)
      Object.assign(metadata['refs'] as object, {
        odd: { 'snapshot-id': snapshotId, ...retention },
      })
    }),
  })),
  {
    check: 'unknown-schema-id',
    plant: ofMetadata((metadata) => Object.assign(lastSnapshot(metadata), { 'schema-id': 9 })),
  },
  {
    check: 'duplicate-snapshot-id',
    plant: ofMetadata(({ snapshots }) => {
      snapshots.push({ ...snapshots[0] })
    }),
    formatVersion: 2,
  },
  ...['no JSON', '{}', '[{"field-id": 1, "names": "id"}]'].map((mapping) => ({
    check: 'name-mapping',
    plant: ofMetadata((metadata) => {
      Object.assign(metadata['properties'] as Json, { 'schema.name-mapping.default': mapping })
    }),
  })),
  {
    check: 'missing-former-metadata',
    plant: async (table, { metadata }) => {
      await table.store.delete(metadata.metadataLog[0]?.metadataFile ?? '')
    },
  },
  {
    check: 'foreign-version',
    plant: async (table, { metadata }) => {
      const path = metadata.metadataLog[0]?.metadataFile ?? ''
      const text = new TextDecoder().decode(await table.store.get(path))
      const other = text.replaceAll(
        metadata.tableUuid ?? '?',
        '9c12d441-03fe-4693-9a96-a0705ddf69c1',
      )
      await table.put(path, new TextEncoder().encode(other))
    },
  },
  ...[
    (fields: Json[]) =>
      Object.assign(fields.find(({ name }) => name === 'fare') ?? {}, { type: 'string' }),
    (fields: Json[]) =>
      Object.assign(fields.find(({ name }) => name === 'ts') ?? {}, { required: true }),
    (fields: Json[]) => fields.push({ id: 90, name: 'tip', required: true, type: 'long' }),
  ].map((edit) => ({
    check: 'misfit-columns',
    plant: ofMetadata((metadata) => {
      edit(metadata.schemas[0]?.fields ?? [])
      metadata['last-column-id'] = 90
    }),
    formatVersion: 2 as const,
  })),
  // Manifest lists and manifests.
  { check: 'missing-manifest-list', plant: (table) => table.store.delete(table.manifestList) },
  { check: 'unreadable-manifest-list', plant: (table) => table.cut(table.manifestList, 7) },
  {
    check: 'missing-manifest',
    plant: async (table) => table.store.delete((await table.manifest()).path),
  },
  {
    check: 'unreadable-manifest',
    plant: async (table) => {
      const { path, lengthBytes } = await table.manifest()
      await table.put(path, new Uint8Array(Number(lengthBytes)))
    },
  },
  {
    check: 'manifest-length',
    plant: (table) =>
      table.editList(([first, ...others]) => [
        ...(first === undefined ? [] : [{ ...first, lengthBytes: first.lengthBytes - 10n }]),
        ...others,
      ]),
  },
  {
    check: 'unknown-spec-id',
    plant: (table) => table.editList((all) => all.map((each) => ({ ...each, specId: 7 }))),
  },
  {
    check: 'manifest-counts',
    plant: (table) => table.editList((all) => all.map((each) => ({ ...each, addedRows: 11n }))),
  },
  {
    check: 'manifest-summaries',
    plant: (table) =>
      table.editList((all) =>
        all.map((each) => ({
          ...each,
          partitions: (each.partitions ?? []).map((summary) => ({
            ...summary,
            upperBound: summary.lowerBound,
          })),
        })),
      ),
  },
  {
    // In the list of one snapshot, of a manifest that another lists as it is.
    check: 'manifest-summaries',
    plant: (table) =>
      table.editList(([newest, ...former]) => [
        ...(newest === undefined ? [] : [newest]),
        ...former.map((each) => ({
          ...each,
          partitions: (each.partitions ?? []).map((summary) => ({
            ...summary,
            upperBound: summary.lowerBound,
          })),
        })),
      ]),
  },
  {
    check: 'manifest-sequence-number',
    plant: (table) =>
      table.editList((all) => all.map((each) => ({ ...each, minSequenceNumber: 9n }))),
  },
  {
    check: 'manifest-sequence-number',
    plant: (table) =>
      table.editList((all) =>
        all.map((each) => (each.sequenceNumber === 1n ? { ...each, sequenceNumber: 2n } : each)),
      ),
  },
  // Snapshots.
  {
    check: 'duplicate-file',
    plant: (table) =>
      table.editEntries((entries) => [...entries.slice(0, 1), ...entries.slice(0, 1)]),
    also: ['summary-size'],
    formatVersion: 2,
  },
  {
    check: 'summary-totals',
    plant: ofMetadata((metadata) => {
      Object.assign(lastSnapshot(metadata)['summary'] as Json, { 'total-records': '21' })
    }),
  },
  {
    check: 'dangling-delete',
    plant: async (table) => {
      const vector = await table.vectorOf(await table.file(), 'deletes')
      const bytes = await otherFile([{ id: 1n, city: 'Oslo' }])
      await table.put(vector.path, bytes)
      const { referencedDataFile: _, contentOffset: __, contentSizeBytes: ___, ...rest } = vector
      const place = { fileSizeBytes: BigInt(bytes.length), recordCount: 1n, partition: ['Moss'] }
      await table.addDeletes([{ ...rest, ...place, format: 'parquet' }])
    },
  },
  {
    check: 'dangling-deletion-vector',
    plant: async (table) => {
      const file = await table.file()
      await table.addDeletes([await table.vectorOf({ ...file, path: `${file.path}.gone` }, 'one')])
    },
  },
  {
    check: 'duplicate-deletion-vector',
    plant: async (table) => {
      const file = await table.file()
      await table.addDeletes([await table.vectorOf(file, 'one'), await table.vectorOf(file, 'two')])
    },
  },
  {
    check: 'row-id-overlap',
    plant: (table) => table.editFile((file) => ({ ...file, firstRowId: 3n })),
  },
  {
    check: 'row-ids-to-come',
    plant: (table) => table.editFile((file) => ({ ...file, firstRowId: 100n })),
  },
  // Files.
  {
    check: 'missing-data-file',
    plant: async (table) => table.store.delete((await table.file()).path),
  },
  {
    check: 'missing-delete-file',
    plant: async (table) => {
      const vector = await table.vectorOf(await table.file(), 'one')
      await table.addDeletes([vector])
      await table.store.delete(vector.path)
    },
  },
  {
    check: 'unreadable-delete-file',
    plant: async (table) => {
      const vector = await table.vectorOf(await table.file(), 'one')
      await table.addDeletes([vector])
      const bytes = await table.store.get(vector.path)
      bytes[20] = (bytes[20] ?? 0) ^ 1
      await table.put(vector.path, bytes)
    },
  },
  {
    check: 'deletion-vector-place',
    plant: async (table) => {
      const vector = await table.vectorOf(await table.file(), 'one')
      const { contentOffset: _, contentSizeBytes: __, ...rest } = vector
      await table.addDeletes([rest])
    },
  },
  {
    check: 'missing-statistics',
    plant: ofMetadata((metadata) =>
      Object.assign(metadata, {
        statistics: [
          {
            'snapshot-id': lastSnapshot(metadata)['snapshot-id'],
            'statistics-path': 'memory:/warehouse/gone.stats',
            'file-size-in-bytes': 10,
            'file-footer-size-in-bytes': 5,
            'blob-metadata': [],
          },
        ],
      }),
    ),
  },
  {
    check: 'file-size',
    plant: (table) =>
      table.editFile((file) => ({ ...file, fileSizeBytes: file.fileSizeBytes + 1n })),
    also: ['summary-size'],
  },
  {
    check: 'unreadable-data-file',
    plant: async (table) => {
      const { path, fileSizeBytes } = await table.file()
      await table.put(path, new Uint8Array(Number(fileSizeBytes)))
    },
  },
  {
    check: 'record-count',
    plant: (table) => table.editFile((file) => ({ ...file, recordCount: 4n })),
    also: ['manifest-counts', 'summary-totals'],
  },
  {
    check: 'value-counts',
    plant: (table) => table.editFile((file) => withMetrics(file, 'nullCounts', 1, 2n)),
  },
  {
    check: 'unsound-bounds',
    plant: (table) => table.editFile((file) => withMetrics(file, 'upperBounds', 1, longBytes(11n))),
  },
  {
    check: 'split-offsets',
    plant: (table) => table.editFile((file) => ({ ...file, splitOffsets: [4n, 4n] })),
  },
  {
    check: 'unknown-sort-order',
    plant: (table) => table.editFile((file) => ({ ...file, sortOrderId: 8 })),
  },
  // What only rows tell.
  {
    check: 'unsound-bounds',
    plant: (table) =>
      table.editFile((file) => withMetrics(file, 'lowerBounds', 4, doubleBytes(1.5))),
    deep: true,
  },
  {
    check: 'wrong-partition',
    plant: (table) => table.editFile((file) => ({ ...file, partition: ['Moss'] })),
    deep: true,
  },
  {
    check: 'broken-sort-order',
    plant: async (table) => {
      const bytes = await otherFile(
        [10n, 14n, 12n, 16n, 18n].map((id) => ({ id, city: 'Oslo', fare: Number(id - 10n) * 1.5 })),
      )
      const { path } = await table.file()
      await table.put(path, bytes)
      await table.editFile((file) => ({
        ...file,
        fileSizeBytes: BigInt(bytes.length),
        splitOffsets: null,
      }))
    },
    deep: true,
  },
]

function withMetrics(
  file: DataFile,
  name: 'nullCounts' | 'lowerBounds' | 'upperBounds',
  fieldId: number,
  value: bigint | Uint8Array,
): DataFile {
  const values = new Map<number, unknown>([...file.metrics[name], [fieldId, value]])
  return { ...file, metrics: { ...file.metrics, [name]: values } }
}

function longBytes(value: bigint): Uint8Array {
  return valueToBytes({ kind: 'long' }, value)
}

function doubleBytes(value: number): Uint8Array {
  return valueToBytes({ kind: 'double' }, value)
}

function found({ counts }: Examination): readonly string[] {
  return [...counts.keys()].toSorted()
}

describe('the doctor', () => {
  it.each([1, 2, 3] as const)('finds nothing in a sound table of version %i', async (version) => {
    const rides = await soundRides(version)
    for (const deep of [false, true]) {
      const examination = await examine(rides, { deep })
      expect(examination.findings).toEqual([])
      expect(examination).toMatchObject({ isSound: true, isDeep: deep })
      expect(examination.examined).toEqual({ snapshots: 2, manifests: 2, files: 4 })
    }
  })

  it.each(DAMAGES)('finds by $check what was planted', async (damage) => {
    const { check, plant, also = [], deep = false, formatVersion = 3 } = damage
    const rides = await soundRides(formatVersion)
    await plant(new DamagedTable(rides.state), rides)
    const examination = await examine(rides, { deep })
    expect(found(examination), stringifyJson(examination.findings)).toEqual([check, ...also].sort())
    const [first] = examination.findings.filter((finding) => finding.check === check)
    expect(examination.isSound).toBe(first?.severity === 'notice' && also.length === 0)
    expect(first?.path).not.toBe('')
  })

  it('plants 25 damages and more, each for a check of its own', () => {
    expect(new Set(DAMAGES.map(({ check }) => check)).size).toBeGreaterThanOrEqual(25)
  })

  it('takes a former version whose uuid is in other case for one of the table', async () => {
    const rides = await soundRides()
    const { store } = rides.state.services
    const uuid = '9c12d441-03fe-4693-9a96-a0705ddf69c1'
    const former = rides.metadata.metadataLog.map(({ metadataFile }) => metadataFile)
    for (const path of [...former, rides.metadataLocation]) {
      const spelling = path === rides.metadataLocation ? uuid : uuid.toUpperCase()
      const text = new TextDecoder().decode(await store.get(path))
      const named = text.replaceAll(rides.metadata.tableUuid ?? '?', spelling)
      await store.put(path, new TextEncoder().encode(named), 'overwrite')
    }
    expect(found(await examine(rides))).toEqual([])
  })

  it('finds nothing where columns came later, with a default or without need of one', async () => {
    const rides = await soundRides(3)
    await new DamagedTable(rides.state).editMetadata((metadata) => {
      const fields = metadata.schemas[0]?.fields ?? []
      fields.push({ id: 90, name: 'tip', required: true, type: 'long', 'initial-default': 0 })
      fields.push({ id: 91, name: 'note', required: false, type: 'string' })
      metadata['last-column-id'] = 91
    })
    for (const deep of [false, true]) expect(found(await examine(rides, { deep }))).toEqual([])
  })

  it('looks at the rows only when it is to', async () => {
    const rides = await soundRides()
    const [damage] = DAMAGES.filter(({ check }) => check === 'broken-sort-order')
    await damage?.plant(new DamagedTable(rides.state), rides)
    expect(found(await examine(rides))).toEqual([])
  })

  it('finds a hint that leads nowhere, and one that says nothing', async () => {
    const folder = temporaryFolder()
    const warehouse = await openWarehouse(folder)
    const rides = await warehouse.createTable('city.rides', { schema: Ride })
    const hint = join(folder, 'city/rides/metadata/version-hint.text')
    writeFileSync(hint, '9')
    expect(found(await examine(rides))).toEqual(['version-hint'])
    writeFileSync(hint, 'nine')
    expect(found(await examine(rides))).toEqual(['unreadable-version-hint'])
  })

  it('goes on after damage: all of several are found', async () => {
    const rides = await soundRides()
    const table = new DamagedTable(rides.state)
    await table.store.delete((await table.file()).path)
    await table.editMetadata((metadata) => {
      Object.assign(metadata['refs'] as Json, { audit: { type: 'branch', 'snapshot-id': 77 } })
      firstSnapshot(metadata)['schema-id'] = 5
    })
    await table.store.delete(rides.metadata.snapshots[0]?.manifestList ?? '')
    expect(found(await examine(rides))).toEqual([
      'broken-ref',
      'missing-data-file',
      'missing-manifest-list',
      'unknown-schema-id',
    ])
  })

  it('counts what it does not keep', async () => {
    const rides = await newRides()
    await rides.append(
      Array.from({ length: 120 }, (_, index) => ({ id: BigInt(index), city: `town ${index}` })),
    )
    const table = new DamagedTable(rides.state)
    await table.editEntries((entries) =>
      Array.from({ length: 120 }, (_, index) =>
        entries.slice(0, 1).map((entry) => ({
          ...entry,
          file: { ...entry.file, path: `${entry.file.path}.${index}` },
        })),
      ).flat(),
    )
    const { findings, counts } = await examine(rides)
    expect(counts.get('missing-data-file')).toBe(120)
    expect(findings.filter(({ check }) => check === 'missing-data-file')).toHaveLength(100)
  })
})
