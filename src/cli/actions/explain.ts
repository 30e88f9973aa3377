import { unreachable } from '../../base/assert.ts'
import { stringifyJson } from '../../base/json-exact.ts'
import { ExplanationText } from '../../scan/explanation-text.ts'
import type { Explanation } from '../../scan/explanation.ts'
import type { ExplainOptions } from '../commands/explain.ts'
import { findTable } from '../find-table.ts'
import { chosenFormat } from '../format.ts'
import { printable } from '../printable.ts'
import type { FactRecord } from '../records.ts'
import { selectedScan } from '../selected-scan.ts'
import { printLine } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'

/** For people in words, for programs a line of JSON for each manifest, file and row group, and one of the totals. */
export async function explainNamed(
  terminal: Terminal,
  name: string,
  options: ExplainOptions,
): Promise<void> {
  const table = await findTable(terminal, name, options)
  const explained = selectedScan(table, options).explain({ signal: terminal.signal })
  if (chosenFormat(terminal, options) === 'ndjson') {
    for await (const part of explained) await printLine(terminal, stringifyJson(recordOf(part)))
    return
  }
  const text = new ExplanationText()
  for await (const part of explained) text.add(part)
  for (const line of text.lines()) await printLine(terminal, printable(line))
}

function recordOf(part: Explanation): FactRecord {
  if (part.kind === 'totals') return totalsRecord(part)
  const { kind, path, isRead, prunedBy, because } = part
  return { kind, path, ...factsOf(part), read: isRead, 'pruned-by': prunedBy, because }
}

type Part = Exclude<Explanation, { readonly kind: 'totals' }>

function factsOf(part: Part): FactRecord {
  switch (part.kind) {
    case 'manifest':
      return { 'spec-id': part.specId }
    case 'file': {
      const { manifest, recordCount, sizeBytes, residual } = part
      return { manifest, 'record-count': recordCount, 'file-size': sizeBytes, residual }
    }
    case 'row-group':
      return { index: part.index, 'row-count': part.rowCount }
    default:
      return unreachable(part)
  }
}

function totalsRecord(part: Extract<Explanation, { readonly kind: 'totals' }>): FactRecord {
  const { kind, snapshotId, predicate, counts, rowGroups, rowGroupsPruned, rowsRead } = part
  return {
    kind,
    'snapshot-id': snapshotId,
    predicate,
    manifests: counts.manifests,
    'manifests-pruned': counts.manifestsPruned,
    files: counts.files,
    'files-pruned-by-partition': counts.filesPrunedByPartition,
    'files-pruned-by-metrics': counts.filesPrunedByMetrics,
    'records-planned': counts.recordsPlanned,
    'bytes-planned': counts.bytesPlanned,
    'row-groups': rowGroups,
    'row-groups-pruned': rowGroupsPruned,
    'rows-read': rowsRead,
  }
}
