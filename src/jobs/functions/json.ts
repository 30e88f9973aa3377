// Functions of JSON in texts.
import { checkNames, duckdbType } from '../../duckdb/types.ts'
import { parseDeclaredSchema } from '../schemas/declared-schema.ts'
import type { SchemaLanguage } from '../schemas/declared-schema.ts'
import { quoteName, quoteText } from '../sql/quotes.ts'
import type { Fields } from '../yaml/fields.ts'
import { defineFunction } from './define.ts'
import type { JobFunction } from './define.ts'
import { declaration, jsonText } from './json-text.ts'
import { columnOfKind, withColumn } from './view.ts'

/** A text into a struct; null where it is no JSON object, and in each field that is not of its type. */
export const parseAsJson: JobFunction = defineFunction('parse_as_json', {
  keys: ['column', 'asColumn', 'sparkSchema', 'avroSchema'],
  read: (fields) => ({
    column: fields.text('column'),
    asColumn: fields.text('asColumn'),
    ...readSchema(fields),
  }),
  toQuery({ column, asColumn, schema, language }, view) {
    const text = quoteName(columnOfKind(view, column, ['string']).name)
    const { fields } = parseDeclaredSchema(schema, language)
    const json = `frazil_json(${quoteText(declaration(schema, language))}, ${text})`
    const type = duckdbType({ kind: 'struct', fields })
    return withColumn(view, {
      name: asColumn,
      expression: `CAST(CAST(${json} AS JSON) AS ${type})`,
    })
  },
})

interface DeclaredSchema {
  readonly schema: string
  readonly language: SchemaLanguage
}

function readSchema(fields: Fields): DeclaredSchema {
  const isAvro = fields.has('avroSchema')
  if (isAvro && fields.has('sparkSchema')) {
    fields.invalid('avroSchema', 'sparkSchema and avroSchema cannot both be given')
  }
  const key = isAvro ? 'avroSchema' : 'sparkSchema'
  const [schema, language] = [fields.text(key), isAvro ? 'avro' : 'spark'] as const
  if (schema !== '') {
    fields.faults.attempt(fields.placeOf(key), null, () => {
      checkNames(parseDeclaredSchema(schema, language).fields)
      jsonText(declaration(schema, language))
    })
  }
  return { schema, language }
}
