import type { Fields } from '../../yaml/fields.ts'
import { ORPHAN_OPTIONS } from '../vocabulary.ts'
import type { ActionFrame, RemoveOrphans } from './action.ts'
import { readMoment } from './read-moment.ts'

export function readOrphanRemoval(action: Fields, frame: ActionFrame): RemoveOrphans {
  const options = action.map('options', ORPHAN_OPTIONS)
  const keys = { millis: ['olderThanMillis', 'olderThan'], timestamp: 'olderThanTimestamp' }
  return {
    ...frame,
    name: 'remove_orphans',
    olderThan: options === null ? null : readMoment(options, keys),
    location: options?.optionalText('location') ?? null,
    isDryRun: options?.flagOrText('dryRun') ?? false,
  }
}
