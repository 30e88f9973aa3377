// What we want to see in values that someone else has written. A view is held against the writer's type once and gives a
// function that reads values, or says why it cannot. Fields are found by id, as everywhere in the table format (spec:
// Column Projection); what is not wanted is skipped.
import { IcebergError } from '../../base/errors.ts'
import { assert } from '../../base/assert.ts'
import type { AvroField, AvroType } from './avro-type.ts'
import type { BinaryReader } from './binary-reader.ts'
import { skip } from './skip.ts'

/** Reads one value and leaves the reader behind it. */
export type Decode<Value> = (reader: BinaryReader) => Value

export interface View<Value> {
  /**
   * @param path where in the file's schema `writer` sits, for messages
   * @throws IcebergError `corrupt` when values of that type are not what is wanted
   */
  readonly against: (writer: AvroType, path: string) => Decode<Value>
  /** What stands for a field that the writer does not have; absent when it must have it. */
  readonly ifMissing?: { readonly value: Value }
}

/** A view of a field, by its id; by its name where the writer gave no ids. */
export interface FieldView<Value> {
  readonly id: number
  readonly name: string
  readonly view: View<Value>
}

export function fieldView<Value>(id: number, name: string, view: View<Value>): FieldView<Value> {
  return { id, name, view }
}

/** A view of each field of an object. */
export type FieldViews<Fields> = { readonly [Name in keyof Fields]: FieldView<Fields[Name]> }

/**
 * A view that is made from what each kind of writer's type needs. A union is read by its branches.
 *
 * @param wanted what is expected, for messages
 * @param decoderOf null when values of that type will not do
 */
export function viewOf<Value>(
  wanted: string,
  decoderOf: (writer: AvroType, path: string) => Decode<Value> | null,
): View<Value> {
  const against = (writer: AvroType, path: string): Decode<Value> => {
    if (writer.kind !== 'union') {
      return decoderOf(writer, path) ?? mismatch(wanted, writer, path)
    }
    const refuseNull: Decode<Value> = () => {
      throw new IcebergError('corrupt', 'required field is null', { context: { path } })
    }
    return byBranch(
      writer.branches.map((branch) =>
        branch.kind === 'null' ? refuseNull : against(branch, path),
      ),
    )
  }
  return { against }
}

export const booleanView: View<boolean> = viewOf('boolean', (writer) =>
  writer.kind === 'boolean' ? (reader) => reader.boolean() : null,
)

export const intView: View<number> = viewOf('int', (writer) =>
  writer.kind === 'int' || writer.kind === 'long' ? (reader) => reader.int() : null,
)

export const longView: View<bigint> = viewOf('long', (writer) =>
  writer.kind === 'int' || writer.kind === 'long' ? (reader) => reader.long() : null,
)

export const stringView: View<string> = viewOf('string', (writer) =>
  writer.kind === 'string' ? (reader) => reader.string() : null,
)

export const bytesView: View<Uint8Array> = viewOf('bytes', (writer) => {
  if (writer.kind === 'bytes') return (reader) => reader.bytes()
  if (writer.kind !== 'fixed') return null
  const { size } = writer
  return (reader) => reader.fixed(size)
})

/** Null where the writer has null, or has no such field. */
export function optional<Value>(inner: View<Value>): View<Value | null> {
  const readNull = (): null => null
  return {
    against: (writer, path) => {
      if (writer.kind === 'null') return readNull
      if (writer.kind !== 'union') return inner.against(writer, path)
      return byBranch<Value | null>(
        writer.branches.map((branch) =>
          branch.kind === 'null' ? readNull : inner.against(branch, path),
        ),
      )
    },
    ifMissing: { value: null },
  }
}

/** A view with a value for writers that do not have the field or leave it null. */
export function withDefault<Value>(inner: View<Value>, fallback: Value): View<Value> {
  const view = optional(inner)
  return {
    against: (writer, path) => {
      const decode = view.against(writer, path)
      return (reader) => decode(reader) ?? fallback
    },
    ifMissing: { value: fallback },
  }
}

