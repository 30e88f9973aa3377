import type { Fields } from '../yaml/fields.ts'
import type { Compression } from './model.ts'

/** In the order of how often they are asked for. */
const CODECS: ReadonlyMap<string, Compression> = new Map<string, Compression>([
  ['gzip', 'gzip'],
  ['snappy', 'snappy'],
  ['zstd', 'zstd'],
  ['uncompressed', 'uncompressed'],
  ['lz4', 'lz4'],
  ['brotli', 'brotli'],
  ['none', 'uncompressed'],
])

/** A place where a codec may be said, by the word for it there. */
export type CodecWord = readonly [fields: Fields | null, key: string]

/** How data files are compressed; null when nobody says. */
export function readCompression(...words: readonly CodecWord[]): Compression | null {
  const said = words.flatMap(([fields, key]) =>
    fields?.has(key) === true ? [{ fields, key }] : [],
  )
  const [first, second] = said
  if (first === undefined) return null
  second?.fields.invalid(second.key, `${first.key} says how files are compressed already`)
  return first.fields.choice(first.key, CODECS)
}
