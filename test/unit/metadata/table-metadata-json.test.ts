import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseJson, stringifyJson } from '../../../src/base/json-exact.ts'
import { metadataFromJson, metadataToJson } from '../../../src/metadata/table-metadata-json.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { anyTableMetadata } from '../../support/arbitraries/metadata.ts'
import { runs } from '../../support/runs.ts'
import { appended, smallTable } from '../../support/small-table.ts'
import { thrownBy } from '../../support/thrown.ts'

type JsonObject = Record<string, unknown>

const SNAPSHOT = {
  'snapshot-id': 1,
  'sequence-number': 0,
  'timestamp-ms': 1,
  'manifest-list': 'm',
  summary: { operation: 'append' },
}

/** As tables were written before they had several schemas, specs and orders. */
const FIRST_VERSION = {
  'format-version': 1,
  location: 's3://b/t',
  'last-updated-ms': 2000,
  'last-column-id': 1,
  schema: { type: 'struct', fields: [{ id: 1, name: 'x', required: true, type: 'long' }] },
  'partition-spec': [
    { name: 'x', transform: 'identity', 'source-id': 1 },
    { name: 'x_void', transform: 'void', 'source-id': 1 },
  ],
  'current-snapshot-id': 5,
  snapshots: [
    {
      'snapshot-id': 5,
      'timestamp-ms': 1000,
      manifests: ['s3://b/t/metadata/m1.avro', 's3://b/t/metadata/m2.avro'],
    },
  ],
}

