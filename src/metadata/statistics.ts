import { intAt, readObject } from '../base/json-fields.ts'

/** A Puffin file with what was measured of a snapshot (spec: Table Statistics). Informational: no reader needs it. */
export interface StatisticsFile {
  readonly snapshotId: bigint
  readonly path: string
  readonly fileSizeBytes: bigint
  readonly footerSizeBytes: bigint
  /** Base64, of an encrypted file. */
  readonly keyMetadata?: string
  readonly blobs: readonly StatisticsBlob[]
}

/** One measurement in a statistics file. */
export interface StatisticsBlob {
  readonly type: string
  /** The snapshot that was measured, which may be an older one than the file's. */
  readonly snapshotId: bigint
  readonly sequenceNumber: bigint
  readonly fieldIds: readonly number[]
  readonly properties: ReadonlyMap<string, string>
}

/** A file with a row a partition (spec: Partition Statistics). Informational: no reader needs it. */
export interface PartitionStatisticsFile {
  readonly snapshotId: bigint
  readonly path: string
  readonly fileSizeBytes: bigint
}

export function statisticsFromJson(json: unknown, path: string): StatisticsFile {
  const fields = readObject(json, path)
  const keyMetadata = fields.optionalString('key-metadata')
  return {
    snapshotId: fields.long('snapshot-id'),
    path: fields.string('statistics-path'),
    fileSizeBytes: fields.long('file-size-in-bytes'),
    footerSizeBytes: fields.long('file-footer-size-in-bytes'),
    ...(keyMetadata === undefined ? {} : { keyMetadata }),
    blobs: fields
      .array('blob-metadata')
      .map((blob, index) => blobFromJson(blob, `${fields.path('blob-metadata')}[${index}]`)),
  }
}

export function statisticsToJson(file: StatisticsFile): unknown {
  return {
    'snapshot-id': file.snapshotId,
    'statistics-path': file.path,
    'file-size-in-bytes': file.fileSizeBytes,
    'file-footer-size-in-bytes': file.footerSizeBytes,
    'key-metadata': file.keyMetadata,
    'blob-metadata': file.blobs.map(blobToJson),
  }
}

function blobFromJson(json: unknown, path: string): StatisticsBlob {
  const fields = readObject(json, path)
  return {
    type: fields.string('type'),
    snapshotId: fields.long('snapshot-id'),
    sequenceNumber: fields.long('sequence-number'),
    fieldIds: fields
      .array('fields')
      .map((id, index) => intAt(id, `${fields.path('fields')}[${index}]`)),
    properties: fields.optionalStringMap('properties') ?? new Map(),
  }
}

function blobToJson(blob: StatisticsBlob): unknown {
  return {
    type: blob.type,
    'snapshot-id': blob.snapshotId,
    'sequence-number': blob.sequenceNumber,
    fields: blob.fieldIds,
    properties: blob.properties.size === 0 ? undefined : blob.properties,
  }
}

export function partitionStatisticsFromJson(json: unknown, path: string): PartitionStatisticsFile {
  const fields = readObject(json, path)
  return {
    snapshotId: fields.long('snapshot-id'),
    path: fields.string('statistics-path'),
    fileSizeBytes: fields.long('file-size-in-bytes'),
  }
}

export function partitionStatisticsToJson(file: PartitionStatisticsFile): unknown {
  return {
    'snapshot-id': file.snapshotId,
    'statistics-path': file.path,
    'file-size-in-bytes': file.fileSizeBytes,
  }
}
