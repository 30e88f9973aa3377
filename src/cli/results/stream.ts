// Where a stream stands, as people and as programs read it.
import { formatTimestamp } from '../../types/temporal-text.ts'
import { stringifyJson } from '../../base/json-exact.ts'
import type { StandingBatch, StreamStatus } from '../../jobs/stream/stream-status.ts'
import { printable } from '../printable.ts'
import type { FactRecord } from '../records.ts'

/** A line for each table, and one for the checkpoint. */
export function streamText({ tables, finished, checkpoint }: StreamStatus): string {
  const lines = tables.map(({ table, batch }) => `${table}: ${batchText(batch)}`)
  if (checkpoint !== null) lines.push(`checkpoint ${checkpoint}: ${batchText(finished)}`)
  return lines.map(printable).join('\n')
}

function batchText(batch: StandingBatch | null): string {
  if (batch === null) return 'no batch yet'
  const { epoch, offsets, batchMicros, watermarkMicros } = batch
  const next = [...offsets].map(([name, offset]) => `${name} ${stringifyJson(offset)}`).join(', ')
  const watermark =
    watermarkMicros === null ? '' : `, watermark ${formatTimestamp(watermarkMicros)}Z`
  return `batch ${epoch} of ${formatTimestamp(batchMicros)}Z${watermark}; next of ${next}`
}

export function streamRecord({ id, tables, finished, checkpoint }: StreamStatus): FactRecord {
  return {
    stream: id,
    tables: tables.map(({ table, batch }) => ({ table, ...batchRecord(batch) })),
    checkpoint: checkpoint === null ? null : { folder: checkpoint, ...batchRecord(finished) },
  }
}

function batchRecord(batch: StandingBatch | null): FactRecord {
  if (batch === null) return { batch: null }
  const { epoch, offsets, batchMicros, watermarkMicros } = batch
  return {
    batch: epoch,
    offsets,
    'batch-ms': batchMicros / 1000n,
    'watermark-us': watermarkMicros,
  }
}
