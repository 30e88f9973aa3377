/** How the command finds a table: by its file, its folder or its name, and where it was copied to. */
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { describe, expect, it } from 'vitest'

import { frazil, jsonLines, resultOf } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'

const ROWS = '{"id":1}\n{"id":2}\n'

/** A folder whose `lake/city/rides` is a table of two rows, which `frazil.yaml` leads to. */
async function lake(): Promise<string> {
  const folder = temporaryFolder()
  const config =
    'catalogs:\n  local: { type: file, warehouse: ./lake }\ndepots:\n  sea: { catalog: local }\n'
  writeFileSync(join(folder, 'frazil.yaml'), config)
  mkdirSync(join(folder, 'work/deep'), { recursive: true })
  const create = ['create', 'local:city.rides', '--schema', 'id int']
  await resultOf(frazil(create, { cwd: join(folder, 'work') }))
  await resultOf(frazil(['append', 'local:city.rides'], { cwd: folder, input: ROWS }))
  return folder
}

describe('the name of a table', () => {
  it('is a folder, a metadata file or an address, of which all but the file can be written to', async () => {
    const folder = await lake()
    const rides = join(folder, 'lake/city/rides')
    const names = [
      'lake/city/rides',
      'lake/city/rides/',
      rides,
      'lake/city/rides/metadata/v2.metadata.json',
      pathToFileURL(rides).href,
      pathToFileURL(join(rides, 'metadata/v2.metadata.json')).href,
      'local:city.rides',
      'dataos://sea:city/rides',
    ]
    const scans = names.map((name) => resultOf(frazil(['scan', name], { cwd: folder })))
    expect(await Promise.all(scans)).toEqual(names.map(() => ROWS))
    const lists = names.map((name) => resultOf(frazil(['snapshots', name], { cwd: folder })))
    expect(new Set(await Promise.all(lists)).size).toBe(1)

    const before = readdirSync(join(rides, 'data'))
    const file = 'lake/city/rides/metadata/v2.metadata.json'
    const refused = await frazil(['append', file], { cwd: folder, input: ROWS })
    expect(refused).toMatchObject({ code: 5, stdout: '' })
    expect(refused.stderr).toContain('can only be read: write to it by its folder')
    expect(readdirSync(join(rides, 'data'))).toEqual(before)

    for (const name of ['lake/city/rides', 'dataos://sea:city/rides?acl=rw']) {
      const appended = await resultOf(frazil(['append', name], { cwd: folder, input: ROWS }))
      expect(jsonLines(appended)).toMatchObject([{ 'added-records': 2, 'deleted-records': 0 }])
    }
  })

  it('leads through the configuration that is nearest, or named', async () => {
    const folder = await lake()
    const deep = join(folder, 'work/deep')
    expect(await resultOf(frazil(['scan', 'local:city.rides'], { cwd: deep }))).toBe(ROWS)

    const away = temporaryFolder()
    const none = await frazil(['scan', 'local:city.rides'], { cwd: away })
    expect(none).toMatchObject({ code: 5, stdout: '' })
    expect(none.stderr).toBe(
      'frazil: no frazil.yaml here or above: write one, or name it with --config\n',
    )
    const config = join(folder, 'frazil.yaml')
    const named = frazil(['scan', 'local:city.rides', '--config', config], { cwd: away })
    expect(await resultOf(named)).toBe(ROWS)
    const wrong = await frazil(['scan', 'locl:city.rides', '--config', config])
    expect(wrong).toMatchObject({ code: 5, stdout: '' })
    expect(wrong.stderr).toContain('locl')
  })

  it('is read where it was copied to, and only read', async () => {
    const folder = await lake()
    const original = join(folder, 'lake/city/rides')
    cpSync(original, join(folder, 'copy'), { recursive: true })
    renameSync(original, join(folder, 'gone'))
    const lost = await frazil(['scan', 'copy'], { cwd: folder })
    expect(lost).toMatchObject({ code: 5, stdout: '' })
    expect(lost.stderr).toContain(
      'is missing: frazil doctor finds all that are, and a copied table is read by relocating it',
    )
    expect(lost.stderr).toContain(original)

    const relocate = ['--relocate', `${original}=${join(folder, 'copy')}`]
    expect(await resultOf(frazil(['scan', 'copy', ...relocate], { cwd: folder }))).toBe(ROWS)
    expect(
      jsonLines(await resultOf(frazil(['files', 'copy', ...relocate], { cwd: folder }))),
    ).toHaveLength(1)
    const append = await frazil(['append', 'copy', ...relocate], { cwd: folder, input: ROWS })
    expect(append).toMatchObject({ code: 2, stdout: '' })
    const address = await frazil(['scan', 'local:city.rides', ...relocate], { cwd: folder })
    expect(address).toMatchObject({ code: 5, stdout: '' })
  })
})

describe('a table that is made', () => {
  it('is of the format version that was asked for', async () => {
    const folder = temporaryFolder()
    for (const version of ['1', '2', '3']) {
      const name = `rides${version}`
      const make = ['create', name, '--schema', 'id int', '--format-version', version]
      await resultOf(frazil(make, { cwd: folder }))
      await resultOf(frazil(['append', name], { cwd: folder, input: ROWS }))
      const file = join(folder, name, 'metadata/v2.metadata.json')
      expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
        'format-version': Number(version),
      })
      const stdout = await resultOf(frazil(['scan', name], { cwd: folder }))
      expect(jsonLines(stdout)).toEqual([{ id: 1 }, { id: 2 }])
    }
    const make = ['create', 'rides4', '--schema', 'id int', '--format-version', '4']
    expect((await frazil(make, { cwd: folder })).code).not.toBe(0)
  })
})
