import { IcebergError } from '../base/errors.ts'
import { readObject, stringAt } from '../base/json-fields.ts'
import type { JsonFields } from '../base/json-fields.ts'

/** What a commit did to the rows (spec: Snapshots). */
export type Operation = 'append' | 'replace' | 'overwrite' | 'delete'

/** The table at one moment (spec: Snapshots). */
export interface Snapshot {
  readonly snapshotId: bigint
  readonly parentId: bigint | null
  /** 0 for every snapshot of a version 1 table. */
  readonly sequenceNumber: bigint
  /** Milliseconds from the Unix epoch. */
  readonly timestampMs: number
  /** Null where {@link manifests} are listed instead. */
  readonly manifestList: string | null
  /** Manifests by their locations, as version 1 snapshots may have them (spec: Snapshots). */
  readonly manifests?: readonly string[]
  readonly operation: Operation
  /** All entries of the summary but `operation`. */
  readonly summary: ReadonlyMap<string, string>
  /** The table's current schema when the snapshot was made; null when it is not recorded. */
  readonly schemaId: number | null
  /** `_row_id` of the first row that the snapshot added, from version 3 on (spec: Row Lineage). */
  readonly firstRowId?: bigint
  /** Row ids that the snapshot took, at least one a row added. */
  readonly addedRows?: bigint
  /** The key that the manifest list is encrypted with. */
  readonly keyId?: string
}

/**
 * Reads a snapshot of table metadata (spec: Snapshots). What tables kept that were version 1 once is completed: no
 * sequence number is 0, and an operation that is not told is `overwrite`, which promises nothing.
 */
export function snapshotFromJson(json: unknown, path: string): Snapshot {
  const fields = readObject(json, path)
  const { operation, summary } = summaryFromJson(fields)
  const keyId = fields.optionalString('key-id')
  return {
    snapshotId: fields.long('snapshot-id'),
    parentId: fields.optionalLong('parent-snapshot-id') ?? null,
    sequenceNumber: fields.optionalLong('sequence-number') ?? 0n,
    timestampMs: fields.integer('timestamp-ms'),
    ...manifestsFromJson(fields),
    operation,
    summary,
    schemaId: fields.optionalInt('schema-id') ?? null,
    ...rowIdsFromJson(fields),
    ...(keyId === undefined ? {} : { keyId }),
  }
}

/** The JSON form, in which version 1 knows no sequence numbers (spec: Version 2). */
export function snapshotToJson(snapshot: Snapshot, formatVersion: number): unknown {
  return {
    'snapshot-id': snapshot.snapshotId,
    'parent-snapshot-id': snapshot.parentId ?? undefined,
    'sequence-number': formatVersion === 1 ? undefined : snapshot.sequenceNumber,
    'timestamp-ms': snapshot.timestampMs,
    'manifest-list': snapshot.manifestList ?? undefined,
    manifests: snapshot.manifests,
    summary: new Map([['operation', snapshot.operation], ...snapshot.summary]),
    'schema-id': snapshot.schemaId ?? undefined,
    'first-row-id': snapshot.firstRowId,
    'added-rows': snapshot.addedRows,
    'key-id': snapshot.keyId,
  }
}

const OPERATIONS: readonly Operation[] = ['append', 'replace', 'overwrite', 'delete']

function summaryFromJson(fields: JsonFields): Pick<Snapshot, 'operation' | 'summary'> {
  const summary = new Map(fields.optionalStringMap('summary'))
  const name = summary.get('operation') ?? 'overwrite'
  const operation = OPERATIONS.find((candidate) => candidate === name)
  if (operation === undefined) {
    throw new IcebergError(
      'corrupt',
      'operation of a snapshot is none that the specification has',
      {
        context: { path: `${fields.path('summary')}.operation` },
      },
    )
  }
  summary.delete('operation')
  return { operation, summary }
}

/** The list counts where both are there; without either the list is what is missing. */
function manifestsFromJson(fields: JsonFields): Pick<Snapshot, 'manifestList' | 'manifests'> {
  const manifestList = fields.optionalString('manifest-list')
  const manifests = fields.optionalArray('manifests')
  if (manifestList !== undefined || manifests === undefined) {
    return { manifestList: manifestList ?? fields.string('manifest-list') }
  }
  const path = fields.path('manifests')
  return {
    manifestList: null,
    manifests: manifests.map((manifest, index) => stringAt(manifest, `${path}[${index}]`)),
  }
}

/** Both or none; a count of rows without the first of them says nothing (spec: Snapshot Row IDs). */
function rowIdsFromJson(fields: JsonFields): Pick<Snapshot, 'firstRowId' | 'addedRows'> {
  if (fields.optionalLong('first-row-id') === undefined) return {}
  return {
    firstRowId: countFromJson(fields, 'first-row-id'),
    addedRows: countFromJson(fields, 'added-rows'),
  }
}

function countFromJson(fields: JsonFields, name: string): bigint {
  const count = fields.long(name)
  if (count >= 0n) return count
  throw new IcebergError('corrupt', 'field is negative', { context: { path: fields.path(name) } })
}
