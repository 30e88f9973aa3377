import { once } from 'node:events'

import avsc from 'avsc'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { INT64_MAX, INT64_MIN } from '../../../../src/base/integers.ts'
import { openContainer, writeContainer } from '../../../../src/formats/avro/container.ts'
import { createEncoder } from '../../../../src/formats/avro/encoding.ts'
import type { ManifestContent } from '../../../../src/formats/avro/entry-avro.ts'
import { decodeManifest, encodeManifest } from '../../../../src/formats/avro/manifest-codec.ts'
import { manifestEntrySchema } from '../../../../src/formats/avro/manifest-schemas.ts'
import type { PartitionSpec } from '../../../../src/layout/partition-spec.ts'
import type { DataFile } from '../../../../src/metadata/data-file.ts'
import { inheritNumbers } from '../../../../src/metadata/manifest-entry.ts'
import type { ManifestEntry } from '../../../../src/metadata/manifest-entry.ts'
import type { ManifestFile } from '../../../../src/metadata/manifest-file.ts'
import { currentSpec, newTableMetadata } from '../../../../src/metadata/table-metadata.ts'
import type { FormatVersion, TableMetadata } from '../../../../src/metadata/table-metadata.ts'
import { noMetrics } from '../../../../src/types/metrics.ts'
import type { Schema } from '../../../../src/types/schema.ts'
import type { PrimitiveType } from '../../../../src/types/type.ts'
import { anyDataFileOf, anyEntryOf } from '../../../support/arbitraries/metadata.ts'
import { anySchema } from '../../../support/arbitraries/schemas.ts'
import { anySpecOf } from '../../../support/arbitraries/specs.ts'
import { anyFields, anyPrimitiveType } from '../../../support/arbitraries/types.ts'
import { runs } from '../../../support/runs.ts'
import { thrownBy } from '../../../support/thrown.ts'

