import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { findConfigFile, loadConfigFile } from '../../../src/jobs/config-file.ts'

let root = ''

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'frazil-config-')))
  await mkdir(join(root, 'jobs', 'monthly'), { recursive: true })
  await mkdir(join(root, 'jobs', 'odd', 'frazil.yaml'), { recursive: true })
  await writeFile(
    join(root, 'jobs', 'frazil.yaml'),
    'catalogs: {a: {type: file, warehouse: ./lake}}\ntimeZone: ${ZONE:-UTC}\n',
  )
})

afterAll(async () => {
  await rm(root, { recursive: true, force: true })
})

describe('findConfigFile', () => {
  it('looks in the folder, then above it', async () => {
    const file = join(root, 'jobs', 'frazil.yaml')
    expect(await findConfigFile(join(root, 'jobs'))).toBe(file)
    expect(await findConfigFile(join(root, 'jobs', 'monthly'))).toBe(file)
    expect(await findConfigFile(join(root, 'jobs', 'monthly', 'not', 'there'))).toBe(file)
  })

  it('does not take a folder of that name for it', async () => {
    expect(await findConfigFile(join(root, 'jobs', 'odd'))).toBe(join(root, 'jobs', 'frazil.yaml'))
  })

  it('gives null when there is none', async () => {
    expect(await findConfigFile(root)).toBeNull()
  })
})

describe('loadConfigFile', () => {
  it('reads paths from the folder of the file', async () => {
    const config = await loadConfigFile(join(root, 'jobs', 'frazil.yaml'), { ZONE: 'Europe/Oslo' })
    expect(config.timeZone).toBe('Europe/Oslo')
    expect(config.catalogs.get('a')).toEqual({
      type: 'file',
      warehouse: join(root, 'jobs', 'lake'),
    })
  })

  it('says when there is no such file', async () => {
    const file = join(root, 'other.yaml')
    await expect(loadConfigFile(file, {})).rejects.toMatchObject({
      kind: 'not-found',
      context: { file },
    })
  })

  it('says when the file is none', async () => {
    const file = join(root, 'jobs', 'odd', 'frazil.yaml')
    await expect(loadConfigFile(file, {})).rejects.toMatchObject({ kind: 'unavailable' })
  })

  it('names the file when it has faults', async () => {
    const file = join(root, 'jobs', 'monthly', 'wrong.yaml')
    await writeFile(file, 'state: nowhere')
    await expect(loadConfigFile(file, {})).rejects.toMatchObject({
      kind: 'invalid',
      context: { file },
      problems: [{ path: 'state', line: 1, column: 8, message: 'must be table' }],
    })
  })
})
