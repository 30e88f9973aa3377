// Scans frazil's table of rides by PyIceberg.
import { join } from 'node:path'

import { reportPython } from '../python.js'
import { rideScan } from '../scans.js'
import type { ScanVariant } from '../scans.js'
import { ridesFolder, sideSettings } from '../settings.js'

const settings = sideSettings()
await reportPython('with_pyiceberg.py', {
  kind: 'scan',
  rides: join(ridesFolder(settings), 'city/rides'),
  ...rideScan(settings.variant as ScanVariant, settings.rows),
})
