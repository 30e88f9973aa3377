import type { RecordBatch } from 'apache-arrow'
import { afterAll } from 'vitest'
import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import { rowsOf } from '../../../src/formats/arrow/rows.ts'
import { createSqlEngine } from '../../../src/jobs/sql/duckdb.ts'
import type { SqlEngine, SqlSettings, SqlView } from '../../../src/jobs/sql/engine.ts'
import { assignFreshIds } from '../../../src/types/schema-walk.ts'
import type { Schema } from '../../../src/types/schema.ts'
import type { Type } from '../../../src/types/type.ts'
import type { Value } from '../../../src/types/value.ts'

export type ValueRow = readonly (Value | null)[]

/** 2026-01-01T00:00:00Z */
export const NOW_MICROS = 1_767_225_600_000_000n

/** An engine that is closed after the tests of the file. */
export function engineForTests(settings: Partial<SqlSettings> = {}): SqlEngine {
  const engine = createSqlEngine({ timeZone: 'UTC', nowMicros: NOW_MICROS, ...settings })
  afterAll(async () => engine.close())
  return engine
}

/** Optional columns. */
export function columns(types: Readonly<Record<string, Type>>): Schema {
  const fields = Object.entries(types).map(([name, type]) => ({
    id: 0,
    name,
    required: false,
    type,
  }))
  return { schemaId: 0, fields: assignFreshIds(fields), identifierFieldIds: [] }
}

/** A view of rows in batches of at most so many; it can be read as often as it is asked for. */
export function viewOf(schema: Schema, rows: readonly ValueRow[], batchRows = 1_000): SqlView {
  return {
    schema,
    batches: {
      async *[Symbol.asyncIterator]() {
        for (let start = 0; start < rows.length; start += batchRows) {
          yield batchFromValues(schema, rows.slice(start, start + batchRows))
        }
      },
    },
  }
}

/** The rows of a query over one view named `v`. */
export async function rowsOfQuery(
  engine: SqlEngine,
  sql: string,
  view: SqlView,
): Promise<ValueRow[]> {
  const { schema, batches } = await engine.query(sql, new Map([['v', view]]))
  const rows: ValueRow[] = []
  for await (const batch of batches) rows.push(...rowsOf(batch, schema))
  return rows
}

/** All batches of a query. */
export async function collect(batches: AsyncIterable<RecordBatch>): Promise<RecordBatch[]> {
  const all: RecordBatch[] = []
  for await (const batch of batches) all.push(batch)
  return all
}
