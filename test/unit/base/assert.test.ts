import { describe, expect, it } from 'vitest'
import { assert, unreachable } from '../../../src/base/assert.ts'
import { thrownBy } from '../../support/thrown.ts'

describe('an invariant', () => {
  it('passes when it holds', () => {
    expect(() => assert(true, 'one is one')).not.toThrow()
  })

  it('is a bug of ours when it does not', () => {
    const error = thrownBy(() => assert(false, 'one is two'))
    expect(error).toMatchObject({ kind: 'internal', message: 'one is two' })
  })
})

describe('a switch over all variants', () => {
  it('names the value that the compiler did not know of', () => {
    // Only a value that escaped the compiler gets here.
    const error = thrownBy(() => unreachable('bucket' as never))
    expect(error).toMatchObject({ kind: 'internal', context: { value: 'bucket' } })
  })
})
