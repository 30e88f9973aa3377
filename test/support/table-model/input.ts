/** The forms in which rows are handed to a write. */
import { Table as ArrowTable } from 'apache-arrow'
import fc from 'fast-check'

import type { UnknownRow } from '../../../src/client/row-shapes.ts'
import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import type { RowValues } from '../../../src/layout/column-value.ts'
import { effectiveWriteDefault } from '../../../src/types/default-values.ts'
import { childFields } from '../../../src/types/schema.ts'
import type { Schema } from '../../../src/types/schema.ts'
import type { Field, Type } from '../../../src/types/type.ts'
import { rowToOutput } from '../../../src/types/value-output.ts'
import type { WriteInput } from '../../../src/write/input.ts'
import { anyRowsOf } from '../arbitraries/predicates.ts'
import { partitionOf } from '../partitions.ts'
import { streamOf } from '../streams.ts'
import { canBeReadAs } from './evolution.ts'
import { placedRows, specOf, visibleRows } from './model.ts'
import type { ModelRow, ModelVersion } from './model.ts'

/** Rows as a writer gives them. */
export interface Input {
  readonly form: 'objects' | 'stream' | 'batches' | 'table'
  readonly rows: readonly ModelRow[]
  /** Columns that the writer says nothing of. */
  readonly unsaid: readonly Field[]
}

/** What a writer sees of a table, and what it is by now. */
export type SeenAndNewest = Readonly<Record<'seen' | 'newest', ModelVersion>>

/**
 * Rows for a table as a handle sees it, some of them there already, all with a partition, and such that the columns of the
 * newest version can hold them.
 */
export function anyInputOf({ seen, newest }: SeenAndNewest): fc.Arbitrary<Input> {
  const { schema } = seen
  const isPlaced = partitionOf(schema, specOf(seen))
  const known = visibleRows(seen)
  return fc
    .record({
      fresh: anyRowsOf(schema, { minLength: 0, maxLength: 4 }),
      again:
        known.length === 0
          ? fc.constant([])
          : fc.array(fc.constantFrom(...known), { maxLength: 2 }),
      form: fc.constantFrom<Input['form'][]>('objects', 'stream', 'batches', 'table'),
      unsaid: fc.oneof(fc.constant([]), fc.subarray(schema.fields.filter(mayBeUnsaid))),
    })
    .map(({ fresh, again, form, unsaid }) => {
      const values = [...fresh, ...again]
        .map((row) => filledUp(schema, row, unsaid))
        .filter((row) => isPlaced(row) !== null)
      const rows = placedRows(seen, values).filter((row) => canBeReadAs(newest.schema, [row]))
      return { form, rows, unsaid }
    })
}

function mayBeUnsaid({ required, writeDefault }: Field): boolean {
  return !required || writeDefault !== undefined
}

/** What a row holds when nothing is said of these columns. */
function filledUp(schema: Schema, row: RowValues, unsaid: readonly Field[]): RowValues {
  return row.map((value, index) => {
    const field = schema.fields[index]
    return field !== undefined && unsaid.includes(field) ? effectiveWriteDefault(field) : value
  })
}

/** The input for a write of a table of these columns; as batches where another form would change it. */
export function inputOf(schema: Schema, { rows, form, unsaid }: Input): WriteInput<UnknownRow> {
  const fields = schema.fields.filter((field) => !unsaid.includes(field))
  const said = rows.map(({ values }) =>
    values.filter(
      (_, index) => schema.fields[index] !== undefined && fields.includes(schema.fields[index]),
    ),
  )
  const half = Math.ceil(said.length / 2)
  const batches = [said.slice(0, half), said.slice(half)].map((some) =>
    batchFromValues({ ...schema, fields }, some),
  )
  if (form === 'batches' || fields.some(({ type }) => losesKeys(type))) return batches
  if (form === 'table') return new ArrowTable(batches)
  const objects = said.map(rowToOutput(fields))
  return form === 'objects' ? objects : streamOf(objects)
}

/** Whether files can hold rows of these columns: they have no place for a struct, list or map of nothing but nulls. */
export function canBeStored(fields: readonly Field[]): boolean {
  return (
    fields.some(({ type }) => type.kind !== 'unknown') &&
    fields.every(({ type }) => type.kind === 'unknown' || canTypeBeStored(type))
  )
}

function canTypeBeStored(type: Type): boolean {
  if (type.kind === 'struct') return canBeStored(type.fields)
  return childFields(type).every((part) => canBeStored([part]))
}

/** A JavaScript map has no minus zero among its keys. */
function losesKeys(type: Type): boolean {
  switch (type.kind) {
    case 'map':
      return ['float', 'double'].includes(type.key.kind) || losesKeys(type.value)
    case 'list':
      return losesKeys(type.element)
    case 'struct':
      return type.fields.some((field) => losesKeys(field.type))
    default:
      return false
  }
}
