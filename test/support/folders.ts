import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { onTestFinished } from 'vitest'

/** What the largest runs leave are tens of thousands of files. */
const REMOVAL_TIMEOUT_MS = 600_000

/** An empty folder of this machine, gone when the test is. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'frazil-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }), REMOVAL_TIMEOUT_MS)
  return folder
}
