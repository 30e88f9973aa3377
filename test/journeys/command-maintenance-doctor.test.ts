/** `frazil doctor`: what it prints, and what it tells scripts. */
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import { frazil, jsonLines, resultOf } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'
import { Ride } from '../support/rides.ts'

/** A folder whose `city/rides` is a table of two appends. */
async function lake(): Promise<string> {
  const folder = temporaryFolder()
  const warehouse = await openWarehouse(folder, { workers: 0 })
  const rides = await warehouse.createTable('city.rides', { schema: Ride })
  for (const id of [1n, 2n]) await rides.append([{ id, city: 'Oslo' }])
  writeFileSync(join(folder, 'frazil.yaml'), 'catalogs:\n  local: { type: file, warehouse: . }\n')
  return folder
}

describe('the doctor as a command', () => {
  it('says that a sound table is sound', async () => {
    const cwd = await lake()
    for (const name of ['city/rides', 'local:city.rides', 'city/rides/metadata/v3.metadata.json']) {
      const text = await resultOf(frazil(['doctor', name, '--deep'], { cwd }))
      expect(text).toBe('no damage: 2 snapshots, 2 manifests and 2 files were examined\n')
    }
    const json = await resultOf(frazil(['doctor', 'city/rides', '--json'], { cwd }))
    expect(jsonLines(json)).toMatchObject([
      { command: 'doctor', deep: false, sound: true, snapshots: 2, files: 2, findings: [] },
    ])
  })

  it('exits with 1 when a file is missing, and says which, for people and for scripts', async () => {
    const cwd = await lake()
    const data = join(cwd, 'city/rides/data')
    const [name = ''] = readdirSync(data)
    rmSync(join(data, name))
    const text = await frazil(['doctor', 'city/rides'], { cwd })
    expect(text).toMatchObject({ code: 1, stderr: '' })
    expect(text.stdout).toContain(`missing-data-file: ${join(data, name)}\n`)
    expect(text.stdout).toContain('\n  what to do: restore the file from a copy')
    const json = await frazil(['doctor', 'local:city.rides', '--json'], { cwd })
    expect(json.code).toBe(1)
    expect(jsonLines(json.stdout)).toMatchObject([
      {
        sound: false,
        counts: { 'missing-data-file': 1 },
        findings: [{ check: 'missing-data-file', severity: 'damage', path: join(data, name) }],
      },
    ])
  })

  it.each(['city/rides', 'local:city.rides'])(
    'finds metadata of %s that nobody can read',
    async (name) => {
      const cwd = await lake()
      const path = join(cwd, 'city/rides/metadata/v3.metadata.json')
      writeFileSync(path, readFileSync(path, 'utf8').slice(0, 300))
      const { code, stdout } = await frazil(['doctor', name, '--json'], { cwd })
      expect(code).toBe(1)
      expect(jsonLines(stdout)).toMatchObject([
        { findings: [{ check: 'unreadable-metadata', path }], snapshots: 0 },
      ])
    },
  )

  it('goes on in metadata that contradicts itself, which other commands refuse', async () => {
    const cwd = await lake()
    const path = join(cwd, 'city/rides/metadata/v3.metadata.json')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace(/"last-sequence-number":2/, '"last-sequence-number":1'))
    expect(await frazil(['scan', 'city/rides'], { cwd })).toMatchObject({ code: 5 })
    const { code, stdout } = await frazil(['doctor', 'city/rides', '--json'], { cwd })
    expect(code).toBe(1)
    expect(jsonLines(stdout)).toMatchObject([
      { findings: [{ check: 'last-sequence-number' }], snapshots: 2, files: 2 },
    ])
  })

  it('says of what is no table that it is none', async () => {
    const cwd = await lake()
    for (const name of ['city', 'city/rides/metadata/v9.metadata.json', 'local:city.bikes']) {
      expect(await frazil(['doctor', name], { cwd })).toMatchObject({ code: 5, stdout: '' })
    }
  })
})
