import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { transformFunction } from '../../../src/layout/apply-transform.ts'
import { checkPromotedSources } from '../../../src/layout/promoted-sources.ts'
import type { Transform } from '../../../src/layout/transform.ts'
import { promoteValue } from '../../../src/types/promotion.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

const before = parseSchemaText('s struct<d: date>, n int, e date')
const after = parseSchemaText('s struct<d: timestamp>, n long, e date')

function specOf(
  sourceId: number,
  transform: Transform,
): Parameters<typeof checkPromotedSources>[0] {
  return [{ specId: 0, fields: [{ sourceId, fieldId: 1000, name: 'p', transform }] }]
}

describe('the source of a partition field', () => {
  it.each<[Transform]>([
    [{ kind: 'identity' }],
    [{ kind: 'bucket', numBuckets: 16 }],
    [{ kind: 'unknown', name: 'zorder' }],
  ])('of %j does not become a timestamp', (transform) => {
    const error = thrownBy(() => checkPromotedSources(specOf(4, transform), before, after))
    expect(error.kind).toBe('invalid')
    expect(error.problems).toEqual([{ path: 's.d', message: 'is a source of partition p' }])
  })

  it.each<[Transform]>([
    [{ kind: 'year' }],
    [{ kind: 'month' }],
    [{ kind: 'day' }],
    [{ kind: 'void' }],
  ])('of %j may', (transform) => {
    expect(() => checkPromotedSources(specOf(4, transform), before, after)).not.toThrow()
  })

  it('may become wider otherwise, stay what it is, or be gone', () => {
    for (const sourceId of [2, 3, 99]) {
      const specs = specOf(sourceId, { kind: 'identity' })
      expect(() => checkPromotedSources(specs, before, after)).not.toThrow()
    }
  })

  it('always has the same partition as a date and as its midnight, where it may change', () => {
    const anyDate = fc.integer({ min: -100_000, max: 100_000 })
    const anyTransform = fc.constantFrom<Transform>(
      { kind: 'year' },
      { kind: 'month' },
      { kind: 'day' },
      { kind: 'void' },
    )
    fc.assert(
      fc.property(anyDate, anyTransform, fc.constantFrom('timestamp', 'timestamp_ns'), (...any) => {
        const [days, transform, kind] = any
        // A date of a type with values is never null.
        const midnight = promoteValue({ kind: 'date' }, { kind }, days) as bigint
        expect(transformFunction(transform, { kind })(midnight)).toEqual(
          transformFunction(transform, { kind: 'date' })(days),
        )
      }),
      runs(200),
    )
  })
})
