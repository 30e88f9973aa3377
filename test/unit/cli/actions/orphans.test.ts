import { join } from 'node:path'
import { existsSync, writeFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { parseJson } from '../../../../src/base/json-exact.ts'
import { removeTableOrphans } from '../../../../src/cli/actions/orphans.ts'
import { openWarehouse } from '../../../../src/client/warehouse.ts'
import { temporaryFolder } from '../../../support/folders.ts'
import { RIDES, Ride } from '../../../support/rides.ts'
import { recordedTerminal } from '../../../support/terminal.ts'

/** More than are removed before somebody is told. */
const LOST_FILES = 1_001

describe('frazil orphans', () => {
  it('ends as interrupted when Ctrl-C kept files from being removed, and says which', async () => {
    const folder = temporaryFolder()
    const warehouse = await openWarehouse(folder, { workers: 0 })
    await warehouse.createTable(RIDES, { schema: Ride })
    const table = join(folder, 'city/rides')
    for (let count = 0; count < LOST_FILES; count += 1) {
      writeFileSync(join(table, `${String(count).padStart(4, '0')}.parquet`), '')
    }
    const stop = new AbortController()
    const terminal = { ...recordedTerminal({ isTTY: true }), signal: stop.signal }
    terminal.err.on('data', () => stop.abort(new Error('Ctrl-C')))
    const run = removeTableOrphans(terminal, table, {
      olderThan: '9999999999999',
      force: true,
      json: true,
    })
    await expect(run).rejects.toThrow('Ctrl-C')
    const { files, left } = parseJson(terminal.printed()) as Record<string, readonly unknown[]>
    expect(files).toHaveLength(LOST_FILES - 1)
    expect(left).toEqual([{ location: join(table, '1000.parquet'), reason: expect.any(String) }])
    expect(existsSync(join(table, '1000.parquet'))).toBe(true)
  })
})