describe('manifests (spec: Manifests)', () => {
  it('leaves the numbers of a new file to the manifest list', () => {
    const bytes = encodeManifest(manifestOf([added(file({}))]))
    const line = { ...LINE, sequenceNumber: 7n, addedSnapshotId: 42n }
    expect(decodeManifest(bytes, line, table())).toEqual([
      { ...added(file({})), snapshotId: 42n, dataSequenceNumber: 7n, fileSequenceNumber: 7n },
    ])
  })

  it('keeps every bit of a long', () => {
    const extremes = file({
      partition: [INT64_MIN],
      recordCount: INT64_MAX,
      splitOffsets: [4n, 2n ** 53n + 1n],
      metrics: {
        ...noMetrics,
        nullCounts: new Map([
          [1, 0n],
          [2147483546, INT64_MAX],
        ]),
        lowerBounds: new Map([[1, Uint8Array.of(0, 0xff)]]),
      },
    })
    const [entry] = decodeManifest(encodeManifest(manifestOf([added(extremes)])), LINE, table())
    expect(entry?.file).toEqual(extremes)
  })

  it('carries schema and spec in its header (spec: Manifests)', () => {
    const header = openContainer(encodeManifest(manifestOf([])))
    expect(header.property('format-version')).toBe('2')
    expect(header.property('content')).toBe('data')
    expect(header.property('schema-id')).toBe('0')
    expect(header.property('partition-spec-id')).toBe('0')
    expect(header.property('partition-spec')).toBe(
      '[{"name":"id","transform":"identity","source-id":1,"field-id":1000}]',
    )
    expect(JSON.parse(header.property('schema') ?? '')).toMatchObject({ type: 'struct' })
  })

  it('says by which ids its fields, keys, values and elements are found (spec: Avro)', () => {
    const header = openContainer(encodeManifest(manifestOf([])))
    const text = header.property('avro.schema') ?? ''
    const idsOf = (attribute: string): number[] =>
      [...text.matchAll(new RegExp(`"${attribute}":(\\d+)`, 'g'))].map(([, id]) => Number(id))
    expect(idsOf('field-id').sort((left, right) => left - right)).toEqual([
      0, 1, 2, 3, 4, 100, 101, 102, 103, 104, 108, 109, 110, 117, 118, 119, 120, 121, 122, 125, 126,
      127, 128, 129, 130, 131, 132, 134, 135, 137, 138, 139, 140, 143, 1000,
    ])
    expect(idsOf('element-id')).toEqual([133, 136])
    expect(text.match(/"logicalType":"map"/g)).toHaveLength(6)
  })

  it('refuses a manifest of another partition spec', () => {
    const bytes = encodeManifest(manifestOf([]))
    const error = thrownBy(() => decodeManifest(bytes, { ...LINE, specId: 1 }, table()))
    expect(error).toMatchObject({ kind: 'corrupt', context: { specId: '0', listedSpecId: 1 } })
  })

  it('refuses deletes in a manifest of data', () => {
    const deletes = added(file({ content: 'position-deletes' }))
    const bytes = encodeManifest({ ...manifestOf([deletes]), content: 'deletes' })
    expect(thrownBy(() => decodeManifest(bytes, LINE, table()))).toMatchObject({ kind: 'corrupt' })
    expect(decodeManifest(bytes, { ...LINE, content: 'deletes' }, table())).toHaveLength(1)
  })

  it('refuses to write a spec that it does not understand', () => {
    const spec: PartitionSpec = {
      specId: 0,
      fields: [
        {
          sourceId: 1,
          fieldId: 1000,
          name: 'b',
          transform: { kind: 'unknown', name: 'bucket[4]' },
        },
      ],
    }
    const error = thrownBy(() => encodeManifest({ ...manifestOf([]), spec }))
    expect(error).toMatchObject({ kind: 'unsupported', context: { transform: 'bucket[4]' } })
  })

  it('keeps apart names that Avro spells alike', () => {
    const spec: PartitionSpec = {
      specId: 0,
      fields: [
        { sourceId: 1, fieldId: 1000, name: 'a b', transform: { kind: 'identity' } },
        { sourceId: 1, fieldId: 1001, name: 'a_x20b', transform: { kind: 'identity' } },
        { sourceId: 1, fieldId: 1002, name: '__proto__', transform: { kind: 'identity' } },
      ],
    }
    const entry = added(file({ partition: [1n, 2n, 3n] }))
    const bytes = encodeManifest({ ...manifestOf([entry]), spec })
    const [decoded] = decodeManifest(bytes, LINE, { ...table(), specs: [spec] })
    expect(decoded?.file.partition).toEqual([1n, 2n, 3n])
  })

  it('always reads what it wrote', () => {
    fc.assert(
      fc.property(anyManifest, fc.bigInt({ min: 0n, max: INT64_MAX }), (manifest, number) => {
        const { spec, content, entries } = manifest
        const sequenceNumber = manifest.metadata.formatVersion === 1 ? 0n : number
        const line = { ...LINE, specId: spec.specId, content, sequenceNumber }
        const metadata = { ...table(), ...manifest.metadata, specs: [spec] }
        expect(decodeManifest(encodeManifest(manifest), line, metadata)).toEqual(
          entries.map((entry) => inheritNumbers(entry, line)),
        )
      }),
      runs(300),
    )
  })

  it('always reads and writes anew what it wrote, though no column of it is left', () => {
    fc.assert(
      fc.property(anyManifest, (manifest) => {
        const { spec, content, metadata } = manifest
        const line = { ...LINE, specId: spec.specId, content, sequenceNumber: 0n }
        const later = { ...table(), ...withoutColumns(metadata), specs: [spec] }
        const entries = decodeManifest(encodeManifest(manifest), line, later)
        expect(entries).toEqual(manifest.entries.map((entry) => inheritNumbers(entry, line)))
        const anew = encodeManifest({ ...manifest, metadata: later, entries })
        expect(decodeManifest(anew, line, later)).toEqual(entries)
      }),
      runs(100),
    )
  })

  it('always writes what avsc reads by the schema in the file', async () => {
    await fc.assert(
      fc.asyncProperty(anyManifest, async (manifest) => {
        const read = await readWithAvsc(encodeManifest(manifest))
        expect(read).toHaveLength(manifest.entries.length)
        for (const [index, entry] of manifest.entries.entries()) {
          expect(read[index]).toMatchObject({
            snapshot_id: entry.snapshotId,
            data_file: {
              file_path: entry.file.path,
              record_count: entry.file.recordCount,
              split_offsets: entry.file.splitOffsets,
            },
          })
        }
      }),
      runs(100),
    )
  })

  it('always gives equal bytes for equal content', () => {
    fc.assert(
      fc.property(anyManifest, (manifest) => {
        expect(encodeManifest(manifest)).toEqual(encodeManifest(manifest))
      }),
      runs(30),
    )
  })

  it('never fails with anything but a typed error, however the bytes are damaged', () => {
    const damage = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), {
      minLength: 1,
      maxLength: 4,
    })
    fc.assert(
      fc.property(anyManifest, damage, fc.boolean(), (manifest, flips, isCut) => {
        const bytes = encodeManifest(manifest)
        for (const [place, byte] of flips) bytes[Math.floor(place * (bytes.length - 1))] = byte
        const end = isCut ? Math.floor((flips[0]?.[0] ?? 1) * bytes.length) : bytes.length
        const line = { ...LINE, specId: manifest.spec.specId, content: manifest.content }
        const metadata = { ...table(), ...manifest.metadata, specs: [manifest.spec] }
        try {
          decodeManifest(bytes.subarray(0, end), line, metadata)
        } catch (error) {
          expect(error).toMatchObject({
            name: 'IcebergError',
            kind: expect.not.stringMatching('internal'),
          })
        }
      }),
      runs(300),
    )
  })
})

