// Ends its process while a query waits for rows that never come.
const [, , dist] = process.argv
const { createSqlEngine } = await import(`${dist}/jobs/sql/duckdb.js`)

const engine = createSqlEngine({ timeZone: 'UTC', nowMicros: 0n })
const schema = {
  schemaId: 0,
  fields: [{ id: 1, name: 'n', required: false, type: { kind: 'int' } }],
  identifierFieldIds: [],
}
async function* never() {
  setTimeout(() => process.exit(7), 100)
  await new Promise(() => undefined)
  yield
}
const views = new Map([['v', { schema, batches: { [Symbol.asyncIterator]: never } }]])
const { batches } = await engine.query('select sum(n) as s from v', views)
await batches.next()
