/** Handles on a busy table over other stores. */
import { createFileCatalog } from '../../src/catalog/file-catalog.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import type { ObjectStore } from '../../src/io/object-store.ts'
import type { Respelling } from './arbitraries/respelled.ts'
import type { BusyTable } from './busy-table.ts'
import { createFaultyStore } from './faulty-store.ts'
import { RIDES, Ride } from './rides.ts'
import type { Rides } from './rides.ts'

/** A handle on the same table over another store, with nothing remembered. */
export async function otherHandle(
  { environment }: Pick<BusyTable, 'environment'>,
  store: ObjectStore,
): Promise<Rides> {
  const catalog = createFileCatalog({ store, environment, warehouse: 'memory:/lake' })
  const warehouse = await openWarehouse('memory:/lake', { store, catalog, environment, workers: 0 })
  return warehouse.loadTable(RIDES, Ride)
}

/** A store that lists its objects by other spellings than tables name them by. */
export function respellingStore(inner: ObjectStore, respell: Respelling): ObjectStore {
  const store = createFaultyStore(inner)
  store.list = async function* (prefix) {
    for await (const object of inner.list(prefix)) {
      yield { ...object, location: `memory:${respell(object.location.slice('memory:'.length))}` }
    }
  }
  return store
}
