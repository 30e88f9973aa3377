/** The command puts small files together, and says what it did. */
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { parseJson } from '../../src/base/json-exact.ts'
import { frazil, jsonLines, resultOf } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'

const CITIES = ['Oslo', 'Bergen', 'Oslo']

/** A table of three commits to two cities. */
async function rides(...more: readonly string[]): Promise<string> {
  const table = join(temporaryFolder(), 'rides')
  await resultOf(
    frazil(['create', table, '--schema', 'id long, city string', '--partition', 'city', ...more]),
  )
  for (const [id, city] of CITIES.entries()) {
    await resultOf(frazil(['append', table], { input: `{"id":${9 - id},"city":"${city}"}\n` }))
  }
  return table
}

async function pathsOf(table: string): Promise<readonly string[]> {
  return jsonLines(await resultOf(frazil(['files', table]))).map(({ path }) => String(path))
}

describe('frazil compact', () => {
  it('says what it would do, does it, and then has nothing to do', async () => {
    const table = await rides()
    const few = ['--min-input-files', '2']
    const before = await pathsOf(table)
    const planned = await resultOf(frazil(['compact', table, ...few, '--dry-run']))
    expect(planned).toMatch(/^compact 2 files of \d+ bytes and 2 rows in 1 group, by binpack\n/)
    expect(planned).toContain('city=Oslo: 2 files')
    expect(before.filter((path) => planned.includes(path))).toHaveLength(2)
    expect(await pathsOf(table)).toEqual(before)
    expect(await resultOf(frazil(['compact', table, ...few]))).toMatch(
      /^1 file in place of 2, with 2 rows in \d+ bytes\n$/,
    )
    expect(await pathsOf(table)).toHaveLength(2)
    expect(await resultOf(frazil(['compact', table, ...few]))).toBe('nothing to compact\n')
    expect(jsonLines(await resultOf(frazil(['scan', table])))).toHaveLength(3)
  })

  it('gives one document of JSON, which names every file', async () => {
    const table = await rides()
    const wanted = ['--where', "city = 'Oslo'", '--rewrite-all', '--sort', 'id']
    const before = await pathsOf(table)
    const done = parseJson(await resultOf(frazil(['compact', table, ...wanted, '--json'])))
    const after = await pathsOf(table)
    const gone = before.filter((path) => !after.includes(path))
    const come = after.filter((path) => !before.includes(path))
    expect([gone.length, come.length]).toEqual([2, 1])
    expect(done).toMatchObject({
      command: 'compact',
      'dry-run': false,
      strategy: 'sort',
      groups: 1,
      'overtaken-groups': 0,
      rows: 2,
      'left-alone': {},
      files: expect.arrayContaining([
        ...gone.map((path) => ({ path, kind: 'data', change: 'replaced' })),
        ...come.map((path) => ({ path, kind: 'data', change: 'added' })),
      ]),
    })
    const rows = jsonLines(await resultOf(frazil(['scan', table, '--where', "city = 'Oslo'"])))
    expect(rows.map(({ id }) => id)).toEqual([7, 9])
  })

  it('refuses what makes no sense, and says what it would take', async () => {
    const table = await rides()
    const refusals = [
      [['--zorder', 'nowhere'], 5, 'no such column'],
      [['--strategy', 'sort'], 5, 'the table has no sort order'],
      [['--strategy', 'binpack', '--sort', 'id'], 5, 'the strategy does not heed'],
      [['--target-size', '1.5'], 2, 'whole number of bytes, KiB, MiB or GiB'],
    ] as const
    for (const [args, code, words] of refusals) {
      const result = await frazil(['compact', table, ...args])
      expect(result).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(words) })
    }
  })
})
