// Messages in Avro, each of which names the schema that it was written with. Their columns are those of one schema, by which all are
// read: fields that a writer does not know have their defaults, and what only the writer knows is passed over.
import { IcebergError, isKind } from '../../../base/errors.ts'
import { avroDefaults, NO_DEFAULTS } from '../../../formats/confluent/avro-defaults.ts'
import type { Defaults } from '../../../formats/confluent/avro-defaults.ts'
import { avroRowReader } from '../../../formats/confluent/avro-reader.ts'
import type { AvroRowReader } from '../../../formats/confluent/avro-reader.ts'
import { parseAvroSchema } from '../../../formats/confluent/avro-schema.ts'
import { FRAME_BYTES, schemaIdOf } from '../../../formats/confluent/framing.ts'
import type { Field } from '../../../types/type.ts'
import { avroFieldsFromJson } from '../../schemas/avro-schema.ts'
import { VALUE_COLUMN } from './message-decoder.ts'
import type { MessageDecoder, RowValues, Span } from './message-decoder.ts'
import type { SchemaRegistry } from './schema-registry.ts'

/** The columns that messages are read into, and what stands for those that a writer does not know. */
export interface AvroColumns {
  readonly fields: readonly Field[]
  readonly defaults: Defaults
  /** Whether messages are values by themselves, and no records: they have one column. */
  readonly isScalar: boolean
}

/** Columns that were declared. */
export function declaredColumns(fields: readonly Field[]): AvroColumns {
  return { fields, defaults: NO_DEFAULTS, isScalar: false }
}

/**
 * The columns of the newest schema of a subject.
 *
 * @throws IcebergError `invalid` when the registry has none, `unsupported` for what no table can hold
 */
export async function latestColumns(
  registry: SchemaRegistry,
  subject: string,
  signal?: AbortSignal,
): Promise<AvroColumns> {
  const latest = await registry.latestOf(subject, signal)
  if (latest === null) {
    throw new IcebergError('invalid', 'the registry has no schema for the topic: set a schema', {
      context: { subject },
    })
  }
  const json = asRecord(latest.json)
  const fields = avroFieldsFromJson(json)
  return {
    fields,
    defaults: avroDefaults(parseAvroSchema(json), fields),
    isScalar: json !== latest.json,
  }
}

/** A value by itself is written as a record is that has nothing else. */
function asRecord(json: unknown): unknown {
  const isRecord = typeof json === 'object' && json !== null && 'type' in json
  if (isRecord && json.type === 'record') return json
  return { type: 'record', name: 'Message', fields: [{ name: VALUE_COLUMN, type: json }] }
}

export function avroDecoder(
  registry: SchemaRegistry,
  { fields, defaults, isScalar }: AvroColumns,
): MessageDecoder {
  const readers = new Map<number, AvroRowReader | IcebergError>()
  return {
    fields,
    takesNull: false,
    isScalar,
    async prepare(spans, signal) {
      for (const id of idsIn(spans)) {
        // What could not be found, or read, is asked for again: somebody may have mended it.
        if (typeof readers.get(id) !== 'function') readers.set(id, await readerOf(id, signal))
      }
    },
    decode: (span) => decode(span, readers),
  }

  /** What a message cannot be read by is a fault of the message. */
  async function readerOf(id: number, signal?: AbortSignal): Promise<AvroRowReader | IcebergError> {
    const writer = await registry.schemaOf(id, signal)
    if (writer === null) {
      return new IcebergError('invalid', 'the registry has no schema of this number', {
        context: { schema: id },
      })
    }
    try {
      return avroRowReader(parseAvroSchema(asRecord(writer.json)), fields, defaults)
    } catch (error) {
      if (isKind(error, 'invalid')) return error
      throw error
    }
  }
}

function decode(span: Span, readers: ReadonlyMap<number, AvroRowReader | IcebergError>): RowValues {
  const { bytes, start, end } = span
  const reader = readers.get(schemaIdOf(bytes, start, end))
  if (typeof reader === 'function') return reader(bytes.subarray(start + FRAME_BYTES, end))
  throw reader ?? new IcebergError('internal', 'a schema was not asked for')
}

function idsIn(spans: readonly Span[]): ReadonlySet<number> {
  const ids = new Set<number>()
  for (const { bytes, start, end } of spans) {
    // What names no schema is told of when it is read.
    if (end - start >= FRAME_BYTES && bytes[start] === 0) ids.add(schemaIdOf(bytes, start, end))
  }
  return ids
}
