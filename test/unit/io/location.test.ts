import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  canonicalLocation,
  isAbsoluteLocation,
  joinLocation,
  lastName,
  nameBelow,
  nameWithin,
  parentLocation,
  parseLocation,
  pathLocation,
  sameLocation,
  systemPath,
} from '../../../src/io/location.ts'

describe('parsing a location', () => {
  it.each(['/a/b', 'file:/a/b', 'file:///a/b', 'FILE:///a/b/', '//a///b'])(
    'takes %s for the local path /a/b',
    (location) => {
      expect(parseLocation(location)).toEqual({ scheme: 'file', authority: '', path: '/a/b' })
    },
  )

  it.each([
    ['file://host/a', { scheme: 'file', authority: 'host', path: '/a' }],
    ['memory:', { scheme: 'memory', authority: '', path: '/' }],
    ['memory:a/b', { scheme: 'memory', authority: '', path: '/a/b' }],
    ['s3://bucket/a//b', { scheme: 's3', authority: 'bucket', path: '/a//b' }],
    ['s3://bucket', { scheme: 's3', authority: 'bucket', path: '/' }],
    ['s3a://bucket/a', { scheme: 's3', authority: 'bucket', path: '/a' }],
    ['S3N://bucket/a', { scheme: 's3', authority: 'bucket', path: '/a' }],
    [
      'dataos://depot:collection/set',
      { scheme: 'dataos', authority: 'depot:collection', path: '/set' },
    ],
    ['/', { scheme: 'file', authority: '', path: '/' }],
    ['/day=a%2Fb/c d', { scheme: 'file', authority: '', path: '/day=a%2Fb/c d' }],
  ])('takes %s apart', (location, parts) => {
    expect(parseLocation(location)).toEqual(parts)
  })

  it.each([
    'a/b',
    '',
    './a',
    '/a/../b',
    '/a/..',
    '/./a',
    'file:///..',
    's3://b/../c',
    '/a\0b',
    'a b:c',
  ])('refuses %j', (location) => {
    expect(() => parseLocation(location)).toThrow(expect.objectContaining({ kind: 'invalid' }))
  })

  it('lets names begin with dots', () => {
    expect(parseLocation('/..a/.b/c..').path).toBe('/..a/.b/c..')
  })
})

describe('the path of a file', () => {
  it('is what a location says, but for drives of Windows', () => {
    expect(systemPath('/tables/rides', 'linux')).toBe('/tables/rides')
    expect(systemPath('/c:/tables', 'linux')).toBe('/c:/tables')
    expect(systemPath('/c:/tables', 'win32')).toBe('c:/tables')
    expect(systemPath('/tables', 'win32')).toBe('/tables')
  })

  it('gives its location, whose slashes lean one way', () => {
    expect(pathLocation('/tables/rides', 'linux')).toBe('/tables/rides')
    expect(pathLocation('/odd\\name', 'linux')).toBe('/odd\\name')
    expect(pathLocation('c:\\tables\\rides', 'win32')).toBe('/c:/tables/rides')
  })
})

describe('comparing locations', () => {
  it('gives all spellings of a place one', () => {
    expect(canonicalLocation('file:///a/b')).toBe('/a/b')
    expect(canonicalLocation('memory:a')).toBe('memory:/a')
    expect(canonicalLocation('s3://bucket/a/')).toBe('s3://bucket/a')
  })

  it('keeps apart what only looks alike', () => {
    expect(sameLocation('/a', 'file:/a/')).toBe(true)
    expect(sameLocation('/a', '/A')).toBe(false)
    expect(sameLocation('s3://a/b', 's3://b/b')).toBe(false)
    expect(sameLocation('a/b', 'a/b')).toBe(false)
  })

  it.each([
    ['/a', true],
    ['s3://a', true],
    ['memory:', true],
    ['a/b:c', false],
    ['', false],
  ])('%j is absolute: %s', (location, isAbsolute) => {
    expect(isAbsoluteLocation(location)).toBe(isAbsolute)
  })

  it('always finds a canonical location canonical', () => {
    fc.assert(
      fc.property(anyFolder, (location) => {
        const canonical = canonicalLocation(location)
        expect(canonicalLocation(canonical)).toBe(canonical)
        expect(sameLocation(location, canonical)).toBe(true)
      }),
    )
  })
})

