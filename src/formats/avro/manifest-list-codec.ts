// Manifest lists: the manifests of one snapshot (spec: Manifest Lists).
import { IcebergError } from '../../base/errors.ts'
import type { FieldSummary } from '../../layout/field-summary.ts'
import type { ManifestFile } from '../../metadata/manifest-file.ts'
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
import type { View, Viewed } from './view.ts'

export interface ManifestListContent {
  readonly snapshotId: bigint
  readonly parentId: bigint | null
  readonly sequenceNumber: bigint
  readonly manifests: readonly ManifestFile[]
}

/**
 * The bytes of a manifest list of version 2.
 *
 * @throws IcebergError `unsupported` when counts of a manifest are unknown, which version 2 requires
 */
export function encodeManifestList(list: ManifestListContent): Uint8Array {
  const schema = manifestFileSchema()
  encoder ??= createEncoder(schema)
  return writeContainer({
    schema,
    properties: new Map([
      ['snapshot-id', String(list.snapshotId)],
      // Spelled out when there is none, as Iceberg Java does.
      ['parent-snapshot-id', String(list.parentId)],
      ['sequence-number', String(list.sequenceNumber)],
      ['format-version', '2'],
    ]),
    encoder,
    values: list.manifests.map(manifestToAvro),
  })
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

/** Made when it is first needed, as that compiles code. */
let encoder: Encoder | null = null

const CONTENTS: readonly ManifestFile['content'][] = ['data', 'deletes']

const summaryView: View<FieldSummary> = struct({
  containsNull: fieldView(509, 'contains_null', booleanView),
  containsNan: fieldView(518, 'contains_nan', optional(booleanView)),
  lowerBound: fieldView(510, 'lower_bound', optional(bytesView)),
  upperBound: fieldView(511, 'upper_bound', optional(bytesView)),
})

const manifestFields = {
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
}

function manifestFromAvro(line: Viewed<typeof manifestFields>): ManifestFile {
  const content = CONTENTS[line.content]
  if (content !== undefined) return { ...line, content }
  throw new IcebergError('corrupt', 'content of a manifest has an unknown code', {
    context: { code: line.content, manifest: line.path },
  })
}

function manifestToAvro(manifest: ManifestFile): unknown {
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

function known<Count>(manifest: ManifestFile, count: Count | null): Count {
  if (count !== null) return count
  throw new IcebergError('unsupported', 'manifest without counts cannot be listed', {
    context: { manifest: manifest.path },
  })
}
