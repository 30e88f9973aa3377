import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { concatBytes } from '../../../../src/base/bytes.ts'
import { INT64_MAX, INT64_MIN } from '../../../../src/base/integers.ts'
import { batchProjector } from '../../../../src/formats/arrow/project.ts'
import { rowsOf } from '../../../../src/formats/arrow/rows.ts'
import { withFieldIds } from '../../../../src/formats/parquet/field-ids.ts'
import { readFooter } from '../../../../src/formats/parquet/footer.ts'
import { readParquet } from '../../../../src/formats/parquet/reader.ts'
import { wasmCodec } from '../../../../src/formats/parquet/wasm-codec.ts'
import { mappedFieldId, nameMappingOf } from '../../../../src/types/name-mapping.ts'
import { childFields } from '../../../../src/types/schema.ts'
import type { Field, Type } from '../../../../src/types/type.ts'
import type { Value } from '../../../../src/types/value.ts'
import { bytesAccess, schemaOf } from '../../../support/parquet-files.ts'
import {
  CONVERTED,
  PHYSICAL,
  int32s,
  int64s,
  rawParquet,
  texts,
} from '../../../support/raw-parquet.ts'
import type { RawColumn, RawElement } from '../../../support/raw-parquet.ts'
import { runs } from '../../../support/runs.ts'

function optional(id: number, name: string, type: Type): Field {
  return { id, name, required: false, type }
}

const int: Type = { kind: 'int' }
const text: Type = { kind: 'string' }

function listOf(element: Type): Type {
  return { kind: 'list', elementId: 2, elementRequired: false, element }
}

/** The values of the one column of a file whose columns have no ids, as a field of the same name is read by its name. */
async function readByName(file: Uint8Array, field: Field): Promise<(Value | null)[]> {
  const access = bytesAccess(file)
  const mapping = nameMappingOf(schemaOf(field))
  const footer = withFieldIds(await readFooter(access), (path) => mappedFieldId(mapping, path))
  const ids = new Set<number>()
  const visit = ({ id, type }: Field): void => {
    ids.add(id)
    childFields(type).forEach(visit)
  }
  visit(field)
  const values: (Value | null)[] = []
  const batches = readParquet({ file: access, footer, codec: wasmCodec(), fieldIds: ids })
  for await (const batch of batches) {
    const read = batchProjector([field], batch.schema)(batch)
    for (const [value] of rowsOf(read, { fields: [field] })) values.push(value ?? null)
  }
  return values
}

/** Three rows: null, an empty list, and a list of two, of columns at these levels. */
function lists(column: Pick<RawColumn, 'type' | 'values'>, depth: number): RawColumn {
  return { ...column, repetitions: [0, 0, 0, 1], definitions: [0, 1, depth, depth] }
}

const sevenAndEight = { type: PHYSICAL.int32, values: int32s(7, 8) }