describe('manifests of other writers', () => {
  it('finds fields by id, whatever their order and names', () => {
    const schema = recordOf('manifest_entry', [
      { name: 'data_file', 'field-id': 2, type: fileSchema({ shuffled: true }) },
      { name: 'of_no_meaning', 'field-id': 7777, type: { type: 'map', values: 'string' } },
      { name: 'state', 'field-id': 0, type: 'int' },
    ])
    const bytes = container(schema, {
      data_file: { size: 10n, rows: 3n, part: { renamed: 5 }, format: 'parquet', path: 'a' },
      of_no_meaning: { a: 'b' },
      state: 1,
    })
    const [entry] = decodeManifest(bytes, LINE, table())
    expect(entry).toMatchObject({
      status: 'added',
      snapshotId: LINE.addedSnapshotId,
      file: { path: 'a', recordCount: 3n, fileSizeBytes: 10n, partition: [5n], metrics: noMetrics },
    })
  })

  it('finds fields by name where the writer gave no ids', () => {
    const schema = withoutIds(manifestEntrySchema(2, [{ fieldId: 1000, name: 'id', type: LONG }]))
    const [entry] = decodeManifest(container(schema, avroEntry({ id: 5n })), LINE, table())
    expect(entry?.file).toMatchObject({ path: 'a', partition: [5n] })
  })

  it.each([
    ['int', 'int'],
    ['date', { type: 'int', logicalType: 'date' }],
  ])('takes the day of a partition that is written as %s', (_, type) => {
    const spec = specOf({ kind: 'day' })
    const metadata = { ...table([{ kind: 'timestamp' }]), specs: [spec] }
    const schema = partitionedBy(['null', type])
    const [entry] = decodeManifest(container(schema, avroEntry({ id: -1 })), LINE, metadata)
    expect(entry?.file.partition).toEqual([-1])
  })

  it('reads partition values of a column that was widened since as what it is now', () => {
    const [entry] = decodeManifest(
      container(partitionedBy(['null', 'int']), avroEntry({ id: 7 })),
      LINE,
      table([{ kind: 'long' }]),
    )
    expect(entry?.file.partition).toEqual([7n])
  })

  it('reads values of an unknown transform as they are written', () => {
    const spec = specOf({ kind: 'unknown', name: 'bucket[16]' })
    const bytes = container(partitionedBy(['null', 'int']), avroEntry({ id: 11 }))
    const [entry] = decodeManifest(bytes, LINE, { ...table(), specs: [spec] })
    expect(entry?.file.partition).toEqual([11])
  })

  it('reads values of a column that is in no schema as they are written', () => {
    const decimal = { type: 'fixed', name: 'd', size: 2, logicalType: 'decimal', scale: 1 }
    const spec: PartitionSpec = {
      specId: 0,
      fields: [{ sourceId: 99, fieldId: 1000, name: 'id', transform: { kind: 'identity' } }],
    }
    const bytes = container(
      partitionedBy(['null', decimal]),
      avroEntry({ id: Buffer.of(0xff, 0xfe) }),
    )
    const [entry] = decodeManifest(bytes, LINE, { ...table(), specs: [spec] })
    expect(entry?.file.partition).toEqual([-2n])
  })

  it('refuses timestamps in another unit', () => {
    const millis = { type: 'long', logicalType: 'timestamp-millis' }
    const bytes = container(partitionedBy(['null', millis]), avroEntry({ id: 1n }))
    const error = thrownBy(() => decodeManifest(bytes, LINE, table([{ kind: 'timestamp' }])))
    expect(error).toMatchObject({
      kind: 'corrupt',
      context: { path: 'value.data_file.partition.id' },
    })
  })

  it('refuses a decimal of another scale', () => {
    const decimal = { type: 'fixed', name: 'd', size: 2, logicalType: 'decimal', scale: 1 }
    const bytes = container(partitionedBy(['null', decimal]), avroEntry({ id: Buffer.of(0, 1) }))
    const metadata = table([{ kind: 'decimal', precision: 4, scale: 2 }])
    expect(thrownBy(() => decodeManifest(bytes, LINE, metadata))).toMatchObject({ kind: 'corrupt' })
  })

  it('refuses an existing file without a sequence number', () => {
    const schema = manifestEntrySchema(2, [{ fieldId: 1000, name: 'id', type: LONG }])
    const bytes = container(schema, { ...avroEntry({ id: 5n }), status: 0 })
    expect(thrownBy(() => decodeManifest(bytes, LINE, table()))).toMatchObject({ kind: 'corrupt' })
  })

  it('gives files of tables that had no sequence numbers the number 0', () => {
    const schema = manifestEntrySchema(2, [{ fieldId: 1000, name: 'id', type: LONG }])
    const bytes = container(schema, { ...avroEntry({ id: 5n }), status: 0 })
    const [entry] = decodeManifest(bytes, { ...LINE, sequenceNumber: 0n }, table())
    expect(entry).toMatchObject({ dataSequenceNumber: 0n, fileSequenceNumber: 0n })
  })

  it('refuses a format that it does not know by name', () => {
    const schema = manifestEntrySchema(2, [{ fieldId: 1000, name: 'id', type: LONG }])
    const bytes = container(schema, avroEntry({ id: 5n }, 'lance'))
    expect(thrownBy(() => decodeManifest(bytes, LINE, table()))).toMatchObject({
      kind: 'unsupported',
      context: { format: 'lance' },
    })
  })
})

