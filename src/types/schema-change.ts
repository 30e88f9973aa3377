/**
 * Changes of a schema that need no file to be rewritten (spec: Schema Evolution). What a field is called and where it stands
 * may change, its id never does; no id is given twice in the life of a table.
 */
import { IcebergError, withContext } from '../base/errors.ts'
import type { Problem } from '../base/errors.ts'
import { isDefaultWhole } from './default-values.ts'
import { editFields, withType } from './edit-fields.ts'
import { schemaVersionProblems } from './format-support.ts'
import { makeField } from './make-field.ts'
import { canPromote } from './promotion.ts'
import { MAX_FIELD_ID } from './reserved-fields.ts'
import { newSchemaProblems } from './schema-check.ts'
import { renumberType } from './schema-walk.ts'
import { findField, findFieldByPath, highestFieldId } from './schema.ts'
import type { FieldEntry, Schema } from './schema.ts'
import type { Field, Type } from './type.ts'
import type { Value } from './value.ts'

/** A schema as a table has it, and the highest id that any of its schemas ever gave to a field. */
export interface NumberedSchema {
  readonly schema: Schema
  readonly lastColumnId: number
}

/**
 * Applies changes to the schema of a table of that format version, each to what the ones before it left. The result keeps
 * the schema id, for it is the table that knows which ids are taken.
 *
 * @throws IcebergError `invalid` with the `path` of a change that cannot be made, or with all `problems` of the schema that
 *   the changes would give
 * @throws IcebergError `limit` when the field ids are used up
 */
export function changeSchema(
  base: NumberedSchema & { readonly formatVersion: number },
  change: (edit: SchemaEdit) => void,
): NumberedSchema {
  const edit = new SchemaEdit(base)
  change(edit)
  const { schema, lastColumnId } = edit
  const problems = newProblems(base.schema, schema, base.formatVersion)
  if (problems.length === 0) return { schema, lastColumnId }
  throw faulty(problems)
}

function faulty(problems: readonly Problem[]): IcebergError {
  return new IcebergError('invalid', 'changed schema has faults', { problems })
}

/** What was amiss before may stay so: old tables are as they are. */
function newProblems(before: Schema, after: Schema, formatVersion: number): readonly Problem[] {
  const problemsOf = (schema: Schema): readonly Problem[] => [
    ...newSchemaProblems(schema),
    ...schemaVersionProblems(schema, formatVersion),
  ]
  const known = new Set(problemsOf(before).map(({ path, message }) => `${path}: ${message}`))
  return problemsOf(after).filter(({ path, message }) => !known.has(`${path}: ${message}`))
}

/** A field to be added. Field ids inside its type are not looked at. */
export interface NewField {
  readonly type: Type
  /** Only together with a default: rows that are there already have to hold something. */
  readonly required?: boolean
  readonly doc?: string
  /** Of the type: for the rows that are there already, and until changed for those that say nothing. */
  readonly defaultValue?: Value
}

/** A place among the fields of one struct. */
export type FieldPlace = 'first' | { readonly after: string } | { readonly before: string }

/**
 * A schema in the course of being changed. Paths are names from the root, those in force when the method is called;
 * `element` stands for what a list holds, `value` for the values of a map. Nothing changes in the keys of a map, because
 * equal keys could become different.
 */
export class SchemaEdit {
  /** Of the table: it decides which types a field may change to. */
  readonly formatVersion: number
  /** Fields from this id on are in no file and no other schema. */
  readonly #oldestNewId: number
  #schema: Schema
  #lastColumnId: number

  constructor(base: NumberedSchema & { readonly formatVersion: number }) {
    this.#schema = base.schema
    this.formatVersion = base.formatVersion
    this.#lastColumnId = Math.max(base.lastColumnId, highestFieldId(base.schema))
    this.#oldestNewId = this.#lastColumnId + 1
  }

  /** The schema as changed until now. */
  get schema(): Schema {
    return this.#schema
  }

