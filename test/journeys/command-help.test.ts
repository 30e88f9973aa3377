/** The command says how it is used, and its examples work: they are run as they are printed. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { parseJson } from '../../src/base/json-exact.ts'
import { frazil, resultOf, shell } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Each command, in an order in which their examples follow each other, and what the example prints. */
const COMMANDS: readonly (readonly [name: string, prints: RegExp])[] = [
  ['create', /\/v1\.metadata\.json\n$/],
  ['append', /"added-records":2,/],
  ['scan', /^\{"id":1,"fare":null\}\n$/],
  ['files', /^[^\n]+\n$/],
  ['explain', /\nfiles: 1 of 2 read\n/],
  ['snapshots', /"operation":"append"/],
  ['history', /"is_current_ancestor":true/],
  ['refs', /"name":"main"/],
  ['manifests', /"added_data_files_count":2/],
  ['entries', /"file_format":"PARQUET"/],
  ['partitions', /"record_count":1/],
  ['expire', /./],
  ['orphans', /./],
  ['compact', /./],
  ['rewrite-manifests', /./],
  ['maintain', /./],
  ['doctor', /^no damage: /],
  ['run', /wrote 1 row/],
  ['lint', /^$/],
]

/** Commands whose examples need a job that has run, or files from elsewhere. */
const OTHER_COMMANDS = ['import', 'backfill', 'replay']

/** Commands that are made as `manifests` is, examples and all. */
const MADE_ALIKE = [
  'data-files',
  'delete-files',
  'position-deletes',
  'metadata-log-entries',
  'all-manifests',
  'all-entries',
  'all-files',
  'all-data-files',
  'all-delete-files',
]

/** The lines under `Example:`. */
async function exampleOf(command: string): Promise<string> {
  const help = await resultOf(frazil([command, '--help']))
  expect(help).toMatch(new RegExp(`^Usage: frazil ${command}[ |]`))
  return /^Examples?:\n(.+)/ms.exec(help)?.[1] ?? ''
}

describe('help', () => {
  it('names every command, on standard output', async () => {
    const help = await resultOf(frazil(['--help']))
    const named = [...help.matchAll(/^ {2}([\w-]+)(?:\|\w+)? \[options\]/gm)].map(
      ([, name]) => name,
    )
    const known = [...COMMANDS.map(([name]) => name), ...OTHER_COMMANDS, ...MADE_ALIKE]
    expect(named.toSorted()).toEqual(known.toSorted())
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

    const examples = await Promise.all(COMMANDS.map(([name]) => exampleOf(name)))
    for (const [index, example] of examples.entries()) {
      const [name, prints] = COMMANDS[index] ?? ['', /./]
      expect(await resultOf(shell(example, cwd)), name).toMatch(prints)
    }
  })

  it('gives the version of the package', async () => {
    const manifest = parseJson(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const version = await resultOf(frazil(['--version']))
    expect(manifest).toMatchObject({ version: version.trim() })
  })
})
