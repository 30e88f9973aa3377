import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { expect, it } from 'vitest'

import { temporaryFolder } from '../support/folders.ts'

const PROGRAM = fileURLToPath(new URL('../support/children/stream-heap.mjs', import.meta.url))
const FLAGS = ['--expose-gc', '--no-opt', '--no-maglev', '--no-sparkplug', '--no-flush-bytecode']

/** Of what was read no more stays than the name of its file: some 300 bytes with its line in a manifest, where this was measured. */
const BYTES_PER_BATCH = 800

it('a stream never holds more of the batches that it has done than which files they were', async () => {
  const after = [30, 80]
  const told = JSON.stringify({ folder: temporaryFolder(), after })
  const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, PROGRAM, told])
  const [before = 0, now = Infinity] = JSON.parse(stdout) as number[]
  expect((now - before) / 50).toBeLessThan(BYTES_PER_BATCH)
}, 180_000)
