// What other engines are known to get wrong, or cannot be asked; spec/differences.md has the ways of this library.
import { unreachable } from '../../../src/base/assert.ts'
import { INT32_MIN, INT64_MIN, floorDiv } from '../../../src/base/integers.ts'
import type { BoundLeaf, BoundPredicate } from '../../../src/expressions/bound.ts'
import type { PartitionTerm } from '../../../src/layout/layout-text.ts'
import type { PartitionField, PartitionSpec } from '../../../src/layout/partition-spec.ts'
import type { SortField } from '../../../src/layout/sort-order.ts'
import type { Transform } from '../../../src/layout/transform.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { allFields, findField, findFieldByPath } from '../../../src/types/schema.ts'
import type { FieldEntry, Schema } from '../../../src/types/schema.ts'
import type {
  Field,
  ListType,
  MapType,
  PrimitiveType,
  StructType,
  Type,
} from '../../../src/types/type.ts'
import type { NestedValue, PrimitiveValue, Value } from '../../../src/types/value.ts'
import type { AnyTable } from './any-table.ts'

/**
 * Whether Spark cannot read a table by SQL: it has a time, or nanoseconds, or its files may, from when it had. Its
 * vectorized reader takes the default of a decimal for one of the bytes that decimals are stored as, and fails.
 */
export function hasNoSql({ metadata }: AnyTable): boolean {
  return metadata.schemas.flatMap(allFields).some(({ field }) => {
    const { type, initialDefault, writeDefault } = field
    const hasDefault = initialDefault !== undefined || writeDefault !== undefined
    return NOT_IN_SQL.has(type.kind) || (type.kind === 'decimal' && hasDefault)
  })
}

const NOT_IN_SQL: ReadonlySet<Type['kind']> = new Set<Type['kind']>([
  'time',
  'timestamp_ns',
  'timestamptz_ns',
])

/**
 * Whether the oracle's reader of Java's generic data model loses values of maps: it looks them up by keys that went
 * through Python, which makes an `Integer` of a small `Long`, a `Double` of a `Float`, and new bytes.
 */
export function losesMapValues(schema: Schema): boolean {
  return allFields(schema).some(
    ({ field: { type } }) => type.kind === 'map' && LOST_KEYS.has(type.key.kind),
  )
}

const LOST_KEYS: ReadonlySet<Type['kind']> = new Set(['long', 'float', 'fixed'])

/** Whether PyIceberg makes empty ones of lists and maps that are null: those of structs. */
export function losesNullLists(schema: Schema): boolean {
  return allFields(schema).some(
    ({ field: { type } }) =>
      (type.kind === 'list' && type.element.kind === 'struct') ||
      (type.kind === 'map' && type.value.kind === 'struct'),
  )
}

/**
 * Whether DuckDB fails on a table: it knows no columns of no type, and once a table is upgraded from version 1 wants
 * sequence numbers in its old manifest lists, and of entries that were rewritten.
 */
export function isUnreadByDuckdb(table: AnyTable, snapshotVersion: number): boolean {
  const { schemas, snapshots, formatVersion } = table.metadata
  const wasRewritten = snapshots.some(
    ({ sequenceNumber, summary }) =>
      sequenceNumber === 0n && summary.get('manifests-replaced') !== '0',
  )
  const isUpgraded = formatVersion > 1 && (snapshotVersion === 1 || wasRewritten)
  const hasUnknown = schemas.flatMap(allFields).some(({ field }) => field.type.kind === 'unknown')
  return isUpgraded || hasUnknown || hasUnreadDefault(table)
}

/** Whether PyIceberg and DuckDB fail on a default in any schema of a table: it is of nanoseconds, or too far from now. */
export function hasUnreadDefault({ metadata }: AnyTable): boolean {
  return metadata.schemas.flatMap(allFields).some(({ field }) => {
    const { type, initialDefault = null, writeDefault = null } = field
    if (initialDefault === null && writeDefault === null) return false
    if (type.kind.endsWith('_ns')) return true
    return ![initialDefault, writeDefault].every((value) => isHeldByPython(type, value))
  })
}

/** Whether PyIceberg may read partition values wrongly: it takes those of a float that became a double for floats. */
export function losesPartitions({ metadata }: AnyTable): boolean {
  const sources = new Set(
    metadata.specs.flatMap(({ fields }) => fields).map((field) => field.sourceId),
  )
  return metadata.schemas
    .flatMap(allFields)
    .some(({ field }) => field.type.kind === 'float' && sources.has(field.id))
}

