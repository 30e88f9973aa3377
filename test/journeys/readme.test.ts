/** The README keeps its word: its programs compile and run as they stand, and its commands do what they say. */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { describe, expect, it, onTestFinished } from 'vitest'

import { parseJson } from '../../src/base/json-exact.ts'
import { lintWorkflow } from '../../src/jobs/workflow/lint.ts'
import { parseWorkflow } from '../../src/jobs/workflow/parse.ts'
import { frazil, resultOf, shell } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'
import { workflowOfJob } from '../support/jobs/job-text.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const COMPILER = join(
  createRequire(import.meta.url).resolve('typescript/package.json'),
  '../bin/tsc',
)
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')

/** The blocks of a language, in their order. */
function blocks(language: string): readonly string[] {
  return [...README.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, name, text = '']) =>
    name === language ? text : [],
  )
}

/** A folder inside this checkout, where `frazil` is a name for it. */
function folderInside(): string {
  mkdirSync(join(ROOT, 'build'), { recursive: true })
  const folder = mkdtempSync(join(ROOT, 'build/readme-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Compiles the project of a folder; what the compiler says is the error. */
async function compile(folder: string): Promise<void> {
  await run(process.execPath, [COMPILER, '-p', folder]).catch((error: { stdout: string }) => {
    throw new Error(error.stdout)
  })
}

describe('the programs of the README', () => {
  it('compile under the strictest flags, run one after the other, and print what they promise', async () => {
    const [
      first = '',
      second = '',
      third = '',
      streamed = '',
      fourth = '',
      ofFiles = '',
      fifth = '',
      ...others
    ] = blocks('ts')
    expect(others).toEqual([])
    const folder = folderInside()
    const schema = /^const Ride = .*?^\}\)$/ms.exec(first)?.[0] ?? ''
    // The second block takes its schema from the first, as a reader does.
    const prelude = `import { schema, t } from 'frazil'\n${schema}\n`
    const look = 'console.log(tasks.length, counts.files, past.map(({ fare }) => fare))\n'
    writeFileSync(join(folder, 'first.ts'), first)
    writeFileSync(join(folder, 'second.ts'), `${prelude}${second}${look}`)
    writeFileSync(join(folder, 'third.ts'), third)
    writeFileSync(join(folder, 'streamed.ts'), streamed)
    writeFileSync(join(folder, 'fourth.ts'), fourth)
    writeFileSync(join(folder, 'of-files.ts'), ofFiles)
    writeFileSync(join(folder, 'fifth.ts'), fifth)
    const options = { declaration: false, isolatedDeclarations: false, outDir: 'out', rootDir: '.' }
    const config = { extends: '../../tsconfig.json', compilerOptions: options, include: ['.'] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    await compile(folder)

    const cwd = temporaryFolder()
    const start = (name: string): Promise<string> =>
      run(process.execPath, [join(folder, 'out', name)], { cwd }).then(({ stdout }) => stdout)
    expect(await start('first.js')).toBe('1n 12.50\n')
    expect(await start('second.js')).toBe("1\n1 1 [ '12.50' ]\n")
    const rows = await resultOf(
      frazil(['scan', './warehouse/city/rides', '--select', 'id,fare', '--where', 'id = 1'], {
        cwd,
      }),
    )
    expect(rows).toBe('{"id":1,"fare":"13.00"}\n')
    expect(await start('second.js').catch((error: Error) => error.message)).toContain(
      'a guard of the commit does not hold',
    )
    const evolved = (await start('third.js')).trimEnd().split('\n')
    expect(evolved.map((line) => line.replace(/\d+n$/, 'row')).toSorted()).toEqual([
      '1n 0.00 row',
      '3n 1.00 row',
    ])
    expect(new Set(evolved.map((line) => line.split(' ')[2])).size).toBe(2)
    expect(await start('streamed.js')).toBe('3n 7n\n')
    expect(await start('fourth.js')).toBe('1 2026-01-01 00:00:00 1n\n2 2026-02-01 00:00:00 1n\n')
    expect(await start('of-files.js')).toBe('1 [ 1n ]\n')
    expect(await start('fifth.js')).toMatch(/^sort \d+\n\[\]\n$/)
  })
})

describe('the commands of the README', () => {
  it('names scripts that there are', () => {
    const manifest = parseJson(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const named = [...README.matchAll(/npm (?:run )?(?!ci|install)([a-z:]+)/g)].map(
      ([, name]) => name,
    )
    expect(named.length).toBeGreaterThan(0)
    expect(manifest).toMatchObject({
      scripts: Object.fromEntries(named.map((name) => [name, expect.any(String)])),
    })
  })

  it('run as they stand, in a folder that has the files they name', async () => {
    const [ofTables = '', ofJobs = '', ofUpkeep = '', ...others] = blocks('sh').filter((block) =>
      block.includes('npx frazil'),
    )
    expect(others).toEqual([])
    const cwd = await folderOfInputs()
    const [created, appended, scanned, files, snapshots, ran] = await resultsOf(ofTables, cwd)
    expect(created).toMatch(/warehouse\/city\/trips\/metadata\/v1\.metadata\.json\n$/)
    expect(appended).toContain('"added-records":4,"deleted-records":0')
    expect(scanned?.trimEnd().split('\n').sort()).toEqual(['2,10.01', '4,20.00', 'id,fare'])
    expect(files?.trimEnd().split('\n').length).toBeGreaterThan(0)
    expect(snapshots?.trimEnd().split('\n')).toHaveLength(1)
    expect(ran).toContain('wrote 1 row')
    expect(ran).toContain('nothing to do')

    const [lint, dryRun, state, backfill, replay, set] = await resultsOf(ofJobs, cwd)
    expect(lint).toBe('')
    expect(dryRun).toContain('nothing to do')
    expect(state).toContain('run 1, window start 2001-01-01')
    expect(state).toContain('the next run takes start 2001-02-01')
    expect(backfill).toContain('backfill: wrote 1 row')
    expect(replay).toContain('replay: wrote 1 row')
    expect(set).toContain('moved by hand; the next run takes start 2001-01-01')

    const [imported, explained, compacted, expired, orphans, maintained, examined] =
      await resultsOf(ofUpkeep, cwd)
    expect(imported).toContain('1 file')
    expect(explained).toContain('file')
    expect(compacted).toContain('compact')
    expect(expired).toBe('nothing to expire\n')
    expect(orphans).toContain('is an orphan')
    expect(maintained).toContain('expire: nothing to expire')
    expect(examined).toContain('no damage')
  })
})

/** What each command of a block prints. */
async function resultsOf(block: string, cwd: string): Promise<readonly string[]> {
  const script = `set -e\n${block.replaceAll('npx frazil', 'echo; frazil')}`
  const { code, stdout, stderr } = await shell(script, cwd)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.split(/^\n/m).slice(1)
}

/** What the commands of the README read, and the table that its workflow does. */
async function folderOfInputs(): Promise<string> {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'trips.ndjson'), '{"id":1,"fare":"9.99"}\n{"id":2,"fare":"10.01"}\n')
  writeFileSync(join(cwd, 'more.csv'), 'id,ts,fare\n3,2026-01-31T12:00:00Z,\n')
  const columns = 'id long not null, ts timestamptz, fare decimal(9,2)'
  await resultOf(frazil(['create', 'old', '--schema', columns], { cwd }))
  const old = '{"id":4,"ts":"2025-12-31T23:59:59Z","fare":"20.00"}'
  await resultOf(frazil(['append', 'old'], { cwd, input: old }))
  await resultOf(shell('cp old/data/*.parquet old.parquet', cwd))

  for (const name of ['flights.yaml', 'frazil.yaml']) {
    copyFileSync(join(ROOT, 'examples/flights', name), join(cwd, name))
  }
  const flights =
    'date timestamp not null, delay long not null, distance long not null, origin string, destination string'
  await resultOf(frazil(['create', 'local:air.flights', '--schema', flights], { cwd }))
  const input = ['2001-01-15', '2001-02-01']
    .map(
      (day) => `{"date":"${day}T08:00:00","delay":1,"distance":2,"origin":"a","destination":"b"}`,
    )
    .join('\n')
  await resultOf(frazil(['append', 'local:air.flights'], { cwd, input }))
  return cwd
}

describe('the windows of the README', () => {
  it('are those of a job without faults, when it is given an input and outputs', () => {
    const [windows = '', ...others] = blocks('yaml')
    expect(others).toEqual([])
    const table = (view: string): string =>
      `{name: ${view}, dataset: "dataos://lake:gold/${view}?acl=rw", options: {saveMode: append}}`
    const { workflow, warnings } = parseWorkflow(
      workflowOfJob(`${windows}
inputs: [{name: tills, isStream: true, dataset: "dataos://lake:raw/tills"}]
outputs: [${table('hours')}, ${table('lateRows')}]`),
    )
    expect([...warnings, ...lintWorkflow(workflow)]).toEqual([])
  })
})
