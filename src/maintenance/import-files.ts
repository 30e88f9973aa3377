// Existing Parquet files become data files of a table where they are, without a copy.
import { mapConcurrent } from '../base/concurrency.ts'
import { counted } from '../base/counted.ts'
import { IcebergError } from '../base/errors.ts'
import { STOP_NAMES, checkChoice, checkOptions, optionsAmong } from '../base/options.ts'
import type { Problem } from '../base/errors.ts'
import { sameLocation } from '../io/location.ts'
import { partitionPath } from '../layout/partition-key.ts'
import type { DataFile } from '../metadata/data-file.ts'
import { partitionTypesOf } from '../metadata/partition-types.ts'
import { currentSchema, currentSpec, specById } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { LiveTable, TableState } from '../table/table-state.ts'
import { NAME_MAPPING_PROPERTY, formatNameMapping, nameMappingOf } from '../types/name-mapping.ts'
import { stateAfter } from '../write/state-after.ts'
import { TransactionBuilder } from '../write/transaction.ts'
import { createWriteContext } from '../write/write-context.ts'
import { appendOnce, liveAmong } from './import-commit.ts'
import { examineFile } from './import-file.ts'
import type { ImportedFile } from './import-file.ts'
import { findFiles } from './import-locations.ts'
import type { FoundFile } from './import-locations.ts'
import { namedTwice } from './same-file.ts'

/** How files are added. */
export interface AddFilesOptions {
  /**
   * `refused` when absent: no file may be in the table already, by this name or by another that links lead from. Where it is
   * `allowed` its rows are there twice.
   */
  readonly duplicates?: 'refused' | 'allowed'
  readonly signal?: AbortSignal
}

/** How a plan is run. */
export interface AddFilesRun {
  readonly signal?: AbortSignal
}

/** Files that are to become data files of a table. */
export interface AddFilesPlan {
  /** As the table will have them, in the order in which they were named; those without rows are left out. */
  readonly files: readonly DataFile[]
  readonly rows: bigint
  readonly sizeBytes: bigint
  /** Locations of files without rows. */
  readonly emptyFiles: readonly string[]
  /** Columns of the files that the table does not have, and no reader of it sees. */
  readonly unknownColumns: readonly string[]
  /** Columns of the table that some of the files do not have: their rows have its default there, or null. */
  readonly missingColumns: readonly string[]
  /**
   * The property `schema.name-mapping.default` that the table gets, because some of the files have no field ids (spec:
   * Column Projection); null when it has one or needs none.
   */
  readonly nameMapping: string | null
  /** The plan in words. */
  describe(): string
  /**
   * Adds the files in one commit with operation `append`.
   *
   * @throws IcebergError `not-found` when one is gone, `invalid` when one has another size or another commit added it meanwhile
   * @throws IcebergError `conflict` when another commit changed columns, partitions or name mapping meanwhile
   * @throws IcebergError `commit-unknown` when storage could not say what became of the commit
   */
  run(options?: AddFilesRun): Promise<AddFilesReport>
}

/** What was added. */
export interface AddFilesReport {
  /** Null when there was nothing to add. */
  readonly snapshotId: bigint | null
  readonly attempts: number
  /** Locations of the files that are in the table now. */
  readonly addedFiles: readonly string[]
  readonly rows: bigint
  readonly sizeBytes: bigint
}

/**
 * Looks at existing Parquet files: whether their columns are the table's, by field id or else by name; what their footers say
 * of the columns, as far as it can be trusted; and which partition their rows belong to. That is read from the footers, from
 * folders such as `city=Oslo` for an identity partition, and where it takes that, from the rows. Nothing is written.
 *
 * The files stay where they are, which may be anywhere that the table's storage reaches: nobody else may change or remove
 * them from then on. What lies outside of the table's own folders is never deleted by expiry or orphan removal. What lies in
 * them, of this table or of another, may be taken by either at any time, and should not be imported from there.
 *
 * @param locations of files and folders, of which all files count that are not hidden; URIs or absolute paths
 * @throws IcebergError `invalid` with a problem for each file that does not fit: its columns, a null in a required one, rows
 *   of several partitions, or that it is in the table already
 * @throws IcebergError `not-found` for a location without files, `corrupt` for what is no Parquet file, `unsupported` for an
 *   encrypted one
 */
