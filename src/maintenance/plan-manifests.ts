// Which manifests of one spec and one content are written anew, so that who asks for one partition opens few of them
// (spec: Scan Planning). Each manifest is known by the lowest and the highest partition that it has, in one order:
//  1. those that overlap are a knot: what they hold can be told apart only by writing all of them anew;
//  2. a manifest that overlaps none and is of a good size stays;
//  3. what lies between two that stay is written anew together, if that changes anything.
// What is written so overlaps nothing, and is of a good size but for the last manifest of each stretch: planned again,
// nothing is left to do.
import { IcebergError } from '../base/errors.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { PartitionTuple } from '../layout/partition-tuple.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { comparatorOf } from '../types/compare.ts'
import type { Comparator } from '../types/compare.ts'
import type { PrimitiveType } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'

/** The order in which partitions are put. */
export type PartitionOrder = (left: PartitionTuple, right: PartitionTuple) => number

/** A manifest, and the outermost partitions of its live files. */
export interface PlacedManifest {
  readonly manifest: ManifestFile
  readonly low: PartitionTuple
  readonly high: PartitionTuple
  readonly files: number
}

/** Manifests that follow each other in the order of partitions: one that stays, or some that are written anew. */
export interface ManifestStretch {
  readonly isRewritten: boolean
  readonly manifests: readonly PlacedManifest[]
}

/** From this share of the target size on a manifest may end where a partition does. */
export const GOOD_SIZE_SHARE = 0.75

/** A manifest of so many times the target size is cut. */
const OVERSIZE_FACTOR = 2

/** @returns all of the manifests, in the order of their partitions */
export function planManifests(
  placed: readonly PlacedManifest[],
  policy: { readonly order: PartitionOrder; readonly targetBytes: number },
): readonly ManifestStretch[] {
  const stretches: PlacedManifest[][] = []
  let isOpen = false
  for (const knot of knotsOf(placed, policy.order)) {
    const [only] = knot
    const stays = knot.length === 1 && only !== undefined && isOfGoodSize(only, policy.targetBytes)
    if (isOpen && !stays) stretches.at(-1)?.push(...knot)
    else stretches.push([...knot])
    isOpen = !stays
  }
  return stretches.map((manifests) => ({
    manifests,
    isRewritten:
      manifests.length > 1 || manifests.some((one) => isOversize(one, policy.targetBytes)),
  }))
}

/** Manifests that overlap, directly or by way of others, together. To share an outermost partition is not to overlap. */
function knotsOf(
  placed: readonly PlacedManifest[],
  order: PartitionOrder,
): readonly (readonly PlacedManifest[])[] {
  const sorted = placed.toSorted(
    (left, right) => order(left.low, right.low) || order(left.high, right.high),
  )
  const knots: PlacedManifest[][] = []
  let end: PartitionTuple | null = null
  for (const one of sorted) {
    if (end !== null && order(one.low, end) < 0) knots.at(-1)?.push(one)
    else knots.push([one])
    if (end === null || order(one.high, end) > 0) end = one.high
  }
  return knots
}

function isOfGoodSize(one: PlacedManifest, targetBytes: number): boolean {
  const isLarge = Number(one.manifest.lengthBytes) >= targetBytes * GOOD_SIZE_SHARE
  return isLarge && !isOversize(one, targetBytes)
}

/** What holds one file cannot be cut. */
function isOversize({ manifest, files }: PlacedManifest, targetBytes: number): boolean {
  return files > 1 && Number(manifest.lengthBytes) >= targetBytes * OVERSIZE_FACTOR
}

/**
 * Partitions by the fields that are named, then by all others: nulls first, then as values are ordered.
 *
 * @throws IcebergError `invalid` when the spec has no field of such a name
 */
export function partitionOrder(
  spec: PartitionSpec,
  types: readonly PrimitiveType[],
  sortBy: readonly string[] = [],
): PartitionOrder {
  const named = sortBy.map((name) => fieldNamed(spec, name))
  const all = new Set([...named, ...types.keys()])
  const keys = Array.from(all, (index) => ({ index, compare: nullsFirst(types[index]) }))
  return (left, right) => {
    for (const { index, compare } of keys) {
      const result = compare(left[index] ?? null, right[index] ?? null)
      if (result !== 0) return result
    }
    return 0
  }
}

/**
 * Where it stands in the spec.
 *
 * @throws IcebergError `invalid` when there is none
 */
export function fieldNamed({ fields, specId }: PartitionSpec, name: string): number {
  const index = fields.findIndex((field) => field.name === name)
  if (index >= 0) return index
  throw new IcebergError('invalid', 'partition spec has no field of that name', {
    context: { field: name, specId, fields: fields.map((field) => field.name).join(', ') },
  })
}

function nullsFirst(
  type: PrimitiveType | undefined,
): (left: PrimitiveValue | null, right: PrimitiveValue | null) => number {
  const compare: Comparator = type === undefined ? (): number => 0 : comparatorOf(type)
  return (left, right) => {
    if (left === null) return right === null ? 0 : -1
    return right === null ? 1 : compare(left, right)
  }
}

/** The outermost partitions of some files. */
export function outermost(
  partitions: readonly PartitionTuple[],
  order: PartitionOrder,
): { readonly low: PartitionTuple; readonly high: PartitionTuple } | null {
  const [first] = partitions
  if (first === undefined) return null
  return partitions.reduce(
    ({ low, high }, one) => ({
      low: order(one, low) < 0 ? one : low,
      high: order(one, high) > 0 ? one : high,
    }),
    { low: first, high: first },
  )
}
