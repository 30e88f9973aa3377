import { IcebergError } from '../../base/errors.ts'
import type { PlainTypeKind, PrimitiveType } from '../../types/type.ts'
import { parseTypeText } from '../../types/type-text.ts'

/** A number or two in the parentheses of a type; Spark's texts have no other parameters. */
export type TypeParameters = readonly number[]

/** Types by every name that Spark has for them; its `timestamp` is an instant, and its short integers are ints in tables. */
const PLAIN_TYPES: ReadonlyMap<string, PlainTypeKind> = new Map<string, PlainTypeKind>([
  ['boolean', 'boolean'],
  ['tinyint', 'int'],
  ['byte', 'int'],
  ['smallint', 'int'],
  ['short', 'int'],
  ['int', 'int'],
  ['integer', 'int'],
  ['bigint', 'long'],
  ['long', 'long'],
  ['float', 'float'],
  ['real', 'float'],
  ['double', 'double'],
  ['date', 'date'],
  ['timestamp', 'timestamptz'],
  ['timestamp_ltz', 'timestamptz'],
  ['timestamp_ntz', 'timestamp'],
  ['string', 'string'],
  ['binary', 'binary'],
])

const DECIMAL_NAMES: readonly string[] = ['decimal', 'dec', 'numeric']

/** Texts of a length that tables do not keep. */
const SIZED_TEXT_NAMES: readonly string[] = ['varchar', 'char', 'character']

/** Spark's own, which no table can hold. */
const OTHER_NAMES: readonly string[] = ['interval', 'void', 'null', 'variant', 'time']

/**
 * The type that tables have for one of Spark's without fields inside; null when Spark has none of that name.
 *
 * @throws IcebergError `unsupported` for one that tables do not have
 * @throws IcebergError `invalid` for parameters that the type does not take
 */
export function sparkPrimitive(
  name: string,
  parameters: TypeParameters | null = null,
): PrimitiveType | null {
  const word = name.toLowerCase()
  const kind = PLAIN_TYPES.get(word)
  if (kind !== undefined) {
    if (parameters !== null) throw fault('the type takes no parameters', word)
    return { kind }
  }
  if (DECIMAL_NAMES.includes(word)) return sparkDecimal(parameters)
  if (SIZED_TEXT_NAMES.includes(word)) {
    if (parameters?.length !== 1) throw fault('the type takes a length', word)
    return { kind: 'string' }
  }
  if (!OTHER_NAMES.includes(word)) return null
  throw new IcebergError('unsupported', `a column of type ${word}`)
}

/** Without parameters of ten digits, and without a second one of whole numbers. */
function sparkDecimal(parameters: TypeParameters | null): PrimitiveType {
  const [precision = 10, scale = 0, ...more] = parameters ?? []
  const type = more.length > 0 ? null : parseTypeText(`decimal(${precision},${scale})`)
  if (type?.kind === 'decimal') return type
  throw fault('a decimal has up to 38 digits, up to as many of them after its point', 'decimal')
}

function fault(message: string, type: string): IcebergError {
  return new IcebergError('invalid', message, { context: { type } })
}
