// Inputs that are tables: the version that the file selects, or rows that were appended.
import { unreachable } from '../../base/assert.ts'
import { IcebergError, withContext } from '../../base/errors.ts'
import { alwaysFalse } from '../../expressions/build.ts'
import type { UnknownRow } from '../../client/row-shapes.ts'
import { Declined } from '../../duckdb/declined.ts'
import { directRelation } from '../../duckdb/read-files.ts'
import type { RangePoint } from '../../scan/incremental.ts'
import type { TableScan } from '../../scan/table-scan.ts'
import type { JobTable, Lake } from '../lake.ts'
import type { TableSource } from '../report.ts'
import type { DirectRelation } from '../sql/engine.ts'
import type { Input, RangeEnd, TableSelection } from '../workflow/model.ts'
import type { FoundRows, InputOptions, InputView } from './input-view.ts'

/** A scan of a table whose columns only the job file knows. */
export type Scan = TableScan<UnknownRow, UnknownRow>

/** A table as it is now, or as the file selects it. */
export async function openTable(
  { dataset, selection }: Input,
  lake: Lake,
  options: InputOptions,
): Promise<InputView> {
  const table = await lake.loadTable(dataset)
  try {
    const { version, signal } = options
    const scan = selectedScan(table, selection, version)
    const view = await scanView(table, scan, { filter: 'true', direct: true }, signal)
    return version === null ? { ...view, ...unversioned(view.report) } : view
  } catch (error) {
    throw withContext(error, { table: table.name })
  }
}

/**
 * The scan of what a file selects.
 *
 * @param version to read in place of the one that the selection would find now
 * @throws IcebergError `not-found` when there is no such snapshot or ref, `invalid` for a branch that is a tag
 */
export function selectedScan(
  table: JobTable,
  selection: TableSelection | null,
  version?: bigint | null,
): Scan {
  // Whatever has come since, it was not there.
  if (version === null) return table.scan().where(alwaysFalse)
  if (selection?.kind === 'appends') {
    const end = selection.until === null ? undefined : rangePoint(selection.until)
    const until = version === undefined ? end : { snapshot: version }
    const since = rangePoint(selection.since)
    return table.appends({ since, ...(until === undefined ? {} : { until }) })
  }
  if (version !== undefined) return table.scan().snapshot(version)
  if (selection === null) return table.scan()
  switch (selection.kind) {
    case 'snapshot':
      return table.scan().snapshot(selection.snapshotId)
    case 'time':
      return table.scan().asOf(selection.timestampMs)
    case 'ref':
      checkRef(table, selection)
      return table.scan().ref(selection.name)
    default:
      return unreachable(selection)
  }
}

/** A view of a table as it was before its first version. */
function unversioned(report: TableSource): Pick<InputView, 'report' | 'pin'> {
  return { report: { ...report, snapshotId: null }, pin: null }
}

function rangePoint(end: RangeEnd): RangePoint {
  return end.kind === 'snapshot' ? { snapshot: end.snapshotId } : { time: end.timestampMs }
}

/** @throws IcebergError `invalid` for a tag that the file calls a branch, or the other way round */
export function checkRef(
  table: JobTable,
  { name, type }: { readonly name: string; readonly type: 'branch' | 'tag' },
): void {
  const kind = table.refs.get(name)?.kind
  if (kind === undefined || kind === type) return
  throw new IcebergError('invalid', `the table has a ${kind} of this name, and no ${type}`, {
    context: { table: table.name, ref: name },
  })
}

/** The rows that a scan gives, planned once, which may be read several times. */
export async function scanView(
  table: JobTable,
  scan: Scan,
  how: Pick<TableSource, 'filter' | 'direct'>,
  signal?: AbortSignal,
): Promise<InputView & { readonly report: TableSource }> {
  const options = signal === undefined ? {} : { signal }
  const { snapshotId, counts } = await scan.plan(options)
  return {
    kind: 'view',
    ...viewOf(table, scan, signal),
    report: { kind: 'table', table: table.name, snapshotId, counts, ...how },
    table,
    pin: snapshotId,
  }
}

function viewOf(table: JobTable, scan: Scan, signal?: AbortSignal): FoundRows {
  const options = signal === undefined ? {} : { signal }
  return {
    schema: { ...table.schema, fields: scan.fields },
    // A query may read its table in several places: each is a scan of its own.
    batches: { [Symbol.asyncIterator]: () => scan.batches(options) },
    findDirect: () => findDirect(scan, signal),
  }
}

/** Null where DuckDB would have to be fed, because of where the files are or what is in them. */
async function findDirect(scan: Scan, signal?: AbortSignal): Promise<DirectRelation | null> {
  const source = scan.batches(signal === undefined ? {} : { signal })
  try {
    const content = await source.content()
    return content?.kind === 'files' ? await directRelation(content, signal) : null
  } catch (error) {
    if (error instanceof Declined) return null
    throw error
  } finally {
    await source.return()
  }
}
