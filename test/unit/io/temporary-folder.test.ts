import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import process, { pid, platform } from 'node:process'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { stringifyJson } from '../../../src/base/json-exact.ts'
import { makeTemporaryFolder } from '../../../src/io/temporary-folder.ts'
import { thisProcess } from '../../../src/io/temporary-owner.ts'
import type { TemporaryFile } from '../../../src/io/temporary-folder.ts'
import type { Owner } from '../../../src/io/temporary-owner.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { runs } from '../../support/runs.ts'
import { text, textOf } from '../../support/streams.ts'

/** A folder as another process would have made it. */
async function leftover(parent: string, change: Partial<Owner> = {}): Promise<string> {
  // No process has that id.
  const owner = { ...(await thisProcess()), pid: 2 ** 30, ...change }
  const host = owner.host.replaceAll(/[^A-Za-z0-9.]/g, '_')
  const path = join(parent, `frazil-tmp-${host}-${owner.pid}-${letters()}`)
  mkdirSync(path, { mode: 0o700 })
  writeFileSync(join(path, 'owner.json'), stringifyJson(owner))
  writeFileSync(join(path, '0.part'), 'rows')
  writeFileSync(join(path, 'duckdb_temp_storage_S32K-0.tmp'), 'rows of an engine')
  return path
}

let made = 0
function letters(): string {
  return `abc${String(made++).padStart(3, '0')}`
}

async function bytesOf(file: TemporaryFile, start: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  await file.read(start, bytes)
  return bytes
}

describe('a temporary folder', () => {
  it('is of this user alone, names its process, and goes with all that is in it', async () => {
    const parent = temporaryFolder()
    const folder = await makeTemporaryFolder({ parent })
    const file = await folder.newFile()
    expect(basename(folder.path)).toMatch(new RegExp(`^frazil-tmp-.+-${pid}-\\w{6}$`))
    expect(statSync(folder.path).mode & 0o777).toBe(0o700)
    expect(statSync(file.path).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder.path, 'owner.json')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(folder.path, 'owner.json'), 'utf8')).toContain(`"pid":${pid}`)
    await folder.remove()
    expect(readdirSync(parent)).toEqual([])
  })

  it('has files that are appended to and read anywhere', async () => {
    const folder = await makeTemporaryFolder({ parent: temporaryFolder() })
    const file = await folder.newFile()
    await file.append([text('abc')])
    await file.append([text('de'), text(''), text('fg')])
    expect(textOf(await bytesOf(file, 3, 4))).toBe('defg')
    expect(textOf(await bytesOf(file, 1, 3))).toBe('bcd')
    await expect(bytesOf(file, 5, 3)).rejects.toMatchObject({ kind: 'unavailable' })
    await file.append([text('h')])
    expect(file.sizeBytes).toBe(8)
    expect(textOf(await bytesOf(file, 6, 2))).toBe('gh')
    const other = await folder.newFile()
    await folder.removeFile(file)
    expect(existsSync(file.path)).toBe(false)
    await other.append([text('x')])
    expect(textOf(await bytesOf(other, 0, 1))).toBe('x')
    await folder.remove()
  })

  it('always has all parts in their order, however few bytes the system takes at a time', async () => {
    const parent = temporaryFolder()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 5 }), { maxLength: 4 }),
        fc.integer({ min: 1, max: 12 }),
        async (appends, most) => {
          const openFile = async (...given: Parameters<typeof open>) => {
            const handle = await open(...given)
            const writev = handle.writev.bind(handle)
            handle.writev = (parts, position) => {
              const [first] = parts
              assert(first instanceof Uint8Array)
              return writev([first.subarray(0, most)], position) as never
            }
            return handle
          }
          const folder = await makeTemporaryFolder({ parent, openFile })
          const file = await folder.newFile()
          for (const parts of appends) await file.append(parts)
          const expected = Buffer.concat(appends.flat())
          expect(file.sizeBytes).toBe(expected.length)
          expect(Buffer.from(await bytesOf(file, 0, expected.length))).toEqual(expected)
          await folder.remove()
        },
      ),
      runs(40),
    )
  })

  it('is made in a folder that is not there yet, and never twice the same', async () => {
    const parent = join(temporaryFolder(), 'a', 'b')
    const folders = await Promise.all([1, 2, 3].map(() => makeTemporaryFolder({ parent })))
    expect(new Set(folders.map(({ path }) => path)).size).toBe(3)
    for (const folder of folders) await folder.remove()
    expect(readdirSync(parent)).toEqual([])
  })

  it('stays, with what somebody else put there', async () => {
    const folder = await makeTemporaryFolder({ parent: temporaryFolder() })
    writeFileSync(join(folder.path, 'notes.txt'), 'mine')
    await folder.remove()
    expect(readdirSync(folder.path)).toContain('notes.txt')
  })

  it('cannot be where a file is', async () => {
    const parent = join(temporaryFolder(), 'file')
    writeFileSync(parent, '')
    await expect(makeTemporaryFolder({ parent })).rejects.toMatchObject({
      kind: 'invalid',
      context: { tempFolder: parent },
    })
  })

  it.skipIf(process.getuid?.() === 0 || platform === 'win32')(
    'cannot be where this user may not write',
    async () => {
      const parent = temporaryFolder()
      chmodSync(parent, 0o500)
      await expect(makeTemporaryFolder({ parent })).rejects.toMatchObject({ kind: 'invalid' })
    },
  )

  it.skipIf(platform !== 'linux')(
    'says of a full disk which folder it is, and what to do',
    async () => {
      const parent = temporaryFolder()
      const folder = await makeTemporaryFolder({ parent, openFile: () => open('/dev/full', 'r+') })
      const file = await folder.newFile()
      await expect(file.append([text('abc')])).rejects.toMatchObject({
        kind: 'limit',
        message: expect.stringContaining('tempFolder'),
        context: { tempFolder: parent, code: 'ENOSPC' },
      })
      await folder.remove()
      expect(readdirSync(parent)).toEqual([])
    },
  )
})

