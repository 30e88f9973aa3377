/** Functions of texts that are computed here and called by DuckDB. */
import duckdb from '@duckdb/node-api'
import type { DuckDBConnection, DuckDBScalarFunction } from '@duckdb/node-api'
import { TEXT_FUNCTIONS } from '../functions/text-functions.ts'
import type { TextFunction } from '../functions/text-functions.ts'

/** Makes them known to a database. */
export function registerTextFunctions(connection: DuckDBConnection): void {
  for (const textFunction of TEXT_FUNCTIONS) {
    connection.registerScalarFunction(scalarFunction(textFunction))
  }
}

function scalarFunction({ name, arity, apply }: TextFunction): DuckDBScalarFunction {
  return duckdb.DuckDBScalarFunction.create({
    name,
    returnType: duckdb.VARCHAR,
    parameterTypes: Array.from({ length: arity }, () => duckdb.VARCHAR),
    mainFunction(_info, chunk, output) {
      const columns = Array.from({ length: arity }, (_item, index) => chunk.getColumnVector(index))
      for (let row = 0; row < chunk.rowCount; row += 1) {
        const texts = columns.map((column) => column.getItem(row))
        output.setItem(row, texts.every((text) => typeof text === 'string') ? apply(texts) : null)
      }
      output.flush()
    },
  })
}
