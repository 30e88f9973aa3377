/** The command makes Parquet files of other programs part of a table where they are, and refuses what would be read wrong. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { parseJson } from '../../src/base/json-exact.ts'
import { parseSchemaText } from '../../src/types/schema-text.ts'
import { frazil, jsonLines, resultOf } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'
import { foreignParquet } from '../support/foreign-parquet.ts'
import type { ModelRows } from '../support/parquet-files.ts'

function write(path: string, columns: string, rows: ModelRows): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, foreignParquet(parseSchemaText(columns), rows))
  return path
}

/** A folder with `lake/city=*` and an empty table `rides` of these cities. */
async function rides(): Promise<string> {
  const folder = temporaryFolder()
  write(join(folder, 'lake/city=Oslo/a.parquet'), 'id long', [[1n], [2n]])
  write(join(folder, 'lake/city=Bergen/b.parquet'), 'id long', [[9007199254740993n]])
  await resultOf(
    frazil(['create', 'rides', '--schema', 'id long, city string', '--partition', 'city'], {
      cwd: folder,
    }),
  )
  return folder
}

describe('frazil import', () => {
  it('shows what it would add, adds it, and leaves the files where they are', async () => {
    const cwd = await rides()
    const files = ['lake/city=Bergen/b.parquet', 'lake/city=Oslo/a.parquet'].map((name) =>
      join(cwd, name),
    )
    const bytes = files.map((file) => readFileSync(file))
    const dry = await resultOf(frazil(['import', 'rides', 'lake', '--dry-run'], { cwd }))
    for (const file of files) expect(dry).toContain(file)
    expect(dry).toContain('add 2 files with 3 rows')
    expect(await resultOf(frazil(['scan', 'rides'], { cwd }))).toBe('')
    const done = await resultOf(frazil(['import', 'rides', 'lake'], { cwd }))
    expect(done).toBe('imported 2 files with 3 rows\n')
    const rows = jsonLines(await resultOf(frazil(['scan', 'rides'], { cwd })))
    expect(rows).toEqual([
      { id: 9007199254740993n, city: 'Bergen' },
      { id: 1, city: 'Oslo' },
      { id: 2, city: 'Oslo' },
    ])
    expect(files.map((file) => readFileSync(file))).toEqual(bytes)
    expect(readdirSync(join(cwd, 'rides'))).toEqual(['metadata'])
  })

  it('takes patterns, and gives one document of JSON', async () => {
    const cwd = await rides()
    const text = await resultOf(frazil(['import', 'rides', 'lake/*/a*.parquet', '--json'], { cwd }))
    expect(parseJson(text)).toMatchObject({
      command: 'import',
      'dry-run': false,
      'added-records': 2,
      'name-mapping': true,
      files: [{ path: join(cwd, 'lake/city=Oslo/a.parquet'), kind: 'data', 'record-count': 2 }],
    })
    const none = await frazil(['import', 'rides', 'lake/*.csv'], { cwd })
    expect(none).toMatchObject({ code: 5, stdout: '' })
    expect(none.stderr).toContain('no file matches the pattern')
  })

  it('refuses all when one file does not fit, and says which and why', async () => {
    const cwd = await rides()
    const wrong = write(join(cwd, 'lake/city=Oslo/c.parquet'), 'id string', [['x']])
    const refused = await frazil(['import', 'rides', 'lake'], { cwd })
    expect(refused).toMatchObject({ code: 5, stdout: '' })
    expect(refused.stderr).toContain(wrong)
    expect(refused.stderr).toContain('the column is not stored as long')
    expect(await resultOf(frazil(['scan', 'rides'], { cwd }))).toBe('')
  })

  it('refuses a file that is there already unless it may be there twice', async () => {
    const cwd = await rides()
    await resultOf(frazil(['import', 'rides', 'lake'], { cwd }))
    const again = await frazil(['import', 'rides', 'lake/city=Oslo'], { cwd })
    expect(again).toMatchObject({ code: 5, stdout: '' })
    expect(again.stderr).toContain('the file is in the table already')
    const twice = ['import', 'rides', 'lake/city=Oslo', '--allow-duplicates']
    await resultOf(frazil(twice, { cwd }))
    expect(jsonLines(await resultOf(frazil(['scan', 'rides'], { cwd })))).toHaveLength(5)
  })
})
