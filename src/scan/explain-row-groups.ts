import { failingTests } from '../expressions/failing-tests.ts'
import { metricsMatcher } from '../expressions/match-metrics.ts'
import type { ParquetFooter } from '../formats/parquet/footer.ts'
import { rowGroupMetrics } from '../formats/parquet/row-groups.ts'
import type { Schema } from '../types/schema.ts'
import type { ExplainedRowGroup } from './explanation.ts'
import { storedPart } from './metadata-columns.ts'
import { metricsJson, once, verdictOf } from './spec-explainer.ts'
import type { FileScanTask } from './task.ts'

/** Tells of each row group of a file which of its statistics decide what is left of the predicate. */
export function explainRowGroups(
  { rowGroups }: ParquetFooter,
  { file, residual }: FileScanTask,
  schema: Schema,
): readonly ExplainedRowGroup[] {
  const stored = storedPart(residual)
  const keeps = once((leaf) => metricsMatcher(leaf))
  return rowGroups.map((rowGroup, index) => {
    const { rowCount } = rowGroup
    const metrics = rowGroupMetrics(rowGroup, schema)
    const failing =
      rowCount === 0 ? [] : failingTests(stored, (leaf) => keeps(leaf)(metrics, BigInt(rowCount)))
    const verdict = verdictOf(failing, 'statistics', (leaf) => metricsJson(leaf, metrics))
    return { kind: 'row-group', path: file.path, index, rowCount, ...verdict }
  })
}
