import { existsSync } from 'node:fs'
import { execFile } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import type { Measured } from './measure.js'

/** The Python that the tests with other engines use, which has PyIceberg. */
const PYTHON = join(
  process.env['FRAZIL_ORACLES'] ?? join(homedir(), '.cache', 'frazil-oracles'),
  'engines/venv/bin/python',
)

/** Why the sides in Python cannot run; null when they can. */
export function pythonMissing(): string | null {
  return existsSync(PYTHON) ? null : `there is no Python with PyIceberg at ${PYTHON}`
}

/** Runs PyIceberg's side of something in a process of its own, and tells the process that started this one. */
export async function reportPython(task: Readonly<Record<string, unknown>>): Promise<void> {
  // The build holds no Python: the script is where it is written.
  const script = fileURLToPath(new URL('../../bench/sides/with_pyiceberg.py', import.meta.url))
  const { stdout } = await promisify(execFile)(PYTHON, [script, JSON.stringify(task)])
  // What the script prints, and nothing else.
  const { rows, ...measured } = JSON.parse(stdout) as PythonMeasured
  process.send?.({ ...measured, delayMs: 0, done: { rows } } satisfies Measured)
}

type PythonMeasured = Omit<Measured, 'done' | 'delayMs'> & { readonly rows: number }