describe('joining locations', () => {
  it.each([
    ['/a', ['b', 'c/d'], '/a/b/c/d'],
    ['/a/', ['b'], '/a/b'],
    ['/', ['b'], '/b'],
    ['memory:', ['b'], 'memory:/b'],
    ['file:///', ['b'], 'file:/b'],
    ['s3://bucket', ['day=a%2Fb', 'x.parquet'], 's3://bucket/day=a%2Fb/x.parquet'],
  ])('puts behind %s %j: %s', (folder, names, joined) => {
    expect(joinLocation(folder, ...names)).toBe(joined)
  })

  it.each(['', '/b', 'b/', 'b//c', '.', '..', 'b/../c', 'b\0c'])('refuses the name %j', (name) => {
    expect(() => joinLocation('/a', name)).toThrow(expect.objectContaining({ kind: 'invalid' }))
  })

  it('knows the ends of a location', () => {
    expect(lastName('s3://b/a/v1.metadata.json')).toBe('v1.metadata.json')
    expect(parentLocation('s3://b/a/v1.metadata.json')).toBe('s3://b/a')
    expect(nameBelow('/a', '/a/b/c')).toBe('b/c')
    expect(nameBelow('/a/', '/a/b')).toBe('b')
    expect(nameBelow('/a', '/ab')).toBeNull()
    expect(nameBelow('/a', '/a')).toBeNull()
  })

  it.each([
    ['/a', 'file:///a/b/c', 'b/c'],
    ['memory:a/', 'memory:/a', ''],
    ['s3a://b/a', 's3://b/a/x', 'x'],
    ['s3://b/a', 's3://c/a/x', null],
    ['/a', '/ab', null],
    ['/a/b', '/a', null],
    ['a', '/a', null],
  ])('within %s has %s as %s', (folder, location, name) => {
    expect(nameWithin(folder, location)).toBe(name)
  })

  it('never leaves the folder, and always finds back', () => {
    fc.assert(
      fc.property(anyFolder, fc.array(anyName, { minLength: 1, maxLength: 4 }), (folder, names) => {
        const joined = joinLocation(folder, ...names)
        expect(nameBelow(folder, joined)).toBe(names.join('/'))
        expect(lastName(joined)).toBe(names.at(-1))
        expect(joinLocation(parentLocation(joined), lastName(joined))).toBe(joined)
      }),
    )
  })

  it('never lets a name lead elsewhere', () => {
    fc.assert(
      fc.property(anyFolder, fc.array(anySegment, { maxLength: 5 }), (folder, segments) => {
        const name = segments.join('/')
        const isBelow =
          name !== '' &&
          segments.every((part) => !['', '.', '..'].includes(part) && !part.includes('\0'))
        if (!isBelow) {
          expect(() => joinLocation(folder, name)).toThrow()
          return
        }
        const { path } = parseLocation(folder)
        const below = parseLocation(joinLocation(folder, name)).path
        expect(below).toBe(`${path === '/' ? '' : path}/${name}`)
      }),
    )
  })
})

const anyName = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
  .filter((name) => !/[/\0]/.test(name) && name !== '.' && name !== '..')

const anySegment = fc.oneof(
  anyName,
  fc.constantFrom('', '.', '..', '...', 'a\0b', '%2e%2e', '~', '\\'),
)

const anyFolder = fc
  .tuple(
    fc.constantFrom('/', 'file:/', 'file:///', 'memory:/', 's3://bucket/'),
    fc.array(anyName, { maxLength: 3 }),
    fc.constantFrom('', '/'),
  )
  .map(([root, names, end]) => (names.length === 0 ? root : root + names.join('/') + end))
