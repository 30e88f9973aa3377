/** The command says how it is used, and its examples work: they are run as they are printed. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { parseJson } from '../../src/base/json-exact.ts'
import { frazil, resultOf, shell } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const COMMANDS = [
  'create',
  'append',
  'scan',
  'files',
  'snapshots',
  'history',
  'refs',
  'manifests',
  'entries',
  'partitions',
  'run',
  'lint',
]

/** Commands whose examples need a job that has run. */
const LATER_COMMANDS = ['backfill', 'replay']

/** The lines under `Example:`. */
async function exampleOf(command: string): Promise<string> {
  const help = await resultOf(frazil([command, '--help']))
  expect(help).toMatch(new RegExp(`^Usage: frazil ${command} `))
  return /^Examples?:\n(.+)/ms.exec(help)?.[1] ?? ''
}

describe('help', () => {
  it('names every command, on standard output', async () => {
    const help = await resultOf(frazil(['--help']))
    const named = [...help.matchAll(/^ {2}(\w+) \[options\]/gm)].map(([, name]) => name)
    expect(named).toEqual([...COMMANDS, ...LATER_COMMANDS])
  })

  it('has an example for each command that works as it stands', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'rides.ndjson'), '{"id":1,"city":"Oslo","ts":"2026-01-31T12:00:00Z"}\n')
    writeFileSync(join(cwd, 'more.csv'), 'id,fare\n2,12.50\n')
    for (const name of ['flights.yaml', 'frazil.yaml']) {
      copyFileSync(join(ROOT, 'examples/flights', name), join(cwd, name))
    }
    const flights =
      'date timestamp not null, delay long, distance long, origin string, destination string'
    await resultOf(frazil(['create', 'local:air.flights', '--schema', flights], { cwd }))
    const input = '{"date":"2001-01-15T08:00:00"}\n{"date":"2001-02-01T00:00:00"}'
    await resultOf(frazil(['append', 'local:air.flights'], { cwd, input }))

    const examples = await Promise.all(COMMANDS.map(exampleOf))
    const outputs: string[] = []
    for (const example of examples) outputs.push(await resultOf(shell(example, cwd)))
    const [created, appended, scanned, files, snapshots, ...others] = outputs
    const [history, refs, manifests, entries, partitions, ran, linted] = others
    expect(created).toMatch(/\/v1\.metadata\.json\n$/)
    expect(appended).toContain('"added-records":2,')
    expect(scanned).toBe('{"id":1,"fare":null}\n')
    expect(files?.match(/\n/g)).toHaveLength(1)
    expect(snapshots).toContain('"operation":"append"')
    expect(history).toContain('"is_current_ancestor":true')
    expect(refs).toContain('"name":"main"')
    expect(manifests).toContain('"added_data_files_count":2')
    expect(entries).toContain('"file_format":"PARQUET"')
    expect(partitions).toContain('"record_count":1')
    expect(ran).toContain('wrote 1 rows')
    expect(linted).toBe('')
  })

  it('gives the version of the package', async () => {
    const manifest = parseJson(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const version = await resultOf(frazil(['--version']))
    expect(manifest).toMatchObject({ version: version.trim() })
  })
})
