import { resolve } from 'node:path'

import { describe, expect, it } from 'vitest'

import { absoluteLocation } from '../../../src/io/absolute-location.ts'
import { parseLocation } from '../../../src/io/location.ts'

describe('a location in full', () => {
  it.each(['memory:', 'file:/a', 's3://bucket/a'])('is %s as it is', (location) => {
    expect(absoluteLocation(location)).toBe(location)
  })

  it('is a path from the working folder', () => {
    expect(absoluteLocation('warehouse')).toBe(resolve('warehouse'))
    expect(absoluteLocation('/a/../b/')).toBe('/b')
  })

  it.each([
    ['C:\\tables\\rides', '/C:/tables/rides'],
    ['c:/tables/../rides', '/c:/rides'],
  ])('is a path with slashes for %s of Windows', (location, expected) => {
    expect(absoluteLocation(location, 'win32')).toBe(expected)
    expect(parseLocation(expected).scheme).toBe('file')
  })

  it('is refused for a share of Windows, which a location cannot say', () => {
    expect(() => absoluteLocation('\\\\server\\share\\rides', 'win32')).toThrow(
      expect.objectContaining({ kind: 'invalid' }),
    )
  })
})
