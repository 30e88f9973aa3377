// Metadata, manifest lists and manifests that other engines wrote, found beside the checkout.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { isKind } from '../../src/base/errors.ts'
import { parseJson, stringifyJson } from '../../src/base/json-exact.ts'
import { boundTrue } from '../../src/expressions/bound.ts'
import { wantedPartition } from '../../src/formats/avro/entry-views.ts'
import { createManifestScanner } from '../../src/formats/avro/manifest-scan.ts'
import { decodeManifest, encodeManifest } from '../../src/formats/avro/manifest-codec.ts'
import {
  decodeManifestList,
  encodeManifestList,
} from '../../src/formats/avro/manifest-list-codec.ts'
import type { EntryStatus, ManifestEntry } from '../../src/metadata/manifest-entry.ts'
import type { ManifestFile } from '../../src/metadata/manifest-file.ts'
import { metadataFromJson, metadataToJson } from '../../src/metadata/table-metadata-json.ts'
import { partitionTypesOf } from '../../src/metadata/partition-types.ts'
import { currentSnapshot, specById } from '../../src/metadata/table-metadata.ts'
import type { TableMetadata } from '../../src/metadata/table-metadata.ts'
import { thrownBy } from '../support/thrown.ts'

const folder = fileURLToPath(new URL('../../../shared/conformance/', import.meta.url))
const isThere = existsSync(folder)
if (!isThere) console.warn(`skipped: no files of other engines at ${folder}`)

/** What Iceberg Java makes of a metadata file. */
interface Answer {
  readonly file: string
  readonly accepted: boolean
  /** JSON text, when it is accepted. */
  readonly rewritten?: string
}

describe.skipIf(!isThere)('metadata files of the Iceberg projects', () => {
  const answers = (described('metadata/answers.json') as Answer[]).map((answer) => ({
    ...answer,
    json: parseJson(text(`metadata/${answer.file}`)),
  }))
  it.each(answers.filter(({ accepted }) => accepted))(
    '$file is read as Java reads it',
    (answer) => {
      const metadata = metadataFromJson(answer.json)
      expect(comparable(parseJson(stringifyJson(metadataToJson(metadata))))).toEqual(
        comparable(parseJson(javaText(answer, metadata))),
      )
    },
  )

  it.each(answers.filter(({ accepted }) => accepted))(
    '$file is the same after a round trip',
    (answer) => {
      const metadata = metadataFromJson(answer.json)
      const written = stringifyJson(metadataToJson(metadata))
      const again = metadataFromJson(parseJson(written))
      expect(again).toEqual(metadata)
      expect(stringifyJson(metadataToJson(again))).toBe(written)
    },
  )

  it.each(answers.filter(({ accepted }) => !accepted))(
    '$file is refused where Java refuses it',
    ({ file, json }) => {
      const error = thrownBy(() => metadataFromJson(json))
      expect([error.kind, error.context['path']]).toEqual(FAULTS[file])
    },
  )
})

/** What is wrong with the files that Java does not accept. */
const FAULTS: Readonly<Record<string, readonly [kind: string, path: string]>> = {
  'TableMetadataUnsupportedVersion.json': ['unsupported', 'format-version'],
  'TableMetadataV1MissingSchemaType.json': ['corrupt', 'schema.type'],
  'TableMetadataV1NoValidSchema.json': ['corrupt', 'current-schema-id'],
  'TableMetadataV1PartitionSpecsWithoutDefaultId.json': ['corrupt', 'default-spec-id'],
  'TableMetadataV1SchemasWithoutCurrentId.json': ['corrupt', 'current-schema-id'],
  // Which it lacks as well, and needs to be read at all.
  'TableMetadataV2CurrentSchemaNotFound.json': ['corrupt', 'last-partition-id'],
  'TableMetadataV2MissingLastPartitionId.json': ['corrupt', 'last-partition-id'],
  'TableMetadataV2MissingPartitionSpecs.json': ['corrupt', 'partition-specs'],
  'TableMetadataV2MissingSchemas.json': ['corrupt', 'schemas'],
  'TableMetadataV2MissingSortOrder.json': ['corrupt', 'sort-orders'],
  'TableMetadataV3WithPartitionStatistics.json': ['corrupt', 'snapshots[0].added-rows'],
}

