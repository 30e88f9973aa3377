/** A command starts fast because it loads little: measured in what is loaded, which no busy machine changes. */
import { execFile } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

import { PROGRAM, frazil, resultOf } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'

const run = promisify(execFile)

/** The files that a command loads; Node's coverage names every script that ran. */
async function filesOf(cwd: string, ...args: readonly string[]): Promise<readonly string[]> {
  const folder = temporaryFolder()
  const env = { ...process.env, NODE_V8_COVERAGE: folder }
  await run(process.execPath, [PROGRAM, ...args], { cwd, env })
  const scripts = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('')
  const urls = [...scripts.matchAll(/"url":"(file:[^"]+)"/g)].map(([, url = '']) => url)
  return [...new Set(urls)].map((url) => fileURLToPath(url))
}

/** The packages that are loaded with files: where these are installed, or in files of ours, which say where code is from. */
function packagesOf(files: readonly string[]): readonly string[] {
  const places = files.flatMap((file) => [
    file,
    ...(file.includes('/node_modules/') ? [] : originsIn(file)),
  ])
  const names = places.flatMap((place) => {
    const name = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(`/${place}`)?.[1]
    return name === undefined ? [] : [name]
  })
  return [...new Set(names)].sort()
}

function originsIn(file: string): readonly string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^\/\/ (node_modules\/.*)$/gm)].map(
    ([, origin = '']) => origin,
  )
}

describe('a command, as the build leaves it', () => {
  it('loads neither Arrow, Parquet nor DuckDB for help and for what metadata answers', async () => {
    const cwd = await tableOfOneRow()
    expect(packagesOf(await filesOf(cwd, '--help'))).toEqual(['commander'])
    expect(packagesOf(await filesOf(cwd, 'snapshots', 't'))).toEqual(['commander'])
    const loaded = packagesOf(await filesOf(cwd, 'scan', 't'))
    expect(loaded).toEqual(expect.arrayContaining(['apache-arrow', 'parquet-wasm']))
    for (const needless of ['@duckdb', 'avsc', 'csv-parse', 'cli-table3', 'fast-glob', 'yaml']) {
      expect(loaded).not.toContain(needless)
    }
  })

  // As modules these are 430. Where this fails by far, `npm run build` has not run since tsc did.
  it('loads few files to read rows', async () => {
    expect((await filesOf(await tableOfOneRow(), 'scan', 't')).length).toBeLessThan(50)
  })
})

/** @returns the folder in which the table is */
async function tableOfOneRow(): Promise<string> {
  const cwd = temporaryFolder()
  await resultOf(frazil(['create', 't', '--schema', 'id int'], { cwd }))
  await resultOf(frazil(['append', 't'], { cwd, input: '{"id":1}' }))
  return cwd
}
