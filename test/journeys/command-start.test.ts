/** A command starts fast because it loads what it needs: measured in what is loaded, which no busy machine changes. */
import { execFile } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { expect, it } from 'vitest'

import { PROGRAM, frazil, resultOf } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'

const run = promisify(execFile)

/** The packages that a command loads; Node's coverage names every script that ran. */
async function packagesOf(cwd: string, ...args: readonly string[]): Promise<readonly string[]> {
  const folder = temporaryFolder()
  const env = { ...process.env, NODE_V8_COVERAGE: folder }
  await run(process.execPath, [PROGRAM, ...args], { cwd, env })
  const scripts = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('')
  const named = [...scripts.matchAll(/\/node_modules\/((?:@[^/"]+\/)?[^/"]+)\//g)].map(
    ([, name = '']) => name,
  )
  return [...new Set(named)].sort()
}

it('loads neither Arrow, Parquet nor DuckDB for help and for what metadata answers', async () => {
  const cwd = temporaryFolder()
  await resultOf(frazil(['create', 't', '--schema', 'id int'], { cwd }))
  await resultOf(frazil(['append', 't'], { cwd, input: '{"id":1}' }))
  expect(await packagesOf(cwd, '--help')).toEqual(['commander'])
  expect(await packagesOf(cwd, 'snapshots', 't')).toEqual(['commander'])
  const loaded = await packagesOf(cwd, 'scan', 't')
  expect(loaded).toEqual(expect.arrayContaining(['apache-arrow', 'parquet-wasm']))
  for (const needless of ['@duckdb', 'csv-parse', 'cli-table3', 'fast-glob', 'yaml']) {
    expect(loaded).not.toContain(needless)
  }
})