export async function planAddFiles(
  table: LiveTable,
  locations: string | readonly string[],
  options: AddFilesOptions = {},
): Promise<AddFilesPlan> {
  checkAddOptions(options)
  const { state } = table
  const { signal, duplicates = 'refused' } = options
  const named = checkedLocations(locations)
  const found = await findFiles(state.services.store, named, signal === undefined ? {} : { signal })
  const examined = await examineAll(readableByName(state), found, signal)
  const twice = duplicates === 'refused' ? await duplicatesAmong(state, found, signal) : []
  checkFit(state, [...faultsOf(examined), ...twice])
  const all = examined.flatMap(({ file }) => file ?? [])
  const files = all.filter(({ recordCount }) => recordCount > 0n)
  const added = examined.filter(({ file }) => file !== null && file.recordCount > 0n)
  const plan = {
    files,
    rows: total(files, ({ recordCount }) => recordCount),
    sizeBytes: total(files, ({ fileSizeBytes }) => fileSizeBytes),
    emptyFiles: all.filter(({ recordCount }) => recordCount === 0n).map(({ path }) => path),
    unknownColumns: [...new Set(examined.flatMap(({ unknownColumns }) => unknownColumns))],
    missingColumns: [...new Set(added.flatMap(({ missingColumns }) => missingColumns))],
    nameMapping: neededMapping(state.metadata, examined),
  }
  return {
    ...plan,
    describe: () => describePlan(state, plan),
    run: async (how = {}) => {
      checkOptions('run', how, STOP_NAMES)
      return runPlan(table, { ...plan, duplicates, planned: state.metadata }, how)
    },
  }
}

/**
 * {@link planAddFiles}, and at once what it plans. Files inside of the folders of a table, this or another, may be taken by
 * expiry or orphan removal at any time, and should not be imported from there.
 */
export async function addFiles(
  table: LiveTable,
  locations: string | readonly string[],
  options: AddFilesOptions = {},
): Promise<AddFilesReport> {
  checkAddOptions(options)
  const stop = optionsAmong<AddFilesRun>(options, STOP_NAMES)
  await table.refresh(stop)
  return (await planAddFiles(table, locations, options)).run(stop)
}

/** @throws IcebergError `invalid` for options and choices that there are not */
function checkAddOptions(options: AddFilesOptions): void {
  checkOptions<AddFilesOptions>('addFiles', options, { duplicates: true, signal: 'signal' })
  checkChoice('duplicates', options.duplicates ?? 'refused', ['refused', 'allowed'])
}

function checkedLocations(locations: string | readonly string[]): readonly string[] {
  const named = typeof locations === 'string' ? [locations] : locations
  if (Array.isArray(named) && named.every((one) => typeof one === 'string')) return named
  throw new IcebergError('invalid', 'locations are a text or a list of texts')
}

const FILES_IN_FLIGHT = 8

async function examineAll(
  state: TableState,
  found: readonly FoundFile[],
  signal?: AbortSignal,
): Promise<readonly ImportedFile[]> {
  const examined: ImportedFile[] = []
  const examine = (file: FoundFile, stop: AbortSignal): Promise<ImportedFile> =>
    examineFile(state, file, stop)
  for await (const one of mapConcurrent(found, FILES_IN_FLIGHT, examine, signal)) examined.push(one)
  return examined
}

/** The table with a name mapping, its own or the one that it would get. */
function readableByName(state: TableState): TableState {
  if (state.metadata.properties.has(NAME_MAPPING_PROPERTY)) return state
  const updates = new Map([[NAME_MAPPING_PROPERTY, mappingOf(state.metadata)]])
  return stateAfter(state, [{ action: 'set-properties', updates }])
}

function mappingOf(metadata: TableMetadata): string {
  return formatNameMapping(nameMappingOf(currentSchema(metadata)))
}

function neededMapping(metadata: TableMetadata, examined: readonly ImportedFile[]): string | null {
  const isNeeded = examined.some(({ isReadByName }) => isReadByName)
  return isNeeded && !metadata.properties.has(NAME_MAPPING_PROPERTY) ? mappingOf(metadata) : null
}

function faultsOf(examined: readonly ImportedFile[]): readonly Problem[] {
  return examined.flatMap(({ location, faults }) =>
    faults.map((message) => ({ path: location, message })),
  )
}

