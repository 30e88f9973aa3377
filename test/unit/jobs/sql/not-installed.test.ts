import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { expect, it } from 'vitest'

const PROGRAM = fileURLToPath(
  new URL('../../../support/children/without-duckdb.mjs', import.meta.url),
)

it('says which package SQL needs where it is not installed', () => {
  const said = execFileSync(process.execPath, [PROGRAM], { encoding: 'utf8' })
  expect(said).toBe('unsupported: SQL needs a package: npm install @duckdb/node-api')
})
