import { IcebergError } from '../../base/errors.ts'
import { parseJson } from '../../base/json-exact.ts'
import { readObject } from '../../base/json-fields.ts'
import { checkNewSchema } from '../../types/schema-check.ts'
import { assignFreshIds } from '../../types/schema-walk.ts'
import type { Schema } from '../../types/schema.ts'
import type { Field } from '../../types/type.ts'
import { avroFieldsFromJson } from './avro-schema.ts'
import { parseSparkDdl } from './spark-ddl.ts'
import { sparkFieldsFromJson } from './spark-json.ts'

export type SchemaLanguage = 'avro' | 'spark'

/**
 * A schema as job files declare it: an Avro record, the JSON of a Spark struct, or Spark's DDL. Ids are those of a new table.
 *
 * @param language null: as the text looks
 * @throws IcebergError `invalid` with the `offset` or the `path` of what is wrong or with `problems` of the whole,
 *   `unsupported` for types that no table has
 */
export function parseDeclaredSchema(text: string, language: SchemaLanguage | null = null): Schema {
  const fields = assignFreshIds(fieldsOf(text, language))
  const schema = { schemaId: 0, fields, identifierFieldIds: [] }
  checkNewSchema(schema)
  return schema
}

function fieldsOf(text: string, language: SchemaLanguage | null): readonly Field[] {
  if (!text.trimStart().startsWith('{')) {
    if (language !== 'avro') return parseSparkDdl(text)
    throw new IcebergError('invalid', 'an Avro schema is the JSON of a record')
  }
  try {
    const json = parseJson(text)
    const isAvro = (language ?? languageOf(json)) === 'avro'
    return isAvro ? avroFieldsFromJson(json) : sparkFieldsFromJson(json)
  } catch (error) {
    // The readers of JSON take what they read for stored bytes.
    if (!(error instanceof IcebergError) || error.kind !== 'corrupt') throw error
    throw new IcebergError('invalid', error.message, { context: error.context, cause: error })
  }
}

function languageOf(json: unknown): SchemaLanguage {
  return readObject(json, '').unknown('type') === 'struct' ? 'spark' : 'avro'
}
