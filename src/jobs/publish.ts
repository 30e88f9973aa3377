import { IcebergError, isKind } from '../base/errors.ts'
import { readMetadataFile } from '../catalog/metadata-file.ts'
import { joinLocation, parentLocation } from '../io/location.ts'
import { isSameTable, snapshotById } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { JobTable, Lake } from './lake.ts'
import type { ToolboxJob } from './workflow/model.ts'

/** A version that readers of a table's folder now find. */
export interface Published {
  readonly target: string
  readonly metadataLocation: string
}

/**
 * `set_version`: readers that go by a table's folder find its newest version. Of a former version the rows become the table's
 * again first, by a commit of their own: no version is ever taken back, and columns and partitions stay as they have become.
 *
 * @throws IcebergError `not-found` when there is no such version any more, or when its rows have expired
 * @throws IcebergError `invalid` for a version of another table, and for one from before the first rows
 * @throws IcebergError `conflict` when another commit changes the rows meanwhile
 */
export async function publishVersion(
  lake: Lake,
  { dataset, action }: Pick<ToolboxJob, 'dataset' | 'action'>,
): Promise<Published> {
  const { warehouse, name } = await lake.locate(dataset)
  if (action.value !== 'latest') await returnTo(await warehouse.loadTable(name), action.value)
  return { target: name, metadataLocation: await warehouse.publishLatest(name) }
}

/** Makes the rows of a version the current ones. Nothing happens where they are. */
async function returnTo(table: JobTable, file: string): Promise<void> {
  const context = { table: table.name, version: file }
  const { currentSnapshotId } = await readVersion(table, file)
  if (currentSnapshotId === table.metadata.currentSnapshotId) return
  if (currentSnapshotId === null) {
    throw new IcebergError('invalid', 'the version is from before the first rows of the table', {
      context,
    })
  }
  if (snapshotById(table.metadata, currentSnapshotId) === undefined) {
    throw new IcebergError('not-found', 'the rows of the version have expired', {
      context: { ...context, snapshotId: currentSnapshotId },
    })
  }
  await table.transaction((tx) => {
    tx.updateRefs((refs) => refs.setCurrentSnapshot(currentSnapshotId))
  })
}

async function readVersion(table: JobTable, file: string): Promise<TableMetadata> {
  const context = { table: table.name, version: file }
  const location = joinLocation(parentLocation(table.metadataLocation), file)
  try {
    const metadata = await readMetadataFile(table.state.services.store, location)
    if (isSameTable(metadata, table.metadata)) return metadata
  } catch (error) {
    if (!isKind(error, 'not-found')) throw error
    throw new IcebergError('not-found', 'the table has no such version', { context, cause: error })
  }
  throw new IcebergError('invalid', 'the version is one of another table', { context })
}
