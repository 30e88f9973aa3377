import type { BoundPredicate } from '../expressions/bound.ts'
import { metricsMatcher } from '../expressions/match-metrics.ts'
import type { ParquetFooter } from '../formats/parquet/footer.ts'
import { survivingRowGroups } from '../formats/parquet/row-groups.ts'
import type { Schema } from '../types/schema.ts'
import { storedPart } from './metadata-columns.ts'

/**
 * The row groups of a file that are read for what is left of a predicate: their places in the footer, ascending.
 *
 * @param schema that the predicate is bound to
 */
export function chosenRowGroups(
  footer: ParquetFooter,
  schema: Schema,
  residual: BoundPredicate,
): readonly number[] {
  return survivingRowGroups(footer, schema, metricsMatcher(storedPart(residual)))
}
