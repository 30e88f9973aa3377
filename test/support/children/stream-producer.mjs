/**
 * A process that writes the numbered batches of a producer which are not in its table yet, unless it is killed. Started with
 * `{ warehouse, table, producer, batches, dieAt }` as JSON; with `dieAt` it kills itself right before that change of the file
 * system, counted from 1. Batch `n` has `n % 4` rows. Says the position that it begins at, each one that it comes to, and the
 * number of its changes at its end. Runs from `dist`, because Node 20 runs no TypeScript.
 */
import { writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { countChanges } from './count-changes.mjs'

const { warehouse: location, table: name, producer, batches, dieAt } = JSON.parse(process.argv[2])
const { changes, restart } = await countChanges(fileURLToPath(import.meta.url), dieAt)

restart()
const { openWarehouse } = await import('../../../dist/index.js')
const warehouse = await openWarehouse(location, { workers: 0 })
const table = await warehouse.loadTable(name)
const writer = await table.streamWriter({
  producer,
  commitEvery: { rows: 7, ms: 5 },
  compactAfter: { commits: 4 },
  onCommit: () => say({ position: Number(writer.position) }),
})
say({ position: writer.position === null ? 0 : Number(writer.position) })
for (let batch = Number(writer.position ?? 0n) + 1; batch <= batches; batch += 1) {
  await writer.write(
    batch,
    Array.from({ length: batch % 4 }, (_, row) => ({ id: batch * 10 + row, producer })),
  )
  if (batch % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 6))
}
await writer.close()
say({ position: Number(writer.position), changes: changes() })

/** One write of a whole line: what the parent has read was true, however this process ends. */
function say(line) {
  writeSync(1, `${JSON.stringify(line)}\n`)
}
