// Writes a file with a JSON object in each line.
import { mkdir } from 'node:fs/promises'

import { landingFolder, writeLines } from '../lines.js'
import { reportSide } from '../measure.js'
import { sideSettings } from '../settings.js'

const settings = sideSettings()
await reportSide(async () => {
  await mkdir(landingFolder(settings), { recursive: true })
  return { rows: await writeLines(settings) }
})
