// An entry of a manifest in place: passed over once, which finds where each of its fields starts, and then read field by
// field, as far as someone asks.
import { assert } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import type { AvroField, AvroType } from './avro-type.ts'
import type { BinaryReader } from './binary-reader.ts'
import { DATA_FILE } from './entry-views.ts'
import { skip } from './skip.ts'
import type { Skip } from './skip.ts'
import { isSameField, mismatch, missingValue } from './view.ts'
import type { FieldView, FieldViews, View } from './view.ts'

/** Reads something of the entry that its cursor is on. */
export type Look<Value> = () => Value

/** Moves over the entries of manifests that one schema was written with. Made once a schema. */
export class EntryCursor {
  readonly #fields: readonly (AvroField | null)[]
  readonly #passes: readonly Skip[]
  readonly #starts: Int32Array
  #reader: BinaryReader | null = null
  #start = 0
  #end = 0

  /** @throws IcebergError `corrupt` when values of that type are no entries */
  constructor(writer: AvroType) {
    const parts = partsOf(writer, 'value')
    this.#fields = parts.map((part) => part.field)
    this.#passes = parts.map((part) => part.pass)
    this.#starts = new Int32Array(parts.length)
  }

  /** Takes the entry that begins where the reader is, and leaves the reader behind it. */
  moveTo(reader: BinaryReader): void {
    this.#reader = reader
    this.#start = reader.offset
    const passes = this.#passes
    for (let index = 0; index < passes.length; index += 1) {
      this.#starts[index] = reader.offset
      passes[index]?.(reader)
    }
    this.#end = reader.offset
  }

  /** Puts the reader behind the entry again. */
  leave(): void {
    this.#reader?.seek(this.#end)
  }

  /** The bytes of the entry, out of its block: who keeps them does not keep the block. */
  copy(): Uint8Array {
    assert(this.#reader !== null, 'a cursor is on an entry')
    return this.#reader.copy(this.#start, this.#end)
  }

  /** How to read one field of an entry or of its file. */
  field<Value>({ id, name, view }: FieldView<Value>): Look<Value> {
    const index = this.#find({ id, name })
    const field = this.#fields[index] ?? null
    if (field === null) {
      const value = missingValue({ id, name, view }, 'value')
      return () => value
    }
    const decode = view.against(field.type, `value.${name}`)
    return () => decode(this.#readerAt(index))
  }

  /** How to read some fields. */
  fields<Fields>(fields: FieldViews<Fields>): Look<Fields> {
    const views = Object.entries<FieldView<unknown>>(fields)
    const looks = views.map(([key, view]) => [key, this.field(view)] as const)
    return () => {
      const target: Record<string, unknown> = {}
      for (const [key, look] of looks) target[key] = look()
      // Each field got a value of its own view's type.
      return target as Fields
    }
  }

  /** How to find one item of a map by its key, without reading the others; undefined where there is none. */
  lookup<Item>(
    { id, name }: FieldView<unknown>,
    item: View<Item>,
  ): (key: number) => Item | undefined {
    const index = this.#find({ id, name })
    const field = this.#fields[index] ?? null
    if (field === null) return () => undefined
    const find = finderIn(field.type, item, `value.${name}`)
    return (key) => find(this.#readerAt(index), key)
  }

  #find(wanted: { readonly id: number; readonly name: string }): number {
    return this.#fields.findIndex((field) => field !== null && isSameField(field, wanted))
  }

  #readerAt(index: number): BinaryReader {
    const start = this.#starts[index]
    assert(this.#reader !== null && start !== undefined, 'a cursor is on an entry')
    this.#reader.seek(start)
    return this.#reader
  }
}

/** What an entry has one after the other: its own fields and those of its file. */
interface Part {
  /** Null for what is no field and only has to be passed. */
  readonly field: AvroField | null
  readonly pass: Skip
}

function partsOf(writer: AvroType, path: string): readonly Part[] {
  if (writer.kind === 'union') return partsOfOptional(writer.branches, path)
  if (writer.kind !== 'record') return mismatch('record', writer, path)
  return writer.fields.flatMap((field) =>
    isSameField(field, DATA_FILE)
      ? partsOf(field.type, `${path}.${DATA_FILE.name}`)
      : [{ field, pass: skip(field.type) }],
  )
}

/** A record that a schema lets be null, and that never is. */
function partsOfOptional(branches: readonly AvroType[], path: string): readonly Part[] {
  const index = branches.findIndex((branch) => branch.kind === 'record')
  const record = branches[index] ?? mismatch('record', { kind: 'union', branches }, path)
  const pass: Skip = (reader) => {
    if (reader.index(branches.length) === index) return
    throw new IcebergError('corrupt', 'required field is null', { context: { path } })
  }
  return [{ field: null, pass }, ...partsOf(record, path)]
}

type Find<Item> = (reader: BinaryReader, key: number) => Item | undefined

/** In a map as `mapOf` sees it: keys are integers, and of two items of one key the first one counts. */
function finderIn<Item>(writer: AvroType, item: View<Item>, path: string): Find<Item> {
  switch (writer.kind) {
    case 'null':
      return () => undefined
    case 'union': {
      const finders = writer.branches.map((branch) => finderIn(branch, item, path))
      return (reader, key) => finders[reader.index(finders.length)]?.(reader, key)
    }
    case 'array':
      return finderInPairs(writer.items, item, path)
    default:
      return mismatch('array of pairs', writer, path)
  }
}

function finderInPairs<Item>(pair: AvroType, item: View<Item>, path: string): Find<Item> {
  const [key, value, ...others] = pair.kind === 'record' ? pair.fields : []
  if (key === undefined || value === undefined || others.length > 0) {
    return mismatch('array of pairs', pair, path)
  }
  if (key.type.kind !== 'int' && key.type.kind !== 'long') {
    return mismatch('int', key.type, `${path}.key`)
  }
  const decode = item.against(value.type, `${path}.value`)
  const pass = skip(value.type)
  return (reader, wanted) => {
    for (let left = reader.blockCount(); left > 0; left = reader.blockCount()) {
      for (; left > 0; left -= 1) {
        if (reader.int() === wanted) return decode(reader)
        pass(reader)
      }
    }
    return undefined
  }
}
