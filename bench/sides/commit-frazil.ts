// Small appends, each a commit of one row, to a table whose history grows with them. `files`: on disk; `memory`: without
// the time of storage.
import { join } from 'node:path'

import { openWarehouse, schema, t } from 'frazil'

import { reportSide } from '../measure.js'
import { sideSettings } from '../settings.js'

const { folder, commits, variant } = sideSettings()
const location = variant === 'memory' ? 'memory:' : join(folder, `commits-${process.pid}`)
await reportSide(async () => {
  const warehouse = await openWarehouse(location)
  const events = await warehouse.createTable('log.events', {
    schema: schema({ id: t.long(), text: t.string() }),
  })
  for (let id = 0; id < commits; id += 1) {
    await events.append([{ id: BigInt(id), text: `event ${id}` }])
  }
  return { commits: events.snapshots.length }
})