describe('what processes left that have ended', () => {
  it('goes when the next makes a folder beside it', async () => {
    const parent = temporaryFolder()
    await leftover(parent)
    await leftover(parent, { boot: 'an earlier one', pid })
    await leftover(parent, { started: '1', pid })
    const folder = await makeTemporaryFolder({ parent })
    // Only Linux tells when processes and machines were started.
    const isKept = platform === 'linux' ? 0 : 2
    expect(readdirSync(parent)).toHaveLength(1 + isKept)
    await folder.remove()
  })

  it('goes in part when a part of it has gone before', async () => {
    const parent = temporaryFolder()
    const path = await leftover(parent)
    writeFileSync(join(path, '1.part'), '')
    const folder = await makeTemporaryFolder({ parent })
    expect(existsSync(path)).toBe(false)
    await folder.remove()
  })

  it('stays when it might be in use, or is not what it seems', async () => {
    const parent = temporaryFolder()
    const ofOthers = temporaryFolder()
    writeFileSync(
      join(ofOthers, 'owner.json'),
      stringifyJson({ ...(await thisProcess()), pid: 2 ** 30 }),
    )
    const running = await makeTemporaryFolder({ parent })
    const elsewhere = await leftover(parent, { host: 'another-host' })
    const inContainer = await leftover(parent, { pidNamespace: 'pid:[another]' })
    const withMore = await leftover(parent)
    writeFileSync(join(withMore, 'thesis.tex'), '')
    const unowned = join(parent, basename(withMore).replace(/.{6}$/, 'zzzzzz'))
    mkdirSync(unowned)
    writeFileSync(join(unowned, '0.part'), '')
    const disagreeing = join(parent, basename(withMore).replace(/.{6}$/, 'yyyyyy'))
    mkdirSync(disagreeing)
    writeFileSync(
      join(disagreeing, 'owner.json'),
      stringifyJson({ ...(await thisProcess()), pid: 2 ** 30 - 1 }),
    )
    const linked = join(parent, basename(withMore).replace(/.{6}$/, 'xxxxxx'))
    symlinkSync(ofOthers, linked)
    const all = readdirSync(parent)
    const folder = await makeTemporaryFolder({ parent })
    await folder.remove()
    expect(readdirSync(parent)).toEqual(all)
    expect(readdirSync(withMore)).toHaveLength(4)
    expect(readdirSync(withMore)).toContain('thesis.tex')
    expect(readdirSync(ofOthers)).toEqual(['owner.json'])
    expect([elsewhere, inContainer].map((path) => readdirSync(path).length)).toEqual([3, 3])
    await running.remove()
    expect(existsSync(running.path)).toBe(false)
  })
})
