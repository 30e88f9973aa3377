/** Asks the SQL engine a question where `@duckdb/node-api` cannot be found, and says what it throws. Runs from `dist`. */
import { register } from 'node:module'

const hooks = `export async function resolve(specifier, context, next) {
  return next(specifier.startsWith('@duckdb/') ? 'not-installed-here' : specifier, context)
}`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)

const { createSqlEngine } = await import('../../../dist/jobs/sql/duckdb.js')
const engine = createSqlEngine({ timeZone: 'UTC', nowMicros: 0n })
const error = await engine.evaluateKey('select 1').catch((thrown) => thrown)
process.stdout.write(`${error.kind}: ${error.message}`)
await engine.close()
