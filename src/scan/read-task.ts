// One file to batches of the wanted columns:
//  1. the footer: row groups whose statistics leave no match are not read;
//  2. the columns that are wanted or that the residual tests, from the row groups that are left;
//  3. the file's columns become the table's, by field id (spec: Column Projection);
//  4. rows that fail the residual are dropped, and so are columns that only the residual needed.
import type { RecordBatch } from 'apache-arrow'

import { IcebergError, withContext } from '../base/errors.ts'
import type { BoundPredicate } from '../expressions/bound.ts'
import { metricsMatcher } from '../expressions/match-metrics.ts'
import { batchMatcher } from '../formats/arrow/match.ts'
import { batchProjector } from '../formats/arrow/project.ts'
import { takeRows } from '../formats/arrow/take.ts'
import { readFooter } from '../formats/parquet/footer.ts'
import { openRandomAccess } from '../formats/parquet/random-access.ts'
import { readParquet } from '../formats/parquet/reader.ts'
import { survivingRowGroups } from '../formats/parquet/row-groups.ts'
import type { TableState } from '../table/table-state.ts'
import type { Schema } from '../types/schema.ts'
import type { Field } from '../types/type.ts'
import type { FileScanTask } from './task.ts'

export interface ReadRequest {
  /** The schema that the residual is bound to. */
  readonly schema: Schema
  /** The columns to give, in this order. */
  readonly fields: readonly Field[]
  readonly batchRows?: number
  readonly signal?: AbortSignal
  /** Told how many row groups the file has and how many of them are read. */
  readonly onRowGroups?: (total: number, read: number) => void
}
