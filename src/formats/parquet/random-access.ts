import { IcebergError } from '../../base/errors.ts'
import type { ByteRange, ObjectStore, RequestOptions } from '../../io/object-store.ts'

/** Bytes of known size that can be read at random, such as an object of a store. */
export interface RandomAccess {
  readonly sizeBytes: number
  /**
   * Reads exactly the bytes `[start, end)`.
   *
   * @throws IcebergError `corrupt` when the object ends before `end`
   */
  read(start: number, end: number): Promise<Uint8Array>
}

/** Ranges that are this close are cheaper to read as one. */
const COALESCED_GAP_BYTES = 64 * 1024
const READS_IN_FLIGHT = 8

export interface RandomAccessOptions extends RequestOptions {
  /** Objects of so many bytes or fewer are read whole at once; none when absent. */
  readonly wholeBytes?: number
}

/**
 * An object of a store, whose size the caller knows from the table's metadata. The first read that reaches to the end is
 * kept, so that a file that is no longer than what is read for its footer costs one request.
 */
export function openRandomAccess(
  store: ObjectStore,
  location: string,
  sizeBytes: number,
  { wholeBytes = 0, ...options }: RandomAccessOptions = {},
): RandomAccess {
  let tail: Uint8Array | null = null
  const readWhole = async (start: number, end: number): Promise<Uint8Array> => {
    const whole = await readStored(0, sizeBytes)
    return whole.subarray(start, end)
  }
  const readStored = async (start: number, end: number): Promise<Uint8Array> => {
    const tailStart = sizeBytes - (tail?.length ?? 0)
    if (tail !== null && start >= tailStart && end <= sizeBytes) {
      return tail.subarray(start - tailStart, end - tailStart)
    }
    const bytes = await store.get(location, { start, end }, options)
    if (bytes.length !== end - start) {
      throw new IcebergError('corrupt', 'file is shorter than the metadata says', {
        context: { path: location, start, end, found: bytes.length },
      })
    }
    if (end === sizeBytes) tail ??= bytes
    return bytes
  }
  const read = (start: number, end: number): Promise<Uint8Array> =>
    tail === null && sizeBytes <= wholeBytes ? readWhole(start, end) : readStored(start, end)
  return { sizeBytes, read }
}

/**
 * Reads several ranges, which must ascend and not overlap, with few requests.
 *
 * @returns the bytes of each range, in order
 */
export async function readRanges(
  file: RandomAccess,
  ranges: readonly ByteRange[],
): Promise<readonly Uint8Array[]> {
  const requests = coalesce(ranges)
  const results: Uint8Array[][] = []
  for (let first = 0; first < requests.length; first += READS_IN_FLIGHT) {
    const batch = requests.slice(first, first + READS_IN_FLIGHT)
    results.push(...(await Promise.all(batch.map((request) => readOne(file, request)))))
  }
  return results.flat()
}

async function readOne(file: RandomAccess, ranges: readonly ByteRange[]): Promise<Uint8Array[]> {
  const start = ranges[0]?.start ?? 0
  const bytes = await file.read(start, ranges.at(-1)?.end ?? start)
  return ranges.map((range) => bytes.subarray(range.start - start, range.end - start))
}

function coalesce(ranges: readonly ByteRange[]): ByteRange[][] {
  const groups: ByteRange[][] = []
  for (const range of ranges) {
    const group = groups.at(-1)
    const gap = range.start - (group?.at(-1)?.end ?? Number.NEGATIVE_INFINITY)
    if (group === undefined || gap > COALESCED_GAP_BYTES) groups.push([range])
    else group.push(range)
  }
  return groups
}
