// What is asked of who looks for orphans, held against the table.
import { IcebergError } from '../base/errors.ts'
import { checkChoice, checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import { nameBelow } from '../io/location.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { TableState } from '../table/table-state.ts'
import { comparablePath } from './comparable-path.ts'
import { momentBefore } from './moment.ts'
import type { Age } from './moment.ts'
import type { SpellingRules } from './reference-marks.ts'

/** Which files are orphans. */
export interface OrphanOptions {
  /** Only files that were last written before; `3 days` when absent. */
  readonly olderThan?: Age
  /** Takes files that are younger than a day too, which writers may be about to commit. */
  readonly force?: boolean
  /** A folder of the table to look at alone; all of the table's folder when absent. */
  readonly location?: string
  /** Schemes that mean the same, such as `{ s3a: 's3' }`, which is known anyway. */
  readonly equalSchemes?: Readonly<Record<string, string>>
  /** Authorities that mean the same, such as two names of one server. */
  readonly equalAuthorities?: Readonly<Record<string, string>>
  /**
   * What it means that the table names a file as it is listed, but for scheme or authority: that nobody can say what is an
   * orphan (`error`, when absent), that the file is the one that is named (`ignore`), or that it is another one (`delete`).
   */
  readonly prefixMismatch?: SpellingRules['prefixMismatch']
}

/** Files that are done with, of all that are removed. */
export interface OrphanProgress {
  readonly files: number
  readonly totalFiles: number
}

/** How a removal is told to stop, and tells how far it is. */
export interface OrphanRun {
  readonly signal?: AbortSignal
  /** Told after each batch of files. */
  readonly onProgress?: (progress: OrphanProgress) => void
}

/** The names of {@link OrphanRun}. */
export const ORPHAN_RUN_NAMES: OptionNames<OrphanRun> = {
  signal: 'signal',
  onProgress: 'function',
}

const NAMES: OptionNames<OrphanOptions & OrphanRun> = {
  olderThan: true,
  force: 'boolean',
  location: 'text',
  equalSchemes: true,
  equalAuthorities: true,
  prefixMismatch: true,
  ...ORPHAN_RUN_NAMES,
}

/** @throws IcebergError `invalid` for options and choices that there are not */
export function checkOrphanOptions(options: OrphanOptions & OrphanRun): void {
  checkOptions('removeOrphans', options, NAMES)
  checkChoice('prefixMismatch', options.prefixMismatch ?? 'error', ['error', 'ignore', 'delete'])
  const { equalSchemes = {}, equalAuthorities = {} } = options
  checkTexts('equalSchemes', equalSchemes)
  checkTexts('equalAuthorities', equalAuthorities)
}

function checkTexts(option: string, texts: unknown): void {
  const isObject = typeof texts === 'object' && texts !== null && !Array.isArray(texts)
  if (isObject && Object.values(texts).every((text) => typeof text === 'string')) return
  throw new IcebergError('invalid', 'the option is an object of texts', { context: { option } })
}

const DEFAULT_AGE = '3 days'
const DAY_MS = 86_400_000

/** What is looked for, and where. */
export interface OrphanSearch extends SpellingRules {
  readonly location: string
  readonly olderThanMs: bigint
  /** How long ago that was when it was asked. */
  readonly ageMs: bigint
}

/**
 * @throws IcebergError `invalid` for an age below a day without `force`, for a location outside of the table's, and for options that
 *   are none
 */
export function orphanSearch(
  { metadata, services }: TableState,
  options: OrphanOptions,
): OrphanSearch {
  checkOrphanOptions(options)
  const { olderThan = DEFAULT_AGE, force = false, prefixMismatch = 'error' } = options
  const nowMs = services.environment.nowMs()
  const olderThanMs = momentBefore(olderThan, nowMs)
  const ageMs = BigInt(nowMs) - olderThanMs
  if (ageMs < DAY_MS && !force) {
    throw new IcebergError(
      'invalid',
      'files younger than a day may be those of a writer who is about to commit: only with `force` are they removed',
      { context: { olderThanMs } },
    )
  }
  return {
    location: locationOf(metadata, options.location),
    olderThanMs,
    ageMs,
    equalSchemes: new Map(Object.entries(options.equalSchemes ?? {})),
    equalAuthorities: new Map(Object.entries(options.equalAuthorities ?? {})),
    prefixMismatch,
  }
}

/** Other folders may have other tables' files, whatever the properties of this one say. */
function locationOf({ location }: TableMetadata, asked: string = location): string {
  const folder = asked.replace(/\/+$/, '')
  if (folder === location) return folder
  // Spelled alike, and nothing in it that leads elsewhere from there.
  const isWithin =
    nameBelow(location, folder) !== null &&
    nameBelow(comparablePath(location), comparablePath(folder)) !== null
  if (isWithin) return folder
  throw new IcebergError('invalid', 'orphans are looked for in the folder of the table alone', {
    context: { location: asked, table: location },
  })
}