export function listOf<Item>(item: View<Item>): View<readonly Item[]> {
  return viewOf('array', (writer, path) => {
    if (writer.kind !== 'array') return null
    const decode = item.against(writer.items, `${path}[]`)
    return (reader) => {
      const items: Item[] = []
      eachItem(reader, () => items.push(decode(reader)))
      return items
    }
  })
}

/**
 * A map, which Avro spells as an array of pairs unless its keys are strings (spec: Avro). Of two items of one key, which no
 * writer should leave, the first one counts.
 */
export function mapOf<Key, Item>(key: View<Key>, item: View<Item>): View<ReadonlyMap<Key, Item>> {
  return viewOf('array of pairs', (writer, path) => {
    if (writer.kind !== 'array' || writer.items.kind !== 'record') return null
    const [keyField, itemField, ...others] = writer.items.fields
    if (keyField === undefined || itemField === undefined || others.length > 0) return null
    const decodeKey = key.against(keyField.type, `${path}.key`)
    const decodeItem = item.against(itemField.type, `${path}.value`)
    return (reader) => {
      const entries = new Map<Key, Item>()
      for (let left = reader.blockCount(); left > 0; left = reader.blockCount()) {
        for (; left > 0; left -= 1) {
          const decodedKey = decodeKey(reader)
          const decodedItem = decodeItem(reader)
          if (!entries.has(decodedKey)) entries.set(decodedKey, decodedItem)
        }
      }
      return entries
    }
  })
}

/** Some fields of a record, in an object with names of our own. */
export function struct<Fields>(fields: FieldViews<Fields>): View<Fields> {
  return viewOf('record', (writer, path) => {
    if (writer.kind !== 'record') return null
    const missing = new Map<string, FieldView<unknown>>(Object.entries(fields))
    const steps = writer.fields.map((written) => stepFor(written, missing, path))
    const defaults = [...missing].map(([key, field]) => ({ key, value: missingValue(field, path) }))
    return (reader) => {
      const target: Record<string, unknown> = {}
      for (const step of steps) {
        const value = step.decode(reader)
        if (step.key !== null) target[step.key] = value
      }
      for (const { key, value } of defaults) target[key] = value
      // Each field of the view got a value of its own view's type, from a step or from the defaults.
      return target as Fields
    }
  })
}

interface Step {
  /** Null for a value that is skipped. */
  readonly key: string | null
  readonly decode: Decode<unknown>
}

/** Takes the field off those that are missing. */
function stepFor(written: AvroField, missing: Map<string, FieldView<unknown>>, path: string): Step {
  for (const [key, field] of missing) {
    if (!isSameField(written, field)) continue
    missing.delete(key)
    return { key, decode: field.view.against(written.type, `${path}.${field.name}`) }
  }
  return { key: null, decode: skip(written.type) }
}

/** Whether a written field is the one that is looked for. */
export function isSameField(
  written: AvroField,
  wanted: { readonly id: number; readonly name: string },
): boolean {
  return written.fieldId === null ? written.name === wanted.name : written.fieldId === wanted.id
}

/**
 * What stands for a field that a writer does not have.
 *
 * @throws IcebergError `corrupt` when it must have it
 */
export function missingValue<Value>(field: FieldView<Value>, path: string): Value {
  if (field.view.ifMissing !== undefined) return field.view.ifMissing.value
  throw new IcebergError('corrupt', 'file lacks a required field', {
    context: { path: `${path}.${field.name}`, fieldId: field.id },
  })
}

function byBranch<Value>(branches: readonly Decode<Value>[]): Decode<Value> {
  return (reader) => {
    const branch = branches[reader.index(branches.length)]
    assert(branch !== undefined, 'index is below the number of branches')
    return branch(reader)
  }
}

function eachItem(reader: BinaryReader, readItem: () => unknown): void {
  for (let items = reader.blockCount(); items > 0; items = reader.blockCount()) {
    for (let left = items; left > 0; left -= 1) readItem()
  }
}

/** A writer's type that is of no use for what is wanted. */
export function mismatch(wanted: string, writer: AvroType, path: string): never {
  throw new IcebergError('corrupt', 'field is written with a type that it cannot have', {
    context: { path, wanted, found: writer.kind },
  })
}
