import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { plantedBugs } from './bugs.ts'

const ROOT = new URL('../../', import.meta.url)

describe('a bug that can be planted', () => {
  it.each(plantedBugs)('has its line once, and tests: $name', ({ file, line, tests }) => {
    const source = readFileSync(new URL(file, ROOT), 'utf8')
    expect(source.split(line)).toHaveLength(2)
    for (const test of tests) expect(existsSync(fileURLToPath(new URL(test, ROOT)))).toBe(true)
  })
})
