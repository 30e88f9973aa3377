// Appends the same rides by PyIceberg, in one commit.
import { join } from 'node:path'

import { reportPython } from '../python.js'
import { ROW_GROUP_ROWS } from '../rides.js'
import { ridesFolder, sideSettings } from '../settings.js'

const settings = sideSettings()
await reportPython('with_pyiceberg.py', {
  kind: 'append',
  folder: join(settings.folder, 'pyiceberg'),
  rides: join(ridesFolder(settings), 'city/rides'),
  rows: settings.rows,
  rowGroupRows: ROW_GROUP_ROWS,
})
