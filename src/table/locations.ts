import { encodeUtf8 } from '../base/unicode.ts'
import {
  isAbsoluteLocation,
  joinLocation,
  lastName,
  nameBelow,
  parentLocation,
} from '../io/location.ts'
import { murmur3 } from '../layout/murmur3.ts'
import {
  DATA_PATH,
  METADATA_PATH,
  OBJECT_STORAGE_ENABLED,
  OBJECT_STORAGE_PARTITIONED_PATHS,
  OBJECT_STORAGE_PATH,
  readProperty,
} from '../metadata/properties.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'

/**
 * Where a new data file goes. `partitionPath` is for people who look at folders: no reader parses it (spec:
 * Partitioning). Empty for an unpartitioned table.
 */
export function dataFileLocation(
  metadata: TableMetadata,
  partitionPath: string,
  fileName: string,
): string {
  const { properties } = metadata
  const partitioned = partitionPath === '' ? fileName : `${partitionPath}/${fileName}`
  const dataPath = readProperty(properties, DATA_PATH)
  if (!readProperty(properties, OBJECT_STORAGE_ENABLED)) {
    return joinLocation(rootOf(metadata, dataPath, 'data'), partitioned)
  }
  const isFolded = readProperty(properties, OBJECT_STORAGE_PARTITIONED_PATHS)
  const name = isFolded ? partitioned : fileName
  return spreadLocation(metadata, spreadRoot(metadata), { name, isFolded })
}

/** The folder below which all new data files go. */
export function dataFolder(metadata: TableMetadata): string {
  const { properties } = metadata
  const dataPath = readProperty(properties, DATA_PATH)
  if (!readProperty(properties, OBJECT_STORAGE_ENABLED)) return rootOf(metadata, dataPath, 'data')
  return spreadRoot(metadata)
}

/** Where a manifest or a manifest list goes. */
export function metadataFileLocation(metadata: TableMetadata, fileName: string): string {
  const path = readProperty(metadata.properties, METADATA_PATH)
  return joinLocation(rootOf(metadata, path, 'metadata'), fileName)
}

/** The folders whose files are the table's: its own one, and those that its properties send new files to. */
export function ownFolders(metadata: TableMetadata): readonly string[] {
  const { location, properties } = metadata
  const paths = [DATA_PATH, METADATA_PATH, OBJECT_STORAGE_PATH].flatMap(
    (property) => readProperty(properties, property) ?? [],
  )
  return [location, ...paths.map((path) => rootOf(metadata, path, 'data'))]
}

/** A path that is not absolute is one below the table (spec: Path Construction). */
function rootOf({ location }: TableMetadata, path: string | null, folder: string): string {
  if (path !== null && isAbsoluteLocation(path)) return path
  return joinLocation(location, path ?? folder)
}

/** Where files go that are spread over folders. */
function spreadRoot(metadata: TableMetadata): string {
  const { properties } = metadata
  const formerPath = properties.has(DATA_PATH.name)
    ? null
    : readProperty(properties, OBJECT_STORAGE_PATH)
  return rootOf(metadata, formerPath ?? readProperty(properties, DATA_PATH), 'data')
}

/**
 * A place behind folders that a hash of the name chooses, as Iceberg Java lays files out for stores that share load by
 * prefix. Outside of the table's own folder the names of the table and of its parent say whose files they are.
 */
function spreadLocation(
  { location }: TableMetadata,
  root: string,
  { name, isFolded }: { readonly name: string; readonly isFolded: boolean },
): string {
  const hash = hashFolders(name)
  if (root !== location && nameBelow(location, root) === null) {
    const names = [lastName(parentLocation(location)), lastName(location), name]
    return joinLocation(root, hash, ...names.filter((part) => part !== ''))
  }
  return isFolded ? joinLocation(root, hash, name) : joinLocation(root, `${hash}-${name}`)
}

/** The last 20 bits of the hash, as folders of four, four, four and eight. */
function hashFolders(name: string): string {
  const bits = (murmur3(encodeUtf8(name)) & 0xfffff).toString(2).padStart(20, '0')
  return [bits.slice(0, 4), bits.slice(4, 8), bits.slice(8, 12), bits.slice(12)].join('/')
}
