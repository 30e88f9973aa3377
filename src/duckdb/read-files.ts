// Data files as DuckDB reads them: by field id, with our predicates, and only where it reads exactly what we would:
//  1. Parquet files of this machine, without metadata columns among those asked for, and without what a partition stands in for;
//  2. the footer of each: its columns are stored in a way that DuckDB reads right (`stored-columns.ts`);
//  3. files by what is left to test of their rows: a SELECT each, joined.
// Row groups are left out by DuckDB itself, which tests the same conditions on their statistics.
import { mapConcurrent } from '../base/concurrency.ts'
import type { BoundColumn, BoundPredicate } from '../expressions/bound.ts'
import { boundColumns } from '../expressions/bound.ts'
import { readFooter } from '../formats/parquet/footer.ts'
import { openRandomAccess } from '../formats/parquet/random-access.ts'
import type { DataFile } from '../metadata/data-file.ts'
import { specById } from '../metadata/table-metadata.ts'
import type { DirectRelation, FileRows } from '../scan/row-source.ts'
import { tableFileError } from '../table/table-file-error.ts'
import type { TableState } from '../table/table-state.ts'
import { isReservedFieldId } from '../types/reserved-fields.ts'
import { findField } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import type { Field } from '../types/type.ts'
import { decline } from './declined.ts'
import { defaultText } from './default-text.ts'
import { conditionOf } from './predicate.ts'
import { listText, quoteName, quoteText } from './sql-text.ts'
import { storedFieldIds } from './stored-columns.ts'
import { checkNames, duckdbType } from './types.ts'

/** Footers that are read at once. */
const FOOTERS_IN_FLIGHT = 8

/** What DuckDB would take for a pattern of names. */
const PATTERN = /[*?[\]{}]/

/**
 * Rows of data files as a relation of DuckDB that gives exactly these.
 *
 * @throws Declined when there is none
 * @throws IcebergError `not-found` or `corrupt`, naming the file
 */
export async function directRelation(
  rows: FileRows,
  signal?: AbortSignal,
): Promise<DirectRelation> {
  const columns = columnsToRead(rows)
  const groups = new Map<string, string[]>()
  const checked = mapConcurrent(
    rows.tasks,
    FOOTERS_IN_FLIGHT,
    async ({ file, residual }, stop) => {
      const path = await localPath(rows.state, file)
      await checkFooter(rows.state, file, columns, stop)
      return { path, condition: conditionText(residual, rows.schema) }
    },
    signal,
  )
  for await (const { path, condition } of checked) {
    const group = groups.get(condition) ?? []
    groups.set(condition, group)
    group.push(path)
  }
  const selects = [...groups].map(([condition, paths]) =>
    selectText(paths, { condition, columns, fields: rows.fields }),
  )
  const sql = selects.length === 0 ? emptyText(rows.fields) : selects.join(' UNION ALL ')
  return { sql, files: [...groups.values()].flat() }
}

/** The columns that are asked for, and those that are tested, all of each. */
function columnsToRead({ fields, schema, tasks }: FileRows): readonly Field[] {
  checkNames(fields)
  const tested = new Set(tasks.map(({ residual }) => residual).flatMap(rootIds(schema)))
  for (const field of fields) {
    if (isReservedFieldId(field.id)) decline('a metadata column')
    if (schema.fields.find(({ id }) => id === field.id)?.type !== field.type) {
      decline('a part of a column')
    }
    tested.delete(field.id)
  }
  const columns = [...fields, ...schema.fields.filter(({ id }) => tested.has(id))]
  if (columns.length === 0) decline('rows without columns')
  for (const { type } of columns) duckdbType(type)
  return columns
}

function rootIds(schema: Schema): (predicate: BoundPredicate) => readonly number[] {
  return (predicate) =>
    boundColumns(predicate).map(({ fieldId }) => {
      const rootId = findField(schema, fieldId)?.ids[0]
      return rootId === undefined || isReservedFieldId(rootId)
        ? decline('a test of a metadata column')
        : rootId
    })
}

async function localPath({ services }: TableState, file: DataFile): Promise<string> {
  if (file.format !== 'parquet' || file.keyMetadata !== null) decline('a file of another format')
  const path = (await services.store.localFiles?.pathOf(file.path)) ?? null
  if (path === null) return decline('a file that is not on this machine')
  return PATTERN.test(path) ? decline('a file with a pattern for a name') : path
}

async function checkFooter(
  { services, metadata, name }: TableState,
  file: DataFile,
  columns: readonly Field[],
  signal: AbortSignal,
): Promise<void> {
  const size = Number(file.fileSizeBytes)
  try {
    const footer = await readFooter(openRandomAccess(services.store, file.path, size, { signal }))
    const stored = storedFieldIds(footer, columns)
    const { fields } = specById(metadata, file.specId)
    for (const column of columns) {
      if (stored.has(column.id)) continue
      const isByPartition = fields.some(
        ({ sourceId, transform }) => sourceId === column.id && transform.kind === 'identity',
      )
      if (isByPartition) decline('a column that only the partition tells of')
      if (column.required && column.initialDefault === undefined)
        decline('a column that is missing')
    }
  } catch (error) {
    throw tableFileError(error, { table: name, path: file.path })
  }
}

function conditionText(residual: BoundPredicate, schema: Schema): string {
  return conditionOf(residual, (column) => columnText(column, schema))
}

/** A column of a predicate where the file's columns are named by their ids. */
function columnText({ fieldId, path }: BoundColumn, schema: Schema): string {
  const [rootId] = findField(schema, fieldId)?.ids ?? []
  const [, ...inner] = path
  return inner.reduce(
    (text, name) => `struct_extract(${text}, ${quoteText(name)})`,
    nameOf(rootId ?? fieldId),
  )
}

interface Selection {
  readonly condition: string
  readonly columns: readonly Field[]
  readonly fields: readonly Field[]
}

function selectText(paths: readonly string[], { condition, columns, fields }: Selection): string {
  const selected = fields.map(({ id, name }) => `${nameOf(id)} AS ${quoteName(name)}`)
  const entries = columns.map((column) => `${column.id}: ${definitionText(column)}`)
  const source = `read_parquet(${listText(paths.map(quoteText))}, schema = MAP {${entries.join(', ')}}, hive_partitioning = false)`
  const where = condition === 'true' ? '' : ` WHERE ${condition}`
  return `SELECT ${selected.join(', ')} FROM ${source}${where}`
}

/** What a file without the column holds in its place is read from text, whatever the type. */
function definitionText({ id, type, initialDefault }: Field): string {
  const value = initialDefault === undefined ? 'NULL' : quoteText(defaultText(type, initialDefault))
  return `{name: '${nameOf(id)}', type: ${quoteText(duckdbType(type))}, default_value: CAST(${value} AS VARCHAR)}`
}

/** By id, since two tables may call different columns alike. */
function nameOf(fieldId: number): string {
  return `f${fieldId}`
}

function emptyText(fields: readonly Field[]): string {
  const columns = fields.map(
    ({ name, type }) => `CAST(NULL AS ${duckdbType(type)}) AS ${quoteName(name)}`,
  )
  return `SELECT ${columns.join(', ')} WHERE false`
}
