// Rows of a view in a table that was there before: columns find their places by name, and a column that does not fit is
// told before a row is read.
import type { RecordBatch } from 'apache-arrow'

import { IcebergError } from '../../base/errors.ts'
import type { Problem } from '../../base/errors.ts'
import { nearestName } from '../../base/nearest-name.ts'
import { adaptColumn } from '../../formats/arrow/adapt.ts'
import { columnsOf, makeBatch } from '../../formats/arrow/column-data.ts'
import { arrowSchemaOf } from '../../formats/arrow/schema.ts'
import { effectiveWriteDefault } from '../../types/default-values.ts'
import { canPromote } from '../../types/promotion.ts'
import type { Schema } from '../../types/schema.ts'
import { formatType } from '../../types/type.ts'
import type { Field, Type } from '../../types/type.ts'
import { sameName } from '../same-name.ts'
import type { ViewRows } from './sink.ts'

/** Dates become timestamps in files that are there already, never in rows that are written. */
const WRITTEN_AS = 2

/**
 * A view's columns under the names that the table has for them, which may differ in case: SQL finds names without it.
 * Columns that the table lacks keep their names.
 */
export function namedAsIn(target: Schema, source: Schema): Schema {
  const fields = namedFields(target.fields, source.fields)
  return fields === source.fields ? source : { ...source, fields }
}

/** The same fields where none is called otherwise. */
function namedFields(target: readonly Field[], source: readonly Field[]): readonly Field[] {
  const named = source.map((field) => {
    const exact = target.find(({ name }) => name === field.name)
    const known = exact ?? onlyAlike(target, source, field.name)
    if (known === undefined) return field
    const type = namedType(known.type, field.type)
    return known.name === field.name && type === field.type
      ? field
      : { ...field, name: known.name, type }
  })
  return named.every((field, index) => field === source[index]) ? source : named
}

/** The field whose name differs in case only, where it is the only such one on both sides. */
function onlyAlike(
  target: readonly Field[],
  source: readonly Field[],
  name: string,
): Field | undefined {
  const isAlike = (field: Field): boolean => sameName(field.name, name)
  const [alike, ...more] = target.filter(isAlike)
  return more.length === 0 && source.filter(isAlike).length === 1 ? alike : undefined
}

function namedType(target: Type, source: Type): Type {
  if (target.kind === 'struct' && source.kind === 'struct') {
    const fields = namedFields(target.fields, source.fields)
    return fields === source.fields ? source : { ...source, fields }
  }
  if (target.kind === 'list' && source.kind === 'list') {
    const element = namedType(target.element, source.element)
    return element === source.element ? source : { ...source, element }
  }
  if (target.kind === 'map' && source.kind === 'map') {
    const key = namedType(target.key, source.key)
    const value = namedType(target.value, source.value)
    return key === source.key && value === source.value ? source : { ...source, key, value }
  }
  return source
}

/**
 * The rows under the names of a schema that {@link namedAsIn} gave for theirs: where none is called otherwise, they are what
 * they were, of which an engine may know more than the batches.
 */
export function renamedRows(rows: ViewRows, named: Schema): AsyncIterable<RecordBatch> {
  return named === rows.schema ? sourceOf(rows) : renamedBatches(rows, named)
}

function sourceOf({ batches }: ViewRows): AsyncIterable<RecordBatch> {
  const source = batches[Symbol.asyncIterator]()
  return isIterable(source) ? source : batches
}

function isIterable(
  source: AsyncIterator<RecordBatch>,
): source is AsyncIterator<RecordBatch> & AsyncIterable<RecordBatch> {
  return Symbol.asyncIterator in source
}

async function* renamedBatches(rows: ViewRows, named: Schema): AsyncGenerator<RecordBatch> {
  const schema = arrowSchemaOf(named)
  for await (const batch of rows.batches) {
    const columns = columnsOf(batch)
    const renamed = named.fields.flatMap(({ type }, index) => {
      const column = columns[index]
      return column === undefined ? [] : [adaptColumn(type, column)]
    })
    yield makeBatch(schema, renamed, batch.numRows)
  }
}

/**
 * Checks that the columns of a view can be written to a table: each has a column there, whose type takes all of its values.
 *
 * @throws IcebergError `invalid` with every column that does not fit
 */
export function checkFits(target: Schema, source: Schema, table: string): void {
  const problems = misfits(target.fields, source.fields, [])
  if (problems.length === 0) return
  throw new IcebergError('invalid', 'the rows do not fit the columns of the table', {
    context: { table },
    problems,
  })
}

function misfits(
  target: readonly Field[],
  source: readonly Field[],
  parents: readonly string[],
): readonly Problem[] {
  const known = new Map(target.map((field) => [field.name, field]))
  const given = new Set(source.map(({ name }) => name))
  const unfit = source.flatMap((field) => {
    const path = [...parents, field.name]
    const column = known.get(field.name)
    return column === undefined
      ? [problem(path, `the table has no such column: ${advice(field.name, known.keys())}`)]
      : typeMisfits(column.type, field.type, path)
  })
  const missing = target.filter(
    (field) => field.required && !given.has(field.name) && effectiveWriteDefault(field) === null,
  )
  return [
    ...unfit,
    ...missing.map(({ name }) =>
      problem([...parents, name], 'the table requires this column, and the rows do not have it'),
    ),
  ]
}

function typeMisfits(target: Type, source: Type, path: readonly string[]): readonly Problem[] {
  if (target.kind === 'struct' && source.kind === 'struct') {
    return misfits(target.fields, source.fields, path)
  }
  if (target.kind === 'list' && source.kind === 'list') {
    return typeMisfits(target.element, source.element, [...path, 'element'])
  }
  if (target.kind === 'map' && source.kind === 'map') {
    return [
      ...typeMisfits(target.key, source.key, [...path, 'key']),
      ...typeMisfits(target.value, source.value, [...path, 'value']),
    ]
  }
  // A column of nothing but nulls is one of any type.
  if (source.kind === 'unknown' || canPromote(source, target, WRITTEN_AS)) return []
  const types = `${formatType(source)} is not safely cast to ${formatType(target)}`
  return [problem(path, types)]
}

function advice(name: string, names: Iterable<string>): string {
  const nearest = nearestName(name, names)
  const added = 'mergeSchema would add it'
  return nearest === null ? added : `was ${nearest} meant? ${added}`
}

function problem(path: readonly string[], message: string): Problem {
  return { path: path.join('.'), message }
}
