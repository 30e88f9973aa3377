/** The forms in which rows are handed to a write. */
import { Table as ArrowTable } from 'apache-arrow'

import type { UnknownRow } from '../../../src/client/row-shapes.ts'
import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import type { RowValues } from '../../../src/layout/column-value.ts'
import type { Schema } from '../../../src/types/schema.ts'
import type { Type } from '../../../src/types/type.ts'
import { rowToOutput } from '../../../src/types/value-output.ts'
import type { WriteInput } from '../../../src/write/input.ts'
import { streamOf } from '../streams.ts'

export type InputForm = 'objects' | 'stream' | 'batches' | 'table'

/** Rows in a form; as batches where another one would change them. */
export function inputOf(
  schema: Schema,
  rows: readonly RowValues[],
  form: InputForm,
): WriteInput<UnknownRow> {
  const half = Math.ceil(rows.length / 2)
  const batches = [rows.slice(0, half), rows.slice(half)].map((some) =>
    batchFromValues(schema, some),
  )
  if (form === 'batches' || schema.fields.some(({ type }) => losesKeys(type))) return batches
  if (form === 'table') return new ArrowTable(batches)
  const toObject = rowToOutput(schema.fields)
  const objects = rows.map(toObject)
  return form === 'objects' ? objects : streamOf(objects)
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
