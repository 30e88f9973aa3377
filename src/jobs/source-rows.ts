// The rows that a job reads: the scan's own where the query is no more than columns and conjuncts that the scan knows, else
// a SQL engine's answer over a scan that its conjuncts have thinned.
import type { RecordBatch } from 'apache-arrow'

import { predicateOf } from '../expressions/build.ts'
import { describePredicate } from '../expressions/describe.ts'
import type { TableScan } from '../scan/table-scan.ts'
import type { Schema } from '../types/schema.ts'
import type { UnknownRow } from '../client/row-shapes.ts'
import type { JobTable } from './lake.ts'
import type { TableSource } from './report.ts'
import type { SqlEngine } from './sql/engine.ts'
import { pushdownOf } from './sql/pushdown.ts'

/** The rows of one run, not read yet. */
export interface SourceRows {
  readonly schema: Schema
  /** To be read once. */
  readonly batches: AsyncIterable<RecordBatch>
  readonly report: TableSource
}

interface Query {
  readonly sql: string
  /** The name by which the query reads the table. */
  readonly view: string
}

/** All rows of a table as it is now. */
export async function allRows(table: JobTable, signal?: AbortSignal): Promise<SourceRows> {
  return scanRows(table, table.scan(), { filter: 'true', direct: true }, signal)
}

/**
 * The rows that a query gives over one version of a table.
 *
 * @throws IcebergError `invalid` for SQL that is wrong, `unsupported` for SQL that is not known here
 */
export async function queriedRows(
  table: JobTable,
  { sql, view }: Query,
  engine: SqlEngine,
  signal?: AbortSignal,
): Promise<SourceRows> {
  const options = signal === undefined ? {} : { signal }
  const tree = await engine.parse(sql, new Map([[view, table.schema]]))
  const pushed = pushdownOf(tree, view, table.schema, engine.timeZone)
  const scan = table.scan().where(predicateOf(pushed.expression))
  const how = { filter: describePredicate(pushed.expression), direct: pushed.columns !== null }
  if (pushed.columns !== null) {
    const paths = pushed.columns.map((name) => [name])
    return scanRows(table, scan.selectPaths(paths), how, signal)
  }
  const { report } = await scanRows(table, scan, how, signal)
  // A query may read its table in several places: each is a scan of its own.
  const batches = { [Symbol.asyncIterator]: () => scan.batches(options) }
  const views = new Map([[view, { schema: table.schema, batches }]])
  return { ...(await engine.query(sql, views, options)), report }
}

async function scanRows(
  table: JobTable,
  scan: TableScan<UnknownRow, UnknownRow>,
  how: Pick<TableSource, 'filter' | 'direct'>,
  signal?: AbortSignal,
): Promise<SourceRows> {
  const options = signal === undefined ? {} : { signal }
  const { snapshotId, counts } = await scan.plan(options)
  return {
    schema: { ...table.schema, fields: scan.fields },
    batches: scan.batches(options),
    report: { kind: 'table', table: table.name, snapshotId, counts, ...how },
  }
}
