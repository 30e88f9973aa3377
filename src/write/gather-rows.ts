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
  try {
    for await (const batch of batches) {
      options.signal?.throwIfAborted()
      held.add(batch)
      if (held.bytes <= options.maxBytes) continue
      spilled ??= await openSpilledPartitions(options)
      await spilled.add(held.take())
      held.reuseTaken()
    }
    if (spilled === null) return { kind: 'held', rows: held.take(), tuples }
    await spilled.add(held.take())
    return { kind: 'spilled', spilled, tuples }
  } catch (error) {
    await spilled?.remove()
    throw error
  }
}
