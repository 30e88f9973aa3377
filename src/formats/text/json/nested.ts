// Columns that have columns in them.
import type { Data, DataType } from 'apache-arrow'

import { parseJson, stringifyJson } from '../../../base/json-exact.ts'
import type { JsonFractions } from '../../../base/json-exact.ts'
import { IcebergError } from '../../../base/errors.ts'
import { effectiveWriteDefault } from '../../../types/default-values.ts'
import { fractionsOf, inputFromJson } from '../../../types/text-input.ts'
import type { ObjectOptions } from '../../../types/text-input.ts'
import type { Field, ListType, StructType, Type } from '../../../types/type.ts'
import { inputConverter } from '../../../types/value-input.ts'
import type { NestedValue, Value } from '../../../types/value.ts'
import { createColumnBuilder } from '../../arrow/column-builders.ts'
import { makeColumn } from '../../arrow/column-data.ts'
import { arrowTypeOf } from '../../arrow/schema.ts'
import type { JsonColumn } from './column.ts'
import { BACKSLASH, BRACE, BRACE_END, BRACKET, BRACKET_END, COLON, COMMA, QUOTE } from './cursor.ts'
import type { JsonCursor } from './cursor.ts'
import { ByteMemory, ValidRows } from './memory.ts'
import {
  BooleanColumn,
  DecimalColumn,
  FloatColumn,
  Int32Column,
  Int64Column,
  TextColumn,
} from './scalars.ts'
import { DateColumn, TimestampColumn } from './times.ts'
import { fixedText } from './words.ts'
import type { FixedText } from './words.ts'

/** A column for values of a type. */
function columnOf(type: Type, options: ObjectOptions): JsonColumn {
  switch (type.kind) {
    case 'boolean':
      return new BooleanColumn(type)
    case 'int':
      return new Int32Column(type)
    case 'long':
      return new Int64Column(type)
    case 'float':
    case 'double':
      return new FloatColumn(type)
    case 'decimal':
      return new DecimalColumn(type)
    case 'date':
      return new DateColumn(type)
    case 'timestamp':
    case 'timestamptz':
      return new TimestampColumn(type)
    case 'string':
      return new TextColumn(type)
    case 'struct':
      return new StructColumn(type, options)
    case 'list':
      return new ListColumn(type, options)
    default:
      return new HeldColumn(type)
  }
}

/** A column of a field, an element or the like: null is one of its values, and every spelling is understood. */
class FieldColumn {
  readonly #column: JsonColumn
  /** Bound, as looking it up in columns of many kinds took a tenth of the time that rows take. */
  readonly #parse: JsonColumn['parse']
  readonly #isRequired: boolean
  readonly #fractions: JsonFractions
  readonly #fromJson: (json: unknown) => unknown
  readonly #convert: (input: unknown) => Value | null

  constructor(type: Type, isRequired: boolean, options: ObjectOptions) {
    const convert = inputConverter(type)
    const column = columnOf(type, options)
    this.#column = column
    this.#parse = column.parse.bind(column)
    this.#isRequired = isRequired
    this.#fractions = fractionsOf(type)
    this.#fromJson = inputFromJson(type, options)
    this.#convert = (input) => convert(input, () => '')
  }

  /** As {@link JsonColumn.parse}, of a value or null, with white space before it. */
  parse(cursor: JsonCursor, row: number): boolean {
    const first = cursor.next()
    const start = cursor.at
    if (first === LETTER_N && cursor.takeWord(NULL)) return this.setNull(row)
    if (this.#parse(cursor, row)) return true
    cursor.at = start
    return this.#parseAny(cursor, row)
  }

  /** False where there must be a value. */
  setNull(row: number): boolean {
    if (this.#isRequired) return false
    this.#column.set(row, null)
    return true
  }

  set(row: number, value: Value | null): void {
    this.#column.set(row, value)
  }

  finish(rowCount: number): Data {
    return this.#column.finish(rowCount)
  }

  /** A value that is spelled in any way. */
  #parseAny(cursor: JsonCursor, row: number): boolean {
    const start = cursor.at
    if (!cursor.skipValue()) return false
    const text = cursor.text(start, cursor.at)
    const value = attempt(() => this.#convert(this.#fromJson(parseJson(text, this.#fractions))))
    if (value === undefined || (value === null && this.#isRequired)) return false
    this.#column.set(row, value)
    return true
  }
}

const LETTER_N = 0x6e
const NULL = fixedText('null')

/** Undefined for what is no value: who reads the whole row says what is wrong with it. */
function attempt<Result>(make: () => Result): Result | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof IcebergError) return undefined
    throw error
  }
}

/** More names are found by a map. */
const FEW_FIELDS = 16

/** Objects: a column for each field. The fields of a null are null, required ones too: nobody may look at them. */
export class StructColumn implements JsonColumn {
  readonly #type: DataType
  readonly #valid = new ValidRows()
  readonly #fields: readonly StructField[]
  readonly #others: 'refused' | 'passed-over'
  /** Which field comes after which, as it was in the row before: most programs write all rows alike. */
  readonly #after: Int32Array
  readonly #byName: ReadonlyMap<string, number>
  /** For each field the object that it was seen in last. */
  readonly #seenIn: Float64Array
  #objects = 0

