import { RecordBatchReader, RecordBatchStreamWriter } from 'apache-arrow'
import type { Data, DataType, RecordBatch, Schema as ArrowSchema } from 'apache-arrow'
import { assert, unreachable } from '../../base/assert.ts'
import { columnsOf, layoutOf, makeBatch, nullColumn, relabelColumn } from './column-data.ts'

/**
 * A batch as an Arrow IPC stream of its own, in parts, the buffers of the batch itself among them: of a slice only its rows
 * are in it.
 */
export async function partsOfBatch(batch: RecordBatch): Promise<readonly Uint8Array[]> {
  const parts: Uint8Array[] = []
  for await (const part of RecordBatchStreamWriter.writeAll([batch])) parts.push(part)
  return parts
}

/**
 * The batch that {@link partsOfBatch} made the bytes of: the same rows to the bit, as views of the bytes.
 *
 * @param schema that it had, which it has again: the one that the bytes carry has other identity and other names in maps
 */
export function batchOfBytes(bytes: Uint8Array, schema: ArrowSchema): RecordBatch {
  const [batch, ...others] = RecordBatchReader.from(bytes).readAll()
  assert(batch !== undefined && others.length === 0, 'a stored batch is one batch')
  const columns = columnsOf(batch)
  return makeBatch(
    schema,
    schema.fields.map(({ type }, index) => restored(columns[index], type)),
    batch.numRows,
  )
}

function restored(column: Data | undefined, type: DataType): Data {
  assert(column !== undefined, 'a stored batch has the columns that it had')
  const layout = layoutOf(type)
  switch (layout.kind) {
    case 'bits':
    case 'fixed':
    case 'bytes':
      return relabelColumn(column, type)
    case 'list':
    case 'struct':
      return relabelColumn(
        column,
        type,
        type.children.map((child, index) => restored(column.children[index], child.type)),
      )
    case 'nothing':
      // A stream has no buffers of it, not even validity.
      return nullColumn(type, column.length)
    default:
      return unreachable(layout)
  }
}
