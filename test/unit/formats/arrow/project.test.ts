import {
  Binary,
  DateDay,
  DateMillisecond,
  Decimal,
  Dictionary,
  Field as ArrowField,
  Float32,
  Int16,
  Int32,
  Int64,
  LargeUtf8,
  Schema as ArrowSchema,
  TimeMillisecond,
  TimestampMillisecond,
  TimestampNanosecond,
  TimestampSecond,
  Utf8,
  makeData,
  vectorFromArray,
} from 'apache-arrow'
import type { Data, DataType, RecordBatch } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { columnsOf, makeBatch } from '../../../../src/formats/arrow/column-data.ts'
import { batchProjector } from '../../../../src/formats/arrow/project.ts'
import type { FileConstants } from '../../../../src/formats/arrow/project.ts'
import { rowsOf } from '../../../../src/formats/arrow/rows.ts'
import { FIELD_ID_KEY, arrowSchemaOf } from '../../../../src/formats/arrow/schema.ts'
import { sliceBatch } from '../../../../src/formats/arrow/take.ts'
import { promoteValue } from '../../../../src/types/promotion.ts'
import type { Field, PrimitiveType, StructType, Type } from '../../../../src/types/type.ts'
import type { Value } from '../../../../src/types/value.ts'
import { anyBatch } from '../../../support/arbitraries/batches.ts'
import { anyEvolutionOf } from '../../../support/arbitraries/evolutions.ts'
import { runs } from '../../../support/runs.ts'

function optional(id: number, name: string, type: Type): Field {
  return { id, name, required: false, type }
}

/** A file of one column, field id 1. */
function fileOf(data: Data): RecordBatch {
  const field = new ArrowField('c', data.type, true, new Map([[FIELD_ID_KEY, '1']]))
  return makeBatch(new ArrowSchema([field]), [data], data.length)
}

function readAs(type: Type, data: Data): (Value | null)[] {
  const file = fileOf(data)
  const fields = [optional(1, 'renamed', type)]
  const batch = batchProjector(fields, file.schema)(file)
  return [...rowsOf(batch, { fields })].map(([value]) => value ?? null)
}

function chunk(values: readonly unknown[], type: DataType): Data {
  const [data] = vectorFromArray(values, type).data
  if (data === undefined) throw new Error('no data')
  return data
}

const long: PrimitiveType = { kind: 'long' }

/** Null when one of them throws: a date may lie beyond the range of a timestamp. */
function allOrNone<Result>(calls: readonly (() => Result)[]): Result[] | null {
  try {
    return calls.map((call) => call())
  } catch {
    return null
  }
}

