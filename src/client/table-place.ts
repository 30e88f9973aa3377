import { checkOptions } from '../base/options.ts'
import { createFolderCatalog, folderIdentifier } from '../catalog/folder-catalog.ts'
import { findMetadataFile, isMetadataFile } from '../catalog/metadata-location.ts'
import { abortableStore } from '../io/abortable-store.ts'
import { absoluteLocation } from '../io/absolute-location.ts'
import { parentLocation } from '../io/location.ts'
import { EXAMINE_NAMES, examinePlace } from '../maintenance/doctor.ts'
import type { Examination, ExamineOptions, TablePlace } from '../maintenance/doctor.ts'
import { OPEN_TABLE_NAMES } from './open-table.ts'
import type { OpenTableOptions } from './open-table.ts'
import { storeOf } from './read-metadata.ts'
import { openServices } from './services.ts'

/**
 * Finds a table by its place, as `openTable` does, without a look at what its metadata says: that may be damaged.
 *
 * @throws IcebergError `not-found` when there is no table
 */
export async function findTablePlace(
  location: string,
  options: OpenTableOptions = {},
): Promise<TablePlace> {
  const place = absoluteLocation(location)
  const isFile = isMetadataFile(place)
  const folder = isFile ? parentLocation(parentLocation(place)) : place
  const store = storeOf(options)
  const services = openServices(
    { ...options, store },
    () => store,
    (given) => createFolderCatalog({ ...given, location: folder }),
  )
  const reached = abortableStore(store, options.signal)
  if (isFile) await reached.head(place)
  const metadataLocation = isFile
    ? place
    : await findMetadataFile(reached, place, (message, context) =>
        services.onEvent({ kind: 'warning', message, context }),
      )
  return { identifier: folderIdentifier(folder), metadataLocation, services }
}

/**
 * Looks for damage in a table at a location, a folder that has `metadata` in it or one of its metadata files, as `examine`
 * does. Metadata that cannot be read is a finding.
 *
 * @throws IcebergError `not-found` when there is no table, `invalid` for options that there are not
 * @throws IcebergError `unavailable` when storage fails: a table is damaged only by what it was certainly found to be
 */
export async function examineTable(
  location: string,
  options: OpenTableOptions & ExamineOptions = {},
): Promise<Examination> {
  checkOptions<OpenTableOptions & ExamineOptions>('examineTable', options, {
    ...OPEN_TABLE_NAMES,
    ...EXAMINE_NAMES,
  })
  return examinePlace(await findTablePlace(location, options), options)
}
