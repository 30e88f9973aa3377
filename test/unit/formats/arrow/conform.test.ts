import {
  DateMillisecond,
  Field as ArrowField,
  Int32,
  Int64,
  Null,
  Schema as ArrowSchema,
  Table,
  TimeMicrosecond,
  TimestampMicrosecond,
  Decimal,
  Utf8,
  Utf8View,
  makeData,
  tableFromArrays,
  vectorFromArray,
} from 'apache-arrow'
import type { Data, DataType, RecordBatch } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { columnsOf, makeBatch, withValidity } from '../../../../src/formats/arrow/column-data.ts'
import { conformBatch, conformTable } from '../../../../src/formats/arrow/conform.ts'
import { rowsOf } from '../../../../src/formats/arrow/rows.ts'
import { arrowSchemaOf } from '../../../../src/formats/arrow/schema.ts'
import type { Schema } from '../../../../src/types/schema.ts'
import type { Field, Type } from '../../../../src/types/type.ts'
import type { Value } from '../../../../src/types/value.ts'
import { anyBatch } from '../../../support/arbitraries/batches.ts'
import { runs } from '../../../support/runs.ts'
import { thrownBy } from '../../../support/thrown.ts'

function schemaOf(...fields: Field[]): Schema {
  return { schemaId: 0, fields, identifierFieldIds: [] }
}

function field(id: number, name: string, type: Type, required = false): Field {
  return { id, name, required, type }
}

function batchOf(columns: Readonly<Record<string, Data>>): RecordBatch {
  const fields = Object.entries(columns).map(([name, { type }]) => new ArrowField(name, type, true))
  const data = Object.values(columns)
  return makeBatch(new ArrowSchema(fields), data, data[0]?.length ?? 0)
}

function chunk(values: readonly unknown[], type: DataType): Data {
  const [data] = vectorFromArray(values, type).data
  if (data === undefined) throw new Error('no data')
  return data
}

const rides = schemaOf(field(1, 'id', { kind: 'long' }, true), field(2, 'city', { kind: 'string' }))

function conformed(schema: Schema, batch: RecordBatch): (Value | null)[][] {
  return [...rowsOf(conformBatch(schema, batch), schema)]
}

