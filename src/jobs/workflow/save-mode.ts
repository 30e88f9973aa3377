import type { Fields } from '../yaml/fields.ts'
import type { WriteMode } from './model.ts'

export type SaveMode = Exclude<WriteMode, 'overwrite-partitions'>

export type OverwriteMode = 'dynamic' | 'static'

/** Spark's words, two of which mean one thing. */
const SAVE_MODES: ReadonlyMap<string, SaveMode> = new Map<string, SaveMode>([
  ['append', 'append'],
  ['overwrite', 'overwrite'],
  ['errorIfExists', 'error-if-exists'],
  ['ignore', 'ignore'],
  ['error', 'error-if-exists'],
])

/**
 * The save mode of an output. The documents disagree on what an absent one means; of their two readings we take the one
 * that destroys nothing.
 *
 * @param options where `saveMode` may stand, each of them or none
 */
export function readSaveMode(output: Fields, ...options: readonly (Fields | null)[]): SaveMode {
  const [said, again] = options.flatMap((fields) => (fields?.has('saveMode') ? [fields] : []))
  again?.invalid('saveMode', 'is given in two places')
  if (said !== undefined) return said.choice('saveMode', SAVE_MODES) ?? 'append'
  output.faults.warnUnlessStrict(output.place, 'saveMode is missing: rows are appended')
  return 'append'
}

/** Two keys make one mode: only an overwrite can be of partitions. */
export function withOverwriteMode(
  options: Fields | null,
  saveMode: SaveMode,
  overwriteMode: OverwriteMode | null,
): WriteMode {
  if (overwriteMode !== 'dynamic') return saveMode
  if (saveMode === 'overwrite') return 'overwrite-partitions'
  const word = options?.scalarText('saveMode') ?? 'append'
  options?.faults.warn(
    options.placeOf('saveMode'),
    `overwrite-mode has no effect on saveMode ${word}`,
  )
  return saveMode
}
