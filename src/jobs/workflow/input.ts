import type { Fields } from '../yaml/fields.ts'
import { metadataTableOf } from '../address.ts'
import { readDataset, readFormat } from './dataset.ts'
import { readIncremental } from './incremental.ts'
import type { Input } from './model.ts'
import { INCREMENTAL } from './vocabulary.ts'

/** One of a job's `inputs`. */
export function readInput(input: Fields): Input {
  // A stream would be read by offsets, not as a table.
  if (input.flag('isStream') === true) {
    input.faults.unsupported(input.placeOf('isStream'), 'isStream')
  }
  input.entries('options', ({ name, place }) => {
    input.faults.unsupported(place, `the read option ${name}`)
    return null
  })
  const incremental = input.map('incremental', INCREMENTAL)
  const dataset = readDataset(input)
  return {
    name: input.text('name'),
    dataset,
    metadataTable: metadataTableOf(dataset),
    format: readFormat(input),
    selection: null,
    files: null,
    log: null,
    incremental: incremental === null ? null : readIncremental(incremental),
    place: input.placeOf('name'),
  }
}