/** Whether PyIceberg fails on a table without rows: it cannot make an empty column of structs that hold a uuid. */
export function needsRowsInPyiceberg(schema: Schema): boolean {
  return allFields(schema).some(({ field, path }) => field.type.kind === 'uuid' && path.length > 1)
}

/**
 * Whether Java prunes by other rules: it compares uuids by signed halves, has minus zero below zero, and counts no value
 * of a float in a struct that is null, so that it drops files where the float `is null` or is not NaN; it truncates
 * some values wrongly, and takes null for the default of a column that a file lacks.
 */
export function isOddInJava(predicate: BoundPredicate, { metadata, schema }: AnyTable): boolean {
  const fields = metadata.specs.flatMap((spec) => spec.fields)
  return leavesOf(predicate).some((leaf) => {
    if (findField(schema, leaf.column.fieldId)?.field.initialDefault !== undefined) return true
    if (fields.some((field) => isTruncatedOddly(leaf, field))) return true
    const { type, positions } = leaf.column
    const isFloating = type.kind === 'float' || type.kind === 'double'
    if (leaf.kind === 'is-null' || leaf.kind === 'not-nan')
      return isFloating && positions.length > 1
    return type.kind === 'uuid' || (isFloating && valuesOf(leaf).some((value) => value === 0))
  })
}

/** Sums of Java wrap around near the lowest integers and for the largest widths, and it counts prefixes in UTF-16. */
function isTruncatedOddly(leaf: BoundLeaf, { sourceId, transform }: PartitionField): boolean {
  const { fieldId, type } = leaf.column
  if (fieldId !== sourceId || transform.kind !== 'truncate') return false
  const { width } = transform
  switch (type.kind) {
    case 'int':
      return width > 2 ** 30 || valuesOf(leaf).some((value) => Number(value) <= INT32_MIN + width)
    case 'long':
      return valuesOf(leaf).some((value) => (value as bigint) <= INT64_MIN + BigInt(width))
    case 'string':
      return leaf.kind.endsWith('starts-with') && valuesOf(leaf).some(hasSurrogates)
    default:
      return false
  }
}

function hasSurrogates(value: PrimitiveValue): boolean {
  return /[\ud800-\udfff]/.test(String(value))
}

/** Whether DuckDB can spell the literals: its first and last days and instants are infinities. */
export function isSpelledByDuckdb(predicate: BoundPredicate): boolean {
  return leavesOf(predicate).every((leaf) => {
    const { kind } = leaf.column.type
    const most = kind === 'date' ? 2_000_000_000 : 9e18
    const isLimited = kind === 'date' || kind.startsWith('timestamp')
    return !isLimited || valuesOf(leaf).every((value) => Math.abs(Number(value)) <= most)
  })
}

/** Whether DuckDB looks into the wrong files: it hashes uuids in another way than their buckets are made. */
export function isOddInDuckdb(predicate: BoundPredicate, specs: readonly PartitionSpec[]): boolean {
  const bucketed = new Set(
    specs
      .flatMap(({ fields }) => fields)
      .filter(({ transform }) => transform.kind === 'bucket')
      .map(({ sourceId }) => sourceId),
  )
  return leavesOf(predicate).some(
    ({ column }) => column.type.kind === 'uuid' && bucketed.has(column.fieldId),
  )
}

/**
 * Whether ClickHouse fails on a snapshot, or reads something else than what is there: it knows no columns of no type and
 * no field `null` in a struct, reads times as whole seconds, does not widen decimals in structs, lists and maps to more
 * bytes, and takes no default for a column that a file lacks.
 */
export function isUnreadByClickhouse({ metadata }: AnyTable, schema: Schema): boolean {
  const { schemas } = metadata
  const all = schemas.flatMap(allFields)
  const first = schemas.slice(0, 1).flatMap(allFields)
  const isUnread = ({ field, path }: FieldEntry): boolean =>
    field.type.kind === 'time' ||
    (path.length > 1 && path.at(-1) === 'null') ||
    (field.initialDefault !== undefined && !first.some((entry) => entry.field.id === field.id))
  return (
    all.some(({ field }) => field.type.kind === 'unknown') ||
    all.some(({ field, path }) => path.length > 1 && isStoredOtherwise(field, schema)) ||
    allFields(schema).some(isUnread) ||
    schemas.some((other) => isOddlyLaidOut(metadata, other))
  )
}

