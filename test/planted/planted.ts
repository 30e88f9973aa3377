// Plants each bug in a copy of the checkout, and expects that its tests fail.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, describe, expect, it } from 'vitest'

import { plantedBugs } from './bugs.ts'
import type { PlantedBug } from './bugs.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** What tests read. Other processes that they start are as they were built, without the bug. */
const COPIED = ['src', 'test', 'fixtures', 'examples', 'dist', 'package.json', 'vitest.config.ts']

describe('the tests', () => {
  const copy = mkdtempSync(join(tmpdir(), 'frazil-planted-'))
  for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  afterAll(() => rmSync(copy, { recursive: true, force: true }))

  it.each(plantedBugs)('notice a program that $name', async (bug) => {
    expect(await failuresWith(copy, bug)).toBeGreaterThan(0)
  })
})

interface Counts {
  readonly numTotalTests: number
  readonly numFailedTests: number
}

/** How many tests fail while the bug is there. */
async function failuresWith(copy: string, bug: PlantedBug): Promise<number> {
  const path = join(copy, bug.file)
  const sound = readFileSync(path, 'utf8')
  const report = join(copy, 'report.json')
  writeFileSync(
    path,
    sound.replace(bug.line, () => bug.fault),
  )
  try {
    const options = ['--typecheck.enabled=false', '--reporter=json', `--outputFile=${report}`]
    await runTests(copy, [...bug.tests, ...options])
    // What the reporter writes has these counts.
    const { numTotalTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')) as Counts
    if (numTotalTests === 0) throw new Error('no test was run')
    return numFailedTests
  } finally {
    writeFileSync(path, sound)
    rmSync(report, { force: true })
  }
}

/** Runs vitest to its end, whatever that is. */
async function runTests(folder: string, args: readonly string[]): Promise<void> {
  const child = spawn(
    process.execPath,
    [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...args],
    {
      cwd: folder,
      stdio: 'ignore',
    },
  )
  await once(child, 'exit')
}
