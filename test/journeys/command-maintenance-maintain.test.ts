/** One command for all that keeps a table in order. */
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { parseJson } from '../../src/base/json-exact.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { parseSchemaText } from '../../src/types/schema-text.ts'
import { frazil, jsonLines, resultOf } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'

async function smallFiles(): Promise<string> {
  const cwd = temporaryFolder()
  const warehouse = await openWarehouse(join(cwd, 'w'), { workers: 0 })
  const rides = await warehouse.createTable('city.rides', { schema: parseSchemaText('id long') })
  for (let id = 0n; id < 6n; id += 1n) await rides.append([{ id }])
  return cwd
}

const TABLE = 'w/city/rides'

describe('frazil maintain', () => {
  it('says what it would do, does it, and leaves the rows', async () => {
    const cwd = await smallFiles()
    const run = (...options: string[]): Promise<string> =>
      resultOf(frazil(['maintain', TABLE, '--older-than', '1 second', ...options], { cwd }))
    expect(await run('--dry-run')).toMatch(/^expire: [^]*^compact: compact 6 files/m)
    expect(jsonLines(await resultOf(frazil(['files', TABLE], { cwd })))).toHaveLength(6)
    expect(await run()).toMatch(/^compact: 1 file in place of 6/m)
    expect(jsonLines(await resultOf(frazil(['files', TABLE], { cwd })))).toHaveLength(1)
    expect(jsonLines(await resultOf(frazil(['scan', TABLE], { cwd })))).toHaveLength(6)
  })

  it('gives one document of JSON, with every step and every file', async () => {
    const cwd = await smallFiles()
    const command = ['maintain', TABLE, '--no-orphans', '--bytes', '1KiB', '--json']
    expect(parseJson(await resultOf(frazil(command, { cwd })))).toMatchObject({
      command: 'maintain',
      'dry-run': false,
      steps: [
        { command: 'expire', files: [] },
        { command: 'rewrite-manifests' },
        {
          command: 'compact',
          files: expect.arrayContaining([
            expect.objectContaining({ path: expect.any(String), kind: 'data', change: 'added' }),
          ]),
        },
      ],
      unfinished: [],
    })
  })
})
