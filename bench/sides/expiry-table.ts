// Writes the table whose snapshots expire: each commit replaces all of four partitions, so that nothing of it is left in the end.
import { renameSync } from 'node:fs'

import { openWarehouse, schema, t } from 'frazil'

import { expiryFolder, keptExpiryFolder, restoreExpiry } from '../expiry.js'
import { reportSide } from '../measure.js'
import { sideSettings } from '../settings.js'

const settings = sideSettings()
const Ride = schema({ id: t.long(), city: t.string() })
const CITIES = ['Bergen', 'Bodø', 'Oslo', 'Tromsø']

await reportSide(async () => {
  const warehouse = await openWarehouse(expiryFolder(settings))
  const rides = await warehouse.createTable('city.rides', { schema: Ride, partitionBy: ['city'] })
  for (let commit = 0; commit < settings.snapshots; commit += 1) {
    await rides.overwritePartitions(CITIES.map((city) => ({ id: commit, city })))
  }
  renameSync(expiryFolder(settings), keptExpiryFolder(settings))
  restoreExpiry(settings)
  return { snapshots: rides.snapshots.length }
})