/** A table of the corpus. */
interface CorpusTable {
  readonly name: string
  readonly metadata: string
  readonly dir: string
  readonly formatVersion: number
  /** As in `data=4 pos=2 eq=0 dv=0`: live files of the current snapshot. */
  readonly files: string
  /** Location prefixes and the folders here that they lead to. */
  readonly relocate: readonly (readonly [string, string])[]
}

describe.skipIf(!isThere)('tables of other engines', () => {
  const tables = described('index.json') as CorpusTable[]

  it.each(tables)('$name: every manifest of every snapshot', async (table) => {
    const metadata = metadataFromJson(parseJson(text(`${table.dir}/${table.metadata}`)))
    for (const { manifestList } of metadata.snapshots) {
      for (const manifest of manifestsAt(table, manifestList)) {
        const bytes = read(table, manifest.path)
        const entries = decodeManifest(bytes, manifest, metadata)
        if (!MISMEASURED.has(table.name)) expect(BigInt(bytes.length)).toBe(manifest.lengthBytes)
        if (!MISCOUNTED.has(table.name)) expect(countsOf(entries)).toEqual(countsIn(manifest))
        expect(await scanned(bytes, manifest, metadata)).toEqual(liveFiles(entries))
        if (isOpaque(metadata, manifest)) continue
        expect(decodeManifest(encoded(metadata, manifest, entries), manifest, metadata)).toEqual(
          entries,
        )
      }
    }
  })

  it.each(tables)('$name: the files that are live', (table) => {
    const metadata = metadataFromJson(parseJson(text(`${table.dir}/${table.metadata}`)))
    const snapshot = currentSnapshot(metadata)
    const live = snapshot === null ? [] : liveEntries(table, metadata, snapshot.manifestList)
    const isVector = ({ file }: ManifestEntry): boolean => file.format === 'puffin'
    const count = (content: string): number =>
      live.filter((entry) => entry.file.content === content && !isVector(entry)).length
    expect(
      `data=${count('data')} pos=${count('position-deletes')} eq=${count('equality-deletes')} dv=${live.filter(isVector).length}`,
    ).toBe(table.files)
  })
})

describe.skipIf(!isThere)('manifest lists of other engines', () => {
  const files = isThere ? readdirSync(`${folder}manifests`) : []

  it.each(files)('%s is read and written again', (file) => {
    let manifests: readonly ManifestFile[]
    try {
      manifests = decodeManifestList(bytesOf(`manifests/${file}`))
    } catch (error) {
      expect(isKind(error, 'unsupported')).toBe(file.includes('encrypted'))
      return
    }
    expect(manifests.length).toBeGreaterThan(0)
    const hasRowIds = manifests.some((manifest) => manifest.firstRowId !== undefined)
    const bytes = encodeManifestList({
      ...(hasRowIds ? { formatVersion: 3, firstRowId: 0n } : { formatVersion: 2 }),
      snapshotId: 1n,
      parentId: null,
      sequenceNumber: 1n,
      manifests,
    })
    expect(decodeManifestList(bytes)).toEqual(manifests)
  })
})

/** Made by hand: the list has the length that the manifest had before its paths were changed. */
const MISMEASURED: ReadonlySet<string> = new Set(['impala-iceberg_with_puffin_stats'])

/** Made by hand: two files in a manifest of which the list says that it has one. */
const MISCOUNTED: ReadonlySet<string> = new Set(['impala-iceberg_v2_null_delete_record'])

/**
 * Files that Java leaves as they are and we repair: the last column id is below others, and refs lack the main branch
 * though there is a current snapshot.
 */
const REPAIRED: ReadonlySet<string> = new Set([
  'example_table_metadata_v2.json',
  'example_table_metadata_v2_partition_evolution.json',
])

function javaText({ file, rewritten = '' }: Answer, metadata: TableMetadata): string {
  if (!REPAIRED.has(file)) return rewritten
  const main = `"main":{"snapshot-id":${metadata.currentSnapshotId},"type":"branch"}`
  return rewritten
    .replace('"last-column-id":3', `"last-column-id":${metadata.lastColumnId}`)
    .replace('"refs":{', `"refs":{${main},`)
}

