import { readFile } from 'node:fs/promises'

import { IcebergError, withContext } from '../../base/errors.ts'
import { parseJson } from '../../base/json-exact.ts'
import { parsePartitionFields, parseSortFields } from '../../layout/layout-text.ts'
import { DEFAULT_FORMAT_VERSION, formatVersionOf } from '../../metadata/table-metadata.ts'
import { schemaFromJson } from '../../types/schema-json.ts'
import { parseSchemaText } from '../../types/schema-text.ts'
import type { Schema } from '../../types/schema.ts'
import type { CreateOptions } from '../commands/create.ts'
import { placeOfTable } from '../find-table.ts'
import { printLine } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'

export async function createTable(
  terminal: Terminal,
  name: string,
  options: CreateOptions,
): Promise<void> {
  const { warehouse, name: table } = await placeOfTable(terminal, name, options)
  const formatVersion = formatVersionOf(Number(options.formatVersion ?? DEFAULT_FORMAT_VERSION))
  const created = await warehouse.createTable(table, {
    schema: await readSchema(options.schema),
    partitionBy: options.partition === undefined ? [] : parsePartitionFields(options.partition),
    sortBy: options.sort === undefined ? [] : parseSortFields(options.sort),
    ...(formatVersion === undefined ? {} : { formatVersion }),
    properties: Object.fromEntries(options.property ?? []),
  })
  await printLine(terminal, created.metadataLocation)
}

/** A file of that name comes before a schema of that text. */
async function readSchema(option: string): Promise<Schema> {
  const text = await readFile(option, 'utf8').catch(() => null)
  if (text !== null) return schemaOfFile(text, option)
  if (option.endsWith('.json')) {
    throw new IcebergError('not-found', 'there is no such schema file', {
      context: { file: option },
    })
  }
  return parseSchemaText(option)
}

function schemaOfFile(text: string, file: string): Schema {
  try {
    return schemaFromJson(parseJson(text), 'schema')
  } catch (error) {
    throw withContext(error, { file })
  }
}
