/**
 * A process that appends rows to a sorted table, more than its sort may hold, and waits in the midst of them until its input
 * ends or it is killed. Started with `{ warehouse, table, tempFolder, rows }` as JSON. Runs from `dist`, because Node 20 runs
 * no TypeScript.
 */
import { once } from 'node:events'
import { stdin, stdout } from 'node:process'

import { openWarehouse } from '../../../dist/index.js'

const { warehouse, table, tempFolder, rows } = JSON.parse(process.argv[2])
const opened = await (await openWarehouse(warehouse)).loadTable(table)
const { addedRows } = await opened.append(input(), { sortBytes: 400_000, tempFolder })
stdout.write(`added ${addedRows}\n`)

async function* input() {
  for (let id = rows; id > 0; id -= 1) yield { id }
  stdout.write('waiting\n')
  stdin.resume()
  await once(stdin, 'end')
}
