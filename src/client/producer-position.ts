// Where a producer of numbered batches stands, as the table that it writes to tells: in the summary of the snapshot that its
// last batch came with, and in a table property. What another engine does to the table does it to the position, too: after a
// rollback it is that of the rows which are there.
import { IcebergError } from '../base/errors.ts'
import { INT64_MAX, INT64_MIN, isInt64 } from '../base/integers.ts'
import { parseJson } from '../base/json-exact.ts'
import { readObject } from '../base/json-fields.ts'
import { isWellFormed } from '../base/unicode.ts'
import {
  PRODUCER_STATE_PREFIX,
  jobStanding,
  keptText,
  readStored,
  writtenText,
} from '../metadata/job-standing.ts'
import { MAIN_BRANCH } from '../metadata/refs.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { Transaction } from './transaction.ts'

/** The last commit of a producer that is in the table. */
export interface ProducerPosition {
  /** Counts the commits of the producer. */
  readonly run: number
  /** Of the last batch of the commit. */
  readonly batchId: bigint
  /** Which writer made it: two of one producer may stand at the same batch. */
  readonly writer: string
}

/** `none` before the first commit; `lost` where the table has forgotten what its property is about. */
export type ProducerStanding = ProducerPosition | 'none' | 'lost'

/** @throws IcebergError `corrupt` when what is kept cannot be read */
export function producerStanding(metadata: TableMetadata, producer: string): ProducerStanding {
  const key = producerKey(producer)
  const standing = jobStanding(metadata, { key })
  switch (standing.kind) {
    case 'written':
    case 'kept':
      return readStored({ key }, () => positionFromText(standing.text))
    case 'none':
      return 'none'
    default:
      // Every commit of a producer leaves the property: without one there was none, whatever has expired.
      return metadata.properties.has(key) ? 'lost' : 'none'
  }
}

/** Whether nobody has moved the producer from one look to the other. */
export function sameStanding(left: ProducerStanding, right: ProducerStanding): boolean {
  if (typeof left === 'string' || typeof right === 'string') return left === right
  return left.run === right.run && left.batchId === right.batchId && left.writer === right.writer
}

/** Puts a position into the commit that brings its rows; the commit ends as `conflict` when the producer stands elsewhere by then. */
export function recordPosition<Input>(
  tx: Transaction<Input>,
  producer: string,
  { from, to }: { readonly from: ProducerStanding; readonly to: ProducerPosition },
): void {
  const key = producerKey(producer)
  const fields = { run: to.run, 'batch-id': to.batchId, writer: to.writer }
  tx.setSummary({ [key]: writtenText(fields) })
  tx.setProperties((point) => ({ [key]: keptText(fields, { branch: MAIN_BRANCH, ...point }) }))
  tx.guard((fresh) => sameStanding(producerStanding(fresh, producer), from))
}

/** The id of a batch as a `bigint`. */
export type BatchId = bigint | number

/** @throws IcebergError `invalid` for what is no whole number of 64 bits, or a number that has been rounded */
export function checkedBatchId(batchId: BatchId): bigint {
  const isWhole = typeof batchId === 'bigint' ? isInt64(batchId) : Number.isSafeInteger(batchId)
  if (isWhole) return BigInt(batchId)
  throw new IcebergError('invalid', 'the id of a batch is a bigint of 64 bits or a safe integer', {
    context: { given: typeof batchId, least: INT64_MIN, most: INT64_MAX },
  })
}

/** @throws IcebergError `invalid` for a name that no property can be called after */
export function checkedProducer(producer: string): string {
  const isName = typeof producer === 'string' && producer !== '' && isWellFormed(producer)
  if (isName && producer.length <= MAX_NAME_LENGTH) return producer
  throw new IcebergError('invalid', 'a producer is named by a text of 1 to 200 characters')
}

const MAX_NAME_LENGTH = 200

function producerKey(producer: string): string {
  return `${PRODUCER_STATE_PREFIX}${producer}`
}

function positionFromText(text: string): ProducerPosition {
  const fields = readObject(parseJson(text), '')
  return {
    run: fields.integer('run'),
    batchId: fields.long('batch-id'),
    writer: fields.string('writer'),
  }
}
