import { describe, expect, it } from 'vitest'

import { parseAvroType } from '../../../../src/formats/avro/avro-type.ts'
import { thrownBy } from '../../../support/thrown.ts'

describe('schemas of Avro files', () => {
  it('keeps field ids and what a type says of its values', () => {
    const schema = recordOf('r', [
      { name: 'a', type: ['null', { type: 'int', logicalType: 'date' }], 'field-id': 7 },
      { name: 'b', type: { type: 'fixed', name: 'f', size: 3, logicalType: 'decimal', scale: 2 } },
    ])
    expect(parseAvroType(schema)).toEqual({
      kind: 'record',
      fields: [
        {
          name: 'a',
          fieldId: 7,
          type: {
            kind: 'union',
            branches: [
              { kind: 'null', logicalType: null, scale: 0 },
              { kind: 'int', logicalType: 'date', scale: 0 },
            ],
          },
        },
        {
          name: 'b',
          fieldId: null,
          type: { kind: 'fixed', size: 3, logicalType: 'decimal', scale: 2 },
        },
      ],
    })
  })

  it('follows names, with and without a namespace', () => {
    const fixed = { type: 'fixed', name: 'f', namespace: 'x.y', size: 2 }
    const schema = recordOf('r', [
      { name: 'a', type: fixed },
      { name: 'b', type: 'f' },
      { name: 'c', type: { type: 'x.y.f' } },
    ])
    expect(parseAvroType(schema)).toMatchObject({
      fields: [{ type: { size: 2 } }, { type: { size: 2 } }, { type: { size: 2 } }],
    })
  })

  it('ignores what it need not know', () => {
    const schema = { type: 'string', 'java-class': 'Evil', default: '${jndi:x}', avro: 1 }
    expect(parseAvroType(schema)).toEqual({ kind: 'string', logicalType: null, scale: 0 })
  })

  it.each([
    ['a name that nothing has', 'unheard'],
    ['a name that is inherited', 'toString'],
    ['a number', 7],
    ['null', null],
    ['a record without fields', { type: 'record', name: 'r' }],
    ['a type that holds itself', recordOf('r', [{ name: 'next', type: ['null', 'r'] }])],
    ['items of no bytes', { type: 'array', items: 'null' }],
    [
      'items whose fields have no bytes',
      { type: 'array', items: recordOf('r', [{ name: 'a', type: 'null' }]) },
    ],
    [
      'items that are fixed at no bytes',
      { type: 'array', items: { type: 'fixed', name: 'f', size: 0 } },
    ],
    ['a negative size', { type: 'fixed', name: 'f', size: -1 }],
  ])('refuses %s', (_, schema) => {
    expect(thrownBy(() => parseAvroType(schema)).kind).toBe('corrupt')
  })

  it('refuses types nested too deep', () => {
    let schema: unknown = 'int'
    for (let level = 0; level < 20_000; level += 1) {
      schema = { type: 'array', items: schema }
    }
    expect(thrownBy(() => parseAvroType(schema)).kind).toBe('limit')
  })

  it('refuses names that double each other, at once', () => {
    const fields: unknown[] = [{ name: 'f0', type: recordOf('r0', [{ name: 'a', type: 'int' }]) }]
    for (let level = 1; level < 60; level += 1) {
      const twice = ['a', 'b'].map((name) => ({ name, type: `r${level - 1}` }))
      fields.push({ name: `f${level}`, type: recordOf(`r${level}`, twice) })
    }
    expect(thrownBy(() => parseAvroType(recordOf('root', fields))).kind).toBe('limit')
  })
})

function recordOf(name: string, fields: readonly unknown[]): unknown {
  return { type: 'record', name, fields }
}
