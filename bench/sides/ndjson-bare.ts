// Parses each line of the file, and keeps nothing.
import { readFile } from 'node:fs/promises'

import { linesFile } from '../lines.js'
import { reportSide } from '../measure.js'
import { sideSettings } from '../settings.js'

const settings = sideSettings()
const bytes = settings.variant === 'lines' ? await readFile(linesFile(settings)) : null
await reportSide(async (stopwatch) => {
  const cut = (text: Buffer): string[] => text.toString().split('\n')
  const lines =
    bytes === null ? cut(await readFile(linesFile(settings))) : stopwatch.aside(() => cut(bytes))
  let rows = 0
  for (const line of lines) {
    if (line === '') continue
    JSON.parse(line)
    rows += 1
  }
  return { rows }
})
