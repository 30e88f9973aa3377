// What is wrong with a table:
//  1. its metadata file, as it is stored, then as it is read: one that contradicts itself is looked at as far as it goes;
//  2. former versions, the hint, files of statistics;
//  3. each snapshot, the oldest first: its manifest list, its manifests, its files.
// Nothing is changed. Findings are told as they come, and what storage fails to give is thrown: it is no damage.
import { decodeMetadataJson, readMetadataBytes } from '../catalog/metadata-file.ts'
import type { TableIdentifier } from '../catalog/identifier.ts'
import { checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import { abortableStore } from '../io/abortable-store.ts'
import { uncheckedMetadataFromJson } from '../metadata/table-metadata-json.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { createManifestCache } from '../table/manifest-cache.ts'
import type { LiveTable, TableServices } from '../table/table-state.ts'
import { tableState } from '../table/table-state.ts'
import { readOrTell } from './doctor/context.ts'
import type { FileChecks } from './doctor/context.ts'
import { checkDocument } from './doctor/document-checks.ts'
import { SnapshotExaminer } from './doctor/examine-snapshots.ts'
import type { ExaminedCounts } from './doctor/examine-snapshots.ts'
import { examineStatistics } from './doctor/examine-statistics.ts'
import { examineVersions } from './doctor/examine-versions.ts'
import type { Finding } from './doctor/finding.ts'
import { Findings } from './doctor/findings.ts'
import { checkMetadata } from './doctor/metadata-checks.ts'

/** How a table is examined. */
export interface ExamineOptions {
  /**
   * Reads all rows, and holds counts, bounds, partitions and orders against them. Otherwise of each file only what it says
   * at its end is read.
   */
  readonly deep?: boolean
  readonly signal?: AbortSignal
  /** Told of how much was looked at, after each snapshot. */
  readonly onProgress?: (counts: ExaminedCounts) => void
}

/** The names of {@link ExamineOptions}. */
export const EXAMINE_NAMES: OptionNames<ExamineOptions> = {
  deep: 'boolean',
  signal: 'signal',
  onProgress: 'function',
}

/** What an examination found. */
export interface Examination {
  readonly metadataLocation: string
  readonly isDeep: boolean
  /** Whether there is no damage; there may be notices. */
  readonly isSound: boolean
  /** In the order in which they were found; of each check the first hundred. */
  readonly findings: readonly Finding[]
  /** How often each check found something, by its name. */
  readonly counts: ReadonlyMap<string, number>
  readonly examined: ExaminedCounts
}

/** Where a table is whose metadata nobody may be able to read. */
export interface TablePlace {
  readonly identifier: TableIdentifier
  readonly metadataLocation: string
  readonly services: TableServices
}

/**
 * Looks for damage in the version of a table that is in hand: in its metadata, in all its snapshots and in all their files.
 * Memory is bounded by the files of one manifest, and eight bytes for each other file.
 *
 * @throws IcebergError `unavailable` when storage fails: a table is damaged only by what it was certainly found to be
 * @throws IcebergError `unsupported` when the table is of a later format version
 * @throws IcebergError `invalid` for options that there are not: a table that is not looked at deeply is not known to be sound
 */
export async function examine(
  { state }: Pick<LiveTable, 'state'>,
  options: ExamineOptions = {},
): Promise<Examination> {
  checkOptions('examine', options, EXAMINE_NAMES)
  const { identifier, metadataLocation } = state.loaded
  return examinePlace({ identifier, metadataLocation, services: state.services }, options)
}

/** {@link examine} of a table by its metadata file, which may itself be damaged. */
export async function examinePlace(
  place: TablePlace,
  { deep = false, signal, onProgress }: ExamineOptions = {},
): Promise<Examination> {
  const findings = new Findings()
  const services = servicesFor(place, signal)
  const metadata = await readDocument({ ...place, services }, findings)
  let examined: ExaminedCounts = { snapshots: 0, manifests: 0, files: 0 }
  if (metadata !== null) {
    const state = tableState({ ...place, metadata }, services)
    const examining = {
      state,
      findings,
      isDeep: deep,
      options: signal === undefined ? {} : { signal },
    }
    await examineVersions(examining)
    await examineStatistics(examining)
    const snapshots = new SnapshotExaminer(examining)
    for (const snapshot of metadata.snapshots) {
      await snapshots.examine(snapshot)
      onProgress?.(snapshots.counts)
    }
    examined = snapshots.counts
  }
  return {
    metadataLocation: place.metadataLocation,
    isDeep: deep,
    isSound: findings.isSound,
    findings: findings.kept,
    counts: findings.counts,
    examined,
  }
}

/** Nothing that was read before counts: what is asked is what is there now. */
function servicesFor({ services }: TablePlace, signal: AbortSignal | undefined): TableServices {
  return {
    ...services,
    store: abortableStore(services.store, signal),
    cache: createManifestCache(),
  }
}

/** What a later version means nobody can say here: that is no finding. */
const OF_DOCUMENT: FileChecks = {
  missing: 'missing-metadata',
  unreadable: 'unreadable-metadata',
  unread: null,
}

/** Null for what is no table metadata at all. */
async function readDocument(
  { services, metadataLocation: path }: TablePlace,
  findings: Findings,
): Promise<TableMetadata | null> {
  return readOrTell(findings, path, OF_DOCUMENT, async () => {
    const bytes = await readMetadataBytes(services.store, path)
    const json = await decodeMetadataJson(bytes, path)
    findings.add(...checkDocument(json, path))
    const metadata = uncheckedMetadataFromJson(json)
    findings.add(...checkMetadata(metadata, path))
    return metadata
  })
}
