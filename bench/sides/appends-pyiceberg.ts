// Reads the rows of the same appends by PyIceberg.
import { join } from 'node:path'

import { LAST_APPENDS, historyFolder } from '../appends.js'
import { reportPython } from '../python.js'
import { sideSettings } from '../settings.js'

await reportPython('with_pyiceberg.py', {
  kind: 'appends',
  rides: join(historyFolder('long', sideSettings()), 'city/rides'),
  last: LAST_APPENDS,
})
