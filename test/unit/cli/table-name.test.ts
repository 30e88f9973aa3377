import { describe, expect, it } from 'vitest'

import { parseRelocatedName, parseTableName } from '../../../src/cli/table-name.ts'
import { thrownBy } from '../../support/thrown.ts'

describe('the name of a table on a command line', () => {
  it.each([
    'rides',
    './a:b/c',
    '/tables/a:b',
    'tables/v1.metadata.json',
    'file:/tables/rides',
    'file:///tables/rides',
    's3://bucket/rides',
  ])('%s is a path', (name) => {
    expect(parseTableName(name)).toEqual({ kind: 'path', path: name })
  })

  it.each(['lake:city.rides', 'lake:a.b.c', 'dataos://lake:city/rides?acl=rw'])(
    '%s is an address',
    (name) => {
      expect(parseTableName(name)).toMatchObject({ kind: 'address' })
    },
  )

  it.each(['lake:rides', 'lake:', 'dataos://lake/rides?token=secret'])(
    '%s is a malformed address, and its parameters are not repeated',
    (name) => {
      const error = thrownBy(() => parseTableName(name))
      expect(error.kind).toBe('invalid')
      expect(error.context['table']).toBe(name.replace('?token=secret', ''))
    },
  )

  it('goes with a relocation only when it is a path', () => {
    const relocate = [{ from: '/a', to: '/b' }]
    expect(parseRelocatedName('rides', { relocate })).toEqual({ kind: 'path', path: 'rides' })
    expect(parseRelocatedName('lake:a.b', {})).toMatchObject({ kind: 'address' })
    expect(thrownBy(() => parseRelocatedName('lake:a.b', { relocate })).kind).toBe('invalid')
  })
})
