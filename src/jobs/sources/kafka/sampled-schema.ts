// The columns of JSON that has no schema: what the first messages look like, and what was made of them once stays.
import { IcebergError } from '../../../base/errors.ts'
import { parseJson, stringifyJson } from '../../../base/json-exact.ts'
import { readObject } from '../../../base/json-fields.ts'
import type { RequestOptions } from '../../../io/object-store.ts'
import { schemaFromJson, schemaToJson } from '../../../types/schema-json.ts'
import type { Schema } from '../../../types/schema.ts'
import type { SourceLog } from '../stream-source.ts'
import { inferSchema } from './infer-schema.ts'
import { jsonOf } from './message-decoder.ts'
import { rangesBetween } from './position.ts'
import type { TopicReading } from './read-partition.ts'
import { readTopic } from './read-topic.ts'

/** Messages that are looked at. */
const SAMPLED_MESSAGES = 1_000

/** The entry that has the columns. It is the only one: positions say all else. */
const SCHEMA_ENTRY = 1

/** The columns that were found out first, whoever found them out. */
export async function rememberedSchema(
  log: SourceLog,
  sample: () => Promise<Schema>,
  signal?: AbortSignal,
): Promise<Schema> {
  const options: RequestOptions = signal === undefined ? {} : { signal }
  const known = await log.get(SCHEMA_ENTRY, options)
  if (known !== null) return schemaOfEntry(known)
  const entry = stringifyJson({ schema: schemaToJson(await sample()) })
  return schemaOfEntry(await log.create(SCHEMA_ENTRY, entry, options))
}

function schemaOfEntry(text: string): Schema {
  return schemaFromJson(readObject(parseJson(text), '').unknown('schema'), 'schema')
}

/**
 * What the first messages look like that the topic has.
 *
 * @param partOf what of a message is the row; null for a message that has none
 * @throws IcebergError `invalid` when there are none, or when they have no columns
 */
export async function sampledSchema(
  reading: TopicReading,
  signal?: AbortSignal,
  partOf: (json: unknown) => unknown = (json) => json,
): Promise<Schema> {
  const rows: unknown[] = []
  for await (const json of firstMessages(reading, signal)) {
    const row = partOf(json)
    if (row !== null && rows.push(row) >= SAMPLED_MESSAGES) break
  }
  if (rows.length > 0) return inferSchema(rows)
  throw new IcebergError(
    'invalid',
    'the topic has no messages to take columns from: set a schema',
    {
      context: { topic: reading.topic.name },
    },
  )
}

/** Those that are JSON: what is to become of others is decided when they are read. */
async function* firstMessages(reading: TopicReading, signal?: AbortSignal): AsyncGenerator {
  const { cluster, topic } = reading
  const options: RequestOptions = signal === undefined ? {} : { signal }
  const earliest = await cluster.offsets(topic, 'earliest', options)
  const latest = await cluster.offsets(topic, 'latest', options)
  const ranges = rangesBetween(earliest, latest)
  for await (const { bytes, records } of readTopic(ranges, reading, signal)) {
    for (const { valueStart: start, valueEnd: end } of records) {
      if (end < 0) continue
      const json = jsonOrNull({ bytes, start, end })
      if (json !== null) yield json
    }
  }
}

function jsonOrNull(span: Parameters<typeof jsonOf>[0]): unknown {
  try {
    return jsonOf(span)
  } catch {
    return null
  }
}
