import { existsSync } from 'node:fs'
import { execFile } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import type { Measured } from './measure.js'

/** Where the engines are that the tests compare with. */
const ENGINES = join(
  process.env['FRAZIL_ORACLES'] ?? join(homedir(), '.cache', 'frazil-oracles'),
  'engines',
)

/** Their Python, which has PyIceberg and Spark. */
const PYTHON = join(ENGINES, 'venv/bin/python')

/** Why the sides in Python cannot run; null when they can. */
export function pythonMissing(): string | null {
  return existsSync(PYTHON) && existsSync(join(ENGINES, 'installed'))
    ? null
    : `there is no Python with these in ${ENGINES}`
}

/** Runs another engine's side of something in a process of its own, and tells the process that started this one. */
export async function reportPython(
  script:
    | 'with_pyiceberg.py'
    | 'with_spark.py'
    | 'window_with_spark.py'
    | 'expire_with_spark.py'
    | 'compact_with_spark.py',
  task: Readonly<Record<string, unknown>>,
): Promise<void> {
  // The build holds no Python: the script is where it is written.
  const path = fileURLToPath(new URL(`../../bench/sides/${script}`, import.meta.url))
  const env = { ...process.env, FRAZIL_ENGINES: ENGINES, PYTHONDONTWRITEBYTECODE: '1' }
  const { stdout } = await promisify(execFile)(PYTHON, [path, JSON.stringify(task)], { env })
  // What the script prints, and nothing else.
  const { rows, ...measured } = JSON.parse(stdout) as PythonMeasured
  process.send?.({ ...measured, delayMs: 0, done: { rows } } satisfies Measured)
}

type PythonMeasured = Omit<Measured, 'done' | 'delayMs'> & { readonly rows: number }
