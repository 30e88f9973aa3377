import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decimalBytes, manifestEntrySchema } from '../../../../src/formats/avro/manifest-schemas.ts'
import { runs } from '../../../support/runs.ts'

describe('Avro schemas (spec: Avro)', () => {
  it('stores a decimal in the fewest bytes that hold its precision', () => {
    const sizes = [1, 2, 3, 9, 10, 18, 19, 20, 21, 28, 38].map((p) => [p, decimalBytes(p)])
    expect(sizes).toEqual([
      [1, 1],
      [2, 1],
      [3, 2],
      [9, 4],
      [10, 5],
      [18, 8],
      [19, 9],
      [20, 9],
      [21, 9],
      [28, 12],
      [38, 16],
    ])
  })

  it('annotates partition values with what they mean, each under a name of its own', () => {
    const schema = manifestEntrySchema(2, [
      { fieldId: 1000, name: 'ts', type: { kind: 'timestamptz' } },
      { fieldId: 1001, name: 'price', type: { kind: 'decimal', precision: 9, scale: 2 } },
      { fieldId: 1002, name: 'other price', type: { kind: 'decimal', precision: 9, scale: 2 } },
    ])
    const text = JSON.stringify(schema)
    expect(text).toContain(
      '{"name":"ts","type":["null",{"type":"long","logicalType":"timestamp-micros","adjust-to-utc":true}],"default":null,"field-id":1000}',
    )
    expect(text).toContain(
      '"name":"decimal_1001","size":4,"logicalType":"decimal","precision":9,"scale":2',
    )
    expect(text).toContain('"name":"decimal_1002"')
    expect(text).toContain('"name":"other_x20price"')
    expect(text).toContain('"iceberg-field-name":"other price"')
  })

  it('never gives two partition fields one name', () => {
    const anyName = fc.constantFrom('a b', 'a_x20b', 'a_x20b_1001', 'a_x20b_1002', '1', '_1', 'é')
    fc.assert(
      fc.property(fc.uniqueArray(anyName), (names) => {
        const columns = names.map((name, index) => ({
          fieldId: 1000 + index,
          name,
          type: { kind: 'int' as const },
        }))
        const text = JSON.stringify(manifestEntrySchema(2, columns))
        const written = Array.from(
          text.matchAll(
            /"name":"([^"]*)","type":\["null","int"\],"default":null,"field-id":1\d{3}/g,
          ),
          ([, name]) => name,
        )
        expect(written).toHaveLength(names.length)
        expect(new Set(written).size).toBe(names.length)
      }),
      runs(100),
    )
  })
})
