// Streams a topic into a table, all that is there in one batch.
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'

// What the library imports when a topic is first read. The other side has it before its time begins, as all packages are.
import '@platformatic/kafka'
import { openWarehouse } from 'frazil'
import { kafka, streamJob } from 'frazil/jobs'

import { RideMessage, TOPIC, broker } from '../kafka.js'
import { reportSide } from '../measure.js'
import { sideSettings } from '../settings.js'
import { workersOf } from '../workers.js'

const settings = sideSettings()
const folder = mkdtempSync(join(settings.folder, 'kafka-'))
await reportSide(async () => {
  const warehouse = await openWarehouse(folder, workersOf(settings))
  const target = await warehouse.createTable('city.rides', { schema: RideMessage })
  const source = kafka(TOPIC, { brokers: [broker(settings)], schema: RideMessage })
  const stream = streamJob({ id: 'rides', source, target, trigger: 'once' })
  let rows = 0
  for await (const batch of stream.run()) {
    for (const read of batch.sources) rows += Number(read.rows)
  }
  return { rows }
})
