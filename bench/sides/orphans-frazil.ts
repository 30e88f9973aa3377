// Looks for orphans in a folder of many objects. The listing is made up; to remove an object does nothing.
import { openWarehouse } from 'frazil'
import { createLocalStore } from 'frazil/io'
import type { ObjectInfo, ObjectStore } from 'frazil/io'
import { removeOrphans } from 'frazil/maintenance'

import { listedCounts, listedName, orphansFolder } from '../expiry.js'
import { reportSide } from '../measure.js'
import { sideSettings } from '../settings.js'

const settings = sideSettings()
const { named, orphans } = listedCounts(settings)

async function* listing(prefix: string): AsyncGenerator<ObjectInfo> {
  for (let index = 0; index < named + orphans; index += 1) {
    yield { location: `${prefix}/${listedName(index)}`, sizeBytes: 1000 + index, modifiedMs: 1_000 }
  }
}

function listedStore(): ObjectStore {
  const local = createLocalStore()
  return {
    put: (...given) => local.put(...given),
    get: (...given) => local.get(...given),
    head: (...given) => local.head(...given),
    listNames: (...given) => local.listNames(...given),
    list: listing,
    delete: (...given) => local.delete(...given),
    deleteAll: async () => [],
  }
}

await reportSide(async () => {
  if (settings.variant === 'listing') {
    let listed = 0
    for await (const { location } of listing('/lake')) listed += location === '' ? 0 : 1
    if (listed !== named + orphans) throw new Error('not all was listed')
    return { orphans }
  }
  const warehouse = await openWarehouse(orphansFolder(settings), { store: listedStore() })
  const rides = await warehouse.loadTable('city.rides')
  const { files } = await removeOrphans(rides)
  if (files.length !== orphans) throw new Error(`${files.length} orphans were found`)
  return { orphans }
})
