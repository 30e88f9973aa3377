import { describe, expect, it } from 'vitest'

import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import { batchLines, batchObjects } from '../../../src/scan/rows.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'

const { fields } = parseSchemaText('id long not null, ts timestamptz, "__proto__" string')
const batch = batchFromValues({ fields }, [
  [2n ** 60n, 0n, 'x'],
  [1n, null, null],
])

describe('rows of a batch', () => {
  it('are objects of exact values', () => {
    const [first, second] = batchObjects(batch, fields, new Map())
    expect(first?.['id']).toBe(2n ** 60n)
    expect(first?.['ts']).toBe('1970-01-01T00:00:00.000000+00:00')
    expect(Object.entries(second ?? {})).toEqual([
      ['id', 1n],
      ['ts', null],
      ['__proto__', null],
    ])
    expect(Object.getPrototypeOf(first)).toBe(Object.prototype)
  })

  it('come in other forms when those are asked for', () => {
    const forms = new Map([[fields[1]?.id ?? 0, 'date' as const]])
    const [first] = batchObjects(batch, fields, forms)
    expect(first?.['ts']).toEqual(new Date(0))
  })

  it('are lines of JSON', () => {
    expect([...batchLines(batch, fields)]).toEqual([
      '{"id":1152921504606846976,"ts":"1970-01-01T00:00:00.000000+00:00","__proto__":"x"}',
      '{"id":1,"ts":null,"__proto__":null}',
    ])
  })
})
