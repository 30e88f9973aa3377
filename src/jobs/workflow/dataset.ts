import { isAddressName, parseDatasetAddress, parseDepotAddress } from '../address.ts'
import type { DatasetAddress } from '../address.ts'
import type { Fields } from '../yaml/fields.ts'

/** The dataset that a job reads. */
export function readDataset(fields: Fields): DatasetAddress {
  const text = fields.text('dataset')
  if (text === '') return NO_DATASET
  const address = fields.faults.attempt(fields.placeOf('dataset'), NO_DATASET, () =>
    parseDatasetAddress(text),
  )
  refuseParameters(fields, 'dataset', address)
  return address
}

/** The dataset that a job writes, whose address should say so. */
export function readWritableDataset(fields: Fields): DatasetAddress {
  const address = readDataset(fields)
  checkWritable(fields, 'dataset', address)
  return address
}

/** The collection that older files write to; the dataset in it is to be named by a sink. */
export function readDepot(fields: Fields): DatasetAddress {
  const text = fields.text('depot')
  if (text === '') return NO_DATASET
  const address = fields.faults.attempt(fields.placeOf('depot'), NO_DATASET, () =>
    parseDepotAddress(text),
  )
  refuseParameters(fields, 'depot', address)
  checkWritable(fields, 'depot', address)
  return address
}

/** A dataset in what {@link readDepot} gave, named under `key`. */
export function datasetIn(depot: DatasetAddress, fields: Fields, key: string): DatasetAddress {
  const dataset = fields.text(key)
  if (dataset === '' || depot === NO_DATASET) return NO_DATASET
  if (isAddressName(dataset)) return { ...depot, dataset }
  fields.invalid(key, 'a name has letters, digits, dots, dashes and underscores')
  return NO_DATASET
}

/** Whether two addresses have no faults and mean one dataset. */
export function sameDataset(left: DatasetAddress, right: DatasetAddress): boolean {
  return (
    left !== NO_DATASET &&
    left.depot === right.depot &&
    left.collection === right.collection &&
    left.dataset === right.dataset
  )
}

function refuseParameters(fields: Fields, key: string, { params }: DatasetAddress): void {
  for (const name of params.keys()) {
    fields.faults.unsupported(fields.placeOf(key), `the parameter ${name}`)
  }
}

function checkWritable(fields: Fields, key: string, address: DatasetAddress): void {
  if (address === NO_DATASET || address.acl === 'rw') return
  fields.faults.warnUnlessStrict(
    fields.placeOf(key),
    'a dataset that is written should be addressed with acl=rw',
  )
}

/** Stands in for an address with a fault. */
export const NO_DATASET: DatasetAddress = {
  kind: 'dataset',
  depot: '',
  collection: '',
  dataset: '',
  acl: 'r',
  params: new Map(),
}
