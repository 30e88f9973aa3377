import type { Row, RowInput } from '../types/row-types.ts'
import type { Schema } from '../types/schema.ts'
import type { Shape, TypedSchema } from '../types/typed-schema.ts'

/** A row of a table whose columns the compiler does not know. */
export type UnknownRow = Record<string, unknown>

/** What reading a table of this schema gives. */
export type OutputOf<S extends Schema> = S extends TypedSchema<Shape> ? Row<S> : UnknownRow

/** What writing to a table of this schema takes. */
export type InputOf<S extends Schema> = S extends TypedSchema<Shape> ? RowInput<S> : UnknownRow
