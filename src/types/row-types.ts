/** Row types that follow from a typed schema, and the paths into them. */
import type { AnyColumn, Column, Shape, TypedSchema } from './typed-schema.ts'

/** A row as it is read: every column is there, an optional one may be null. */
export type Row<S> = S extends TypedSchema<infer Columns> ? RowOf<Columns> : never

/** A row as it is written: an optional column may be absent, undefined or null, one with a default absent or undefined. */
export type RowInput<S> = S extends TypedSchema<infer Columns> ? RowInputOf<Columns> : never

/** {@link Row} of the columns of a schema or struct. */
export type RowOf<Columns extends Shape> = {
  -readonly [Name in keyof Columns]: Given<Columns[Name]>
}

/** {@link RowInput} of the columns of a schema or struct. */
export type RowInputOf<Columns extends Shape> = Flat<
  { readonly [Name in RequiredNames<Columns>]: Taken<Columns[Name]> } & {
    readonly [Name in Exclude<keyof Columns, RequiredNames<Columns>>]?:
      | Taken<Columns[Name]>
      | undefined
  }
>

type RequiredNames<Columns extends Shape> = {
  [Name in keyof Columns]: Columns[Name]['presence'] extends 'required' ? Name : never
}[keyof Columns]

/** One object type instead of an intersection, so that editors show its fields. */
type Flat<T> = { [Name in keyof T]: T[Name] }

/** What reading a column gives, null included where it is optional. */
export type Given<C extends AnyColumn> =
  C extends Column<infer Value, unknown, infer P> ? Value | NullIf<P> : never

/** What writing a column takes, null included where it is optional. */
export type Taken<C extends AnyColumn> =
  C extends Column<unknown, infer Value, infer P> ? Value | NullIf<P> : never

type NullIf<P> = P extends 'optional' ? null : never

/** Values that are no structs, though they are objects: their members are no columns. */
type Leaf = readonly unknown[] | ReadonlyMap<unknown, unknown> | Date | Uint8Array

/** The columns of a row at any depth of structs: `'driver' | 'driver.name'`. */
export type Paths<R> = {
  [Name in keyof R & string]: NonNullable<R[Name]> extends Leaf
    ? Name
    : NonNullable<R[Name]> extends object
      ? Name | `${Name}.${Paths<NonNullable<R[Name]>>}`
      : Name
}[keyof R & string]

/** The type of the column at a path; a name that itself holds a dot comes before a way into a struct. */
export type At<R, P extends string> = P extends keyof R
  ? R[P]
  : P extends `${infer Name}.${infer Rest}`
    ? Name extends keyof R
      ? At<NonNullable<R[Name]>, Rest>
      : never
    : never