describe('file columns as read columns (spec: Column Projection)', () => {
  const file = batchFromValues(
    { fields: [optional(1, 'a', { kind: 'int' }), optional(2, 'b', { kind: 'string' })] },
    [
      [1, 'x'],
      [2, null],
    ],
  )

  it('are found by id, whatever their names and order', () => {
    const fields = [optional(2, 'a', { kind: 'string' }), optional(1, 'c', { kind: 'int' })]
    const batch = batchProjector(fields, file.schema)(file)
    expect([...rowsOf(batch, { fields })]).toEqual([
      ['x', 1],
      [null, 2],
    ])
    expect(batch.schema.fields.map(({ name }) => name)).toEqual(['a', 'c'])
  })

  it('are null for an optional field that the file lacks, and corrupt for a required one', () => {
    const added = optional(9, 'a', { kind: 'int' })
    const batch = batchProjector([added], file.schema)(file)
    expect([...rowsOf(batch, { fields: [added] })]).toEqual([[null], [null]])
    expect(() => batchProjector([{ ...added, required: true }], file.schema)).toThrow(
      expect.objectContaining({ kind: 'corrupt', context: { field: 'a' } }),
    )
  })

  it('have the default of their field where the file lacks them, and before it the constant of the file', () => {
    const added: Field = { ...optional(9, 'a', { kind: 'int' }), required: true, initialDefault: 7 }
    const read = (constants?: FileConstants): unknown => {
      const batch = batchProjector([added], file.schema, constants)(file)
      return [...rowsOf(batch, { fields: [added] })]
    }
    expect(read()).toEqual([[7], [7]])
    expect(read(({ id }) => (id === 9 ? 8 : undefined))).toEqual([[8], [8]])
    expect(() => read(() => null)).toThrow(expect.objectContaining({ kind: 'corrupt' }))
  })

  it('have the constant of the file only where the file lacks them', () => {
    const fields = [optional(1, 'a', { kind: 'int' })]
    const batch = batchProjector(fields, file.schema, () => 8)(file)
    expect([...rowsOf(batch, { fields })]).toEqual([[1], [2]])
  })

  it.each<readonly [string, Value | undefined, Value | null]>([
    ['without one of its own', undefined, null],
    ['with one of its own, which says nothing of them', [], [5, 6]],
  ])('are structs by the defaults of their fields, %s (spec: Default values)', (...given) => {
    const [, initialDefault, missing] = given
    const point = (id: number): Field => ({
      ...optional(id, 'point', {
        kind: 'struct',
        fields: [
          { ...optional(11, 'x', { kind: 'int' }), initialDefault: 5 },
          { ...optional(12, 'y', { kind: 'int' }), initialDefault: 6 },
        ],
      }),
      ...(initialDefault === undefined ? {} : { initialDefault }),
    })
    const written = optional(10, 'p', {
      kind: 'struct',
      fields: [optional(11, 'x', { kind: 'int' })],
    })
    const source = batchFromValues({ fields: [written] }, [[[3]], [null]])
    const rowsAs = (field: Field): unknown => {
      const batch = batchProjector([field], source.schema)(source)
      return [...rowsOf(batch, { fields: [field] })]
    }
    expect(rowsAs(point(10))).toEqual([[[3, 6]], [null]])
    expect(rowsAs(point(20))).toEqual([[missing], [missing]])
  })

  it('are corrupt when a required one holds null', () => {
    const fields: Field[] = [{ ...optional(2, 'b', { kind: 'string' }), required: true }]
    expect(() => batchProjector(fields, file.schema)(file)).toThrow(
      expect.objectContaining({ kind: 'corrupt', context: { field: 'b' } }),
    )
  })

  it('share their buffers when nothing is to be changed', () => {
    const fields = [optional(1, 'other', { kind: 'int' })]
    const [column] = columnsOf(batchProjector(fields, file.schema)(file))
    expect(column?.values).toBe(columnsOf(file)[0]?.values)
  })

  it('are widened as schemas may evolve', () => {
    expect(readAs(long, chunk([1, null, -2147483648], new Int32()))).toEqual([
      1n,
      null,
      -2147483648n,
    ])
    expect(readAs({ kind: 'double' }, chunk([0.5, null, -0], new Float32()))).toEqual([
      0.5,
      null,
      -0,
    ])
    expect(readAs({ kind: 'int' }, chunk([-5, 7], new Int16()))).toEqual([-5, 7])
    const decimal = makeData({ type: new Decimal(2, 9), data: Uint32Array.of(1420, 0, 0, 0) })
    expect(readAs({ kind: 'decimal', precision: 38, scale: 2 }, decimal)).toEqual([1420n])
  })

  it('are the first moments of days where dates became timestamps', () => {
    const days = makeData({ type: new DateDay(), data: Int32Array.of(-1, 20_000) })
    expect(readAs({ kind: 'timestamp' }, days)).toEqual([-86_400_000_000n, 1_728_000_000_000_000n])
    expect(readAs({ kind: 'timestamp_ns' }, days)).toEqual([
      -86_400_000_000_000n,
      1_728_000_000_000_000_000n,
    ])
    expect(() => readAs({ kind: 'timestamptz' }, days)).toThrow(
      expect.objectContaining({ kind: 'corrupt', message: 'column type does not fit' }),
    )
    const far = makeData({ type: new DateDay(), data: Int32Array.of(0x7fffffff) })
    expect(() => readAs({ kind: 'timestamp' }, far)).toThrow(
      expect.objectContaining({ kind: 'invalid' }),
    )
  })

  it('are null for a column of unknown type, whatever the file has in its place', () => {
    const values = readAs({ kind: 'unknown' }, chunk([1, 2], new Int32()))
    expect(values).toEqual([null, null])
    const fields = [optional(9, 'gone', { kind: 'unknown' })]
    const batch = batchProjector(fields, file.schema)(file)
    expect([...rowsOf(batch, { fields })]).toEqual([[null], [null]])
    expect([...rowsOf(sliceBatch(batch, 1, 2), { fields })]).toEqual([[null]])
  })

  it('are text where a file does not mark its bytes as such, if they are', () => {
    const bytes = chunk([Uint8Array.of(0xc3, 0x85), null], new Binary())
    expect(readAs({ kind: 'string' }, bytes)).toEqual(['Å', null])
    expect(() => readAs({ kind: 'string' }, chunk([Uint8Array.of(0xc3)], new Binary()))).toThrow(
      expect.objectContaining({ kind: 'corrupt', message: 'string is not UTF-8' }),
    )
  })

  it("are nobody's when two have the same id", () => {
    const data = chunk([1], new Int32())
    const field = new ArrowField('c', data.type, true, new Map([[FIELD_ID_KEY, '1']]))
    const schema = new ArrowSchema([field, field])
    expect(() => batchProjector([optional(1, 'c', long)], schema)).toThrow(
      expect.objectContaining({ kind: 'corrupt', context: { fieldId: 1 } }),
    )
  })

  it('are never narrowed', () => {
    const narrowed = (type: Type, data: Data): (() => unknown) => {
      return () => readAs(type, data)
    }
    const fault = expect.objectContaining({ kind: 'corrupt', message: 'column type does not fit' })
    expect(narrowed({ kind: 'int' }, chunk([1n], new Int64()))).toThrow(fault)
    expect(narrowed({ kind: 'float' }, chunk([1n], new Int64()))).toThrow(fault)
    const decimal = makeData({ type: new Decimal(2, 9), data: Uint32Array.of(1, 0, 0, 0) })
    expect(narrowed({ kind: 'decimal', precision: 8, scale: 2 }, decimal)).toThrow(fault)
    expect(narrowed({ kind: 'decimal', precision: 9, scale: 3 }, decimal)).toThrow(fault)
  })

  it('come to microseconds from other units, exactly', () => {
    const type: PrimitiveType = { kind: 'timestamp' }
    const seconds = makeData({ type: new TimestampSecond(), data: BigInt64Array.of(-1n) })
    expect(readAs(type, seconds)).toEqual([-1_000_000n])
    const millis = makeData({ type: new TimestampMillisecond(), data: BigInt64Array.of(1n) })
    expect(readAs(type, millis)).toEqual([1000n])
    const nanos = makeData({ type: new TimestampNanosecond(), data: BigInt64Array.of(-3000n) })
    expect(readAs(type, nanos)).toEqual([-3n])
    const time = makeData({ type: new TimeMillisecond(), data: Int32Array.of(86_399_999) })
    expect(readAs({ kind: 'time' }, time)).toEqual([86_399_999_000n])
    const days = makeData({ type: new DateMillisecond(), data: BigInt64Array.of(-86_400_000n) })
    expect(readAs({ kind: 'date' }, days)).toEqual([-1])
  })

  it('are corrupt when microseconds or days would have to be rounded or do not fit', () => {
    const fault = expect.objectContaining({ kind: 'corrupt' })
    const type: PrimitiveType = { kind: 'timestamp' }
    const nanos = makeData({ type: new TimestampNanosecond(), data: BigInt64Array.of(1001n) })
    expect(() => readAs(type, nanos)).toThrow(fault)
    const far = makeData({ type: new TimestampSecond(), data: BigInt64Array.of(1n << 62n) })
    expect(() => readAs(type, far)).toThrow(fault)
    const noon = makeData({ type: new DateMillisecond(), data: BigInt64Array.of(43_200_000n) })
    expect(() => readAs({ kind: 'date' }, noon)).toThrow(fault)
  })

  it('become plain when they are large or of a dictionary', () => {
    const texts = ['Oslo', null, 'Bergen', 'Oslo', '']
    expect(readAs({ kind: 'string' }, chunk(texts, new LargeUtf8()))).toEqual(texts)
    const encoded = chunk(texts, new Dictionary(new Utf8(), new Int32()))
    expect(readAs({ kind: 'string' }, encoded)).toEqual(texts)
    expect(readAs({ kind: 'string' }, encoded.slice(1, 3))).toEqual(texts.slice(1, 4))
    expect(readAs({ kind: 'string' }, chunk(texts, new LargeUtf8()).slice(2, 2))).toEqual([
      'Bergen',
      'Oslo',
    ])
  })

  it('are null where the dictionary is, or where there is none', () => {
    const dictionary = vectorFromArray(['a', null], new Utf8())
    const type = new Dictionary(new Utf8(), new Int32())
    const data = makeData({ type, data: Int32Array.of(1, 0, 1), dictionary })
    expect(readAs({ kind: 'string' }, data)).toEqual([null, 'a', null])
    const empty = makeData({
      type,
      length: 2,
      nullCount: 2,
      data: Int32Array.of(99, 99),
      nullBitmap: Uint8Array.of(0),
      dictionary: vectorFromArray([], new Utf8()),
    })
    expect(readAs({ kind: 'string' }, empty)).toEqual([null, null])
  })

  it('are found by id inside structs, lists and maps', () => {
    const struct = (fields: Field[]): Type => ({ kind: 'struct', fields })
    const listOf = (element: Type): Type => ({
      kind: 'list',
      elementId: 2,
      elementRequired: false,
      element,
    })
    const written = [
      optional(1, 'l', listOf(struct([optional(3, 'x', { kind: 'int' }), optional(4, 'y', long)]))),
    ]
    const read = [
      optional(
        1,
        'l',
        listOf(struct([optional(5, 'x', { kind: 'string' }), optional(3, 'z', long)])),
      ),
    ]
    const batch = batchFromValues({ fields: written }, [[[[7, 8n], null]], [null], [[]]])
    const projected = batchProjector(read, batch.schema)(batch)
    expect([...rowsOf(projected, { fields: read })]).toEqual([[[[null, 7n], null]], [null], [[]]])
  })

  it('are refused for a file without field ids, whose columns would all be taken for missing', () => {
    const data = chunk([1], new Int32())
    const plain = new ArrowSchema([new ArrowField('c', data.type, true)])
    expect(() => batchProjector([optional(1, 'c', long)], plain)).toThrow(
      expect.objectContaining({ kind: 'unsupported' }),
    )
  })

  it('always are what the values became under an evolved schema', () => {
    const anyCase = anyBatch.chain(({ schema, rows, batch }) =>
      fc.record({
        schema: fc.constant(schema),
        rows: fc.constant(rows),
        // Arrow's own objects claim to be dates and such, which fast-check stumbles over.
        batch: fc.constant({ value: batch, [fc.toStringMethod]: () => 'batch' }),
        fields: anyEvolutionOf(schema.fields),
      }),
    )
    fc.assert(
      fc.property(anyCase, ({ schema, rows, batch, fields }) => {
        const from: StructType = { kind: 'struct', fields: schema.fields }
        const to: StructType = { kind: 'struct', fields }
        const expected = allOrNone(rows.map((row) => () => promoteValue(from, to, row)))
        const read = (): unknown => [
          ...rowsOf(batchProjector(fields, batch.value.schema)(batch.value), { fields }),
        ]
        if (expected === null) expect(read).toThrow(expect.objectContaining({ kind: 'invalid' }))
        else expect(read()).toEqual(expected)
      }),
      runs(100),
    )
  })

  it('always stay the same for the schema they were written with', () => {
    fc.assert(
      fc.property(anyBatch, ({ schema, rows, batch }) => {
        const projected = batchProjector(schema.fields, batch.schema)(batch)
        expect([...rowsOf(projected, schema)]).toEqual(rows)
        expect(projected.schema.toString()).toBe(arrowSchemaOf(schema).toString())
      }),
      runs(100),
    )
  })

  it('always are the columns of the fields that are asked for, in that order', () => {
    const anyAsked = anyBatch.chain((input) =>
      fc.tuple(fc.constant(input), fc.shuffledSubarray([...input.schema.fields])),
    )
    fc.assert(
      fc.property(anyAsked, ([{ schema, rows, batch }, fields]) => {
        const projected = batchProjector(fields, batch.schema)(batch)
        const positions = fields.map((field) => schema.fields.indexOf(field))
        const expected = rows.map((row) => positions.map((position) => row[position]))
        expect([...rowsOf(projected, { fields })]).toEqual(expected)
      }),
      runs(100),
    )
  })
})
