// Values of a table's metadata as JSON spells them.
import { microsFromMs } from '../../base/civil-time.ts'
import { toHex } from '../../base/bytes.ts'
import { isKind } from '../../base/errors.ts'
import { JsonFloat } from '../../base/json-exact.ts'
import type { PartitionTuple } from '../../layout/partition-tuple.ts'
import { partitionTypesOf } from '../../metadata/partition-types.ts'
import { specById } from '../../metadata/table-metadata.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import { valueFromBytes } from '../../types/single-value-binary.ts'
import { valueToJson } from '../../types/single-value-json.ts'
import { formatTimestamptz } from '../../types/temporal-text.ts'
import type { PrimitiveType } from '../../types/type.ts'
import type { PrimitiveValue } from '../../types/value.ts'

/** A partition by the names of its fields. Values of unknown types are spelled as they are stored. */
export function partitionJson(
  metadata: TableMetadata,
  specId: number,
  partition: PartitionTuple,
): ReadonlyMap<string, unknown> {
  const spec = specById(metadata, specId)
  const types = partitionTypesOf(metadata, spec)
  return new Map(
    spec.fields.map(({ name }, index) => [
      name,
      valueJson(types[index] ?? null, partition[index] ?? null),
    ]),
  )
}

/** A value of a partition; of unknown types as it is stored. */
export function valueJson(type: PrimitiveType | null, value: PrimitiveValue | null): unknown {
  if (value === null || type !== null) return type === null ? null : valueToJson(type, value)
  return value instanceof Uint8Array ? toHex(value) : value
}

/** A bound of a field; null where there is none, hexadecimal where the type does not say what the bytes mean. */
export function boundJson(
  type: PrimitiveType | null,
  bytes: Uint8Array | null | undefined,
): unknown {
  if (bytes === null || bytes === undefined) return null
  if (type === null) return toHex(bytes)
  try {
    return valueToJson(type, valueFromBytes(type, bytes))
  } catch (error) {
    // What is printed is what there is: bounds of points, and those that nobody can read.
    if (isKind(error, 'corrupt') || isKind(error, 'unsupported')) return toHex(bytes)
    throw error
  }
}

/** A moment of metadata in the text of timestamps with a zone. */
export function momentText(timestampMs: number): string {
  return formatTimestamptz(microsFromMs(timestampMs))
}

/** A fact with numbers in place of {@link JsonFloat}, which only printing asks for: as a program takes it. */
export function plainFact(fact: unknown): unknown {
  if (fact instanceof JsonFloat) return fact.value
  if (Array.isArray(fact)) return fact.map(plainFact)
  if (fact instanceof Map) {
    return new Map(Array.from(fact, ([name, value]) => [name, plainFact(value)]))
  }
  if (typeof fact !== 'object' || fact === null || fact instanceof Uint8Array) return fact
  return Object.fromEntries(Object.entries(fact).map(([name, value]) => [name, plainFact(value)]))
}
