// Manifest lists: the manifests of one snapshot (spec: Manifest Lists).
import { assert } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import type { FieldSummary } from '../../layout/field-summary.ts'
import { assignFirstRowIds } from '../../metadata/first-row-ids.ts'
import type { ManifestFile } from '../../metadata/manifest-file.ts'
import type { FormatVersion } from '../../metadata/table-metadata.ts'
import { openContainer, writeContainer } from './container.ts'
import type { ContainerLimits } from './container.ts'
import { asBuffer, createEncoder } from './encoding.ts'
import type { Encoder } from './encoding.ts'
import { manifestFileSchema } from './manifest-schemas.ts'
import {
  booleanView,
  bytesView,
  fieldView,
  intView,
  listOf,
  longView,
  optional,
  stringView,
  struct,
  withDefault,
} from './view.ts'
import type { FieldViews, View } from './view.ts'

export interface ManifestListContent {
  readonly formatVersion: FormatVersion
  readonly snapshotId: bigint
  readonly parentId: bigint | null
  readonly sequenceNumber: bigint
  readonly manifests: readonly ManifestFile[]
  /** The snapshot's own, which version 3 has and no other. */
  readonly firstRowId?: bigint
}

/**
 * The bytes of a manifest list. In version 3 data manifests without a first row id get one, as `assignFirstRowIds` gives
 * them (spec: First Row ID Assignment).
 *
 * @throws IcebergError `unsupported` when counts of a manifest are unknown, which version 2 and later require
 */
export function encodeManifestList(list: ManifestListContent): Uint8Array {
  const { formatVersion, firstRowId } = list
  assert((formatVersion === 3) === (firstRowId !== undefined), 'version 3 alone has row ids')
  const manifests =
    firstRowId === undefined
      ? list.manifests
      : assignFirstRowIds(list.manifests, firstRowId).manifests
  return writeContainer({
    schema: manifestFileSchema(formatVersion),
    properties: listProperties(list),
    encoder: lineEncoder(formatVersion),
    values: manifests.map((manifest) => manifestToAvro(formatVersion, manifest)),
  })
}

function listProperties(list: ManifestListContent): ReadonlyMap<string, string> {
  const properties = new Map([
    ['snapshot-id', String(list.snapshotId)],
    // Spelled out when there is none, as Iceberg Java does.
    ['parent-snapshot-id', String(list.parentId)],
    ['format-version', String(list.formatVersion)],
  ])
  if (list.formatVersion > 1) properties.set('sequence-number', String(list.sequenceNumber))
  if (list.firstRowId !== undefined) properties.set('first-row-id', String(list.firstRowId))
  return properties
}

/**
 * The manifests of a manifest list. What lists of version 1 lack is completed: sequence numbers are 0, and the content is
 * data. Byte arrays in them are views of `bytes` or of blocks inflated from it.
 *
 * @throws IcebergError `corrupt` when the bytes are damaged, or are no manifest list
 * @throws IcebergError `unsupported` when they are encrypted or compressed in a way that is not built yet
 * @throws IcebergError `limit` when they inflate to more than is allowed
 */
export function decodeManifestList(
  bytes: Uint8Array,
  limits: ContainerLimits = {},
): ManifestFile[] {
  return openContainer(bytes, limits).values(struct(manifestFields)).map(manifestFromAvro)
}

const encoders = new Map<FormatVersion, Encoder>()

/** Made when it is first needed, as that compiles code. */
function lineEncoder(formatVersion: FormatVersion): Encoder {
  const encoder = encoders.get(formatVersion) ?? createEncoder(manifestFileSchema(formatVersion))
  encoders.set(formatVersion, encoder)
  return encoder
}

const CONTENTS: readonly ManifestFile['content'][] = ['data', 'deletes']

const summaryView: View<FieldSummary> = struct({
  containsNull: fieldView(509, 'contains_null', booleanView),
  containsNan: fieldView(518, 'contains_nan', optional(booleanView)),
  lowerBound: fieldView(510, 'lower_bound', optional(bytesView)),
  upperBound: fieldView(511, 'upper_bound', optional(bytesView)),
})

