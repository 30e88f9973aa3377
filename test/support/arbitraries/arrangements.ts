import fc from 'fast-check'

import type { CompactionOptions } from '../../../src/maintenance/compaction-options.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { anySortTerms } from '../table-model/layout.ts'
import { flatColumns } from './specs.ts'

/** In what order a compaction of a table writes rows. */
export function anyArrangementOf(schema: Schema): fc.Arbitrary<CompactionOptions> {
  const columns = flatColumns(schema).filter(({ path }) => path.length === 1)
  const anyBinpack = fc.constant<CompactionOptions>({})
  if (columns.length === 0) return anyBinpack
  const anyZorder = fc
    .subarray(columns, { minLength: 1, maxLength: Math.min(3, columns.length) })
    .map((chosen): CompactionOptions => ({ zorder: chosen.map(({ field }) => field.name) }))
  const anySort = anySortTerms(schema).map((sort): CompactionOptions =>
    sort.length === 0 ? {} : { sort },
  )
  return fc.oneof(anyBinpack, anySort, anyZorder)
}
