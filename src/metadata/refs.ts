import { IcebergError } from '../base/errors.ts'
import { readObject } from '../base/json-fields.ts'
import type { JsonFields } from '../base/json-fields.ts'

/** A branch or a tag (spec: Snapshot References). */
export interface SnapshotRef {
  readonly snapshotId: bigint
  readonly kind: 'branch' | 'tag'
  /** Branches only. */
  readonly minSnapshotsToKeep?: number
  /** Branches only. */
  readonly maxSnapshotAgeMs?: bigint
  readonly maxRefAgeMs?: bigint
}

export const MAIN_BRANCH = 'main'

/** Reads the `refs` of table metadata (spec: Snapshot References). */
export function refsFromJson(json: unknown, path: string): ReadonlyMap<string, SnapshotRef> {
  const fields = readObject(json, path)
  return new Map(
    fields.names().map((name) => [name, refFromJson(fields.object(name), fields.path(name))]),
  )
}

export function refsToJson(refs: ReadonlyMap<string, SnapshotRef>): unknown {
  return new Map(Array.from(refs, ([name, ref]) => [name, refToJson(ref)]))
}

/** Reads one ref. */
export function refFromJson(json: unknown, path: string): SnapshotRef {
  const fields = readObject(json, path)
  const minSnapshotsToKeep = fields.optionalInt('min-snapshots-to-keep')
  const maxSnapshotAgeMs = fields.optionalLong('max-snapshot-age-ms')
  const maxRefAgeMs = fields.optionalLong('max-ref-age-ms')
  return {
    snapshotId: fields.long('snapshot-id'),
    kind: kindFromJson(fields),
    ...(minSnapshotsToKeep === undefined ? {} : { minSnapshotsToKeep }),
    ...(maxSnapshotAgeMs === undefined ? {} : { maxSnapshotAgeMs }),
    ...(maxRefAgeMs === undefined ? {} : { maxRefAgeMs }),
  }
}

/** Some writers spell it in capitals. */
function kindFromJson(fields: JsonFields): SnapshotRef['kind'] {
  const kind = fields.string('type').toLowerCase()
  if (kind === 'branch' || kind === 'tag') return kind
  throw new IcebergError('corrupt', 'ref is neither a branch nor a tag', {
    context: { path: fields.path('type') },
  })
}

export function refToJson(ref: SnapshotRef): object {
  return {
    'snapshot-id': ref.snapshotId,
    type: ref.kind,
    'min-snapshots-to-keep': ref.minSnapshotsToKeep,
    'max-snapshot-age-ms': ref.maxSnapshotAgeMs,
    'max-ref-age-ms': ref.maxRefAgeMs,
  }
}
