// Partition values of any value, as PyIceberg and Iceberg Java compute them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'

import { isKind } from '../../src/base/errors.ts'
import { transformFunction } from '../../src/layout/apply-transform.ts'
import { canTransform, formatTransform, resultType } from '../../src/layout/transform.ts'
import type { Transform } from '../../src/layout/transform.ts'
import { typeToJson } from '../../src/types/schema-json.ts'
import type { PrimitiveType } from '../../src/types/type.ts'
import type { PrimitiveValue } from '../../src/types/value.ts'
import { anyKnownTransform, anySourceType } from '../support/arbitraries/specs.ts'
import { anyPrimitiveValueOf } from '../support/arbitraries/values.ts'
import { canonicalPrimitive } from '../support/canonical.ts'
import { runs } from '../support/runs.ts'
import { isTransformedByPyiceberg, isTransformedBySpark } from './support/engine-limits.ts'
import { describeWithEngines, pyicebergTransform } from './support/oracle.ts'
import { useSpark } from './support/spark.ts'
import { sparkPrimitive, sparkTransform } from './support/sql.ts'

interface Case {
  readonly type: PrimitiveType
  readonly transform: Transform
  readonly values: readonly PrimitiveValue[]
}

const anyCase: fc.Arbitrary<Case> = anySourceType.chain((type) =>
  fc.record({
    type: fc.constant(type),
    transform: anyKnownTransform.filter((transform) => canTransform(transform, type)),
    values: fc.array(anyPrimitiveValueOf(type), { minLength: 30, maxLength: 30 }),
  }),
)

describeWithEngines('partition values', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frazil-transforms-'))
  const spark = useSpark(() => folder)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('are always those of PyIceberg', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async (question) => {
        const { type, transform } = question
        if (!isTransformedByPyiceberg(transform, type)) return
        const { values, results } = transformed(question)
        const byPyiceberg = await pyicebergTransform({
          transform: formatTransform(transform),
          type: String(typeToJson(type)),
          values: values.map((value) => canonicalPrimitive(type, value)),
        })
        expect(byPyiceberg).toEqual(results)
      }),
      runs(300),
    )
  })

  it('are always those of Iceberg Java', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async (question) => {
        const { type, transform } = question
        if (!isTransformedBySpark(transform, type)) return
        const { values, results } = transformed(question)
        const columns = values.map(
          (value, index) =>
            `${sparkTransform(transform, sparkPrimitive(type, value))} AS c${index}`,
        )
        const { rows } = await spark().sql(`SELECT ${columns.join(', ')}`)
        expect(Object.values(rows[0] ?? {})).toEqual(results)
      }),
      { ...runs(60), endOnFailure: true },
    )
  })
})

/** Values that have a result, which the last hours of 64 bits have not, and what that is in canonical JSON. */
function transformed({ type, transform, values }: Case): {
  readonly values: readonly PrimitiveValue[]
  readonly results: readonly unknown[]
} {
  const apply = transformFunction(transform, type)
  const result = resultType(transform, type)
  if (result === null) throw new Error('the transform takes no such type')
  const pairs = values.flatMap((value) => {
    try {
      return [{ value, result: canonicalPrimitive(result, apply(value)) }]
    } catch (error) {
      if (isKind(error, 'invalid')) return []
      throw error
    }
  })
  return { values: pairs.map(({ value }) => value), results: pairs.map((pair) => pair.result) }
}
