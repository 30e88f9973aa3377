import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../src/base/errors.ts'
import {
  formatDatasetAddress,
  isAddressName,
  metadataTableOf,
  parseDatasetAddress,
  parseDepotAddress,
  parseTableAddress,
} from '../../../src/jobs/address.ts'
import type { DatasetAddress } from '../../../src/jobs/address.ts'
import { runs } from '../../support/runs.ts'

function messageOf(parse: () => unknown): string {
  try {
    parse()
  } catch (error) {
    if (error instanceof IcebergError && error.kind === 'invalid') return error.message
    throw error
  }
  throw new Error('nothing was refused')
}

describe('a dataset address', () => {
  it('is a depot, a collection and a dataset', () => {
    expect(parseDatasetAddress('dataos://lake:ports/calls_2021')).toEqual({
      kind: 'dataset',
      depot: 'lake',
      collection: 'ports',
      dataset: 'calls_2021',
      acl: 'r',
      params: new Map(),
    })
  })

  it.each([
    ['?acl=rw', 'rw', {}],
    ['?acl=r', 'r', {}],
    ['?', 'r', {}],
    ['?a=b&acl=rw&c=', 'rw', { a: 'b', c: '' }],
    ['?a=b%20c', 'r', { a: 'b c' }],
  ])('may end in %s', (query, acl, params) => {
    const address = parseDatasetAddress(`dataos://lake:ports/calls${query}`)
    expect([address.acl, Object.fromEntries(address.params)]).toEqual([acl, params])
  })

  it.each([
    ['lake:ports/calls', 'a dataset address begins with dataos://'],
    ['s3://lake:ports/calls', 'a dataset address begins with dataos://'],
    ['dataos://lake:ports/calls?acl=w', 'acl must be r or rw'],
    ['dataos://lake:ports/calls?acl=RW', 'acl must be r or rw'],
    [
      'dataos://lake:ports/calls?acl=r&acl=rw',
      'each parameter of a dataset address is named, and given once',
    ],
    [
      'dataos://lake:ports/calls?=a',
      'each parameter of a dataset address is named, and given once',
    ],
    ['dataos://lake:ports/calls?a=b?c', 'a dataset address has one question mark at most'],
  ])('is not %s', (text, message) => {
    expect(messageOf(() => parseDatasetAddress(text))).toBe(message)
  })

  it.each([
    'dataos://',
    'dataos://lake',
    'dataos://lake:ports',
    'dataos://lake:ports/',
    'dataos://lake:/calls',
    'dataos://:ports/calls',
    'dataos://lake/ports/calls',
    'dataos://lake:ports/calls/',
    'dataos://lake:ports//calls',
    'dataos://lake:ports/more/calls',
    'dataos://lake:ports:more/calls',
    'dataos://lake:../calls',
    'dataos://lake:ports/..',
    'dataos://lake:ports/call s',
    'dataos://lake:ports/%2e%2e',
    'dataos://lake:ports/calls#a',
    ' dataos://lake:ports/calls\n',
  ])('has nothing missing and nothing more: %j', (text) => {
    expect(messageOf(() => parseDatasetAddress(text))).toMatch(/^a dataset address/)
  })

  it('always survives being written and read', () => {
    const anyName = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,10}$/)
    const anyAddress: fc.Arbitrary<DatasetAddress> = fc.record({
      kind: fc.constant('dataset'),
      depot: anyName,
      collection: anyName,
      dataset: anyName,
      acl: fc.constantFrom('r', 'rw'),
      params: fc
        .dictionary(
          fc.string({ minLength: 1, unit: 'grapheme' }).filter((name) => name !== 'acl'),
          fc.string({ unit: 'grapheme' }),
        )
        .map((params) => new Map(Object.entries(params))),
    })
    fc.assert(
      fc.property(anyAddress, (address) => {
        expect(parseDatasetAddress(formatDatasetAddress(address))).toEqual(address)
      }),
      runs(200),
    )
  })
})

describe('the address of a depot', () => {
  it('has no dataset', () => {
    expect(parseDepotAddress('dataos://lake:ports?acl=rw')).toEqual({
      kind: 'dataset',
      depot: 'lake',
      collection: 'ports',
      dataset: '',
      acl: 'rw',
      params: new Map(),
    })
  })

  it.each(['dataos://lake', 'dataos://lake:', 'dataos://lake:ports/calls', 'dataos://lake:ports/'])(
    'is not %s',
    (text) => {
      expect(messageOf(() => parseDepotAddress(text))).toBe(
        'a depot is dataos://depot:collection, without a dataset, which a sink names',
      )
    },
  )
})

describe('the address of a metadata table', () => {
  it('is that of its table with a word behind', () => {
    const address = parseDatasetAddress('dataos://lake:ports/calls.snapshots')
    expect(metadataTableOf(address)).toEqual({
      table: { ...address, dataset: 'calls' },
      name: 'snapshots',
    })
  })

  it.each(['calls', 'snapshots', 'calls.Snapshots', 'calls.rows', 'calls.snapshots.x'])(
    'is not that of %s',
    (dataset) => {
      expect(metadataTableOf(parseDatasetAddress(`dataos://lake:ports/${dataset}`))).toBeNull()
    },
  )
})

describe('a table address', () => {
  it('may be of a dataset', () => {
    expect(parseTableAddress('dataos://lake:ports/calls?acl=rw')).toMatchObject({ kind: 'dataset' })
  })

  it('may be of a table in a catalog', () => {
    expect(parseTableAddress('lake:trade.ports.calls')).toEqual({
      kind: 'catalog',
      catalog: 'lake',
      identifier: { namespace: ['trade', 'ports'], name: 'calls' },
    })
  })

  it.each([
    'lake',
    ':ports.calls',
    'lake:calls',
    'lake:',
    'la ke:ports.calls',
    './lake:ports.calls',
    '',
  ])('is not %j', (text) => {
    expect(messageOf(() => parseTableAddress(text))).not.toBe('')
  })
})

describe('isAddressName', () => {
  it.each([
    ['lake', true],
    ['hafen-öl_2', true],
    ['', false],
    ['-a', false],
    ['.a', false],
    ['a:b', false],
    ['a/b', false],
    ['a b', false],
  ])('of %j is %s', (name, expected) => {
    expect(isAddressName(name)).toBe(expected)
  })
})