const LONG: PrimitiveType = { kind: 'long' }

const LINE: ManifestFile = {
  path: 'm.avro',
  lengthBytes: 1n,
  specId: 0,
  content: 'data',
  sequenceNumber: 3n,
  minSequenceNumber: 3n,
  addedSnapshotId: 3_051_729_675_574_597_004n,
  addedFiles: 1,
  existingFiles: 0,
  deletedFiles: 0,
  addedRows: 1n,
  existingRows: 0n,
  deletedRows: 0n,
  partitions: null,
  keyMetadata: null,
}

/** The table after all of its columns were dropped. */
function withoutColumns(metadata: Manifest['metadata']): Manifest['metadata'] {
  const currentSchemaId = 1 + Math.max(...metadata.schemas.map(({ schemaId }) => schemaId))
  const empty: Schema = { schemaId: currentSchemaId, fields: [], identifierFieldIds: [] }
  return { ...metadata, schemas: [empty, ...metadata.schemas], currentSchemaId }
}

function specOf(transform: PartitionSpec['fields'][number]['transform']): PartitionSpec {
  return { specId: 0, fields: [{ sourceId: 1, fieldId: 1000, name: 'id', transform }] }
}

function table(types: readonly PrimitiveType[] = [LONG]): TableMetadata {
  const fields = types.map((type, index) => ({
    id: index + 1,
    name: index === 0 ? 'id' : `c${index}`,
    required: false,
    type,
  }))
  return newTableMetadata({
    uuid: 'u',
    location: '/t',
    schema: { schemaId: 0, fields, identifierFieldIds: [] },
    spec: specOf({ kind: 'identity' }),
    sortOrder: { orderId: 0, fields: [] },
    properties: new Map(),
    nowMs: 0,
  })
}

function file(fields: Partial<DataFile>): DataFile {
  return {
    content: 'data',
    path: 's3://b/t/data/a.parquet',
    format: 'parquet',
    specId: 0,
    partition: [1n],
    recordCount: 2n,
    fileSizeBytes: 3n,
    metrics: noMetrics,
    splitOffsets: null,
    equalityIds: null,
    sortOrderId: null,
    keyMetadata: null,
    ...fields,
  }
}

function added(dataFile: DataFile): ManifestEntry {
  return {
    status: 'added',
    snapshotId: null,
    dataSequenceNumber: null,
    fileSequenceNumber: null,
    file: dataFile,
  }
}

interface Manifest extends ManifestContent {
  readonly entries: readonly ManifestEntry[]
}

function manifestOf(entries: readonly ManifestEntry[]): Manifest {
  const metadata = table()
  return { metadata, spec: currentSpec(metadata), content: 'data', entries }
}

/** Schemas of all sorts; and flat ones, whose every type is partitioned by. */
const anyPartitionedSchema = fc.oneof(
  anySchema(),
  anyFields(anyPrimitiveType, 6).map((fields): Schema => ({
    schemaId: 0,
    fields: fields.map((field, index) => ({ ...field, id: index + 1 })),
    identifierFieldIds: [],
  })),
)

