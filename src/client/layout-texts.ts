import type { Paths, RowInput } from '../types/row-types.ts'
import type { Schema } from '../types/schema.ts'
import type { Shape, TypedSchema } from '../types/typed-schema.ts'

/** The columns of a schema as far as the compiler knows them: any text for a schema it does not know. */
export type ColumnsOf<S extends Schema> =
  S extends TypedSchema<Shape> ? Paths<RowInput<S>> & string : string

/** A partition field: `city`, `day(ts)`, `day(ts) as day`. */
export type PartitionText<Column extends string> =
  | Column
  | `${'year' | 'month' | 'day' | 'hour'}(${Column})`
  | `${Column | `${'year' | 'month' | 'day' | 'hour'}(${Column})`} as ${string}`

/** A sort field: `ts`, `ts desc`, `ts desc nulls last`. */
export type SortText<Column extends string> =
  | Column
  | `${Column} ${'asc' | 'desc'}`
  | `${Column} ${'asc' | 'desc'} nulls ${'first' | 'last'}`
  | `${Column} nulls ${'first' | 'last'}`
