// When a batch of a stream is begun.
import { IcebergError } from '../../base/errors.ts'

export type Trigger =
  /** One batch of everything that there is. */
  | { readonly kind: 'once' }
  /** Batch after batch until all that was there at the start is in them. */
  | { readonly kind: 'available-now' }
  /** For ever: a batch begins so many milliseconds after the one before began, or when it has ended if that is later. */
  | { readonly kind: 'interval'; readonly everyMs: number }

/** How often sources are asked for news where no interval says so, in milliseconds. */
const POLL_MS = 100

/**
 * How long to wait before the next batch.
 *
 * @param hadRows whether the one before had something to do
 */
export function waitMs(everyMs: number, spentMs: number, hadRows: boolean): number {
  // A clock that was put back has spent less than nothing.
  if (everyMs > 0) return Math.min(everyMs, Math.max(0, everyMs - spentMs))
  return hadRows ? 0 : POLL_MS
}

/** @throws IcebergError `invalid` for what is no number of milliseconds */
export function intervalTrigger(ms: number): Trigger {
  if (Number.isSafeInteger(ms) && ms >= 0) return { kind: 'interval', everyMs: ms }
  throw new IcebergError('invalid', 'a trigger is a whole number of milliseconds, zero or more', {
    context: { everyMs: ms },
  })
}
