// How a range of rows is written to a Parquet file with the names and ids of its fields.
import { unreachable } from '../base/assert.ts'
import type { ParquetCompression } from '../formats/parquet/codec.ts'
import {
  PARQUET_COMPRESSION,
  PARQUET_DICT_SIZE_BYTES,
  PARQUET_PAGE_SIZE_BYTES,
  readProperty,
} from '../metadata/properties.ts'
import { MAX_DECIMAL_PRECISION } from '../types/decimal-text.ts'
import type { Schema } from '../types/schema.ts'
import type { Field, Type } from '../types/type.ts'
import { decline } from './declined.ts'
import { columnName } from './layout-sql.ts'
import { quoteName, quoteText } from './sql-text.ts'
import { FIELD_ID_NAME, checkNames } from './types.ts'
import { ROWS, isInRange } from './working-table.ts'
import type { RowRange } from './working-table.ts'

/** How one file is written. */
export interface CopyOptions {
  readonly rowGroupRows: number
  /** Whether columns may have dictionaries: in those of DuckDB minus zero and zero are one value. */
  readonly dictionaries: boolean
}

/** Writes rows of the working table to a new file. */
export type CopyStatement = (rows: RowRange, path: string, options: CopyOptions) => string

/**
 * @param compression as the table's properties say when absent
 * @throws Declined when DuckDB would not write files as the format or the table's properties ask. It marks all columns but
 *   keys of maps as optional, which readers take: what a table requires is checked apart.
 */
export function copyStatement(
  schema: Schema,
  properties: ReadonlyMap<string, string>,
  compression: ParquetCompression = readProperty(properties, PARQUET_COMPRESSION),
): CopyStatement {
  checkNames(schema.fields)
  for (const { type } of schema.fields) checkWritten(type)
  if (readProperty(properties, PARQUET_PAGE_SIZE_BYTES) !== null) decline('pages of a certain size')
  if (readProperty(properties, PARQUET_DICT_SIZE_BYTES) !== null) {
    decline('dictionaries of a certain size')
  }
  const columns = schema.fields.map(
    ({ name }, position) => `${columnName(position)} AS ${quoteName(name)}`,
  )
  const options = [
    'FORMAT parquet',
    `COMPRESSION ${compression}`,
    'WRITE_BLOOM_FILTER false',
    `FIELD_IDS ${idsText(schema.fields)}`,
  ]
  return (rows, path, { rowGroupRows, dictionaries }) => {
    const own = [
      `ROW_GROUP_SIZE ${rowGroupRows}`,
      ...(dictionaries ? [] : ['DICTIONARY_SIZE_LIMIT 0']),
    ]
    const select = `SELECT ${columns.join(', ')} FROM ${ROWS} WHERE ${isInRange(rows)}`
    return `COPY (${select}) TO ${quoteText(path)} (${[...options, ...own].join(', ')})`
  }
}

function idsText(fields: readonly Field[]): string {
  const entries = fields.map(({ id, name, type }) => {
    const inner = innerIds(type)
    const text = inner === null ? String(id) : `{${FIELD_ID_NAME}: ${id}, ${inner}}`
    return `${quoteText(name)}: ${text}`
  })
  return `{${entries.join(', ')}}`
}

/** Null for a type without fields inside. */
function innerIds(type: Type): string | null {
  switch (type.kind) {
    case 'struct':
      return withoutBraces(idsText(type.fields))
    case 'list':
      return withoutBraces(idsText([partField('element', type.elementId, type.element)]))
    case 'map':
      return withoutBraces(
        idsText([
          partField('key', type.keyId, type.key),
          partField('value', type.valueId, type.value),
        ]),
      )
    default:
      return null
  }
}

function partField(name: string, id: number, type: Type): Field {
  return { id, name, type, required: false }
}

function withoutBraces(text: string): string {
  return text.slice(1, -1)
}

/** The digits of decimals that DuckDB stores in four or eight bytes, and those for which sixteen bytes are the fewest. */
const MOST_DIGITS_IN_8_BYTES = 18
const FEWEST_DIGITS_IN_16_BYTES = 36

/** Whether DuckDB writes values of the type as the format has them (spec: Parquet). */
function checkWritten(type: Type): void {
  switch (type.kind) {
    case 'fixed':
      return decline('a column of type fixed')
    case 'decimal': {
      const { precision } = type
      const isShort = precision <= MOST_DIGITS_IN_8_BYTES
      const isLong = precision >= FEWEST_DIGITS_IN_16_BYTES && precision <= MAX_DECIMAL_PRECISION
      return isShort || isLong ? undefined : decline('decimals of 19 to 35 digits')
    }
    case 'struct':
      for (const field of type.fields) checkWritten(field.type)
      return
    case 'list':
      return checkWritten(type.element)
    case 'map':
      checkWritten(type.key)
      return checkWritten(type.value)
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'date':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'string':
    case 'uuid':
    case 'binary':
      return
    case 'timestamptz_ns':
    case 'unknown':
    case 'variant':
    case 'geometry':
    case 'geography':
      return decline(`a column of type ${type.kind}`)
    default:
      return unreachable(type)
  }
}
