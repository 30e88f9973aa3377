/**
 * A process that does one thing to a table over and over until its input ends or it is killed, and says so line by line. Runs
 * from `dist`, because Node 20 runs no TypeScript. Started with `{ warehouse, table, role, number }` as JSON:
 *
 *   write     appends rows whose ids no other process has, and deletes some that it wrote
 *   read      reads all rows, and says which ids it saw of which version
 *   compact, expire, orphans, manifests   maintain the table
 */
import { writeSync } from 'node:fs'

import { openWarehouse } from '../../../dist/index.js'
import {
  compactFiles,
  expireSnapshots,
  removeOrphans,
  rewriteManifests,
} from '../../../dist/maintenance.js'

const { warehouse, table: name, role, number } = JSON.parse(process.argv[2])
const IDS_OF_A_WRITER = 10_000_000
/** No request of a test takes so long: what is older belongs to nobody who still writes. */
const GRACE_MS = 60_000

const asked = new AbortController()
process.stdin.on('end', () => asked.abort()).resume()

const opened = await openWarehouse(warehouse, { workers: 0 })
const table = await opened.loadTable(name)
let nextId = number * IDS_OF_A_WRITER
const written = []

const ROLES = {
  write: async () => {
    if (written.length > 5 && Math.random() < 0.2) return remove()
    const ids = Array.from({ length: 1 + Math.floor(Math.random() * 4) }, () => nextId++)
    const part = Math.floor(Math.random() * 4)
    await told('append', ids, () => table.append(ids.map((id) => ({ id: BigInt(id), part }))))
    written.push({ ids, part })
  },
  read: async () => {
    await table.refresh()
    const ids = []
    for await (const { id } of table.scan().select('id')) ids.push(Number(id))
    say({ read: ids })
  },
  compact: async () => {
    await compactFiles(table, { minInputFiles: 2, targetBytes: 4096, partialProgress: true })
  },
  expire: () => expireSnapshots(table, { olderThan: BigInt(Date.now()), retainLast: 3 }),
  orphans: () => removeOrphans(table, { olderThan: BigInt(Date.now() - GRACE_MS), force: true }),
  manifests: () => rewriteManifests(table),
}

/** What other processes may do to any of these, and none of them need mind. */
const PASSING = ['conflict', 'not-found']

say({ ready: true })
while (!asked.signal.aborted) {
  try {
    await ROLES[role]()
    say({ done: role })
  } catch (error) {
    if (!PASSING.includes(error.kind)) throw error
    say({ passed: `${error.kind}: ${error.message}` })
    await table.refresh()
  }
}
process.stdin.destroy()

async function remove() {
  const [{ ids, part }] = written.splice(Math.floor(Math.random() * written.length), 1)
  const [first, last] = [ids[0], ids.at(-1)]
  await told('delete', ids, () =>
    table.deleteWhere(`part = ${part} and id >= ${first} and id <= ${last}`, { isolation: 'none' }),
  )
}

/** A change is told of before it is begun and after it has landed. */
async function told(kind, ids, change) {
  say({ begun: kind, ids })
  await change()
  say({ landed: kind, ids })
}

function say(line) {
  writeSync(1, `${JSON.stringify(line)}\n`)
}
