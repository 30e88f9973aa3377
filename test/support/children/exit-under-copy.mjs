// Ends its process while DuckDB is at work in its thread.
const [, , dist] = process.argv
const { DatabaseThread } = await import(`${dist}/duckdb/thread.js`)

const settings = { readable: [], writable: [], tempFolder: '', memoryBytes: 2 ** 28, threads: 2 }
const database = await new DatabaseThread().open(settings)
setTimeout(() => process.exit(7), 100)
await database.run('SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b')
