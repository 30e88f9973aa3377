import { readFile } from 'node:fs/promises'

import type { Command } from 'commander'

import { IcebergError } from '../../base/errors.ts'
import { parseJson } from '../../base/json-exact.ts'
import { parsePartitionFields, parseSortFields } from '../../layout/layout-text.ts'
import { schemaFromJson } from '../../types/schema-json.ts'
import { parseSchemaText } from '../../types/schema-text.ts'
import type { Schema } from '../../types/schema.ts'
import { addNameOptions, collect } from '../selector.ts'
import { placeOfTable } from '../table-name.ts'
import type { TableNameOptions } from '../table-name.ts'
import { printLine } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'

interface CreateOptions extends TableNameOptions {
  readonly schema: string
  readonly partition?: string
  readonly sort?: string
  readonly property?: readonly string[]
}

export function addCreate(program: Command, terminal: Terminal): void {
  addNameOptions(program.command('create').argument('<table>'))
    .description('make a table without rows')
    .requiredOption('--schema <file|text>', `schema JSON, or "id long not null, ts timestamptz"`)
    .option('--partition <fields>', `such as "day(ts), city"`)
    .option('--sort <fields>', `such as "ts desc nulls last"`)
    .option('--property <name=value>', 'table property; repeatable', collect)
    .addHelpText(
      'after',
      `\nExample:\n  frazil create ./warehouse/city/rides --schema "id long not null, ts timestamptz, fare decimal(9,2)" --partition "day(ts)"`,
    )
    .action(async (name: string, options: CreateOptions) => {
      const { warehouse, name: table } = await placeOfTable(name, options)
      const created = await warehouse.createTable(table, {
        schema: await readSchema(options.schema),
        partitionBy: options.partition === undefined ? [] : parsePartitionFields(options.partition),
        sortBy: options.sort === undefined ? [] : parseSortFields(options.sort),
        properties: Object.fromEntries((options.property ?? []).map(parseProperty)),
      })
      await printLine(terminal.out, created.metadataLocation)
    })
}

/** A file of that name comes before a schema of that text. */
async function readSchema(option: string): Promise<Schema> {
  const text = await readFile(option, 'utf8').catch(() => null)
  if (text !== null) return schemaFromJson(parseJson(text), 'schema')
  if (/\.json$/.test(option)) {
    throw new IcebergError('not-found', 'there is no such schema file', { context: { file: option } })
  }
  return parseSchemaText(option)
}

function parseProperty(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new IcebergError('invalid', '--property takes NAME=VALUE', { context: { property: text } })
}
