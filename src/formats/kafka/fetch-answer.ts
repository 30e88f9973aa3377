import { assert } from '../../base/assert.ts'
import { WireReader } from './wire-reader.ts'

/** What a broker answers who is asked for the records of one partition. */
export interface FetchAnswer {
  /** 0: no error. */
  readonly errorCode: number
  /** The first offset that is still there. */
  readonly logStart: bigint
  /** Before it all transactions have been decided. */
  readonly lastStable: bigint
  readonly aborted: readonly AbortedTransaction[]
  /** Whole batches but perhaps the last; the first may begin before the offset that was asked for. */
  readonly records: Uint8Array
}

export interface AbortedTransaction {
  readonly producerId: bigint
  /** Of the transaction's first record. */
  readonly firstOffset: bigint
}

/** The versions of the answer that are read: those that name topics by their ids. */
export const FETCH_VERSIONS = { oldest: 13, newest: 17 } as const

const TOPIC_ID_BYTES = 16

/**
 * Reads an answer (Kafka protocol: Fetch API, versions 13 to 17) to a request of one partition; what it does not tell is what
 * follows that partition.
 *
 * @throws IcebergError `corrupt` when the bytes end early
 */
export function readFetchAnswer(bytes: Uint8Array): FetchAnswer {
  const reader = new WireReader(bytes)
  const nothing = { logStart: 0n, lastStable: 0n, aborted: [], records: new Uint8Array() }
  const throttleBytes = 4
  reader.skip(throttleBytes)
  const errorCode = reader.int16()
  const sessionBytes = 4
  reader.skip(sessionBytes)
  const topics = arrayLength(reader)
  if (errorCode !== 0 || topics === 0) return { errorCode, ...nothing }
  reader.skip(TOPIC_ID_BYTES)
  const partitions = arrayLength(reader)
  assert(topics === 1 && partitions === 1, 'the answer is about the partition that was asked for')
  return readPartition(reader)
}

function readPartition(reader: WireReader): FetchAnswer {
  const indexBytes = 4
  reader.skip(indexBytes)
  const errorCode = reader.int16()
  const highWatermarkBytes = 8
  reader.skip(highWatermarkBytes)
  const lastStable = reader.int64()
  const logStart = reader.int64()
  const aborted = Array.from({ length: arrayLength(reader) }, () => readAborted(reader))
  const preferredReplicaBytes = 4
  reader.skip(preferredReplicaBytes)
  const records = reader.take(arrayLength(reader))
  return { errorCode, logStart, lastStable, aborted, records }
}

function readAborted(reader: WireReader): AbortedTransaction {
  const aborted = { producerId: reader.int64(), firstOffset: reader.int64() }
  reader.skipTaggedFields()
  return aborted
}

/** Written as one more than it is; 0 stands for nothing at all. */
function arrayLength(reader: WireReader): number {
  return Math.max(0, reader.unsignedVarint() - 1)
}