/** Files whose rows would be there twice. */
async function duplicatesAmong(
  state: TableState,
  found: readonly FoundFile[],
  signal?: AbortSignal,
): Promise<readonly Problem[]> {
  const files = found.map(({ location, sizeBytes }) => ({
    path: location,
    fileSizeBytes: BigInt(sizeBytes),
  }))
  const paths = files.map(({ path }) => path)
  const twice = await namedTwice(state.services.store, paths)
  const live = await liveAmong(state, state.metadata.currentSnapshotId, files, { signal })
  return [
    ...twice.map((names) => duplicate('the file is named twice', names)),
    ...[...live].map((names) => duplicate('the file is in the table already', names)),
  ]
}

/** Who looks for a file by its name is told of the other one. */
function duplicate(message: string, [path, other]: readonly [string, string]): Problem {
  return { path, message: sameLocation(path, other) ? message : `${message}, as ${other}` }
}

/** @throws IcebergError `invalid` with all problems, if there are any */
function checkFit({ name }: TableState, problems: readonly Problem[]): void {
  const [first] = problems
  if (first === undefined) return
  throw new IcebergError('invalid', 'files do not fit into the table', {
    context: { table: name, path: first.path, fault: first.message },
    problems,
  })
}

function total(files: readonly DataFile[], measure: (file: DataFile) => bigint): bigint {
  return files.reduce((sum, file) => sum + measure(file), 0n)
}

type PlanFacts = Omit<AddFilesPlan, 'describe' | 'run'>

function describePlan({ metadata, name }: TableState, plan: PlanFacts): string {
  const { files, rows, sizeBytes, emptyFiles, unknownColumns, missingColumns, nameMapping } = plan
  const types = partitionTypesOf(metadata, currentSpec(metadata))
  const lines = files.map(({ path, specId, partition, recordCount }) => {
    const folder = partitionPath(specById(metadata, specId), types, partition)
    return `  ${path}: ${counted(recordCount, 'row')}${folder === '' ? '' : ` of ${folder}`}`
  })
  return [
    `add ${counted(files.length, 'file')} with ${counted(rows, 'row')} and ${counted(sizeBytes, 'byte')} to ${name}`,
    ...lines,
    ...emptyFiles.map((path) => `  ${path}: no rows, left out`),
    ...(unknownColumns.length === 0
      ? []
      : [
          `columns that the table does not have, which no reader will see: ${unknownColumns.join(', ')}`,
        ]),
    ...(missingColumns.length === 0
      ? []
      : [
          `columns that some files do not have, whose rows get the default or null: ${missingColumns.join(', ')}`,
        ]),
    ...(nameMapping === null
      ? []
      : [`set ${NAME_MAPPING_PROPERTY}: columns are found by their names`]),
  ].join('\n')
}

async function runPlan(
  table: LiveTable,
  plan: PlanFacts & {
    readonly duplicates: 'refused' | 'allowed'
    readonly planned: TableMetadata
  },
  { signal }: AddFilesRun,
): Promise<AddFilesReport> {
  const { files, nameMapping, planned, rows, sizeBytes } = plan
  if (files.length === 0) {
    return { snapshotId: null, attempts: 0, addedFiles: [], rows: 0n, sizeBytes: 0n }
  }
  const plannedId = plan.duplicates === 'allowed' ? undefined : planned.currentSnapshotId
  const context = createWriteContext(table.state, { signal })
  const builder = new TransactionBuilder(table, context)
  await builder.collect(() => {
    builder.guard((metadata) => isReadAlike(metadata, planned))
    builder.changeFiles(appendOnce(context, files, plannedId))
    if (nameMapping !== null) builder.setProperties(() => [[NAME_MAPPING_PROPERTY, nameMapping]])
  })
  const { snapshotId, attempts } = await builder.commit()
  return { snapshotId, attempts, addedFiles: files.map(({ path }) => path), rows, sizeBytes }
}

/** Whether files are read and placed in one version of a table as in another. */
function isReadAlike(metadata: TableMetadata, planned: TableMetadata): boolean {
  return (
    metadata.currentSchemaId === planned.currentSchemaId &&
    metadata.defaultSpecId === planned.defaultSpecId &&
    metadata.properties.get(NAME_MAPPING_PROPERTY) === planned.properties.get(NAME_MAPPING_PROPERTY)
  )
}
