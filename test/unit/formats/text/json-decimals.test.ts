import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { rowsOf } from '../../../../src/formats/arrow/rows.ts'
import type { BadRow } from '../../../../src/formats/text/bad-row.ts'
import { ndjsonBatches } from '../../../../src/formats/text/ndjson-batches.ts'
import { parseSchemaText } from '../../../../src/types/schema-text.ts'
import { runs } from '../../../support/runs.ts'
import { collect, streamOf, text } from '../../../support/streams.ts'

/** A number as JSON spells it: `magnitude` times ten to the power of `exponent`. */
interface Spelled {
  readonly text: string
  readonly magnitude: bigint
  readonly exponent: number
}

/** Few, most times. */
const anyCount = fc.oneof(fc.nat({ max: 4 }), fc.nat({ max: 18 }), fc.nat({ max: 42 }))

/** Digits with a point somewhere among them, zeros at their end, or an exponent. */
const anySpelled: fc.Arbitrary<Spelled> = fc
  .record({
    digits: anyCount.chain((count) => fc.bigInt({ min: 0n, max: 10n ** BigInt(count) })),
    isNegative: fc.boolean(),
    places: anyCount,
    zeros: fc.oneof(fc.constant(0), fc.nat({ max: 5 })),
    power: fc.oneof(
      fc.constant(null),
      fc.integer({ min: -4, max: 4 }),
      fc.integer({ min: -45, max: 45 }),
    ),
    spelling: fc.constantFrom('e', 'E', 'e+'),
  })
  .map(({ digits, isNegative, places, zeros, power, spelling }) => {
    const all = `${digits}${'0'.repeat(zeros)}`.padStart(places + 1, '0')
    const whole = all.slice(0, all.length - places).replace(/^0+(?=.)/, '')
    const number = places === 0 ? whole : `${whole}.${all.slice(-places)}`
    const sign = isNegative ? '-' : ''
    const exponentText =
      power === null ? '' : `${power < 0 && spelling === 'e+' ? 'e' : spelling}${power}`
    return {
      text: `${sign}${number}${exponentText}`,
      magnitude: isNegative ? -BigInt(all) : BigInt(all),
      exponent: (power ?? 0) - places,
    }
  })

/** The unscaled value that is the same number; null where there is none, or none of so few digits. */
function unscaledOf(
  { magnitude, exponent }: Spelled,
  precision: number,
  scale: number,
): bigint | null {
  const power = exponent + scale
  const factor = 10n ** BigInt(Math.abs(power))
  if (power < 0 && magnitude % factor !== 0n) return null
  const unscaled = power < 0 ? magnitude / factor : magnitude * factor
  const size = unscaled < 0n ? -unscaled : unscaled
  return size < 10n ** BigInt(precision) ? unscaled : null
}

const anyType = fc
  .integer({ min: 1, max: 38 })
  .chain((precision) => fc.tuple(fc.constant(precision), fc.integer({ min: 0, max: precision })))

describe('decimals of lines of JSON', () => {
  it('always are what their digits say, as numbers and as texts, and never rounded', async () => {
    await fc.assert(
      fc.asyncProperty(anyType, anySpelled, async ([precision, scale], spelled) => {
        const type = `decimal(${precision},${scale})`
        const schema = parseSchemaText(`v ${type}, l list<${type}>, s struct<v: ${type}>`)
        const number = spelled.text
        const lines = [
          `{"v":${number}}`,
          `{"v": "${number}"}`,
          `{"l":[${number}]}`,
          `{"s":{"v":${number}}}`,
          // A name that comes twice takes the long way.
          `{"v":null,"v":${number}}`,
        ]
        const bad: BadRow[] = []
        const onBad = (row: BadRow): void => void bad.push(row)
        const bytes = streamOf([text(lines.join('\n'))])
        const batches = await collect(ndjsonBatches(schema, bytes, { onBad }))
        const rows = batches.flatMap((batch) => Array.from(rowsOf(batch, schema)))
        const value = unscaledOf(spelled, precision, scale)
        const expected = [
          [value, null, null],
          [value, null, null],
          [null, [value], null],
          [null, null, [value]],
          [value, null, null],
        ]
        expect(rows).toEqual(value === null ? [] : expected)
        expect(bad.map(({ line }) => line)).toEqual(value === null ? [1, 2, 3, 4, 5] : [])
      }),
      runs(400),
    )
  })

  it.each([
    // Those that a double would make whole.
    ['decimal(38,10)', '9007199254740990.9', 90071992547409909000000000n],
    ['decimal(38,20)', '0.99999999999999999999', 99999999999999999999n],
    ['decimal(4,2)', '99.99', 9999n],
    ['decimal(4,2)', '100.00', null],
    ['decimal(4,2)', '-1e2', null],
    ['decimal(4,2)', '0.001', null],
    ['decimal(4,2)', '1.2300e1', 1230n],
  ] as const)('of the type %s are exact: %s', async (type, number, value) => {
    const schema = parseSchemaText(`v ${type}`)
    const bad: BadRow[] = []
    const onBad = (row: BadRow): void => void bad.push(row)
    const bytes = streamOf([text(`{"v":${number}}\n{"v":"${number}"}`)])
    const batches = await collect(ndjsonBatches(schema, bytes, { onBad }))
    const rows = batches.flatMap((batch) => Array.from(rowsOf(batch, schema)))
    expect(rows).toEqual(value === null ? [] : [[value], [value]])
    expect(bad).toHaveLength(value === null ? 2 : 0)
  })

  it('that the type does not hold are told of with the type', async () => {
    const schema = parseSchemaText('fare decimal(10,2)')
    const read = collect(ndjsonBatches(schema, streamOf([text('{"fare":12.30}\n{"fare":12.345}')])))
    await expect(read).rejects.toMatchObject({
      kind: 'invalid',
      message:
        'expected a decimal as text, as { unscaled, scale } or in a file as a number, exact in the type',
      context: { line: 2, path: 'fare', type: 'decimal(10, 2)' },
    })
  })
})