const anyManifest: fc.Arbitrary<Manifest> = fc
  .record({
    schema: anyPartitionedSchema,
    formatVersion: fc.constantFrom<FormatVersion>(1, 2, 3),
    hasDeletes: fc.boolean(),
  })
  .chain(({ schema, formatVersion, hasDeletes }) =>
    anySpecOf(schema, { opaque: false }).chain((spec) => {
      const content = hasDeletes && formatVersion > 1 ? 'deletes' : 'data'
      const fitted = fitsAll(spec, schema) ? spec : { ...spec, fields: [] }
      const anyFile = anyDataFileOf(fitted, schema, content, formatVersion)
      return fc.record({
        metadata: fc.constant({
          formatVersion,
          schemas: [schema],
          currentSchemaId: schema.schemaId,
        }),
        spec: fc.constant(fitted),
        content: fc.constant<ManifestFile['content']>(content),
        entries: fc.array(anyEntryOf(anyFile, formatVersion), { maxLength: 3 }),
      })
    }),
  )

/** A schema without a column to partition by gets a spec of columns that no schema has. */
function fitsAll(spec: PartitionSpec, schema: Schema): boolean {
  const ids = new Set(schema.fields.map((field) => field.id))
  return spec.fields.every((field) => ids.has(field.sourceId) && field.transform.kind !== 'unknown')
}

function container(schema: unknown, value: unknown): Uint8Array {
  return writeContainer({
    schema,
    properties: new Map(),
    encoder: createEncoder(schema),
    values: [value],
  })
}

function recordOf(name: string, fields: readonly unknown[]): unknown {
  return { type: 'record', name, fields }
}

function fileSchema({ shuffled }: { readonly shuffled: boolean }): unknown {
  const fields = [
    { name: 'path', 'field-id': 100, type: 'string' },
    { name: 'format', 'field-id': 101, type: 'string' },
    {
      name: 'part',
      'field-id': 102,
      type: recordOf('p', [{ name: 'renamed', 'field-id': 1000, type: ['int', 'null'] }]),
    },
    { name: 'rows', 'field-id': 103, type: 'long' },
    { name: 'size', 'field-id': 104, type: 'long' },
  ]
  return recordOf('f', shuffled ? fields.toReversed() : fields)
}

/** The schema of a manifest, with one partition field of that Avro type. */
function partitionedBy(type: unknown): unknown {
  return recordOf('manifest_entry', [
    { name: 'status', 'field-id': 0, type: 'int' },
    {
      name: 'data_file',
      'field-id': 2,
      type: recordOf('r2', [
        { name: 'file_path', 'field-id': 100, type: 'string' },
        { name: 'file_format', 'field-id': 101, type: 'string' },
        {
          name: 'partition',
          'field-id': 102,
          type: recordOf('r102', [{ name: 'id', 'field-id': 1000, type }]),
        },
        { name: 'record_count', 'field-id': 103, type: 'long' },
        { name: 'file_size_in_bytes', 'field-id': 104, type: 'long' },
      ]),
    },
  ])
}

function avroEntry(partition: unknown, format = 'PARQUET'): Record<string, unknown> {
  const maps = ['column_sizes', 'value_counts', 'null_value_counts', 'nan_value_counts']
  const others = ['lower_bounds', 'upper_bounds', 'key_metadata', 'split_offsets', 'equality_ids']
  const absent = [...maps, ...others, 'sort_order_id', 'referenced_data_file']
  return {
    status: 1,
    snapshot_id: null,
    sequence_number: null,
    file_sequence_number: null,
    data_file: {
      ...Object.fromEntries(absent.map((name) => [name, null])),
      content: 0,
      file_path: 'a',
      file_format: format,
      partition,
      record_count: 3n,
      file_size_in_bytes: 10n,
    },
  }
}

function withoutIds(schema: unknown): unknown {
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) => (key === 'field-id' ? undefined : value)),
  )
}

/** The values as avsc's own reader of whole files sees them: a second opinion on framing, schema and bytes. */
async function readWithAvsc(bytes: Uint8Array): Promise<unknown[]> {
  const long = avsc.types.LongType.__with({
    isValid: (value: unknown) => typeof value === 'bigint',
    fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
    toBuffer: () => Buffer.alloc(8),
    toJSON: String,
    fromJSON: BigInt,
    compare: () => 0,
  })
  const decoder = new avsc.streams.BlockDecoder({
    parseHook: (schema) =>
      avsc.Type.forSchema(schema, {
        wrapUnions: false,
        typeHook: (type) =>
          /^("long"$|\{"type":"long")/.test(JSON.stringify(type)) ? long : undefined,
      }),
  })
  const values: unknown[] = []
  decoder.on('data', (value) => values.push(value))
  decoder.end(Buffer.from(bytes))
  await once(decoder, 'end')
  return values
}
