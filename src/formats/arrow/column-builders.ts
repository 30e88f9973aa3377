/**
 * Column buffers made value by value. apache-arrow has builders too, with which reading NDJSON took twice the time
 * (154,000 rows a second against 288,000).
 */
import type { Data, DataType } from 'apache-arrow'
import { assert, unreachable } from '../../base/assert.ts'
import { childFields } from '../../types/schema.ts'
import type { Field, ListType, MapType, StructType, Type } from '../../types/type.ts'
import type { NestedValue, Value } from '../../types/value.ts'
import { makeColumn, nullColumn } from './column-data.ts'
import { BitBuffer, ByteBuffer, OffsetBuffer } from './growing-buffers.ts'
import { arrowTypeOf } from './schema.ts'
import { withoutValues } from '../../types/without-values.ts'

/** Makes one column after another. */
export interface ColumnBuilder {
  /** Adds a row: a value of the builder's type, as the model holds it, or null. */
  append(value: Value | null): void
  /** Bytes of values since the last column was finished; validity and offsets are not counted. */
  sizeBytes(): number
  /** The column of all rows since the last call. */
  finish(): Data
}

/** A builder of columns as `arrowTypeOf(type)` lays them out. */
export function createColumnBuilder(type: Type): ColumnBuilder {
  switch (type.kind) {
    case 'boolean':
      return booleanBuilder(type)
    // The type says how each value is held, as value.ts lists: this proves the casts below.
    case 'int':
    case 'date':
      return fixedBuilder(type, 4, (view, at, value) => view.setInt32(at, value as number, true))
    case 'float':
      return fixedBuilder(type, 4, (view, at, value) => view.setFloat32(at, value as number, true))
    case 'double':
      return fixedBuilder(type, 8, (view, at, value) => view.setFloat64(at, value as number, true))
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return fixedBuilder(type, 8, (view, at, value) => view.setBigInt64(at, value as bigint, true))
    case 'decimal':
      return fixedBuilder(type, 16, (view, at, value) => setInt128(view, at, value as bigint))
    case 'uuid':
      return fixedBuilder(type, 16, (view, at, value) => setBytes(view, at, value as Uint8Array))
    case 'fixed':
      return fixedBuilder(type, type.length, (view, at, value) =>
        setBytes(view, at, value as Uint8Array),
      )
    case 'string':
      return bytesBuilder(type, (bytes, value) => bytes.appendText(value as string))
    case 'binary':
      return bytesBuilder(type, (bytes, value) => bytes.appendBytes(value as Uint8Array))
    case 'struct':
      return structBuilder(type)
    case 'list':
      return listBuilder(type)
    case 'map':
      return mapBuilder(type)
    case 'unknown':
      return nothingBuilder(type)
    case 'variant':
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

/** A builder for each field. */
export function columnBuilders(fields: readonly Field[]): ColumnBuilder[] {
  return fields.map(({ type }) => createColumnBuilder(type))
}

/** Adds a row: one value for each builder. */
export function appendEach(
  builders: readonly ColumnBuilder[],
  values: readonly (Value | null)[],
): void {
  for (const [index, builder] of builders.entries()) builder.append(values[index] ?? null)
}

/** What the builders hold together: see {@link ColumnBuilder.sizeBytes}. */
export function totalBytes(builders: readonly ColumnBuilder[]): number {
  return builders.reduce((sum, builder) => sum + builder.sizeBytes(), 0)
}

/** For a type that has no values: all there is to know is how many rows there are. */
function nothingBuilder(type: Type): ColumnBuilder {
  const arrowType = arrowTypeOf(type)
  let length = 0
  return {
    append() {
      length += 1
    },
    sizeBytes: () => 0,
    finish() {
      const column = nullColumn(arrowType, length)
      length = 0
      return column
    },
  }
}

function booleanBuilder(type: Type): ColumnBuilder {
  const arrowType = arrowTypeOf(type)
  const validity = new BitBuffer()
  const values = new BitBuffer()
  return {
    append(value) {
      validity.append(value !== null)
      values.append(value === true)
    },
    sizeBytes: () => values.length >> 3,
    finish() {
      const length = values.length
      return makeColumn(arrowType, length, {
        validity: validity.finishValidity(),
        values: values.finish(),
      })
    },
  }
}

function fixedBuilder(
  type: Type,
  width: number,
  write: (view: DataView, at: number, value: Value) => void,
): ColumnBuilder {
  const arrowType = arrowTypeOf(type)
  const validity = new BitBuffer()
  const values = new ByteBuffer()
  return {
    append(value) {
      validity.append(value !== null)
      const at = values.extend(width)
      if (value !== null) write(values.view, at, value)
    },
    sizeBytes: () => values.length,
    finish() {
      const length = validity.length
      return makeColumn(arrowType, length, {
        validity: validity.finishValidity(),
        values: values.finish(),
      })
    },
  }
}

function bytesBuilder(type: Type, write: (bytes: ByteBuffer, value: Value) => void): ColumnBuilder {
  const arrowType = arrowTypeOf(type)
  const validity = new BitBuffer()
  const offsets = new OffsetBuffer()
  const values = new ByteBuffer()
  return {
    append(value) {
      validity.append(value !== null)
      if (value !== null) write(values, value)
      offsets.append(values.length)
    },
    sizeBytes: () => values.length,
    finish() {
      const length = validity.length
      return makeColumn(arrowType, length, {
        validity: validity.finishValidity(),
        offsets: offsets.finish(),
        values: values.finish(),
      })
    },
  }
}

/** The fields of a null struct are null, required ones too: nobody may look at them. */
function structBuilder(type: StructType): ColumnBuilder {
  const arrowType = arrowTypeOf(type)
  const validity = new BitBuffer()
  const builders = columnBuilders(type.fields)
  const nulls = type.fields.map(() => null)
  return {
    append(value) {
      validity.append(value !== null)
      appendEach(builders, value === null ? nulls : itemsOf(value))
    },
    sizeBytes: () => totalBytes(builders),
    finish() {
      const length = validity.length
      return makeColumn(arrowType, length, {
        validity: validity.finishValidity(),
        children: builders.map((builder) => builder.finish()),
      })
    },
  }
}

function listBuilder(type: ListType): ColumnBuilder {
  const element = createColumnBuilder(type.element)
  return repeatedBuilder(type, {
    appendItem: (item) => element.append(item),
    sizeBytes: () => element.sizeBytes(),
    finish: () => element.finish(),
  })
}

function mapBuilder(type: MapType): ColumnBuilder {
  const builders = columnBuilders(childFields(type))
  const pairs = pairType(type)
  return repeatedBuilder(type, {
    appendItem: (item) => appendEach(builders, itemsOf(item)),
    sizeBytes: () => totalBytes(builders),
    finish: (length) => {
      const children = builders.map((builder) => builder.finish())
      return makeColumn(pairs, length, { validity: null, children })
    },
  })
}

function pairType(type: MapType): DataType {
  const [pairs] = arrowTypeOf(type).children
  assert(pairs !== undefined, 'a map has pairs')
  return pairs.type
}

interface ItemsBuilder {
  appendItem(item: Value | null): void
  sizeBytes(): number
  finish(length: number): Data
}

function repeatedBuilder(type: Type, items: ItemsBuilder): ColumnBuilder {
  const arrowType = arrowTypeOf(type)
  const validity = new BitBuffer()
  const offsets = new OffsetBuffer()
  let itemCount = 0
  return {
    append(value) {
      validity.append(value !== null)
      for (const item of value === null ? [] : itemsOf(value)) {
        items.appendItem(item)
        itemCount += 1
      }
      offsets.append(itemCount)
    },
    sizeBytes: () => items.sizeBytes(),
    finish() {
      const length = validity.length
      const child = items.finish(itemCount)
      itemCount = 0
      return makeColumn(arrowType, length, {
        validity: validity.finishValidity(),
        offsets: offsets.finish(),
        children: [child],
      })
    },
  }
}

/** Structs, lists, maps and the pairs of a map are all held as arrays, as value.ts lists. */
function itemsOf(value: Value | null): NestedValue {
  return value as NestedValue
}

function setInt128(view: DataView, at: number, value: bigint): void {
  view.setBigInt64(at, value, true)
  view.setBigInt64(at + 8, value >> 64n, true)
}

function setBytes(view: DataView, at: number, bytes: Uint8Array): void {
  for (let index = 0; index < bytes.length; index += 1) view.setUint8(at + index, bytes[index] ?? 0)
}
