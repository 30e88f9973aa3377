// Expires all snapshots but one, and removes their files.
import { openWarehouse } from 'frazil'
import { expireSnapshots } from 'frazil/maintenance'

import { expiryFolder, restoreExpiry } from '../expiry.js'
import { reportSide } from '../measure.js'
import { sideSettings } from '../settings.js'

const settings = sideSettings()
restoreExpiry(settings)
await reportSide(async () => {
  const warehouse = await openWarehouse(expiryFolder(settings))
  const rides = await warehouse.loadTable('city.rides')
  const { files, snapshotIds } = await expireSnapshots(rides, { olderThan: '0 seconds' })
  if (snapshotIds.length !== settings.snapshots - 1) throw new Error('all snapshots but one expire')
  return { rows: files.length }
})