describe("a caller's own batch", () => {
  it('is matched by name, widened and completed with nulls', () => {
    const batch = batchOf({ id: chunk([5, 6], new Int32()) })
    const result = conformBatch(rides, batch)
    expect([...rowsOf(result, rides)]).toEqual([
      [5n, null],
      [6n, null],
    ])
    expect(result.schema.toString()).toBe(arrowSchemaOf(rides).toString())
    expect(result.schema.fields[0]?.metadata.get('PARQUET:field_id')).toBe('1')
  })

  it('has the write defaults of columns that it lacks (spec: Default values)', () => {
    const point: Type = {
      kind: 'struct',
      fields: [{ ...field(5, 'x', { kind: 'int' }, true), writeDefault: 4 }],
    }
    const defaulted = schemaOf(
      field(1, 'id', { kind: 'long' }, true),
      { ...field(2, 'n', { kind: 'int' }, true), writeDefault: 7, initialDefault: 8 },
      { ...field(3, 'p', point), writeDefault: [] },
      { ...field(4, 'old', { kind: 'int' }), initialDefault: 8 },
    )
    expect(conformed(defaulted, batchOf({ id: chunk([5n, 6n], new Int64()) }))).toEqual([
      [5n, 7, [4], null],
      [6n, 7, [4], null],
    ])
    const withNull = batchOf({ id: chunk([5n], new Int64()), n: chunk([null], new Int32()) })
    expect(() => conformed(defaulted, withNull)).toThrow(/null/)
  })

  it('may hold dictionaries and columns of nothing but null', () => {
    const ids = chunk([1n, 2n], new Int64())
    const table = tableFromArrays({ city: ['Oslo', 'Oslo'] })
    const [city] = table.getChild('city')?.data ?? []
    expect(city && conformed(rides, batchOf({ city, id: ids }))).toEqual([
      [1n, 'Oslo'],
      [2n, 'Oslo'],
    ])
    const nothing = makeData({ type: new Null(), length: 2 })
    expect(conformed(rides, batchOf({ id: ids, city: nothing }))).toEqual([
      [1n, null],
      [2n, null],
    ])
  })

  it('is refused with a column that the table does not have, or has in another case', () => {
    const id = chunk([1n], new Int64())
    expect(() => conformBatch(rides, batchOf({ id, City: chunk(['a'], new Utf8()) }))).toThrow(
      expect.objectContaining({ kind: 'invalid', context: { field: 'City' } }),
    )
  })

  it('is refused without a required column, and with a null in one, by row', () => {
    expect(() => conformBatch(rides, batchOf({ city: chunk(['a'], new Utf8()) }))).toThrow(
      expect.objectContaining({ kind: 'invalid', context: { field: 'id' } }),
    )
    const ids = chunk([1n, 2n, null], new Int64())
    expect(() => conformBatch(rides, batchOf({ id: ids }))).toThrow(
      expect.objectContaining({ kind: 'invalid', context: { row: 2, field: 'id' } }),
    )
    const table = new Table([batchOf({ id: ids.slice(0, 2) }), batchOf({ id: ids.slice(1, 2) })])
    expect(() => [...conformTable(rides, table)]).toThrow(
      expect.objectContaining({ context: { row: 3, field: 'id' } }),
    )
  })

  it('is refused by type: narrower, other scale, with or without zone, a view', () => {
    const fault = expect.objectContaining({ message: 'column type does not fit' })
    const refuse = (type: Type, data: Data): void => {
      expect(() => conformBatch(schemaOf(field(1, 'c', type)), batchOf({ c: data }))).toThrow(fault)
    }
    refuse({ kind: 'int' }, chunk([1n], new Int64()))
    refuse({ kind: 'decimal', precision: 9, scale: 2 }, chunk([], new Decimal(3, 9)))
    refuse({ kind: 'timestamptz' }, chunk([], new TimestampMicrosecond()))
    refuse({ kind: 'timestamp' }, chunk([], new TimestampMicrosecond('UTC')))
    refuse({ kind: 'string' }, makeData({ type: new Utf8View(), views: new Uint8Array(0) }))
  })

  it('is told by its own type, with the digits and the bits of that, where it does not fit', () => {
    const arrowTypeOfRefused = (type: Type, data: Data): unknown =>
      thrownBy(() => conformBatch(schemaOf(field(1, 'c', type)), batchOf({ c: data })))
    expect(arrowTypeOfRefused({ kind: 'int' }, chunk([5n], new Int64()))).toMatchObject({
      context: { field: 'c', type: 'int', arrowType: 'Int64' },
    })
    const decimal = { kind: 'decimal', precision: 9, scale: 2 } as const
    expect(arrowTypeOfRefused(decimal, chunk([], new Decimal(3, 9)))).toMatchObject({
      context: { arrowType: 'Decimal128(9, 3)' },
    })
  })

  it('may lack rows', () => {
    const empty = new Table({ id: vectorFromArray([], new Int64()) })
    const batches = [...conformTable(rides, empty)]
    expect(batches.map(({ numRows, numCols }) => [numRows, numCols])).toEqual([[0, 2]])
    const wrong = new Table({ id: vectorFromArray([], new Utf8()) })
    expect(() => [...conformTable(rides, wrong)]).toThrow('column type does not fit')
  })

  it('is refused for values where the table has a column of unknown type, which would be lost', () => {
    const schema = schemaOf(field(1, 'c', { kind: 'unknown' }))
    expect(conformed(schema, batchOf({ c: chunk([null, null], new Int32()) }))).toEqual([
      [null],
      [null],
    ])
    expect(
      thrownBy(() => conformed(schema, batchOf({ c: chunk([null, 5], new Int32()) }))),
    ).toMatchObject({ kind: 'invalid', context: { field: 'c' } })
  })

  it('names the field of a value that has no exact counterpart', () => {
    const schema = schemaOf(field(1, 'c', { kind: 'date' }))
    const noon = chunk([new Date(43_200_000)], new DateMillisecond())
    expect(thrownBy(() => conformed(schema, batchOf({ c: noon })))).toMatchObject({
      kind: 'invalid',
      context: { field: 'c', index: 0 },
    })
  })

  it('is refused for values that Arrow can hold and the table cannot, by row', () => {
    const at = (row: number, message: string): unknown =>
      expect.objectContaining({ kind: 'invalid', message, context: { row, field: 'c' } })
    const conform = (type: Type, data: Data) => () =>
      conformBatch(schemaOf(field(1, 'c', type)), batchOf({ c: data }))

    const time = makeData({
      type: new TimeMicrosecond(),
      data: BigInt64Array.of(0n, 86_400_000_000n),
    })
    expect(conform({ kind: 'time' }, time)).toThrow(at(1, 'time is not within a day'))
    const decimal = makeData({
      type: new Decimal(2, 9),
      data: Uint32Array.of(1_000_000_000, 0, 0, 0),
    })
    expect(conform({ kind: 'decimal', precision: 9, scale: 2 }, decimal)).toThrow(
      at(0, 'decimal has too many digits'),
    )
    const cut = makeData({
      type: new Utf8(),
      valueOffsets: Int32Array.of(0, 1, 2),
      data: Uint8Array.of(0xc3, 0xa5),
    })
    expect(conform({ kind: 'string' }, cut)).toThrow(at(0, 'string is not UTF-8'))
    expect(conform({ kind: 'string' }, cut.slice(0, 0))).not.toThrow()
  })

  it('may hold anything where it is null', () => {
    const junk = makeData({
      type: new Utf8(),
      nullCount: 1,
      nullBitmap: Uint8Array.of(0b10),
      valueOffsets: Int32Array.of(0, 1, 2),
      data: Uint8Array.of(0xff, 0x61),
    })
    expect(conformed(schemaOf(field(1, 'c', { kind: 'string' })), batchOf({ c: junk }))).toEqual([
      [null],
      ['a'],
    ])
  })

  it('is looked at inside lists and structs, where only what counts counts', () => {
    const element: Type = { kind: 'struct', fields: [field(3, 'n', { kind: 'int' }, true)] }
    const list = (elementRequired: boolean, inner: Type): Schema =>
      schemaOf(field(1, 'l', { kind: 'list', elementId: 2, elementRequired, element: inner }))
    const loose = list(false, { kind: 'struct', fields: [field(3, 'n', { kind: 'int' })] })
    const fine = batchFromValues(loose, [[[[1], null]], [null], [[[2]]]])
    expect(conformed(list(false, element), fine)).toEqual([[[[1], null]], [null], [[[2]]]])
    const bad = batchFromValues(loose, [[[[1]]], [[]], [[[2], [null]]]])
    expect(() => conformBatch(list(false, element), bad)).toThrow(
      expect.objectContaining({ context: { row: 2, field: 'l.element.n' } }),
    )
    expect(() => conformBatch(list(true, element), fine)).toThrow(
      expect.objectContaining({ context: { row: 0, field: 'l.element' } }),
    )
  })

  it('may hold bad elements inside a null list', () => {
    const type: Type = {
      kind: 'list',
      elementId: 2,
      elementRequired: true,
      element: { kind: 'int' },
    }
    const loose = schemaOf(field(1, 'l', { ...type, elementRequired: false }))
    const batch = batchFromValues(loose, [[[null]], [[1]]])
    const [list] = columnsOf(batch)
    if (list === undefined) throw new Error('no column')
    const hidden = makeBatch(batch.schema, [withValidity(list, Uint8Array.of(0b10))], 2)
    expect(conformed(schemaOf(field(1, 'l', type)), hidden)).toEqual([[null], [[1]]])
  })

  it('always stays the same when it was made by the table schema, in any order of columns', () => {
    const anyShuffled = anyBatch.chain((input) =>
      fc.tuple(
        fc.constant(input),
        fc.shuffledSubarray([...input.schema.fields.keys()], {
          minLength: input.schema.fields.length,
        }),
      ),
    )
    fc.assert(
      fc.property(anyShuffled, ([{ schema, rows, batch }, order]) => {
        const shuffled = makeBatch(
          new ArrowSchema(order.flatMap((index) => batch.schema.fields[index] ?? [])),
          order.flatMap((index) => batch.data.children[index] ?? []),
          batch.numRows,
        )
        expect(conformed(schema, shuffled)).toEqual(rows)
      }),
      runs(100),
    )
  })
})
