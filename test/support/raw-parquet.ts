/** Parquet files made byte by byte, in shapes that no writer at hand makes any more. One row group, plain pages. */
import { concatBytes } from '../../src/base/bytes.ts'
import { fileEnd } from '../../src/formats/parquet/row-group-file.ts'
import {
  THRIFT_BINARY,
  THRIFT_FALSE,
  THRIFT_I32,
  THRIFT_STRUCT,
  THRIFT_TRUE,
  encodeStruct,
  thriftByte,
  thriftInt,
  thriftList,
  thriftLong,
  thriftString,
  thriftStruct,
} from '../../src/formats/parquet/thrift.ts'
import type { ThriftStruct, ThriftValue } from '../../src/formats/parquet/thrift.ts'

/** Numbers of the physical types and of the annotations, as the format has them. */
export const PHYSICAL = { int32: 1, int64: 2, int96: 3, bytes: 6, fixed: 7 } as const
export const CONVERTED = {
  utf8: 0,
  map: 1,
  mapKeyValue: 2,
  list: 3,
  decimal: 5,
  date: 6,
  timestampMillis: 9,
} as const

/** An element of the schema: a column when it has a physical type. */
export interface RawElement {
  readonly name: string
  readonly repetition?: 'required' | 'optional' | 'repeated'
  readonly converted?: number
  /** The field `logicalType`, as it is. */
  readonly logical?: ThriftValue
  readonly fieldId?: number
  readonly precision?: number
  readonly scale?: number
  readonly children?: readonly RawElement[]
  readonly column?: RawColumn
}

/** The values of a column, those at its greatest definition level encoded plain, one after the other. */
export interface RawColumn {
  readonly type: number
  readonly typeLength?: number
  /** One a value, nulls and empty lists among them; all 0 when absent. */
  readonly repetitions?: readonly number[]
  readonly definitions: readonly number[]
  readonly values: Uint8Array
}

/** A file of these columns, under a root of the name `schema`. */
export function rawParquet(elements: readonly RawElement[], rowCount: number): Uint8Array {
  const chunks: ThriftValue[] = []
  const parts: Uint8Array[] = [new TextEncoder().encode('PAR1')]
  let offset = 4
  const visit = (element: RawElement, parents: readonly RawElement[]): void => {
    const path = [...parents, element]
    const { column } = element
    if (column !== undefined) {
      const page = pageOf(column, path)
      chunks.push(chunkOf(column, path, offset, page.length))
      parts.push(page)
      offset += page.length
    }
    for (const child of element.children ?? []) visit(child, path)
  }
  for (const element of elements) visit(element, [])
  const rowGroup: ThriftStruct = new Map([
    [1, thriftList(THRIFT_STRUCT, chunks)],
    [2, thriftLong(BigInt(offset - 4))],
    [3, thriftLong(BigInt(rowCount))],
  ])
  const root: RawElement = { name: 'schema', children: elements }
  const metadata: ThriftStruct = new Map([
    [1, thriftInt(1)],
    [2, thriftList(THRIFT_STRUCT, elementsOf(root, true))],
    [3, thriftLong(BigInt(rowCount))],
    [4, thriftList(THRIFT_STRUCT, [thriftStruct(rowGroup)])],
  ])
  return concatBytes([...parts, fileEnd(metadata)])
}

const REPETITIONS = ['required', 'optional', 'repeated']

function elementsOf(element: RawElement, isRoot = false): ThriftValue[] {
  const { name, repetition = 'optional', converted, children, column } = element
  const fields = new Map<number, ThriftValue>()
  if (column !== undefined) fields.set(1, thriftInt(column.type))
  if (column?.typeLength !== undefined) fields.set(2, thriftInt(column.typeLength))
  if (!isRoot) fields.set(3, thriftInt(REPETITIONS.indexOf(repetition)))
  fields.set(4, thriftString(name))
  if (children !== undefined) fields.set(5, thriftInt(children.length))
  if (converted !== undefined) fields.set(6, thriftInt(converted))
  if (element.scale !== undefined) fields.set(7, thriftInt(element.scale))
  if (element.precision !== undefined) fields.set(8, thriftInt(element.precision))
  if (element.fieldId !== undefined) fields.set(9, thriftInt(element.fieldId))
  if (element.logical !== undefined) fields.set(10, element.logical)
  return [thriftStruct(fields), ...(children ?? []).flatMap((child) => elementsOf(child))]
}

function chunkOf(
  { type, definitions }: RawColumn,
  path: readonly RawElement[],
  offset: number,
  size: number,
): ThriftValue {
  const names = path.map(({ name }) => thriftString(name))
  const metadata: ThriftStruct = new Map([
    [1, thriftInt(type)],
    [2, thriftList(THRIFT_I32, [thriftInt(0), thriftInt(3)])],
    [3, thriftList(THRIFT_BINARY, names)],
    [4, thriftInt(0)],
    [5, thriftLong(BigInt(definitions.length))],
    [6, thriftLong(BigInt(size))],
    [7, thriftLong(BigInt(size))],
    [9, thriftLong(BigInt(offset))],
  ])
  return thriftStruct(
    new Map([
      [2, thriftLong(0n)],
      [3, thriftStruct(metadata)],
    ]),
  )
}

function pageOf(column: RawColumn, path: readonly RawElement[]): Uint8Array {
  const { definitions, values, repetitions = definitions.map(() => 0) } = column
  const isRepeated = path.some(({ repetition }) => repetition === 'repeated')
  const isOptional = path.some(({ repetition = 'optional' }) => repetition !== 'required')
  const body = concatBytes([
    ...(isRepeated ? [levels(repetitions)] : []),
    ...(isOptional ? [levels(definitions)] : []),
    values,
  ])
  const header: ThriftStruct = new Map([
    [1, thriftInt(0)],
    [2, thriftInt(body.length)],
    [3, thriftInt(body.length)],
    [
      5,
      thriftStruct(
        new Map([
          [1, thriftInt(definitions.length)],
          [2, thriftInt(0)],
          [3, thriftInt(3)],
          [4, thriftInt(3)],
        ]),
      ),
    ],
  ])
  return concatBytes([encodeStruct(header), body])
}

/** Runs of one level each; a level takes one byte. */
function levels(values: readonly number[]): Uint8Array {
  const runs = Uint8Array.from(values.flatMap((value) => [2, value]))
  return concatBytes([int32s(runs.length), runs])
}

/** The annotation `INTEGER`, whose width is a single byte. */
export function logicalInteger(bitWidth: number, isSigned: boolean): ThriftValue {
  const sign: ThriftValue = { type: isSigned ? THRIFT_TRUE : THRIFT_FALSE, bytes: new Uint8Array() }
  const integer: ThriftStruct = new Map([
    [1, thriftByte(bitWidth)],
    [2, sign],
  ])
  return thriftStruct(new Map([[10, thriftStruct(integer)]]))
}

export function int32s(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer)
}

export function int64s(...values: readonly bigint[]): Uint8Array {
  return new Uint8Array(BigInt64Array.from(values).buffer)
}

export function texts(...values: readonly string[]): Uint8Array {
  return concatBytes(
    values.flatMap((value) => {
      const bytes = new TextEncoder().encode(value)
      return [int32s(bytes.length), bytes]
    }),
  )
}
