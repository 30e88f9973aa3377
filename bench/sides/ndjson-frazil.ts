// Streams the file into a new table, in one batch.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { openWarehouse } from 'frazil'
import { files, streamJob } from 'frazil/jobs'

import { Visit, landingFolder } from '../lines.js'
import { reportSide } from '../measure.js'
import { sideSettings } from '../settings.js'

const settings = sideSettings()
const folder = join(settings.folder, 'visits')
await rm(folder, { recursive: true, force: true })
await reportSide(async () => {
  const warehouse = await openWarehouse(join(folder, 'warehouse'))
  const target = await warehouse.createTable('shop.visits', { schema: Visit })
  const source = files(`${landingFolder(settings)}/*.ndjson`, { schema: Visit })
  const checkpoint = join(folder, 'checkpoint')
  const stream = streamJob({ id: 'visits', source, target, checkpoint, trigger: 'once' })
  let rows = 0
  for await (const batch of stream.run()) {
    for (const read of batch.sources) rows += Number(read.rows)
  }
  return { rows }
})
