import type { Schema } from './schema.ts'
import type { Type } from './type.ts'
import type { OutputForm, OutputForms } from './value-output.ts'
import type { Value } from './value.ts'

/** Whether rows have a value: always, perhaps, or always because a default stands in for what a writer leaves out. */
export type Presence = 'required' | 'optional' | 'defaulted'

declare const given: unique symbol
declare const taken: unique symbol

/**
 * A column as `t` defines it. `GivenValue` is what reading it gives, `TakenValue` what writing it takes; both are known to
 * the compiler alone. Columns do not change: `optional`, `doc` and `default` give another one.
 */
export interface Column<GivenValue, TakenValue, P extends Presence> {
  readonly definition: ColumnDefinition
  readonly presence: P
  /** The same column, which a row may lack. */
  optional(): Column<GivenValue, TakenValue, 'optional'>
  /** The same column with a comment for readers of the table. */
  doc(text: string): Column<GivenValue, TakenValue, P>
  /**
   * The same column with a value for rows that say nothing of it, both those that were there before the column and those
   * written since (spec: Default values); a table needs format version 3 for it. That of a struct is `{}`: its columns
   * have their own.
   *
   * @throws IcebergError `invalid` when the type has no such value
   */
  default(value: TakenValue): Column<GivenValue, TakenValue, P extends 'optional' ? P : 'defaulted'>
  readonly [given]?: GivenValue
  readonly [taken]?: TakenValue
}

/** What a column is, without its name. */
export interface ColumnDefinition {
  /** Field ids in it are 0. */
  readonly type: Type
  readonly form: OutputForm | null
  readonly doc: string | null
  readonly defaultValue: Value | null
  /** Definitions of the type's child fields, in their order. */
  readonly children: readonly ColumnDefinition[]
}

/** Any column whatever. */
export type AnyColumn = Column<unknown, unknown, Presence>

/** Columns by name, in the order of the table. */
export type Shape = Readonly<Record<string, AnyColumn>>

/** A schema whose rows the compiler knows. */
export interface TypedSchema<Columns extends Shape> extends Schema {
  readonly columns: Columns
  /** The columns, by this schema's field ids, that are read in another form than their type's own. */
  readonly forms: OutputForms
}
