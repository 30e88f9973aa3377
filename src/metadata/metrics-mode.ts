import { INT32_MAX } from '../base/integers.ts'

/**
 * How much of a column's values is recorded with each file.
 *
 * - `none`: nothing but its size on disk;
 * - `counts`: how many values, nulls and NaN;
 * - `truncate`: counts, and bounds of at most `length` code points or bytes;
 * - `full`: counts and whole bounds.
 */
export type MetricsMode =
  | { readonly kind: 'none' | 'counts' | 'full' }
  /** At least 1. */
  | { readonly kind: 'truncate'; readonly length: number }

/** What a table records that does not say. */
export const DEFAULT_METRICS_MODE: MetricsMode = { kind: 'truncate', length: 16 }

/** The spelling of a mode, for messages. */
export const METRICS_MODE_SPELLING = 'none, counts, truncate(N) or full'

/** A mode as table properties spell it, in any case; undefined when the text is none. */
export function parseMetricsMode(text: string): MetricsMode | undefined {
  const mode = text.toLowerCase()
  if (mode === 'none' || mode === 'counts' || mode === 'full') return { kind: mode }
  const digits = /^truncate\((\d{1,10})\)$/.exec(mode)?.[1]
  const length = Number(digits)
  return length >= 1 && length <= INT32_MAX ? { kind: 'truncate', length } : undefined
}