  constructor(type: StructType, options: ObjectOptions) {
    this.#type = arrowTypeOf(type)
    this.#fields = type.fields.map((field) => structField(field, options))
    this.#others = options.others ?? 'refused'
    this.#after = Int32Array.from({ length: type.fields.length + 2 }, (_, index) => index)
    this.#byName = new Map(type.fields.map(({ name }, index) => [name, index]))
    this.#seenIn = new Float64Array(type.fields.length)
  }

  parse(cursor: JsonCursor, row: number): boolean {
    if (!cursor.take(BRACE)) return false
    this.#objects += 1
    this.#valid.set(row, true)
    let seenFields = 0
    for (let before = 0; ;) {
      const index = this.#nextField(cursor, before)
      if (index === END) break
      if (index === UNREADABLE) return false
      if (index === UNKNOWN) {
        if (!passOver(cursor)) return false
        before = this.#fields.length + 1
        continue
      }
      // A name that comes twice has the last of its values, which others see to.
      if (this.#seenIn[index] === this.#objects) return false
      this.#seenIn[index] = this.#objects
      if (this.#fields[index]?.column.parse(cursor, row) !== true) return false
      seenFields += 1
      before = index + 1
    }
    return seenFields === this.#fields.length || this.#fillIn(row)
  }

  set(row: number, value: Value | null): void {
    this.#valid.set(row, value !== null)
    // The model has structs as arrays.
    const values = value as NestedValue | null
    for (const [index, { column }] of this.#fields.entries())
      column.set(row, values?.[index] ?? null)
  }

  finish(rowCount: number): Data {
    const validity = this.#valid.validity(rowCount)
    return makeColumn(this.#type, rowCount, { validity, children: this.children(rowCount) })
  }

  /** The columns of the fields. */
  children(rowCount: number): Data[] {
    return this.#fields.map(({ column }) => column.finish(rowCount))
  }

  /** Gives fields that the object does not have their defaults. */
  #fillIn(row: number): boolean {
    for (const [index, { column, absent }] of this.#fields.entries()) {
      if (this.#seenIn[index] === this.#objects) continue
      if (absent !== null) column.set(row, absent)
      else if (!column.setNull(row)) return false
    }
    return true
  }

  /** Which field comes next, past whose name the cursor goes. */
  #nextField(cursor: JsonCursor, before: number): number {
    const expected = this.#after[before] ?? 0
    const field = this.#fields[expected]
    // As most programs write it: no white space, in the same order as ever.
    if (field !== undefined && cursor.takeWord(before === 0 ? field.opening : field.following)) {
      return expected
    }
    const sign = cursor.next()
    if (sign === BRACE_END) {
      cursor.at += 1
      return END
    }
    if ((before > 0 && !cursor.take(COMMA)) || cursor.next() !== QUOTE) return UNREADABLE
    const found = this.#find(cursor)
    if (found >= 0) this.#after[before] = found
    return cursor.take(COLON) ? found : UNREADABLE
  }

  #find(cursor: JsonCursor): number {
    if (this.#fields.length <= FEW_FIELDS) {
      for (let index = 0; index < this.#fields.length; index += 1) {
        if (this.#isName(cursor, index)) return index
      }
    }
    const { bytes, at, end } = cursor
    const close = bytes.indexOf(QUOTE, at + 1)
    if (close < 0 || close >= end) return UNREADABLE
    for (let index = at + 1; index < close; index += 1) {
      const byte = bytes[index] ?? 0
      if (byte === BACKSLASH || byte < 0x20) return UNREADABLE
    }
    cursor.isAscii = false
    const known = this.#byName.get(cursor.text(at + 1, close))
    if (known === undefined && this.#others === 'refused') return UNREADABLE
    cursor.at = close + 1
    return known ?? UNKNOWN
  }

  #isName(cursor: JsonCursor, index: number): boolean {
    const name = this.#fields[index]?.quotedName
    return name !== undefined && cursor.takeWord(name)
  }
}

/** What {@link StructColumn} says of a name in place of a field's index. */
const UNKNOWN = -1
const UNREADABLE = -2
const END = -3

interface StructField {
  readonly quotedName: FixedText
  /** The name with what stands around it: of the first field of an object, and of those that follow. */
  readonly opening: FixedText
  readonly following: FixedText
  readonly column: FieldColumn
  /** What an object has that says nothing of the field; null for nothing. */
  readonly absent: Value | null
}

function structField(field: Field, options: ObjectOptions): StructField {
  const { name, type, required } = field
  const quotedName = stringifyJson(name)
  return {
    quotedName: fixedText(quotedName),
    opening: fixedText(`${quotedName}:`),
    following: fixedText(`,${quotedName}:`),
    column: new FieldColumn(type, required, options),
    absent: effectiveWriteDefault(field),
  }
}

/** Goes past a value that nobody asked for, which must be JSON all the same. */
function passOver(cursor: JsonCursor): boolean {
  cursor.next()
  const start = cursor.at
  if (!cursor.skipValue()) return false
  return attempt(() => parseJson(cursor.text(start, cursor.at))) !== undefined
}

class ListColumn implements JsonColumn {
  readonly #type: DataType
  readonly #valid = new ValidRows()
  readonly #offsets = new ByteMemory()
  #ends: Int32Array = new Int32Array(this.#offsets.bytes.buffer)
  readonly #element: FieldColumn

  constructor(type: ListType, options: ObjectOptions) {
    this.#type = arrowTypeOf(type)
    this.#element = new FieldColumn(type.element, type.elementRequired, options)
  }

  parse(cursor: JsonCursor, row: number): boolean {
    if (!cursor.take(BRACKET)) return false
    let item = this.#startOf(row)
    if (cursor.next() !== BRACKET_END) {
      do {
        if (!this.#element.parse(cursor, item)) return false
        item += 1
      } while (cursor.take(COMMA))
    }
    if (!cursor.take(BRACKET_END)) return false
    this.#valid.set(row, true)
    this.#ends[row + 1] = item
    return true
  }

  set(row: number, value: Value | null): void {
    let item = this.#startOf(row)
    // The model has lists as arrays.
    for (const element of (value ?? []) as NestedValue) {
      this.#element.set(item, element)
      item += 1
    }
    this.#valid.set(row, value !== null)
    this.#ends[row + 1] = item
  }

  finish(rowCount: number): Data {
    const itemCount = this.#startOf(rowCount)
    const offsets = new Int32Array(this.#offsets.finish(4 * (rowCount + 1)).buffer, 0, rowCount + 1)
    this.#ends = new Int32Array(this.#offsets.bytes.buffer)
    const validity = this.#valid.validity(rowCount)
    const children = [this.#element.finish(itemCount)]
    return makeColumn(this.#type, rowCount, { validity, offsets, children })
  }

  #startOf(row: number): number {
    if (row + 1 >= this.#ends.length) {
      this.#offsets.reserve(4 * (row + 2))
      this.#ends = new Int32Array(this.#offsets.bytes.buffer)
    }
    return this.#ends[row] ?? 0
  }
}

/** Values of types that few rows have: held until the column is made. */
class HeldColumn implements JsonColumn {
  readonly #type: Type
  #values: (Value | null)[] = []

  constructor(type: Type) {
    this.#type = type
  }

  parse(): boolean {
    return false
  }

  set(row: number, value: Value | null): void {
    this.#values[row] = value
  }

  finish(rowCount: number): Data {
    const builder = createColumnBuilder(this.#type)
    for (let row = 0; row < rowCount; row += 1) builder.append(this.#values[row] ?? null)
    this.#values = []
    return builder.finish()
  }
}
