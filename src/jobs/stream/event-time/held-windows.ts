// Open windows between batches: in a file of the checkpoint that the commit of the batch names, and in memory for as long as the
// next batch is the one that goes on from there.
import { createHash } from 'node:crypto'

import { IcebergError, isKind, withContext } from '../../../base/errors.ts'
import type { RequestOptions } from '../../../io/object-store.ts'
import type { Checkpoint } from '../checkpoint.ts'
import type { Carried } from '../stream.ts'
import type { AggregatePlan } from './aggregate-plan.ts'
import { formatWindows, parseWindows } from './windows-file.ts'
import { WindowGroups } from './window-groups.ts'

/** Where files of batches are kept. */
export type HeldFiles = Pick<Checkpoint, 'hold' | 'held'>

export class HeldWindows {
  readonly #files: HeldFiles
  /** Nobody else has these groups. */
  #last: { readonly name: string; readonly groups: WindowGroups } | null = null

  constructor(files: HeldFiles) {
    this.#files = files
  }

  /**
   * The windows that a batch left open, for the caller alone.
   *
   * @param name what {@link put} gave; null for none
   * @throws IcebergError `not-found` when the checkpoint does not have them any more
   * @throws IcebergError `corrupt` when they are damaged
   * @throws IcebergError `invalid` when they are of another aggregate
   */
  async take(
    name: string | null,
    plan: AggregatePlan,
    options?: RequestOptions,
  ): Promise<WindowGroups> {
    const last = this.#last
    this.#last = null
    if (name === null) return new WindowGroups(plan)
    if (last?.name === name && last.groups.isOf(plan)) return last.groups
    const bytes = await this.#read(name, options)
    try {
      if (!name.endsWith(digestOf(bytes))) {
        throw new IcebergError('corrupt', 'open windows are not the bytes that were written')
      }
      return parseWindows(bytes, plan)
    } catch (error) {
      throw withContext(error, { held: name })
    }
  }

  /**
   * Keeps the windows that a batch leaves open. The same ones have the same name, so that a batch that is repeated writes what
   * is there.
   *
   * @param groups not to be used by the caller any more
   * @returns null when there are none
   */
  async put(
    epoch: number,
    groups: WindowGroups,
    { plan, options }: { readonly plan: AggregatePlan; readonly options?: RequestOptions },
  ): Promise<string | null> {
    if (groups.count === 0) return null
    const bytes = await formatWindows(groups, plan)
    const name = await this.#files.hold(epoch, digestOf(bytes), bytes, options)
    this.#last = { name, groups }
    return name
  }

  async #read(name: string, options?: RequestOptions): Promise<Uint8Array> {
    try {
      return await this.#files.held(name, options)
    } catch (error) {
      if (!isKind(error, 'not-found')) throw error
      throw new IcebergError(
        'not-found',
        'the windows that the stream left open are gone from its checkpoint: say by `frazil stream reset` where it shall begin',
        { context: { held: name }, cause: error },
      )
    }
  }
}

/**
 * Refuses to drop open windows of a stream that once aggregated.
 *
 * @throws IcebergError `invalid` when there are any
 */
export function checkNothingHeld({ held }: Pick<Carried, 'held'>): void {
  if (held === null) return
  throw new IcebergError(
    'invalid',
    'the stream has left windows open that nothing aggregates now: aggregate them as before, or say by `frazil stream reset` where it shall begin',
    { context: { held } },
  )
}

/** Enough that no two states of a stream ever share a file. */
const DIGEST_DIGITS = 32

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, DIGEST_DIGITS)
}
