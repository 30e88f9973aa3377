// What batches of a stream did, as people and programs read it.
import { unreachable } from '../../base/assert.ts'
import { counted } from '../../base/counted.ts'
import type { StreamTotals } from '../../jobs/report.ts'
import type { BatchReport } from '../../jobs/stream/batch-report.ts'
import { printable } from '../printable.ts'
import type { FactRecord } from '../records.ts'
import { secondsOf, writtenText } from './output-text.ts'

/** A batch in a line. */
export function batchText(batch: BatchReport): string {
  const { job, epoch, bad, lateRows, durationMs } = batch
  const aside =
    bad.records === 0
      ? ''
      : `; put ${counted(bad.records, 'record')} aside that are no rows: ${bad.files.join(', ')}`
  const late = lateRows === 0n ? '' : `; ${counted(lateRows, 'row')} came too late`
  return printable(
    `${job} batch ${epoch}: ${outcomeText(batch)}${aside}${late}, ${secondsOf(durationMs)} s`,
  )
}

function outcomeText({ outcome, outputs }: BatchReport): string {
  switch (outcome) {
    case 'written':
      return outputs.map(writtenText).join('; ')
    case 'empty':
      return 'no rows, the position moved on'
    case 'already-done':
      return 'another run has done this batch meanwhile'
    default:
      return unreachable(outcome)
  }
}

/** What a stream did as a whole. */
export function totalsText({ batches, rows, badRecords, lateRows }: StreamTotals): string {
  if (batches === 0) return 'nothing new'
  const aside = badRecords === 0n ? '' : `, ${counted(badRecords, 'record')} put aside`
  const late = lateRows === 0n ? '' : `, ${counted(lateRows, 'row')} too late`
  return `read ${counted(rows, 'row')} in ${batches === 1 ? '1 batch' : `${batches} batches`}${aside}${late}`
}

export function totalsRecord(totals: StreamTotals): FactRecord {
  const { batches, rows, badRecords, lateRows, lastEpoch } = totals
  return {
    batches,
    rows,
    'bad-records': badRecords,
    'late-rows': lateRows,
    'last-epoch': lastEpoch,
  }
}
