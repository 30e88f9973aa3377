// Changes of rows of a database, as Debezium writes them: what the row was, what it is, and what was done to it. Each is a row of a
// changelog; to merge them into the rows that they changed is the business of whoever reads that.
import { IcebergError } from '../../../base/errors.ts'
import { isJsonObject } from '../../../base/json-exact.ts'
import { makeField } from '../../../types/make-field.ts'
import type { Field, StructType, Type } from '../../../types/type.ts'
import { fractionsOf } from '../../../types/text-input.ts'
import type { Value } from '../../../types/value.ts'
import type { AvroColumns } from './avro-decoder.ts'
import { jsonOf, objectReader } from './message-decoder.ts'
import type { MessageDecoder, RowValues } from './message-decoder.ts'

/** What was done: created, read as it was when Debezium began, updated, deleted. */
const OPERATIONS: ReadonlySet<unknown> = new Set(['c', 'r', 'u', 'd'])
const DELETED = 'd'

/** A change, by its parts. */
interface Change<Row> {
  readonly op: unknown
  readonly before: Row | null
  readonly after: Row | null
  readonly tsMs: bigint | null
  readonly sourceTsMs: bigint | null
}

/** What is told of a change beside the row. */
const CHANGE_COLUMNS: readonly Field[] = [
  makeField({ id: 0, name: '_op', required: true, type: { kind: 'string' } }),
  makeField({ id: 0, name: '_ts_ms', required: false, type: { kind: 'long' } }),
  makeField({ id: 0, name: '_source_ts_ms', required: false, type: { kind: 'long' } }),
]

/** The columns of a changelog: of a deleted row perhaps no more is told than its key. */
function changelogFields(fields: readonly Field[]): readonly Field[] {
  return [...optional(fields), ...CHANGE_COLUMNS]
}

function optional(fields: readonly Field[]): readonly Field[] {
  return fields.map((field) => ({ ...field, required: false }))
}

/** @throws IcebergError `invalid` for a change that has no row, such as that of a table that is emptied */
function rowOfChange<Row>(
  { op, before, after, tsMs, sourceTsMs }: Change<Row>,
  read: (row: Row) => RowValues,
): RowValues {
  if (!OPERATIONS.has(op)) {
    throw new IcebergError('invalid', 'the message is no change of a row', {
      context: { path: 'op' },
    })
  }
  const row = op === DELETED ? before : after
  if (row === null) {
    throw new IcebergError('invalid', 'the change does not say which row it is of', {
      context: { path: op === DELETED ? 'before' : 'after' },
    })
  }
  // It was found among the operations, which are texts.
  return [...read(row), op as string, tsMs, sourceTsMs]
}

/** Changes in JSON, with the schema around them that Kafka Connect may put there or without it. */
export function debeziumJsonDecoder(fields: readonly Field[]): MessageDecoder {
  const read = objectReader(optional(fields))
  const fractions = fractionsOf({ kind: 'struct', fields })
  return {
    fields: changelogFields(fields),
    takesNull: false,
    isScalar: false,
    decode: (span) => rowOfChange(changeOfJson(payloadOf(jsonOf(span, fractions))), read),
  }
}

/** The row of a change in JSON; null for what is none, which the decoder will say. */
export function rowOfJsonChange(json: unknown): unknown {
  const { before, after } = changeOfJson(payloadOf(json))
  return after ?? before
}

type JsonObject = Readonly<Record<string, unknown>>

function payloadOf(json: unknown): JsonObject {
  const outer = objectOf(json)
  return 'payload' in outer && 'schema' in outer ? objectOf(outer['payload']) : outer
}

function changeOfJson(json: JsonObject): Change<unknown> {
  return {
    op: json['op'],
    before: json['before'] ?? null,
    after: json['after'] ?? null,
    tsMs: wholeOf(json['ts_ms']),
    sourceTsMs: wholeOf(objectOf(json['source'])['ts_ms']),
  }
}

function objectOf(json: unknown): JsonObject {
  return isJsonObject(json) ? json : {}
}

function wholeOf(json: unknown): bigint | null {
  if (typeof json === 'bigint') return json
  return Number.isSafeInteger(json) ? BigInt(json as number) : null
}

/** Where the columns of an envelope stand that is read from Avro. */
const BEFORE = 0
const AFTER = 1
const OP = 2
const TS_MS = 3
const SOURCE = 4

/**
 * The columns of an envelope that is read from Avro, of which a change is made.
 *
 * @param columns those of the whole envelope, as the registry has it
 * @param declared the columns of rows, where they were declared
 */
export function debeziumColumns(
  columns: AvroColumns | null,
  declared: readonly Field[] | null,
): AvroColumns {
  const rowFields = declared ?? rowFieldsOf(columns?.fields ?? [])
  const row: Type = { kind: 'struct', fields: optional(rowFields) }
  const long: Type = { kind: 'long' }
  const source: Type = { kind: 'struct', fields: [column('ts_ms', long)] }
  return {
    fields: [
      column('before', row),
      column('after', row),
      column('op', { kind: 'string' }),
      column('ts_ms', long),
      column('source', source),
    ],
    defaults: columns?.defaults ?? new Map(),
    isScalar: false,
  }
}

function column(name: string, type: Type): Field {
  return makeField({ id: 0, name, required: false, type })
}

function rowFieldsOf(fields: readonly Field[]): readonly Field[] {
  const after = fields.find(({ name }) => name === 'after')?.type
  if (after?.kind === 'struct') return after.fields
  throw new IcebergError('invalid', 'the schema of the topic is none of changes of rows', {
    context: { path: 'after' },
  })
}

/** Changes in Avro. @param envelope reads {@link debeziumColumns} */
export function debeziumAvroDecoder(envelope: MessageDecoder): MessageDecoder {
  const rowType = envelope.fields[AFTER]?.type as StructType
  return {
    fields: changelogFields(rowType.fields),
    takesNull: false,
    isScalar: false,
    ...(envelope.prepare === undefined ? {} : { prepare: envelope.prepare }),
    decode(span) {
      const values = envelope.decode(span)
      return values && rowOfChange(changeOfValues(values), (row) => row)
    },
  }
}

/** The types of the columns say how each value is held. */
function changeOfValues(values: RowValues): Change<RowValues> {
  const [sourceTsMs = null] = (values[SOURCE] ?? []) as readonly (Value | null)[]
  return {
    op: values[OP],
    before: (values[BEFORE] ?? null) as RowValues | null,
    after: (values[AFTER] ?? null) as RowValues | null,
    tsMs: (values[TS_MS] ?? null) as bigint | null,
    sourceTsMs: sourceTsMs as bigint | null,
  }
}
