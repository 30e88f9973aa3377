import { readMetadataFile } from '../../../src/catalog/metadata-file.ts'
import { versionOf } from '../../../src/catalog/metadata-versions.ts'
import { joinLocation } from '../../../src/io/location.ts'
import type { ObjectStore } from '../../../src/io/object-store.ts'
import { MAIN_BRANCH } from '../../../src/metadata/refs.ts'
import { currentSchema } from '../../../src/metadata/table-metadata.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { collect } from '../streams.ts'
import type { Version } from './operation.ts'

/** Where operations sign: in the summary of their snapshots, or as a property when they make none. */
const SIGNATURE = 'signature'

/** Properties that belong to the history. */
const PROPERTY_PREFIX = 'history.'

/** All versions of a table that has let go of none, first to last. */
export async function readVersions(store: ObjectStore, table: string): Promise<readonly Version[]> {
  const folder = joinLocation(table, 'metadata')
  const names = (await collect(store.listNames(folder))).map(({ name }) => name)
  const files = names
    .flatMap((name) => ({ name, number: versionOf(name) ?? 0 }))
    .filter(({ number }) => number > 0)
    .sort((left, right) => left.number - right.number)
  const versions: Version[] = []
  let former: TableMetadata | null = null
  for (const { name, number } of files) {
    const metadata: TableMetadata = await readMetadataFile(store, joinLocation(folder, name))
    versions.push(versionAfter(former, metadata, number))
    former = metadata
  }
  return versions
}

function versionAfter(
  former: TableMetadata | null,
  metadata: TableMetadata,
  number: number,
): Version {
  const known = new Set(former?.snapshots.map(({ snapshotId }) => snapshotId))
  const newSnapshots = metadata.snapshots.filter(({ snapshotId }) => !known.has(snapshotId))
  const signed = metadata.properties.get(SIGNATURE)
  const isSigned = signed !== former?.properties.get(SIGNATURE)
  return {
    number,
    signatures: distinct([
      ...newSnapshots.map(({ summary }) => summary.get(SIGNATURE) ?? 'unsigned'),
      ...(isSigned && signed !== undefined ? [signed] : []),
    ]),
    newSnapshots: newSnapshots.map(({ snapshotId, summary }) => ({
      id: String(snapshotId),
      totalRecords: summary.get('total-records') ?? null,
    })),
    head: metadata.currentSnapshotId === null ? null : String(metadata.currentSnapshotId),
    refs: new Map(
      [...metadata.refs]
        .filter(([name]) => name !== MAIN_BRANCH)
        .map(([name, { snapshotId }]) => [name, String(snapshotId)]),
    ),
    columns: currentSchema(metadata).fields.map(({ name }) => name),
    properties: new Map(
      [...metadata.properties].filter(([name]) => name.startsWith(PROPERTY_PREFIX)),
    ),
  }
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}
