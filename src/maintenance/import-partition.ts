// The partition that all rows of a file belong to, as far as that can be told without reading rows (spec: Partition
// Transforms): from what its footer knows of a column, or from the name of a folder, as Hive has it.
import { transformFunction } from '../layout/apply-transform.ts'
import { preservesOrder } from '../layout/transform.ts'
import type { Transform } from '../layout/transform.ts'
import { comparatorOf } from '../types/compare.ts'
import { primitiveReader } from '../types/primitive-input.ts'
import { inputFromText } from '../types/text-input.ts'
import { isFloating } from '../types/type.ts'
import type { PrimitiveType } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'
import type { ColumnFacts } from './import-facts.ts'

/** One partition value; `unknown` where the rows have to be asked. */
export type Verdict = { readonly value: PrimitiveValue | null } | 'unknown'

/** What a column's facts say of the partition values of its rows. In doubt nothing. */
export function verdictOn(transform: Transform, facts: ColumnFacts): Verdict {
  if (transform.kind === 'void') return { value: null }
  const { type, valueCount, nullCount, lower, upper } = facts
  if (nullCount === valueCount) return { value: null }
  if (nullCount !== 0n || lower === null || upper === null || mayHideValues(facts)) return 'unknown'
  if (comparatorOf(type)(lower, upper) === 0) return { value: apply(transform, type, lower) }
  const [first, last] = [apply(transform, type, lower), apply(transform, type, upper)]
  return preservesOrder(transform) && transform.kind !== 'identity' && sameValue(first, last)
    ? { value: first }
    : 'unknown'
}

/** Between bounds there may be NaN, and a bound of zero stands for both zeros. */
function mayHideValues({ type, nanCount, lower, upper }: ColumnFacts): boolean {
  return isFloating(type) && (nanCount !== 0n || lower === 0 || upper === 0)
}

/** @throws IcebergError `invalid` for a value that has no partition value, such as an hour far from 1970 */
function apply(
  transform: Transform,
  type: PrimitiveType,
  value: PrimitiveValue | null,
): PrimitiveValue | null {
  return transformFunction(transform, type)(value)
}

/** Of results of transforms, which are no floats. */
function sameValue(left: PrimitiveValue | null, right: PrimitiveValue | null): boolean {
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    return Buffer.compare(left, right) === 0
  }
  return left === right
}

/** What Hive calls the folder of rows that have a null. */
const HIVE_NULL = '__HIVE_DEFAULT_PARTITION__'

/** What the folders on the way to a file say of its rows, by the names of columns; null for a null. */
export function hiveValues(location: string): ReadonlyMap<string, string | null> {
  const values = new Map<string, string | null>()
  for (const folder of location.split('/').slice(0, -1)) {
    const at = folder.indexOf('=')
    if (at <= 0) continue
    const text = decoded(folder.slice(at + 1))
    values.set(decoded(folder.slice(0, at)), text === HIVE_NULL ? null : text)
  }
  return values
}

/** Hive and Spark spell what file systems might not take as `%2F`; a percent sign of other writers is itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A folder's text as a value of the column; undefined when it is none. */
export function valueOfFolder(
  type: PrimitiveType,
  text: string | null,
): PrimitiveValue | null | undefined {
  if (text === null) return null
  // Spark puts a space where ISO 8601 has a T.
  const isTimestamp = type.kind.startsWith('timestamp')
  const input = inputFromText(type)(isTimestamp ? text.replace(' ', 'T') : text)
  return primitiveReader(type)(input) ?? undefined
}