  get lastColumnId(): number {
    return this.#lastColumnId
  }

  /** Adds a field behind those of its struct. */
  add(path: readonly string[], added: NewField): void {
    const parent = path.slice(0, -1)
    const name = path.at(-1) ?? ''
    this.#checkStruct(parent)
    if (findFieldByPath(this.#schema, path) !== undefined) {
      throw refused('there is a field of this name', path)
    }
    const { required = false, doc, defaultValue } = added
    if (required && defaultValue === undefined) {
      throw refused('a required field needs a default for the rows that are there', path)
    }
    const id = this.#newId()
    const type = this.#withNewIds(added.type)
    const field = makeField({
      id,
      name,
      required,
      type,
      doc,
      initialDefault: defaultValue,
      writeDefault: defaultValue,
    })
    // At once: a default around it, of a list or a map, is to hold what this one says.
    if (!isDefaultWhole(field)) {
      const message = 'default of a struct leaves a required field null'
      throw faulty([{ path: path.join('.'), message }])
    }
    this.#editFields(parent, (fields) => [...fields, field])
  }

  /** Takes a field away, with what lies inside it. Files keep its values, which no field will ever have the id to read. */
  drop(path: readonly string[]): void {
    const { field } = this.#namedField(path)
    if (this.#identifies(field)) throw refused('an identifier field cannot be dropped', path)
    this.#editFields(path.slice(0, -1), (fields) => fields.filter(({ id }) => id !== field.id))
  }

  /** Gives a field another name. */
  rename(path: readonly string[], name: string): void {
    this.#namedField(path)
    const renamed = [...path.slice(0, -1), name]
    if (name !== path.at(-1) && findFieldByPath(this.#schema, renamed) !== undefined) {
      throw refused('there is a field of this name', renamed)
    }
    this.#editField(path, (field) => ({ ...field, name }))
  }

  /** Puts a field elsewhere among those of its struct. */
  move(path: readonly string[], place: FieldPlace): void {
    const { field } = this.#namedField(path)
    const parent = path.slice(0, -1)
    const neighbour = neighbourOf(place)
    if (neighbour !== null) this.#namedField([...parent, neighbour])
    if (neighbour === field.name) throw refused('a field cannot be moved beside itself', path)
    this.#editFields(parent, (fields) => {
      const others = fields.filter(({ id }) => id !== field.id)
      return others.toSpliced(indexOfPlace(others, place), 0, field)
    })
  }

  /** Gives a field a type that holds all values of its own (spec: Schema Evolution). Its defaults become of that type. */
  widen(path: readonly string[], type: Type): void {
    const { field } = this.#fieldAt(path)
    if (!canPromote(field.type, type, this.formatVersion)) {
      throw refused('type cannot be changed to this one', path)
    }
    const numbered = field.type.kind === 'unknown' ? this.#withNewIds(type) : type
    try {
      this.#editField(path, (old) => withType(old, numbered))
    } catch (error) {
      throw withContext(error, { path: path.join('.') })
    }
  }

  /** Lets a field be null. */
  makeOptional(path: readonly string[]): void {
    const { field } = this.#fieldAt(path)
    if (this.#identifies(field))
      throw refused('an identifier field and all around it must be required', path)
    this.#editField(path, (old) => ({ ...old, required: false }))
  }

  /**
   * Forbids a field to be null. Unless it was added just now with a default, rows may hold nulls already, and reading them
   * would fail: that must be allowed by name.
   */
  require(path: readonly string[], options: { readonly allowIncompatible?: boolean } = {}): void {
    const { field } = this.#fieldAt(path)
    if (field.required) return
    const isFilled = field.id >= this.#oldestNewId && field.initialDefault !== undefined
    if (!isFilled && options.allowIncompatible !== true) {
      throw refused('rows may hold nulls in this field', path)
    }
    this.#editField(path, (old) => ({ ...old, required: true }))
  }

  /** Gives a field a comment, or takes it away with null. */
  setDoc(path: readonly string[], doc: string | null): void {
    this.#namedField(path)
    this.#editField(path, (field) => makeField({ ...field, doc }))
  }

  /**
   * What rows to come hold in the field if they say nothing; nothing with null. Rows that are there stay as they are.
   *
   * @param value of the field's type; of a struct, `STRUCT_DEFAULT`
   */
  setDefault(path: readonly string[], value: Value | null): void {
    this.#namedField(path)
    this.#editField(path, (field) => makeField({ ...field, writeDefault: value }))
  }

  /** Makes these the fields that identify a row, instead of those that did (spec: Identifier Field IDs). */
  identifierFields(paths: readonly (readonly string[])[]): void {
    const ids = paths.map((path) => this.#fieldAt(path).field.id)
    this.#schema = { ...this.#schema, identifierFieldIds: [...new Set(ids)] }
  }

  /** A field of any kind at a path, whose type may change. */
  #fieldAt(path: readonly string[]): FieldEntry {
    const entry = findFieldByPath(this.#schema, path)
    if (entry === undefined) throw refused('there is no such field', path)
    this.#checkNotInKey(entry)
    return entry
  }

  /** A field of a struct: elements of lists and values of maps have no name, no place and no default of their own. */
  #namedField(path: readonly string[]): FieldEntry {
    const entry = this.#fieldAt(path)
    const parent = findFieldByPath(this.#schema, path.slice(0, -1))
    if (parent === undefined || parent.field.type.kind === 'struct') return entry
    throw refused('an element of a list or a value of a map is no field of a struct', path)
  }

  #checkStruct(path: readonly string[]): void {
    if (path.length === 0) return
    const { field } = this.#fieldAt(path)
    if (field.type.kind !== 'struct') throw refused('only a struct has fields', path)
  }

  #checkNotInKey({ ids, path }: FieldEntry): void {
    const isKey = ids.some((id, index) => {
      const parent = index === 0 ? undefined : findField(this.#schema, ids[index - 1] ?? 0)
      return parent?.field.type.kind === 'map' && parent.field.type.keyId === id
    })
    if (isKey) throw refused('keys of a map cannot be changed', path)
  }

  /** Whether the field, or one inside it, is an identifier field. */
  #identifies({ id }: Field): boolean {
    return this.#schema.identifierFieldIds.some((fieldId) =>
      findField(this.#schema, fieldId)?.ids.includes(id),
    )
  }

  #editFields(
    parent: readonly string[],
    edit: (fields: readonly Field[]) => readonly Field[],
  ): void {
    this.#schema = { ...this.#schema, fields: editFields(this.#schema.fields, parent, edit) }
  }

  #editField(path: readonly string[], edit: (field: Field) => Field): void {
    const name = path.at(-1)
    this.#editFields(path.slice(0, -1), (fields) =>
      fields.map((field) => (field.name === name ? edit(field) : field)),
    )
  }

  #withNewIds(type: Type): Type {
    return renumberType(type, () => this.#newId())
  }

  #newId(): number {
    if (this.#lastColumnId >= MAX_FIELD_ID) {
      throw new IcebergError('limit', 'field ids are used up', { context: { limit: MAX_FIELD_ID } })
    }
    this.#lastColumnId += 1
    return this.#lastColumnId
  }
}

function neighbourOf(place: FieldPlace): string | null {
  if (place === 'first') return null
  return 'after' in place ? place.after : place.before
}

function indexOfPlace(fields: readonly Field[], place: FieldPlace): number {
  if (place === 'first') return 0
  const index = fields.findIndex(({ name }) => name === neighbourOf(place))
  return 'after' in place ? index + 1 : index
}

function refused(message: string, path: readonly string[]): IcebergError {
  return new IcebergError('invalid', message, { context: { path: path.join('.') } })
}