/**
 * Whether ClickHouse misunderstands partitions or orders: it cannot truncate all decimals, and gives columns the values of
 * their identity partitions, of which it cannot read uuids and takes nanoseconds for microseconds.
 */
function isOddlyLaidOut({ specs, sortOrders }: TableMetadata, schema: Schema): boolean {
  const kindOf = ({ sourceId }: { readonly sourceId: number }): string =>
    findField(schema, sourceId)?.field.type.kind ?? 'unknown'
  const misread = specs
    .flatMap(({ fields }) => fields)
    .filter(({ transform }) => transform.kind === 'identity')
    .map(kindOf)
  const truncated = [...specs, ...sortOrders]
    .flatMap(({ fields }): readonly (PartitionField | SortField)[] => fields)
    .filter(({ transform }) => transform.kind === 'truncate')
    .map(kindOf)
  return (
    truncated.includes('decimal') || misread.some((kind) => kind === 'uuid' || kind.endsWith('_ns'))
  )
}

/** Whether a field is a decimal that another schema holds in more or fewer bytes. */
function isStoredOtherwise({ id, type }: Field, schema: Schema): boolean {
  const other = findField(schema, id)?.field.type
  return type.kind === 'decimal' && other?.kind === 'decimal' && wordsOf(type) !== wordsOf(other)
}

function wordsOf({ precision }: { readonly precision: number }): number {
  if (precision > 18) return 4
  return precision > 9 ? 2 : 1
}

/**
 * Whether ClickHouse finds other rows: no list or map is null in it, it compares uuids in another order than that of their
 * bounds, tells the zeros of a float apart where it looks them up in a set, and drops files by their partitions wrongly.
 */
export function isOddInClickhouse(
  predicate: BoundPredicate,
  specs: readonly PartitionSpec[],
): boolean {
  const fields = specs.flatMap((spec) => spec.fields)
  return leavesOf(predicate).some((leaf) => {
    const { fieldId, type } = leaf.column
    if (type.kind === 'nested' || type.kind === 'uuid') return true
    if (type.kind === 'date' && valuesOf(leaf).some((day) => !isDayOfClickhouse(Number(day))))
      return true
    const isFloating = type.kind === 'float' || type.kind === 'double'
    if (isFloating && 'literals' in leaf && leaf.literals.includes(0)) return true
    const own = fields.filter(({ sourceId }) => sourceId === fieldId)
    return own.some(({ transform }) => isPlacedOddly(leaf, transform))
  })
}

/**
 * Whether ClickHouse looks for values in other partitions than the specification puts them in: for moments before 1970,
 * for days that 16 bits do not hold, and for bytes that it takes for a text to be truncated.
 */
function isPlacedOddly(leaf: BoundLeaf, transform: Transform): boolean {
  const { kind } = leaf.column.type
  switch (transform.kind) {
    case 'year':
    case 'month':
    case 'day':
    case 'hour':
      return valuesOf(leaf).some((value) => dayOf(kind, value) < 0 || dayOf(kind, value) >= 2 ** 16)
    case 'bucket':
      return kind.endsWith('_ns') && valuesOf(leaf).some((value) => Number(value) < 0)
    case 'truncate':
      return kind === 'binary'
    default:
      return false
  }
}

/** The day of a date or a moment. */
function dayOf(kind: string, value: PrimitiveValue): number {
  if (kind === 'date') return Number(value)
  return Math.floor(Number(value) / (kind.endsWith('_ns') ? 86_400e9 : 86_400e6))
}

function leavesOf(predicate: BoundPredicate): readonly BoundLeaf[] {
  if (predicate.kind === 'true' || predicate.kind === 'false') return []
  return 'children' in predicate ? predicate.children.flatMap(leavesOf) : [predicate]
}

function valuesOf(leaf: BoundLeaf): readonly PrimitiveValue[] {
  if ('literals' in leaf) return leaf.literals
  return 'literal' in leaf ? [leaf.literal] : []
}

/** Whether PyIceberg's own Python can hold the values and apply the transform. */
export function isTransformedByPyiceberg({ kind }: Transform, type: PrimitiveType): boolean {
  return (kind === 'bucket' && type.kind !== 'unknown') || kind === 'truncate'
}

