import { mkdirSync } from 'node:fs'
import type * as files from 'node:fs/promises'
import { join, relative } from 'node:path'

import { describe, expect, it, vi } from 'vitest'

import { temporaryFolder } from '../../support/folders.ts'
import { text } from '../../support/streams.ts'

/** What was asked of the file system, in order: a call and the last name of each path. */
const { calls, noted } = vi.hoisted(() => {
  const steps: string[] = []
  const note = (call: string, ...paths: readonly unknown[]): void => {
    steps.push([call, ...paths.map((path) => String(path))].join(' '))
  }
  return { calls: steps, noted: note }
})

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof files>()
  return {
    ...actual,
    async open(...args: Parameters<typeof files.open>) {
      const file = await actual.open(...args)
      const [path] = args
      const sync = file.sync.bind(file)
      const write = file.write.bind(file)
      return Object.assign(file, {
        sync() {
          noted('sync', path)
          return sync()
        },
        write(bytes: Uint8Array, ...rest: number[]) {
          noted('write', path)
          return write(bytes, ...rest)
        },
      })
    },
    link(...args: Parameters<typeof files.link>) {
      noted('link', ...args)
      return actual.link(...args)
    },
    rename(...args: Parameters<typeof files.rename>) {
      noted('rename', ...args)
      return actual.rename(...args)
    },
    mkdir(...args: Parameters<typeof files.mkdir>) {
      noted('mkdir', args[0])
      return actual.mkdir(...args)
    },
  }
})

/** The steps of a put, with paths below `root`; unfinished files are called `unfinished`. */
async function stepsOf(
  root: string,
  name: string,
  mode: 'create' | 'overwrite',
): Promise<readonly string[]> {
  // Another test may have loaded it, without the steps being noted.
  vi.resetModules()
  const { createLocalStore } = await import('../../../src/io/local-store.ts')
  const store = createLocalStore({ uuid: () => 'unfinished' })
  calls.length = 0
  await store.put(join(root, name), text('x'), mode)
  return calls
    .map((call) => call.split(' '))
    .map(([call, ...paths]) =>
      [call, ...paths.map((path) => relative(root, path) || '.')].join(' '),
    )
    .filter((step) => !step.includes('..'))
}

describe.skipIf(process.platform === 'win32')('a file that is to outlive a crash', () => {
  it.each([
    ['create', 'link'],
    ['overwrite', 'rename'],
  ] as const)('is synced before it has its name, and its folder after: %s', async (mode, step) => {
    const steps = await stepsOf(temporaryFolder(), 'v1', mode)
    expect(steps.slice(steps.indexOf('write unfinished.tmp'))).toEqual([
      'write unfinished.tmp',
      'sync unfinished.tmp',
      `${step} unfinished.tmp v1`,
      'sync .',
    ])
  })

  it('has folders that are synced into those above before there is anything in them', async () => {
    const root = temporaryFolder()
    mkdirSync(join(root, 'a'))
    const steps = await stepsOf(root, 'a/b/c/v1', 'create')
    expect(
      steps.slice(steps.indexOf('mkdir a/b'), steps.indexOf('write a/b/c/unfinished.tmp')),
    ).toEqual(['mkdir a/b', 'sync a', 'mkdir a/b/c', 'sync a/b'])
  })
})
