import type { AnyColumn } from '../types/typed-schema.ts'
import { findFieldByPath } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import type { FieldPlace, NewField, SchemaEdit } from '../types/schema-change.ts'
import { unionByName } from '../types/schema-union.ts'
import { defaultFromInput } from '../types/value-input.ts'

/** A column as dots lead to it, `driver.name`, or as names from the root one by one. */
export type ColumnName = string | readonly string[]

/**
 * Changes of a table's columns, each made to what the ones before it left. No file is rewritten: what a column is called
 * and where it stands may change, what its values are may only widen (spec: Schema Evolution).
 *
 * Every method throws `invalid` with the path when the change cannot be made.
 */
export class SchemaChange {
  readonly #edit: SchemaEdit

  constructor(edit: SchemaEdit) {
    this.#edit = edit
  }

  /** Adds a column behind the others: `change.add('tip', t.decimal(9, 2).optional())`. */
  add(column: ColumnName, added: AnyColumn): this {
    this.#edit.add(namesOf(column, this.#edit.schema), newField(added))
    return this
  }

  /** Takes a column away. Its values stay in the files, and no column will ever show them again. */
  drop(column: ColumnName): this {
    this.#edit.drop(this.#path(column))
    return this
  }

  /** Calls a column otherwise; `name` is without the structs around it. */
  rename(column: ColumnName, name: string): this {
    this.#edit.rename(this.#path(column), name)
    return this
  }

  /** Puts a column elsewhere among those of its struct: `change.move('tip', { after: 'fare' })`. */
  move(column: ColumnName, place: FieldPlace): this {
    this.#edit.move(this.#path(column), place)
    return this
  }

  /** Gives a column a type that holds all of its values: `change.widen('id', t.long())`. */
  widen(column: ColumnName, to: AnyColumn): this {
    this.#edit.widen(this.#path(column), to.definition.type)
    return this
  }

  /** Lets rows lack the column. */
  makeOptional(column: ColumnName): this {
    this.#edit.makeOptional(this.#path(column))
    return this
  }

  /** Forbids rows to lack the column, which must be allowed by name where rows may lack it already. */
  require(column: ColumnName, options: { readonly allowIncompatible?: boolean } = {}): this {
    this.#edit.require(this.#path(column), options)
    return this
  }

  /** Comments a column for readers of the table, or takes the comment away with null. */
  setDoc(column: ColumnName, doc: string | null): this {
    this.#edit.setDoc(this.#path(column), doc)
    return this
  }

  /** What rows to come hold if they say nothing of the column; nothing with null. Format version 3 has defaults. */
  setDefault(column: ColumnName, value: unknown): this {
    const path = this.#path(column)
    const type = findFieldByPath(this.#edit.schema, path)?.field.type
    const isValue = value !== null && type !== undefined
    this.#edit.setDefault(path, isValue ? defaultFromInput(type, value, path.join('.')) : null)
    return this
  }

  /** Makes these the columns that identify a row, instead of those that did. */
  identifierFields(columns: readonly ColumnName[]): this {
    this.#edit.identifierFields(columns.map((column) => this.#path(column)))
    return this
  }

  /** Adds the columns that another schema has and the table lacks, and widens those that are wider there. */
  unionByName(other: Schema): this {
    unionByName(this.#edit, other)
    return this
  }

  #path(column: ColumnName): readonly string[] {
    return namesOf(column, this.#edit.schema)
  }
}

/** A name that itself has a dot comes before a way into a struct. */
function namesOf(column: ColumnName, schema: Schema): readonly string[] {
  if (typeof column !== 'string') return column
  return findFieldByPath(schema, [column]) === undefined ? column.split('.') : [column]
}

function newField({ definition, presence }: AnyColumn): NewField {
  const { type, doc, defaultValue } = definition
  return {
    type,
    required: presence !== 'optional',
    ...(doc === null ? {} : { doc }),
    ...(defaultValue === null ? {} : { defaultValue }),
  }
}
