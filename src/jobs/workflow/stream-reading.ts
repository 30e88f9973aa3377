import type { Fields } from '../yaml/fields.ts'
import type { StreamReading } from './model.ts'
import { STREAM_OPTIONS } from './vocabulary.ts'

/** How an input is taken batch by batch; null for one that is there as a whole. */
export function readStreamReading(input: Fields, options: Fields | null): StreamReading | null {
  if (input.flagOrText('isStream') !== true) {
    for (const key of STREAM_OPTIONS) {
      if (options?.has(key) === true) options.invalid(key, 'goes with isStream: true alone')
    }
    return null
  }
  if (input.has('incremental')) {
    input.invalid(
      'incremental',
      'a stream remembers what it has read: leave isStream or incremental out',
    )
  }
  return {
    maxFiles:
      atLeastOne(options, 'maxFilesPerTrigger') ??
      atLeastOne(options, 'streaming-max-files-per-micro-batch'),
    maxBytes: atLeastOne(options, 'maxBytesPerTrigger'),
    maxRows: atLeastOne(options, 'streaming-max-rows-per-micro-batch'),
    latestFirst: options?.flagOrText('latestFirst') ?? false,
    skipsMissing: options?.flagOrText('ignoreMissingFiles') ?? false,
    fromTimestampMs: readMillis(options, 'stream-from-timestamp'),
    skipsDeletes: options?.flagOrText('streaming-skip-delete-snapshots') ?? false,
    skipsOverwrites: options?.flagOrText('streaming-skip-overwrite-snapshots') ?? false,
    rescans: options?.word('onExpired', ['fail', 'rescan']) === 'rescan',
  }
}

/** Options of other tools are texts: both will do. */
function atLeastOne(options: Fields | null, key: string): number | null {
  const text = options?.scalarText(key) ?? null
  if (options === null || text === null) return null
  const count = /^\d{1,15}$/.test(text) ? Number(text) : 0
  if (count >= 1) return count
  options.invalid(key, 'must be a whole number above zero')
  return null
}

function readMillis(options: Fields | null, key: string): bigint | null {
  const text = options?.scalarText(key) ?? null
  if (options === null || text === null) return null
  if (/^\d{1,18}$/.test(text)) return BigInt(text)
  options.invalid(key, 'must be milliseconds since the epoch')
  return null
}
