import type { ObjectStore } from '../io/object-store.ts'
import { metadataFileLocation } from '../table/locations.ts'
import type { TableState } from '../table/table-state.ts'

/**
 * The time by the clock that gives files their times, in milliseconds since the epoch: that of a file which is written for it.
 * Not all stores answer with a date, and a proxy may answer with its own; what they say of a file is what it is judged by.
 *
 * @throws IcebergError `unavailable` when storage fails; what is left then is an orphan
 */
export async function storeClockMs(
  { metadata, services }: TableState,
  store: ObjectStore,
): Promise<number> {
  const probe = metadataFileLocation(metadata, `${services.environment.uuid()}.tmp`)
  await store.put(probe, new Uint8Array(0), 'create')
  try {
    return (await store.head(probe)).modifiedMs
  } finally {
    await store.delete(probe).catch(() => undefined)
  }
}
