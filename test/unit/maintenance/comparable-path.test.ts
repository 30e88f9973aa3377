import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { comparablePath, spelledLocation } from '../../../src/maintenance/comparable-path.ts'
import { runs } from '../../support/runs.ts'
import { anyPath, anyRespelling } from '../../support/arbitraries/respelled.ts'
import { thrownBy } from '../../support/thrown.ts'

describe('a comparable path', () => {
  it.each([
    ['s3://bucket/t/a.parquet', 's3a://bucket/t/a.parquet'],
    ['/t/a.parquet', 'file:/t/a.parquet'],
    ['/t/a.parquet', 'file:///t/a.parquet'],
    ['s3://bucket/t/a', 's3://bucket//t///a/'],
    ['/t/day=a%2Fb/c', '/t/day=a%252Fb/c'],
    ['/t/a b', '/t/a%20b'],
    ['/t/é', '/t/%C3%A9'],
    ['/t/é', '/t/e\u0301'],
    ['/t/%ff', '/t/%FF'],
    ['/t/x/../a', '/t/./a'],
  ])('is the same for %s and %s', (one, other) => {
    expect(comparablePath(one)).toBe(comparablePath(other))
  })

  it.each([
    ['/t/a', '/t/A'],
    ['/t/a', '/t2/a'],
    ['/t/a', '/t/a/b'],
  ])('differs for %s and %s', (one, other) => {
    expect(comparablePath(one)).not.toBe(comparablePath(other))
  })

  it('comes with what else a location says', () => {
    expect(spelledLocation('S3A://bucket/a')).toEqual({
      scheme: 's3a',
      authority: 'bucket',
      path: '/a',
    })
    expect(spelledLocation('/a//b')).toEqual({ scheme: null, authority: '', path: '/a/b' })
  })

  it('is not to be had of a path that does not say where it is', () => {
    expect(thrownBy(() => comparablePath('data/a.parquet')).kind).toBe('unsupported')
  })

  it('never changes by another spelling, and is always comparable itself', () => {
    fc.assert(
      fc.property(anyPath, anyRespelling, (path, respell) => {
        expect(comparablePath(respell(path))).toBe(comparablePath(path))
        expect(comparablePath(comparablePath(path))).toBe(comparablePath(path))
      }),
      runs(500),
    )
  })
})
