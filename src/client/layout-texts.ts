import type { Paths, RowInput } from '../types/row-types.ts'
import type { Schema } from '../types/schema.ts'
import type { Shape, TypedSchema } from '../types/typed-schema.ts'

/** The columns of a schema as far as the compiler knows them: any text for a schema it does not know. */
export type ColumnsOf<S extends Schema> =
  S extends TypedSchema<Shape> ? Paths<RowInput<S>> & string : string

/** A column, or a unit of its time: `city`, `day(ts)`. */
type PlainText<Column extends string> = Column | `${'year' | 'month' | 'day' | 'hour'}(${Column})`

/**
 * What has a size in front of its column: `bucket(16, id)`. What follows is left to the parser, because the compiler takes
 * each of these patterns to each of the texts: with all that may follow, a schema of 400 columns took it 11 seconds.
 */
type SizedText<Column extends string> = `${'bucket' | 'truncate'}(${number}, ${Column})${string}`

/** A partition field: `city`, `day(ts)`, `bucket(16, id) as shard`. */
export type PartitionText<Column extends string> =
  | PlainText<Column>
  | `${PlainText<Column>} as ${string}`
  | SizedText<Column>

/** A sort field: `ts`, `day(ts) desc`, `bucket(16, id) desc nulls last`. */
export type SortText<Column extends string> =
  | PlainText<Column>
  | `${PlainText<Column>} ${'asc' | 'desc'}`
  | `${PlainText<Column>} ${'asc' | 'desc'} nulls ${'first' | 'last'}`
  | `${PlainText<Column>} nulls ${'first' | 'last'}`
  | SizedText<Column>
