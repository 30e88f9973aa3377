// DuckDB as an engine of warehouses, for those who install `@duckdb/node-api`: it rewrites rows that lie in local files.
export { duckdb } from './duckdb/engine.ts'
export type { DuckDBOptions } from './duckdb/engine.ts'
