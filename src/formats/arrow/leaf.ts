import type { Data, RecordBatch } from 'apache-arrow'
import { assert } from '../../base/assert.ts'
import type { Field } from '../../types/type.ts'
import { bitAt, newBitmap, setBit } from './bitmap.ts'
import { columnsOf, validityOf, withValidity } from './column-data.ts'

/**
 * The column at `positions` (in the root, then in each struct on the way), with a row null where any struct on the
 * way is. One value or null a row of the batch; not for columns inside lists or maps.
 */
export function leafColumn(batch: RecordBatch, positions: readonly number[]): Data {
  let columns = columnsOf(batch)
  let parent: Data | null = null
  for (const position of positions) {
    const column = columns[position]
    assert(column !== undefined, 'a batch has the columns of its schema')
    parent = parent === null ? column : maskedBy(parent, column)
    columns = column.children
  }
  assert(parent !== null, 'a leaf has a position')
  return parent
}

/** Where {@link leafColumn} finds a field. The field must be among `fields` or inside structs of them. */
export function leafPositions(fields: readonly Field[], fieldId: number): readonly number[] {
  const positions = searchPositions(fields, fieldId)
  assert(positions !== null, 'a leaf is one of the fields or inside their structs')
  return positions
}

function searchPositions(fields: readonly Field[], fieldId: number): readonly number[] | null {
  for (const [position, field] of fields.entries()) {
    if (field.id === fieldId) return [position]
    const rest = field.type.kind === 'struct' ? searchPositions(field.type.fields, fieldId) : null
    if (rest !== null) return [position, ...rest]
  }
  return null
}

/** A child is null where its struct is, whatever its own bits say. */
function maskedBy(struct: Data, child: Data): Data {
  const outer = validityOf(struct)
  if (outer === null) return child
  const own = validityOf(child)
  const validity = newBitmap(child.offset + child.length)
  for (let row = 0; row < child.length; row += 1) {
    const isValid = own === null || bitAt(own, child.offset + row)
    if (isValid && bitAt(outer, struct.offset + row)) setBit(validity, child.offset + row)
  }
  return withValidity(child, validity)
}
