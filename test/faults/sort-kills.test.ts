/** Sorts that are larger than memory, killed in their midst: the table is as it was, and the disk is soon as well. */
import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import { schema, t } from '../../src/types/define.ts'
import { temporaryFolder } from '../support/folders.ts'

const PROGRAM = fileURLToPath(new URL('../support/children/spilling-writer.mjs', import.meta.url))
const BUILT = fileURLToPath(new URL('../../dist/index.js', import.meta.url))
const TABLE = 'city.readings'
/** More than a batch of rows, so that one has been taken. */
const ROWS = 70_000

/** A process that has spilled rows and waits. */
async function startSort(options: {
  readonly warehouse: string
  readonly tempFolder: string
}): Promise<ChildProcessWithoutNullStreams> {
  if (!existsSync(BUILT))
    throw new Error('the processes of this test run from dist: run tsc before')
  const told = JSON.stringify({ ...options, table: TABLE, rows: ROWS })
  const child = spawn(process.execPath, [PROGRAM, told])
  let failure = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    failure += text
  })
  for await (const line of createInterface(child.stdout)) if (line === 'waiting') return child
  throw new Error(failure)
}

describe('a sort that is killed', () => {
  it('leaves its table as it was, and what it left on disk goes with the next sort, but nothing of a sort that runs', async () => {
    const warehouse = temporaryFolder()
    const tempFolder = join(temporaryFolder(), 'spill')
    const options = { sortBytes: 0, tempFolder }
    const readings = await (
      await openWarehouse(warehouse)
    ).createTable(TABLE, { schema: schema({ id: t.long() }), sortBy: ['id'] })
    const [killed, running] = await Promise.all([
      startSort({ warehouse, tempFolder }),
      startSort({ warehouse, tempFolder }),
    ])
    const spilled = readdirSync(tempFolder)
    expect(spilled).toHaveLength(2)
    for (const name of spilled) expect(readdirSync(join(tempFolder, name))).toContain('0.part')

    killed.kill('SIGKILL')
    await once(killed, 'exit')
    expect(readdirSync(tempFolder)).toHaveLength(2)
    await readings.append([{ id: 1 }], options)
    expect(await readings.scan().toArray()).toEqual([{ id: 1n }])
    expect(readdirSync(tempFolder)).toEqual([expect.stringContaining(`-${running.pid}-`)])

    running.stdin.end()
    await once(running, 'exit')
    expect(readdirSync(tempFolder)).toEqual([])
    await readings.refresh()
    expect(await readings.scan().toArray()).toHaveLength(ROWS + 1)
  })
})
