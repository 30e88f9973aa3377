import type { Lake, JobTable } from '../lake.ts'
import { IcebergError } from '../../base/errors.ts'
import { predicateOf } from '../../expressions/build.ts'
import { describePredicate } from '../../expressions/describe.ts'
import { explained } from '../error-place.ts'
import type { Explain } from '../error-place.ts'
import { formatDatasetAddress } from '../address.ts'
import type { SourceReport } from '../report.ts'
import { pushdownOf } from '../sql/pushdown.ts'
import type { DirectRelation, SqlEngine, SqlView } from '../sql/engine.ts'
import type { Input } from '../workflow/model.ts'
import { openFiles } from './files-view.ts'
import { openKafkaInput } from './kafka/kafka-input.ts'
import { openMetadataTable } from './metadata-view.ts'
import { openTable, scanView } from './table-view.ts'
import type { Scan } from './table-view.ts'

/** What a job reads under a name: rows that are there, or those of a query over rows that are. */
export type JobInput = InputView | QueriedInput

/** Rows as they are in a table or in files: of one version, however often they are read. */
export interface InputView extends FoundRows {
  readonly kind: 'view'
  readonly report: SourceReport
  /** Null for files. */
  readonly table: JobTable | null
  /** The snapshot with which the same rows can be read again; null where there is none that would do. */
  readonly pin: bigint | null
}

/** Rows, and another way to them where there is one. */
export interface FoundRows extends Pick<SqlView, 'schema' | 'batches'> {
  /** How DuckDB reads the same rows by itself; null where it would not read the same. Absent: nobody knows a way. */
  readonly findDirect?: () => Promise<DirectRelation | null>
}

/** Rows of a query over one view. */
export interface QueriedInput {
  readonly kind: 'query'
  /** In Spark's dialect. */
  readonly sql: string
  /** Says of its errors where it stands in the file. */
  readonly explain: Explain
  /** The name by which the query reads its view. */
  readonly context: string
  readonly view: FoundRows
  readonly report: SourceReport
  readonly table: JobTable
}

export interface InputOptions {
  readonly signal?: AbortSignal
  /** The version of a table to read, where the same rows are to be read again; null for one that had none then. */
  readonly version?: bigint | null
}

/**
 * Opens the whole of an input, as it is now: what is committed or put there later is not read. What makes an input
 * incremental is not looked at.
 *
 * @throws IcebergError `not-found` when there is no such table, snapshot, branch or file
 * @throws IcebergError `invalid` where the file says of a table what only files have, or the other way round
 */
export async function openInput(
  input: Input,
  lake: Lake,
  options: InputOptions = {},
): Promise<InputView> {
  const topic = await openKafkaInput(input, lake, options)
  if (topic !== null) return topic
  refuse(input, input.log !== null, 'only a topic is read as messages are')
  const folder = lake.locateFiles(input.dataset)
  if (folder !== null) {
    refuse(input, input.selection !== null, 'files have no snapshots to select')
    refuse(input, input.format === 'iceberg', 'the depot has files, and no tables')
    return openFiles(folder, input, options)
  }
  refuse(input, input.files !== null, 'a table is not read as files are')
  refuse(input, (input.format ?? 'iceberg') !== 'iceberg', 'the depot has tables, and no files')
  return input.metadataTable === null
    ? openTable(input, lake, options)
    : openMetadataTable(input.metadataTable, input, { ...options, lake })
}

function refuse(input: Input, isRefused: boolean, message: string): void {
  if (!isRefused) return
  throw new IcebergError('invalid', message, {
    context: { input: input.name, dataset: formatDatasetAddress(input.dataset), ...input.place },
  })
}

/** A query, and the name by which it reads its table. */
export interface WindowQuery {
  readonly sql: string
  readonly view: string
  /** Columns of the scan that the query does not know of, not even by `*`. */
  readonly hidden?: readonly string[]
  readonly explain: Explain
}

/**
 * The rows that a query gives over a scan: the scan's own where the query is no more than columns and conjuncts that the scan
 * knows, else those of the query over the scan that its conjuncts have thinned.
 *
 * @throws IcebergError `invalid` for SQL that is wrong, `unsupported` for SQL that is not known here
 */
export async function windowInput(
  { table, scan }: { readonly table: JobTable; readonly scan: Scan },
  { sql, view, hidden = [], explain }: WindowQuery,
  engine: SqlEngine,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<JobInput> {
  const known = scan.fields.filter(({ name }) => !hidden.includes(name))
  const schema = { ...table.schema, fields: known }
  const tree = await explained(explain, () => engine.parse(sql, new Map([[view, schema]])))
  const pushed = pushdownOf(tree, view, schema, engine.timeZone)
  const columns = pushed.columns ?? known.map(({ name }) => name)
  const rows = scan.where(predicateOf(pushed.expression)).selectPaths(columns.map((name) => [name]))
  const how = { filter: describePredicate(pushed.expression), direct: pushed.columns !== null }
  const input = await scanView(table, rows, how, signal)
  if (how.direct) return input
  const { report } = input
  return { kind: 'query', sql, explain, context: view, view: input, report, table }
}