describe('table metadata as JSON (spec: Table Metadata and Snapshots)', () => {
  it('spells a table as the specification does', () => {
    const metadata = appended(smallTable(), 3_051_729_675_574_597_004n, 2000)
    expect(stringifyJson(metadataToJson(metadata))).toBe(
      [
        '{"format-version":2,"table-uuid":"u","location":"s3://bucket/t","last-sequence-number":1,',
        '"last-updated-ms":2000,"last-column-id":1,"schemas":[{"type":"struct","schema-id":0,"fields":[{',
        '"id":1,"name":"id","required":false,"type":"long"}]}],"current-schema-id":0,"partition-specs":[{',
        '"spec-id":0,"fields":[]}],"default-spec-id":0,"last-partition-id":999,"sort-orders":[{"order-id":0,',
        '"fields":[]}],"default-sort-order-id":0,"properties":{},"current-snapshot-id":3051729675574597004,',
        '"snapshots":[{"snapshot-id":3051729675574597004,"sequence-number":1,"timestamp-ms":2000,',
        '"manifest-list":"s3://bucket/t/metadata/snap-3051729675574597004.avro","summary":{"operation":',
        '"append"},"schema-id":0}],"snapshot-log":[{"timestamp-ms":2000,"snapshot-id":3051729675574597004}],',
        '"metadata-log":[],"refs":{"main":{"snapshot-id":3051729675574597004,"type":"branch"}},',
        '"statistics":[],"partition-statistics":[]}',
      ].join(''),
    )
  })

  it('spells a snapshot once, however often its table is written', () => {
    const metadata = appended(smallTable(), 5n, 2000)
    let readings = 0
    const snapshots = metadata.snapshots.map((snapshot) => ({
      ...snapshot,
      get summary() {
        readings += 1
        return new Map([['a', 'é']])
      },
    }))
    const texts = [1, 2, 3].map(() => stringifyJson(metadataToJson({ ...metadata, snapshots })))
    expect(new Set(texts).size).toBe(1)
    expect(texts[0]).toContain('"summary":{"operation":"append","a":"é"}')
    expect(readings).toBe(1)
  })

  it('spells the snapshots of a table anew when it is no more of version 1', () => {
    const snapshots = appended(smallTable(), 5n, 2000).snapshots.map((snapshot) => ({
      ...snapshot,
      sequenceNumber: 0n,
    }))
    const spelled = (formatVersion: 1 | 2): string =>
      stringifyJson(
        metadataToJson({ ...smallTable(), formatVersion, lastSequenceNumber: 0n, snapshots }),
      )
    expect(spelled(1)).not.toContain('"sequence-number"')
    expect(spelled(2)).toContain('"sequence-number"')
    expect(spelled(1)).not.toContain('"sequence-number"')
  })

  it('leaves out the current snapshot of a table that has none', () => {
    expect(stringifyJson(metadataToJson(smallTable()))).not.toContain('current-snapshot-id')
  })

  it('takes -1 and null for no current snapshot', () => {
    for (const id of [-1, null]) {
      expect(metadataFromJson(changed({ 'current-snapshot-id': id }))).toEqual(smallTable())
    }
  })

  it('completes what is optional', () => {
    const { properties, refs, snapshots, statistics, ...rest } = json(smallTable())
    expect([properties, refs, snapshots, statistics]).toEqual([{}, {}, [], []])
    const optional = ['snapshot-log', 'metadata-log', 'partition-statistics']
    const required = Object.entries(rest).filter(([name]) => !optional.includes(name))
    expect(metadataFromJson(Object.fromEntries(required))).toEqual(smallTable())
  })

  it('makes a main branch where the table has no refs (spec: Table Metadata Fields)', () => {
    const { refs: _, ...withoutRefs } = json(appended(smallTable(), 7n, 2000))
    for (const document of [
      withoutRefs,
      { ...withoutRefs, refs: null },
      { ...withoutRefs, refs: {} },
    ]) {
      expect(metadataFromJson(document).refs).toEqual(
        new Map([['main', { snapshotId: 7n, kind: 'branch' }]]),
      )
    }
  })

  it('takes a slash off the end of the location', () => {
    expect(metadataFromJson(changed({ location: 's3://bucket/t/' }))).toEqual(smallTable())
  })

  it('never lets a new column have the id of another', () => {
    expect(metadataFromJson(changed({ 'last-column-id': 0 })).lastColumnId).toBe(1)
  })

  it('takes a snapshot without an operation for one that may have done anything', () => {
    const document = json(appended(smallTable(), 7n, 2000))
    const [snapshot] = document['snapshots'] as [JsonObject]
    const { summary: _, 'sequence-number': __, ...old } = snapshot
    const read = metadataFromJson({ ...document, snapshots: [old] })
    expect(read.snapshots[0]).toMatchObject({ operation: 'overwrite', sequenceNumber: 0n })
  })

  it.each([
    [4, 'unsupported', 'tables of format version 4 are not read'],
    [42, 'unsupported', 'tables of format version 42 are not read'],
    [0, 'corrupt', 'table format version is not positive'],
  ])('refuses format version %i', (version, kind, message) => {
    const error = thrownBy(() => metadataFromJson({ 'format-version': version }))
    expect(error).toMatchObject({ kind, message })
  })

  it.each<[string, unknown, string]>([
    ['location', undefined, 'location'],
    ['table-uuid', null, 'table-uuid'],
    ['last-updated-ms', 1.5, 'last-updated-ms'],
    ['last-sequence-number', 2n ** 63n, 'last-sequence-number'],
    ['schemas', {}, 'schemas'],
    ['schemas', [7], 'schemas[0]'],
    ['partition-specs', [{ 'spec-id': 'x', fields: [] }], 'partition-specs[0].spec-id'],
    ['properties', { a: 1 }, 'properties.a'],
    ['snapshots', [{ 'snapshot-id': '5' }], 'snapshots[0]'],
    ['snapshot-log', [{ 'timestamp-ms': 1 }], 'snapshot-log[0].snapshot-id'],
    ['metadata-log', 'x', 'metadata-log'],
    ['refs', { main: { 'snapshot-id': 1, type: 'twig' } }, 'refs.main.type'],
  ])('refuses a misshapen %s with its path', (name, value, path) => {
    const error = thrownBy(() => metadataFromJson(changed({ [name]: value })))
    expect(error.kind).toBe('corrupt')
    expect(error.context['path']).toContain(path)
  })

  describe('of version 1', () => {
    it('says twice what readers from before lists look for', () => {
      const table: TableMetadata = { ...appended(smallTable(), 7n, 2000), formatVersion: 1 }
      const [snapshot] = table.snapshots
      const version1 = {
        ...table,
        lastSequenceNumber: 0n,
        snapshots: snapshot === undefined ? [] : [{ ...snapshot, sequenceNumber: 0n }],
      }
      const document = json(version1)
      expect(document['schema']).toEqual((document['schemas'] as unknown[])[0])
      expect(document['partition-spec']).toEqual([])
      expect(document).not.toHaveProperty('last-sequence-number')
      expect(document).not.toHaveProperty('next-row-id')
      expect((document['snapshots'] as unknown[])[0]).not.toHaveProperty('sequence-number')
      expect(document['refs']).toEqual({ main: { 'snapshot-id': 7, type: 'branch' } })
      expect(metadataFromJson(document)).toEqual(version1)
    })

    it('is completed where its first writers left out what there was none of', () => {
      expect(metadataFromJson(FIRST_VERSION)).toMatchObject({
        formatVersion: 1,
        tableUuid: null,
        lastSequenceNumber: 0n,
        currentSchemaId: 0,
        schemas: [{ schemaId: 0, fields: [{ id: 1, name: 'x' }] }],
        defaultSpecId: 0,
        specs: [
          {
            specId: 0,
            fields: [
              { fieldId: 1000, name: 'x' },
              { fieldId: 1001, name: 'x_void' },
            ],
          },
        ],
        lastPartitionId: 1001,
        sortOrders: [{ orderId: 0, fields: [] }],
        defaultSortOrderId: 0,
        currentSnapshotId: 5n,
        refs: new Map([['main', { snapshotId: 5n, kind: 'branch' }]]),
        snapshots: [
          {
            sequenceNumber: 0n,
            manifestList: null,
            manifests: ['s3://b/t/metadata/m1.avro', 's3://b/t/metadata/m2.avro'],
            operation: 'overwrite',
            schemaId: null,
          },
        ],
      })
    })

    it('needs what its version says', () => {
      const cases: readonly (readonly [string, string])[] = [
        ['schema', 'schema'],
        ['partition-spec', 'partition-spec'],
        ['location', 'location'],
      ]
      for (const [name, path] of cases) {
        const { [name]: _, ...rest } = FIRST_VERSION as JsonObject
        expect(thrownBy(() => metadataFromJson(rest)).context['path']).toBe(path)
      }
      for (const [name, list] of [
        ['current-schema-id', { schemas: [FIRST_VERSION.schema] }],
        ['default-spec-id', { 'partition-specs': [{ 'spec-id': 0, fields: [] }] }],
        ['default-sort-order-id', { 'sort-orders': [{ 'order-id': 0, fields: [] }] }],
      ] as const) {
        const error = thrownBy(() => metadataFromJson({ ...FIRST_VERSION, ...list }))
        expect(error.context['path']).toBe(name)
      }
    })

    it('takes a list of manifests, where there is one, for the manifests', () => {
      const [snapshot] = FIRST_VERSION.snapshots
      const both = { ...snapshot, 'manifest-list': 's3://b/t/metadata/snap.avro' }
      const read = metadataFromJson({ ...FIRST_VERSION, snapshots: [both] }).snapshots[0]
      expect(read?.manifestList).toBe('s3://b/t/metadata/snap.avro')
      expect(read).not.toHaveProperty('manifests')
      const neither = { 'snapshot-id': 5, 'timestamp-ms': 1000 }
      const error = thrownBy(() => metadataFromJson({ ...FIRST_VERSION, snapshots: [neither] }))
      expect(error.context['path']).toBe('snapshots[0].manifest-list')
    })
  })

  it.each<[string, unknown, string]>([
    ['next-row-id', undefined, 'next-row-id'],
    ['next-row-id', -1, 'next-row-id'],
    ['snapshots', [{ ...SNAPSHOT, 'first-row-id': 0 }], 'snapshots[0].added-rows'],
    [
      'snapshots',
      [{ ...SNAPSHOT, 'first-row-id': -1, 'added-rows': 1 }],
      'snapshots[0].first-row-id',
    ],
    ['snapshots', [{ ...SNAPSHOT, 'first-row-id': 0, 'added-rows': 1 }], 'next-row-id'],
    ['encryption-keys', [{ 'key-id': 'a' }], 'encryption-keys[0].encrypted-key-metadata'],
    ['statistics', [{ 'snapshot-id': 1 }], 'statistics[0].statistics-path'],
    ['partition-statistics', [7], 'partition-statistics[0]'],
  ])('refuses %s of version 3 that are %o, with the path', (name, value, path) => {
    const document = { ...changed({ 'format-version': 3, 'next-row-id': 0 }), [name]: value }
    if (value === undefined) delete document[name]
    const error = thrownBy(() => metadataFromJson(document))
    expect([error.kind, error.context['path']]).toEqual(['corrupt', path])
  })

  it('ignores row ids and keys that a version before them has', () => {
    const document = changed({ 'next-row-id': 5, 'encryption-keys': [7] })
    expect(metadataFromJson(document)).toEqual(smallTable())
  })

  it('refuses metadata that contradicts itself, read or written', () => {
    expect(thrownBy(() => metadataFromJson(changed({ 'current-schema-id': 3 }))).kind).toBe(
      'corrupt',
    )
    const broken = { ...smallTable(), currentSchemaId: 3 }
    expect(thrownBy(() => metadataToJson(broken)).kind).toBe('internal')
  })

  it('always reads what it wrote, through text', () => {
    fc.assert(
      fc.property(anyTableMetadata, (metadata) => {
        const text = stringifyJson(metadataToJson(metadata))
        expect(metadataFromJson(parseJson(text))).toEqual(metadata)
      }),
      runs(150),
    )
  })

  it('never fails with anything but a typed error when a field is replaced', () => {
    fc.assert(
      fc.property(anyTableMetadata, fc.nat(), fc.jsonValue(), (metadata, pick, value) => {
        const document = json(metadata)
        const name = Object.keys(document)[pick % Object.keys(document).length] ?? ''
        try {
          metadataFromJson({ ...document, [name]: value })
        } catch (error) {
          expect(error).toMatchObject({
            name: 'IcebergError',
            kind: expect.stringMatching(/^(corrupt|unsupported|limit)$/),
          })
        }
      }),
      runs(200),
    )
  })
})

function json(metadata: ReturnType<typeof smallTable>): JsonObject {
  // Metadata is written as an object, and read back as one.
  return parseJson(stringifyJson(metadataToJson(metadata))) as JsonObject
}

function changed(fields: JsonObject): JsonObject {
  return { ...json(smallTable()), ...fields }
}
