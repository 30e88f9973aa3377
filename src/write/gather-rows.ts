// The first half of every sort: rows are held by partition, and go to temporary files when they are more than may be held.
import type { RecordBatch } from 'apache-arrow'

import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { PartitionTuple } from '../layout/partition-tuple.ts'
import { HeldRows } from './held-rows.ts'
import type { TakenRows } from './held-rows.ts'
import type { NumberedRows } from './numbered-rows.ts'
import { openSpilledPartitions } from './spilled-partitions.ts'
import type { SpillOptions, SpilledPartitions } from './spilled-partitions.ts'

export interface GatherOptions extends SpillOptions {
  readonly spec: PartitionSpec
  readonly numbered: NumberedRows
  /** As `HeldRows` takes it. */
  readonly maxSmallParts?: number | undefined
}

/** Once rows are spilled, some are on their way to the disk while others are gathered: each may be this part of what may be held. */
const SPILLED_PART = 1 / 2

/** All rows of an input. */
export type GatheredRows = {
  /** Of every partition, by its number. */
  readonly tuples: readonly PartitionTuple[]
} & (
  | { readonly kind: 'held'; readonly rows: TakenRows }
  /** To be removed by whoever gets them. */
  | { readonly kind: 'spilled'; readonly spilled: SpilledPartitions }
)

/**
 * Takes in all batches.
 *
 * @throws IcebergError `limit` when they are more than may be held and the disk has no room for them
 */
export async function gatherRows(
  batches: AsyncIterable<RecordBatch>,
  options: GatherOptions,
): Promise<GatheredRows> {
  const held = new HeldRows(options)
  const { tuples } = held
  let spilled: SpilledPartitions | null = null
  let spilling = Promise.resolve()
  const spill = async (to: SpilledPartitions): Promise<void> => {
    await spilling
    const taken = held.take()
    spilling = to.add(taken).then(() => held.reuseTaken())
    // It is waited for in its turn.
    spilling.catch(() => undefined)
  }
  try {
    for await (const batch of batches) {
      options.signal?.throwIfAborted()
      held.add(batch)
      const room: number = options.maxBytes * (spilled === null ? 1 : SPILLED_PART)
      if (held.bytes <= room) continue
      if (spilled === null) {
        spilled = await openSpilledPartitions(options)
        await spill(spilled)
        await spilling
      } else await spill(spilled)
    }
    if (spilled === null) return { kind: 'held', rows: held.take(), tuples }
    await spill(spilled)
    await spilling
    return { kind: 'spilled', spilled, tuples }
  } catch (error) {
    await spilling.catch(() => undefined)
    await spilled?.remove()
    throw error
  }
}