/** A line as it is written. */
interface AvroLine extends Omit<ManifestFile, 'content' | 'firstRowId'> {
  readonly content: number
  readonly firstRowId: bigint | null
}

const manifestFields: FieldViews<AvroLine> = {
  path: fieldView(500, 'manifest_path', stringView),
  lengthBytes: fieldView(501, 'manifest_length', longView),
  specId: fieldView(502, 'partition_spec_id', intView),
  content: fieldView(517, 'content', withDefault(intView, 0)),
  sequenceNumber: fieldView(515, 'sequence_number', withDefault(longView, 0n)),
  minSequenceNumber: fieldView(516, 'min_sequence_number', withDefault(longView, 0n)),
  addedSnapshotId: fieldView(503, 'added_snapshot_id', longView),
  addedFiles: fieldView(504, 'added_files_count', optional(intView)),
  existingFiles: fieldView(505, 'existing_files_count', optional(intView)),
  deletedFiles: fieldView(506, 'deleted_files_count', optional(intView)),
  addedRows: fieldView(512, 'added_rows_count', optional(longView)),
  existingRows: fieldView(513, 'existing_rows_count', optional(longView)),
  deletedRows: fieldView(514, 'deleted_rows_count', optional(longView)),
  partitions: fieldView(507, 'partitions', optional(listOf(summaryView))),
  keyMetadata: fieldView(519, 'key_metadata', optional(bytesView)),
  firstRowId: fieldView(520, 'first_row_id', optional(longView)),
}

function manifestFromAvro(fields: AvroLine): ManifestFile {
  const { content: code, firstRowId, ...line } = fields
  const content = CONTENTS[code]
  if (content === undefined) {
    throw new IcebergError('corrupt', 'content of a manifest has an unknown code', {
      context: { code, manifest: line.path },
    })
  }
  // DuckDB gives manifests of deletes one too, which means nothing (spec: First Row ID Assignment).
  const hasRowIds = firstRowId !== null && content === 'data'
  return { ...line, content, ...(hasRowIds ? { firstRowId } : {}) }
}

/** Fields that the schema of a version does not have are passed over. */
function manifestToAvro(formatVersion: FormatVersion, manifest: ManifestFile): unknown {
  assert(formatVersion > 1 || manifest.content === 'data', 'version 1 has no row-level deletes')
  const known = formatVersion === 1 ? asIs : required
  return {
    manifest_path: manifest.path,
    manifest_length: manifest.lengthBytes,
    partition_spec_id: manifest.specId,
    content: CONTENTS.indexOf(manifest.content),
    sequence_number: manifest.sequenceNumber,
    min_sequence_number: manifest.minSequenceNumber,
    added_snapshot_id: manifest.addedSnapshotId,
    added_files_count: known(manifest, manifest.addedFiles),
    existing_files_count: known(manifest, manifest.existingFiles),
    deleted_files_count: known(manifest, manifest.deletedFiles),
    added_rows_count: known(manifest, manifest.addedRows),
    existing_rows_count: known(manifest, manifest.existingRows),
    deleted_rows_count: known(manifest, manifest.deletedRows),
    partitions: manifest.partitions?.map(summaryToAvro) ?? null,
    key_metadata: bytesToAvro(manifest.keyMetadata),
    first_row_id: manifest.firstRowId ?? null,
  }
}

function summaryToAvro(summary: FieldSummary): unknown {
  return {
    contains_null: summary.containsNull,
    contains_nan: summary.containsNan,
    lower_bound: bytesToAvro(summary.lowerBound),
    upper_bound: bytesToAvro(summary.upperBound),
  }
}

function bytesToAvro(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : asBuffer(bytes)
}

function asIs<Count>(_: ManifestFile, count: Count | null): Count | null {
  return count
}

function required<Count>(manifest: ManifestFile, count: Count | null): Count {
  if (count !== null) return count
  throw new IcebergError('unsupported', 'manifest without counts cannot be listed', {
    context: { manifest: manifest.path },
  })
}
