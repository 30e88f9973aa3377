/** What texts look like that are values of a type in Spark and in DuckDB alike, as regular expressions of DuckDB's. */

const TIME = String.raw`[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?`

export const WHOLE_SHAPE: string = String.raw`\s*[+-]?[0-9]+\s*`

export const NUMBER_SHAPE: string = String.raw`\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\s*`

export const DECIMAL_SHAPE: string = String.raw`\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)\s*`

export const DATE_SHAPE: string = String.raw`\s*[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([ T].*)?\s*`

export const MOMENT_SHAPE: string = String.raw`\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]${TIME}(Z|[+-][0-9]{2}:[0-9]{2})?)?\s*`

export const LOCAL_SHAPE: string = String.raw`\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]${TIME})?\s*`
