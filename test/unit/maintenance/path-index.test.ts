import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { comparablePath } from '../../../src/maintenance/comparable-path.ts'
import { PathIndex } from '../../../src/maintenance/path-index.ts'
import { anyPath, anyRespelling } from '../../support/arbitraries/respelled.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

describe('an index of paths', () => {
  it('numbers paths, those once that may mean the same file', () => {
    const index = new PathIndex('s3://bucket/t/')
    expect(index.add('s3://bucket/t/a')).toBe(0)
    expect(index.add('s3a://bucket/t/b')).toBe(1)
    expect(index.add('s3n://bucket//t/a')).toBe(0)
    expect(index.size).toBe(2)
    expect([index.path(0), index.path(1)]).toEqual(['s3://bucket/t/a', 's3a://bucket/t/b'])
    expect([index.find('/t/b'), index.find('/t/c')]).toEqual([1, -1])
  })

  it('holds more than one chunk of them', () => {
    const index = new PathIndex('/t/')
    const pathOf = (number: number): string => `/t/${'x'.repeat(number % 200)}${number}`
    for (let number = 0; number < 20_000; number += 1)
      expect(index.add(pathOf(number))).toBe(number)
    for (let number = 0; number < 20_000; number += 7) {
      expect(index.path(number)).toBe(pathOf(number))
      expect(index.find(pathOf(number))).toBe(number)
    }
  })

  it('refuses a path that no store has', () => {
    expect(thrownBy(() => new PathIndex().add(`/${'x'.repeat(1 << 20)}`)).kind).toBe('limit')
  })

  it('always finds what was added, by any spelling, and never anything else', () => {
    fc.assert(
      fc.property(
        fc.array(anyPath, { maxLength: 20 }),
        fc.array(anyPath, { maxLength: 20 }),
        anyRespelling,
        fc.constantFrom('', '/', '/a'),
        (paths, others, respell, prefix) => {
          const index = new PathIndex(prefix)
          for (const path of paths) index.add(path)
          const known = new Map([...paths].reverse().map((path) => [comparablePath(path), path]))
          expect(index.size).toBe(known.size)
          for (const [key, path] of known) {
            expect(index.path(index.find(key))).toBe(path)
            expect(index.add(respell(path))).toBe(index.find(key))
          }
          for (const other of others) {
            const key = comparablePath(other)
            expect(index.find(key) >= 0).toBe(known.has(key))
          }
        },
      ),
      runs(200),
    )
  })
})
