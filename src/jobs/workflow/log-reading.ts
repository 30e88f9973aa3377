import type { Fields } from '../yaml/fields.ts'
import type { LogReading } from './model.ts'

/** How a topic is read; null where the file says nothing of one. */
export function readLogReading(input: Fields, options: Fields | null): LogReading | null {
  const schemaRegistryUrl = input.optionalText('schemaRegistryUrl')
  const startingOffsets = options?.word('startingOffsets', ['earliest', 'latest']) ?? null
  if (schemaRegistryUrl === null && startingOffsets === null) return null
  return { schemaRegistryUrl, startingOffsets: startingOffsets ?? 'earliest' }
}
