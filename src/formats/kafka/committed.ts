import type { AbortedTransaction } from './fetch-answer.ts'
import type { RecordBatch } from './record-batch.ts'
import { WireReader } from './wire-reader.ts'

/**
 * The batches of an answer without the records of aborted transactions, and without the marks that end transactions.
 *
 * A broker says of each transaction that was aborted, and has records in an answer, who made it and where it began. From
 * there on what its producer sent in transactions does not count, up to the mark that aborts it: the transactions after it
 * may have been committed. (Kafka documentation: Fetch API, aborted transactions; KIP-98)
 *
 * @param batches those of the whole answer, in order, also the ones before the offset that was asked for
 */
export function* committedBatches(
  batches: Iterable<RecordBatch>,
  aborted: readonly AbortedTransaction[],
): Generator<RecordBatch> {
  const coming = aborted.toSorted((left, right) => (left.firstOffset < right.firstOffset ? -1 : 1))
  const aborting = new Set<bigint>()
  let next = 0
  for (const batch of batches) {
    for (; next < coming.length; next += 1) {
      const transaction = coming[next]
      if (transaction === undefined || transaction.firstOffset > batch.lastOffset) break
      aborting.add(transaction.producerId)
    }
    if (batch.isControl) {
      if (isAbortMark(batch)) aborting.delete(batch.producerId)
      continue
    }
    if (batch.isTransactional && aborting.has(batch.producerId)) continue
    yield batch
  }
}

const ABORT = 0

/** The type of a mark is the second number of its key. */
function isAbortMark({ packed, recordCount }: RecordBatch): boolean {
  // A mark that was compacted away leaves its batch behind.
  if (recordCount === 0) return false
  const reader = new WireReader(packed)
  reader.varint()
  reader.skip(1)
  reader.varlong()
  reader.varint()
  reader.varint()
  const versionBytes = 2
  reader.skip(versionBytes)
  return reader.int16() === ABORT
}