describe('lists of old writers', () => {
  it.each<readonly [string, RawElement, Type, Value]>([
    [
      'repeats a value',
      { name: 'item', repetition: 'repeated', column: lists(sevenAndEight, 2) },
      int,
      [7, 8],
    ],
    [
      'repeats a group of several fields',
      {
        name: 'element',
        repetition: 'repeated',
        children: [
          { name: 'n', repetition: 'required', column: lists(sevenAndEight, 2) },
          {
            name: 's',
            repetition: 'required',
            column: lists({ type: PHYSICAL.bytes, values: texts('a', 'b') }, 2),
            converted: CONVERTED.utf8,
          },
        ],
      },
      { kind: 'struct', fields: [optional(3, 'n', int), optional(4, 's', text)] },
      [
        [7, 'a'],
        [8, 'b'],
      ],
    ],
    [
      'repeats a group named array',
      {
        name: 'array',
        repetition: 'repeated',
        children: [{ name: 'n', repetition: 'required', column: lists(sevenAndEight, 2) }],
      },
      { kind: 'struct', fields: [optional(3, 'n', int)] },
      [[7], [8]],
    ],
    [
      'repeats a group named for the list',
      {
        name: 'l_tuple',
        repetition: 'repeated',
        children: [{ name: 'n', repetition: 'required', column: lists(sevenAndEight, 2) }],
      },
      { kind: 'struct', fields: [optional(3, 'n', int)] },
      [[7], [8]],
    ],
    [
      'repeats a bag of elements, as Hive does',
      {
        name: 'bag',
        repetition: 'repeated',
        children: [{ name: 'array_element', column: lists(sevenAndEight, 3) }],
      },
      int,
      [7, 8],
    ],
  ])('is read when it %s', async (_name, repeated, element, expected) => {
    const file = rawParquet([{ name: 'l', converted: CONVERTED.list, children: [repeated] }], 3)
    expect(await readByName(file, optional(1, 'l', listOf(element)))).toEqual([null, [], expected])
  })

  it('is read when it repeats a list', async () => {
    const inner: RawElement = {
      name: 'array',
      repetition: 'repeated',
      converted: CONVERTED.list,
      children: [
        {
          name: 'array',
          repetition: 'repeated',
          column: {
            type: PHYSICAL.int32,
            values: int32s(7, 8, 9),
            repetitions: [0, 0, 2, 1],
            definitions: [0, 3, 3, 3],
          },
        },
      ],
    }
    const file = rawParquet([{ name: 'l', converted: CONVERTED.list, children: [inner] }], 2)
    const type = listOf({ kind: 'list', elementId: 3, elementRequired: false, element: int })
    expect(await readByName(file, optional(1, 'l', type))).toEqual([null, [[7, 8], [9]]])
  })
})

describe('maps of old writers', () => {
  const type: Type = {
    kind: 'map',
    keyId: 2,
    key: text,
    valueId: 3,
    valueRequired: false,
    value: int,
  }

  it.each([CONVERTED.map, CONVERTED.mapKeyValue])('are read with annotation %i', async (outer) => {
    const file = rawParquet(
      [
        {
          name: 'm',
          converted: outer,
          children: [
            {
              name: 'map',
              repetition: 'repeated',
              converted: CONVERTED.mapKeyValue,
              children: [
                {
                  name: 'k',
                  repetition: 'required',
                  converted: CONVERTED.utf8,
                  column: lists({ type: PHYSICAL.bytes, values: texts('a', 'b') }, 2),
                },
                {
                  name: 'v',
                  column: {
                    type: PHYSICAL.int32,
                    values: int32s(7),
                    repetitions: [0, 0, 0, 1],
                    definitions: [0, 1, 3, 2],
                  },
                },
              ],
            },
          ],
        },
      ],
      3,
    )
    expect(await readByName(file, optional(1, 'm', type))).toEqual([
      null,
      [],
      [
        ['a', 7],
        ['b', null],
      ],
    ])
  })
})

describe('columns of old writers', () => {
  const column = (
    element: Omit<RawElement, 'name' | 'column'> & Omit<RawColumn, 'definitions'>,
    definitions: readonly number[],
  ): Uint8Array => {
    const { type, values, typeLength, ...rest } = element
    const length = typeLength === undefined ? {} : { typeLength }
    return rawParquet(
      [{ ...rest, name: 'c', column: { type, values, definitions, ...length } }],
      definitions.length,
    )
  }

  it('are text without being marked as such', async () => {
    const file = column({ type: PHYSICAL.bytes, values: texts('Ås', '') }, [1, 0, 1])
    expect(await readByName(file, optional(1, 'c', text))).toEqual(['Ås', null, ''])
    const broken = column(
      { type: PHYSICAL.bytes, values: concatBytes([int32s(1), Uint8Array.of(0xff)]) },
      [1],
    )
    await expect(readByName(broken, optional(1, 'c', text))).rejects.toMatchObject({
      kind: 'corrupt',
      message: 'string is not UTF-8',
    })
  })

  it('are timestamps in milliseconds', async () => {
    const file = column(
      { type: PHYSICAL.int64, values: int64s(-1n, 1n), converted: CONVERTED.timestampMillis },
      [1, 1],
    )
    const values = await readByName(file, optional(1, 'c', { kind: 'timestamptz' }))
    expect(values).toEqual([-1000n, 1000n])
  })

  it.each<readonly [string, number, Uint8Array, number | undefined]>([
    ['four bytes', PHYSICAL.int32, int32s(-1250, 7), undefined],
    ['eight bytes', PHYSICAL.int64, int64s(-1250n, 7n), undefined],
    [
      'as many bytes as they need',
      PHYSICAL.bytes,
      Uint8Array.of(2, 0, 0, 0, 0xfb, 0x1e, 1, 0, 0, 0, 7),
      undefined,
    ],
    ['a fixed count of bytes', PHYSICAL.fixed, Uint8Array.of(0xff, 0xfb, 0x1e, 0, 0, 7), 3],
  ])('are decimals in %s', async (_name, type, values, typeLength) => {
    const length = typeLength === undefined ? {} : { typeLength }
    const file = column(
      { type, values, ...length, converted: CONVERTED.decimal, precision: 6, scale: 2 },
      [1, 0, 1],
    )
    const field = optional(1, 'c', { kind: 'decimal', precision: 9, scale: 2 })
    expect(await readByName(file, field)).toEqual([-1250n, null, 7n])
  })

  it('are dates where a column became one of timestamps', async () => {
    const file = column(
      { type: PHYSICAL.int32, values: int32s(-1), converted: CONVERTED.date },
      [1],
    )
    expect(await readByName(file, optional(1, 'c', { kind: 'timestamp' }))).toEqual([
      -86_400_000_000n,
    ])
  })
})

