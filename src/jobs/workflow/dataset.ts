import { parseDatasetAddress } from '../address.ts'
import type { DatasetAddress } from '../address.ts'
import type { Fields } from '../yaml/fields.ts'

/** What other formats datasets may have, for a message that knows them. */
const LATER_FORMATS = ['parquet', 'csv', 'json', 'avro', 'orc', 'text', 'xml', 'console', 'kafka']

/** The dataset that a job reads. */
export function readDataset(fields: Fields): DatasetAddress {
  const text = fields.text('dataset')
  if (text === '') return NO_DATASET
  const address = fields.faults.attempt(fields.placeOf('dataset'), NO_DATASET, () =>
    parseDatasetAddress(text),
  )
  for (const name of address.params.keys()) {
    fields.faults.unsupported(fields.placeOf('dataset'), `the parameter ${name}`)
  }
  return address
}

/** The dataset that a job writes, whose address should say so. */
export function readWritableDataset(fields: Fields): DatasetAddress {
  const address = readDataset(fields)
  if (address !== NO_DATASET && address.acl !== 'rw') {
    fields.faults.warnUnlessStrict(
      fields.placeOf('dataset'),
      'a dataset that is written should be addressed with acl=rw',
    )
  }
  return address
}

export function readFormat(fields: Fields): 'iceberg' {
  return fields.word('format', ['iceberg'], LATER_FORMATS) ?? 'iceberg'
}

/** Stands in for an address with a fault. */
const NO_DATASET: DatasetAddress = {
  kind: 'dataset',
  depot: '',
  collection: '',
  dataset: '',
  acl: 'r',
  params: new Map(),
}
