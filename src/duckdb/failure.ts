import { IcebergError } from '../base/errors.ts'
import { readSaid } from './said.ts'

/**
 * What DuckDB says of a failure, as an error of ours. Values are left out of the detail: whatever stands in quotes, and
 * numbers.
 */
export function failureOf(text: string): IcebergError {
  const { type, message } = readSaid(text)
  const context = { detail: detailOf(message) }
  switch (type) {
    case 'Out of Memory':
      return new IcebergError(
        'limit',
        'rows do not fit in the memory and the temporary folder of the engine',
        { context },
      )
    case 'IO':
      return new IcebergError('unavailable', 'DuckDB could not read or write a file', { context })
    case 'Invalid Input':
    case 'Conversion':
    case 'Serialization':
      return new IcebergError('corrupt', 'DuckDB could not read a data file', { context })
    default:
      return new IcebergError('internal', 'DuckDB failed', { context })
  }
}

/** The first line: further ones quote the statement. */
function detailOf(message: string): string {
  const [line = ''] = message.split('\n')
  return line.replaceAll(/(['"]).*?\1|\b\d[\d.:-]*/g, '…')
}