/** Whether Iceberg has a function for the transform in Spark's SQL, and Spark the type. */
export function isTransformedBySpark(transform: Transform, type: PrimitiveType): boolean {
  const { kind } = transform
  if (kind === 'truncate' && type.kind === 'int' && transform.width > 2 ** 30) return false
  return kind !== 'identity' && kind !== 'void' && SPARK_KINDS.has(type.kind)
}

const SPARK_KINDS: ReadonlySet<Type['kind']> = new Set<Type['kind']>([
  'int',
  'long',
  'decimal',
  'date',
  'timestamp',
  'timestamptz',
  'string',
  'binary',
])

/** Whether Spark can partition a new table so: it has no words for `void`, and struct fields that are null upset it. */
export function isPartitionOfSpark({ column, transform }: PartitionTerm): boolean {
  return transform.kind !== 'void' && column.length === 1
}

/** Whether PyIceberg can write such partitions: not by uuids, times, NaN or columns in a struct that is null. */
export function isPartitionOfPyiceberg(
  schema: Schema,
  { column, transform }: PartitionTerm,
): boolean {
  const kind = findFieldByPath(schema, column)?.field.type.kind ?? 'unknown'
  return transform.kind !== 'void' && column.length === 1 && !NOT_PARTED_BY.has(kind)
}

const NOT_PARTED_BY: ReadonlySet<Type['kind']> = new Set<Type['kind']>([
  'uuid',
  'time',
  'float',
  'double',
])

/** Whether Python's own dates, which end in the years 1 and 9999, hold all moments in a value. */
export function isHeldByPython(type: Type, value: Value | null): boolean {
  if (value === null) return true
  switch (type.kind) {
    case 'date':
      return isInRange(BigInt(Number(value)))
    case 'timestamp':
    case 'timestamptz':
      return isInRange(floorDiv(value as bigint, 86_400_000_000n))
    case 'struct':
    case 'list':
    case 'map':
      return partsOf(type, value as NestedValue).every(([part, inner]) =>
        isHeldByPython(part, inner),
      )
    default:
      return true
  }
}

/**
 * Whether ClickHouse has all that is in a value: its days are those of the years 0 to 9999, and it has no structs that are
 * null, but makes some up, of zeros or of what stands beside them.
 */
export function isHeldByClickhouse(type: Type, value: Value | null): boolean {
  switch (type.kind) {
    case 'date':
      return value === null || isDayOfClickhouse(Number(value))
    case 'struct':
      return value !== null && areHeldByClickhouse(type, value)
    case 'list':
    case 'map':
      return value === null || areHeldByClickhouse(type, value)
    default:
      return true
  }
}

function areHeldByClickhouse(type: StructType | ListType | MapType, value: Value): boolean {
  return partsOf(type, value as NestedValue).every(([part, inner]) =>
    isHeldByClickhouse(part, inner),
  )
}

function isDayOfClickhouse(days: number): boolean {
  return days >= -719_528 && days <= 2_932_896
}

/** A value as ClickHouse has it: lists and maps that are null are empty. */
export function asInClickhouse(type: Type, value: Value | null): Value | null {
  switch (type.kind) {
    case 'struct':
    case 'list':
      return partsOf(type, (value ?? []) as NestedValue).map(([part, inner]) =>
        asInClickhouse(part, inner),
      )
    case 'map':
      return ((value ?? []) as readonly NestedValue[]).map(([key = null, item = null]) => [
        asInClickhouse(type.key, key),
        asInClickhouse(type.value, item),
      ])
    default:
      return value
  }
}

function isInRange(days: bigint): boolean {
  return days >= -719_162n && days <= 2_932_896n
}

type Part = readonly [Type, Value | null]

function partsOf(type: StructType | ListType | MapType, value: NestedValue): readonly Part[] {
  switch (type.kind) {
    case 'struct':
      return type.fields.map((field, index): Part => [field.type, value[index] ?? null])
    case 'list':
      return value.map((item): Part => [type.element, item])
    case 'map':
      return (value as readonly NestedValue[]).flatMap(([key = null, item = null]): Part[] => [
        [type.key, key],
        [type.value, item],
      ])
    default:
      return unreachable(type)
  }
}
