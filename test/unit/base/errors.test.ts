import { describe, expect, it } from 'vitest'
import { IcebergError, isKind, withContext } from '../../../src/base/errors.ts'

describe('an error of ours', () => {
  it('has a kind to branch on, and no context, problems or cause unless given', () => {
    const error = new IcebergError('not-found', 'no such table')
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'IcebergError', message: 'no such table', context: {} })
    expect(error.problems).toEqual([])
    expect('cause' in error).toBe(false)
  })

  it('is told from other kinds, and from errors of others', () => {
    const error = new IcebergError('conflict', 'another writer won')
    expect(isKind(error, 'conflict')).toBe(true)
    expect(isKind(error, 'corrupt')).toBe(false)
    expect(isKind(Object.assign(new Error('alike'), { kind: 'conflict' }), 'conflict')).toBe(false)
    expect(isKind(undefined, 'conflict')).toBe(false)
  })
})

describe('more context for an error', () => {
  it('goes beside what was known, which stays', () => {
    const cause = new Error('origin')
    const problems = [{ path: 'rows[0].fare', message: 'not a decimal' }]
    const error = new IcebergError('invalid', 'bad rows', {
      context: { row: 1 },
      cause,
      problems,
    })
    expect(withContext(error, { row: 7, table: 'city.rides' })).toMatchObject({
      kind: 'invalid',
      message: 'bad rows',
      context: { row: 1, table: 'city.rides' },
      cause,
      problems,
    })
    expect(error.context).toEqual({ row: 1 })
  })

  it('leaves what others threw as it is', () => {
    const thrown = new TypeError('not ours')
    expect(withContext(thrown, { table: 'city.rides' })).toBe(thrown)
    expect(withContext(null, { table: 'city.rides' })).toBe(null)
  })
})
