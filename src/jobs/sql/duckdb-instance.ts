/** An instance of DuckDB that is shut in: no network, no files but those that it is given, and no way to change that. */
import duckdb from '@duckdb/node-api'
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { IcebergError } from '../../base/errors.ts'
import { listText, quoteText } from '../../duckdb/sql-text.ts'
import { formatTimestamp } from '../../types/temporal-text.ts'
import type { SqlSettings } from './engine.ts'
import type { SessionTime } from './clock.ts'
import { macroStatements } from './spark-macros.ts'
import { registerTextFunctions } from './text-functions.ts'

export interface OpenInstance {
  readonly instance: DuckDBInstance
  readonly connection: DuckDBConnection
  readonly now: SessionTime
}

/**
 * @param files the only ones that it can open, beside those that it makes in the spill folder
 * @throws IcebergError `invalid` for a zone or a folder that DuckDB does not take
 */
export async function openInstance(
  settings: SqlSettings,
  files: readonly string[],
): Promise<OpenInstance> {
  const instance = await duckdb.DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  registerTextFunctions(connection)
  await connection.run(macroStatements().join(';\n'))
  await configure(connection, settings, files)
  return { instance, connection, now: await sessionTime(connection, settings.nowMicros) }
}

/** The lock comes last: no later statement can take any of it back. */
async function configure(
  connection: DuckDBConnection,
  { timeZone, memoryBytes, spillFolder = '' }: SqlSettings,
  files: readonly string[],
): Promise<void> {
  await set(connection, 'TimeZone', quoteText(timeZone))
  await set(connection, 'temp_directory', quoteText(spillFolder))
  if (memoryBytes !== undefined) await set(connection, 'memory_limit', quoteText(`${memoryBytes}B`))
  await set(connection, 'default_null_order', quoteText('nulls_first_on_asc_last_on_desc'))
  // A quotient by zero is null, as it is in Spark.
  await set(connection, 'ieee_floating_point_ops', 'false')
  await set(connection, 'errors_as_json', 'true')
  await set(connection, 'autoload_known_extensions', 'false')
  await set(connection, 'autoinstall_known_extensions', 'false')
  if (files.length > 0) await set(connection, 'allowed_paths', listText(files.map(quoteText)))
  await set(connection, 'enable_external_access', 'false')
  await set(connection, 'lock_configuration', 'true')
}

async function set(connection: DuckDBConnection, name: string, value: string): Promise<void> {
  try {
    await connection.run(`SET ${name} = ${value}`)
  } catch (error) {
    throw new IcebergError('invalid', 'setting of the SQL engine', {
      context: { name },
      cause: error,
    })
  }
}

/** What a clock says that stands at a moment. */
export async function sessionTime(
  connection: DuckDBConnection,
  nowMicros: bigint,
): Promise<SessionTime> {
  const now = `CAST('${formatTimestamp(nowMicros)}+00' AS TIMESTAMPTZ)`
  const answer = await connection.runAndReadAll(`SELECT CAST(${now} AS DATE) - DATE '1970-01-01'`)
  return { micros: nowMicros, date: Number(answer.getRows()[0]?.[0]) }
}