/** Partition values of a transform that is not built yet can be read, but not written. */
function isOpaque(metadata: TableMetadata, manifest: ManifestFile): boolean {
  return partitionTypesOf(metadata, specById(metadata, manifest.specId)).includes(null)
}

/**
 * Metadata JSON without the freedoms that the specification leaves: Java spells no current snapshot -1, or null from
 * version 3 on, and leaves out a sequence number of 0.
 */
function comparable(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(comparable)
  if (typeof json !== 'object' || json === null) return json
  return Object.fromEntries(
    Object.entries(json)
      .filter(([name, value]) => !isLeftOut(name, value))
      .map(([name, value]) => [name, comparable(value)]),
  )
}

function isLeftOut(name: string, value: unknown): boolean {
  return (
    (name === 'current-snapshot-id' && (value === -1 || value === null)) ||
    (name === 'sequence-number' && value === 0)
  )
}

function liveEntries(
  table: CorpusTable,
  metadata: TableMetadata,
  manifestList: string | null,
): readonly ManifestEntry[] {
  return manifestsAt(table, manifestList)
    .flatMap((manifest) => decodeManifest(read(table, manifest.path), manifest, metadata))
    .filter((entry) => entry.status !== 'deleted')
}

function manifestsAt(table: CorpusTable, manifestList: string | null): readonly ManifestFile[] {
  expect(manifestList).not.toBeNull()
  return decodeManifestList(read(table, manifestList ?? ''))
}

/** The live files as planning finds them when every row is wanted; it leaves out those without rows. */
async function scanned(
  bytes: Uint8Array,
  manifest: ManifestFile,
  metadata: TableMetadata,
): Promise<readonly (readonly [string, bigint, number])[]> {
  const scanner = createManifestScanner({
    partition: wantedPartition(metadata, specById(metadata, manifest.specId)),
    projected: boundTrue,
    predicate: boundTrue,
  })
  return liveFiles((await scanner(bytes, manifest)).kept)
}

function liveFiles(
  entries: readonly ManifestEntry[],
): readonly (readonly [string, bigint, number])[] {
  return entries
    .filter(({ status, file }) => status !== 'deleted' && file.recordCount !== 0n)
    .map(({ file }) => [file.path, file.recordCount, file.metrics.lowerBounds.size])
}

function encoded(
  metadata: TableMetadata,
  { specId, content }: ManifestFile,
  entries: readonly ManifestEntry[],
): Uint8Array {
  const spec = specById(metadata, specId)
  return encodeManifest({ metadata, spec, content, entries })
}

interface Counts {
  readonly files: readonly (number | null)[]
  readonly rows: readonly (bigint | null)[]
}

function countsOf(entries: readonly ManifestEntry[]): Counts {
  const statuses: readonly EntryStatus[] = ['added', 'existing', 'deleted']
  const groups = statuses.map((status) => entries.filter((entry) => entry.status === status))
  return {
    files: groups.map((group) => group.length),
    rows: groups.map((group) => group.reduce((sum, { file }) => sum + file.recordCount, 0n)),
  }
}

function countsIn(manifest: ManifestFile): Counts {
  return {
    files: [manifest.addedFiles, manifest.existingFiles, manifest.deletedFiles],
    rows: [manifest.addedRows, manifest.existingRows, manifest.deletedRows],
  }
}

/** The longest prefix that fits leads to the file. */
function read(table: CorpusTable, location: string): Uint8Array {
  const [prefix, target] = table.relocate
    .filter(([from]) => location.startsWith(`${from}/`))
    .toSorted(([left], [right]) => right.length - left.length)[0] ?? ['', '']
  return bytesOf(target + location.slice(prefix.length))
}

/** What the corpus says of itself, in the shape that its README tells; nothing when it is not there. */
function described(path: string): unknown {
  return isThere ? JSON.parse(text(path)) : []
}

function text(path: string): string {
  return readFileSync(folder + path, 'utf8')
}

function bytesOf(path: string): Uint8Array {
  return new Uint8Array(readFileSync(folder + path))
}
