import type { Environment } from '../base/environment.ts'

/** A positive 63-bit id from 16 random bytes, its halves folded into each other (spec: Snapshots). */
export function newSnapshotId(environment: Environment): bigint {
  const bytes = environment.randomBytes(16)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const folded = view.getBigUint64(0) ^ view.getBigUint64(8)
  // No id is 0: some engines take it for none.
  return BigInt.asUintN(63, folded) || 1n
}
