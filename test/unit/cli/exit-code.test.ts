import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../src/base/errors.ts'
import type { ErrorKind } from '../../../src/base/errors.ts'
import { exitCodeOf } from '../../../src/cli/exit-code.ts'

describe('the exit code', () => {
  it.each<[ErrorKind, number]>([
    ['conflict', 3],
    ['commit-unknown', 4],
    ['invalid', 5],
    ['not-found', 5],
    ['corrupt', 5],
    ['unsupported', 5],
    ['limit', 5],
    ['unavailable', 6],
    ['internal', 70],
  ])('of %s is %i', (kind, code) => {
    expect(exitCodeOf(new IcebergError(kind, 'm'))).toBe(code)
  })

  it('of what is no error of ours is that of a bug', () => {
    expect(exitCodeOf(new Error('m'))).toBe(70)
    expect(exitCodeOf(undefined)).toBe(70)
  })
})
