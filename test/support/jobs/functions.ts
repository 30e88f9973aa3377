// Functions of steps, with arguments as a workflow file has them, applied to rows.
import { rowsOf } from '../../../src/formats/arrow/rows.ts'
import { FUNCTIONS } from '../../../src/jobs/functions/catalogue.ts'
import type { BoundFunction } from '../../../src/jobs/functions/define.ts'
import type { SqlEngine, SqlSession } from '../../../src/jobs/sql/engine.ts'
import { readYaml } from '../../../src/jobs/yaml/document.ts'
import { Faults } from '../../../src/jobs/yaml/faults.ts'
import { Fields } from '../../../src/jobs/yaml/fields.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { viewOf } from '../sql/engine.ts'
import type { ValueRow } from '../sql/engine.ts'

/** A function with arguments as a workflow file has them. */
export function boundFunction(text: string): BoundFunction {
  const faults = new Faults()
  const root = readYaml(text, faults)
  if (root === null) throw new Error('no YAML')
  const name = /name: (\w+)/.exec(text)?.[1] ?? ''
  const jobFunction = FUNCTIONS.get(name)
  if (jobFunction === undefined) throw new Error(`no function ${name}`)
  const result = jobFunction.bind(new Fields(root, { read: jobFunction.keys }, faults))
  faults.throwIfAny('arguments')
  return result
}

export interface Outcome {
  readonly schema: Schema
  readonly rows: readonly ValueRow[]
}

/** A function applied to a view of these rows. */
export async function applyFunction(
  engine: SqlEngine,
  text: string,
  { columns, rows }: { readonly columns: string; readonly rows: readonly ValueRow[] },
): Promise<Outcome> {
  const schema = parseSchemaText(columns)
  const session = await engine.openSession(new Map([['v', viewOf(schema, rows)]]))
  try {
    const view = { name: 'v', schema }
    const { question, toQuery } = boundFunction(text)
    const answers = question === undefined ? [] : await answersOf(session, question(view).sql)
    await session.define('w', toQuery(view, answers))
    return await outcomeOf(session, 'SELECT * FROM w')
  } finally {
    await session.close()
  }
}

async function outcomeOf(session: SqlSession, sql: string): Promise<Outcome> {
  const { schema, batches } = await session.query(sql)
  const rows: ValueRow[] = []
  for await (const batch of batches) rows.push(...rowsOf(batch, schema))
  return { schema, rows }
}

async function answersOf(session: SqlSession, sql: string): Promise<(string | null)[]> {
  const { rows } = await outcomeOf(session, sql)
  return rows.map(([text]) => (typeof text === 'string' ? text : null))
}
