import { createHash } from 'node:crypto'

/**
 * A number below 2^53 that stands for a path where paths would take too much room: eight bytes a file in place of a hundred.
 * Two of a million paths have one number in one of ten thousand tables; who must be certain compares the paths.
 */
export function pathNumber(path: string): number {
  const hash = createHash('sha1').update(path).digest()
  return hash.readUIntBE(0, 6) * 32 + (hash.readUInt8(6) >> 3)
}