describe('timestamps of 96 bits', () => {
  const int96 = (day: number, nanosOfDay: bigint): Uint8Array =>
    concatBytes([int64s(nanosOfDay), int32s(day)])
  const fileOf = (values: readonly Uint8Array[], definitions: readonly number[]): Uint8Array => {
    const column = { type: PHYSICAL.int96, values: concatBytes(values), definitions }
    return rawParquet([{ name: 'c', column }], definitions.length)
  }
  const timestamp = optional(1, 'c', { kind: 'timestamp' })

  it('are Julian days, from midnight to midnight, and nanoseconds of them', async () => {
    const file = fileOf([int96(2_440_588, 1000n), int96(2_440_587, 86_399_999_999_000n)], [1, 0, 1])
    expect(await readByName(file, timestamp)).toEqual([1n, null, -1n])
    expect(await readByName(file, optional(1, 'c', { kind: 'timestamptz' }))).toEqual([
      1n,
      null,
      -1n,
    ])
  })

  it('are read inside lists', async () => {
    const file = rawParquet(
      [
        {
          name: 'l',
          converted: CONVERTED.list,
          children: [
            {
              name: 'bag',
              repetition: 'repeated',
              children: [
                {
                  name: 'array_element',
                  column: lists(
                    {
                      type: PHYSICAL.int96,
                      values: concatBytes([int96(2_440_588, 0n), int96(2_440_589, 0n)]),
                    },
                    3,
                  ),
                },
              ],
            },
          ],
        },
      ],
      3,
    )
    expect(await readByName(file, optional(1, 'l', listOf({ kind: 'timestamp' })))).toEqual([
      null,
      [],
      [0n, 86_400_000_000n],
    ])
  })

  it('are refused when they are finer than a microsecond, or beyond what 64 bits hold', async () => {
    for (const value of [int96(2_440_588, 1n), int96(0x7fffffff, 0n), int96(-0x80000000, 0n)]) {
      await expect(readByName(fileOf([value], [1]), timestamp)).rejects.toMatchObject({
        kind: 'unsupported',
      })
    }
  })

  it('are always the microseconds that were stored, before 1677 and after 2262 too', async () => {
    const anyMicros = fc.bigInt({ min: INT64_MIN, max: INT64_MAX })
    await fc.assert(
      fc.asyncProperty(fc.array(anyMicros, { minLength: 1, maxLength: 20 }), async (micros) => {
        const values = micros.map((value) => {
          const ofDay = ((value % 86_400_000_000n) + 86_400_000_000n) % 86_400_000_000n
          return int96(Number((value - ofDay) / 86_400_000_000n) + 2_440_588, ofDay * 1000n)
        })
        const definitions = micros.map(() => 1)
        expect(await readByName(fileOf(values, definitions), timestamp)).toEqual(micros)
      }),
      runs(50),
    )
  })
})
