import { describe, expect, it } from 'vitest'
import { nearestName } from '../../../src/base/nearest-name.ts'

const NAMES = ['id', 'city', 'driver', 'driver_name', 'fare']

describe('the name that was most likely meant', () => {
  it.each([
    ['ciyt', null],
    ['cit', 'city'],
    ['citty', 'city'],
    ['City', 'city'],
    ['driver_nmae', 'driver_name'],
    ['drivers', 'driver'],
    ['ID', 'id'],
    ['town', null],
    ['', null],
  ])('for %j is %j', (name, nearest) => {
    expect(nearestName(name, NAMES)).toBe(nearest)
  })

  it('is the first of two that are as near', () => {
    expect(nearestName('ab', ['aa', 'bb'])).toBe('aa')
  })

  it('is none among none', () => {
    expect(nearestName('id', [])).toBeNull()
  })
})
