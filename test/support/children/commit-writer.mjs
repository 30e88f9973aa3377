/**
 * A process that commits to one table until it has made its commits or is killed, and says so line by line. Started with
 * `{ warehouse, writer, commits }` as JSON. Runs from `dist`, because Node 20 runs no TypeScript.
 */
import { writeSync } from 'node:fs'

import { systemEnvironment } from '../../../dist/base/environment.js'
import { createFileCatalog } from '../../../dist/catalog/file-catalog.js'
import { createLocalStore } from '../../../dist/io/local-store.js'
import { unpartitionedSpec } from '../../../dist/layout/partition-spec.js'
import { unsortedOrder } from '../../../dist/layout/sort-order.js'
import { newTableMetadata } from '../../../dist/metadata/table-metadata.js'
import { parseSchemaText } from '../../../dist/types/schema-text.js'

const { warehouse, writer, commits } = JSON.parse(process.argv[2])
const environment = systemEnvironment
const catalog = createFileCatalog({ store: createLocalStore(), environment, warehouse })
const identifier = { namespace: ['city'], name: 'rides' }

say('ready')
await create()
let conflicts = 0
for (let index = 0; index < commits; index += 1) await commit(`${writer}.${index}`)
say(`conflicts ${conflicts}`)

/** One write of a whole line: what the parent has read was true, however this process ends. */
function say(line) {
  writeSync(1, `${line}\n`)
}

async function create() {
  const metadata = newTableMetadata({
    uuid: environment.uuid(),
    location: catalog.defaultLocation(identifier),
    schema: parseSchemaText('id long'),
    spec: unpartitionedSpec,
    sortOrder: unsortedOrder,
    properties: new Map(),
    nowMs: environment.nowMs(),
  })
  try {
    await catalog.createTable(identifier, metadata)
    say('created')
  } catch (error) {
    if (error.kind !== 'conflict') throw error
  }
}

async function commit(signature) {
  for (let attempt = 1; ; attempt += 1) {
    const base = await catalog.loadTable(identifier)
    const updates = [{ action: 'set-properties', updates: new Map([['writer', signature]]) }]
    const outcome = await catalog.commitTable(base, { requirements: [], updates })
    if (outcome.kind === 'committed') return say(`committed ${signature}`)
    if (outcome.kind === 'unknown') throw outcome.cause
    conflicts += 1
    await environment.sleep(environment.random() * Math.min(50, 2 ** attempt))
  }
}
