import { isInt64 } from '../../../base/integers.ts'
import type { Fields } from '../../yaml/fields.ts'
import { EXPIRE_OPTIONS } from '../vocabulary.ts'
import type { ActionFrame, ExpireSnapshots } from './action.ts'
import { readMoment } from './read-moment.ts'

export function readExpiry(action: Fields, frame: ActionFrame): ExpireSnapshots {
  const options = action.map('options', EXPIRE_OPTIONS)
  return {
    ...frame,
    name: 'expire_snapshots',
    olderThan:
      options === null
        ? null
        : readMoment(options, {
            millis: ['olderThanMillis', 'expireOlderThan'],
            timestamp: 'olderThanTimestamp',
          }),
    retainLast: options === null ? null : readRetained(options),
    snapshotIds: options === null ? [] : readSnapshotIds(options),
  }
}

function readRetained(options: Fields): number | null {
  const count = options.countOrText('retainLast')
  if (count === 0) options.invalid('retainLast', 'must be at least 1')
  return count
}

/** The older word names one snapshot. */
function readSnapshotIds(options: Fields): readonly bigint[] {
  const items = [...options.textOrTexts('snapshotIds'), ...options.textOrTexts('expireSnapshotId')]
  return items.flatMap(({ text, place }) => {
    const id = /^\d{1,19}$/.test(text) ? BigInt(text) : null
    if (id !== null && isInt64(id)) return [id]
    options.faults.invalid(place, 'must be the id of a snapshot, a whole number')
    return []
  })
}
