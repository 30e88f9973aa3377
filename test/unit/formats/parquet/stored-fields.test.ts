import { describe, expect, it } from 'vitest'

import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { createMetricsCollector } from '../../../../src/formats/arrow/metrics.ts'
import { footerOf } from '../../../../src/formats/parquet/footer.ts'
import { storedFields } from '../../../../src/formats/parquet/stored-fields.ts'
import type { Field, Type } from '../../../../src/types/type.ts'
import { schemaOf, writeParquet } from '../../../support/parquet-files.ts'

function optional(id: number, name: string, type: Type): Field {
  return { id, name, required: false, type }
}

const unknown = { kind: 'unknown' } as const
const long = { kind: 'long' } as const

describe('columns of unknown type (spec: Parquet)', () => {
  const pair = {
    kind: 'struct',
    fields: [optional(4, 'a', unknown), optional(5, 'b', long)],
  } as const
  const fields = [optional(1, 'n', long), optional(2, 'u', unknown), optional(3, 'pair', pair)]

  it('are in no file, at any level', async () => {
    const { bytes, recordCount } = await writeParquet(schemaOf(...fields), [
      [
        [1n, null, [null, 2n]],
        [null, null, null],
      ],
    ])
    expect(recordCount).toBe(2n)
    expect(footerOf(bytes).schema.columns.map(({ fieldId }) => fieldId)).toEqual([1, 5])
  })

  it('are in no file without rows either', async () => {
    const { bytes } = await writeParquet(schemaOf(...fields), [])
    expect(footerOf(bytes).schema.columns.map(({ fieldId }) => fieldId)).toEqual([1, 5])
  })

  it('have no metrics', () => {
    const modes = new Map(fields.map(({ id }) => [id, { kind: 'full' }] as const))
    const collector = createMetricsCollector({ fields }, modes)
    collector.add(batchFromValues({ fields }, [[1n, null, [null, 2n]]]))
    expect([...collector.finish().valueCounts.keys()]).toEqual([1])
  })

  it('cannot be all that a row, a struct, a list or a map is made of', () => {
    const nothing = { kind: 'struct', fields: [optional(2, 'u', unknown)] } as const
    const list = { kind: 'list', elementId: 2, elementRequired: false, element: unknown } as const
    const map = {
      kind: 'map',
      keyId: 2,
      key: long,
      valueId: 3,
      valueRequired: false,
      value: unknown,
    } as const
    for (const type of [unknown, nothing, list, map]) {
      expect(() => storedFields([optional(1, 'x', type)])).toThrow(
        expect.objectContaining({
          kind: 'unsupported',
          message: expect.stringContaining('unknown'),
        }),
      )
    }
  })

  it('leave schemas without them as they are', () => {
    const others = [optional(1, 'n', long)]
    expect(storedFields(others)).toBe(others)
  })
})
