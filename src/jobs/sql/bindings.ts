/** The C functions below `@duckdb/node-api`, for moving whole columns. Only for the thread that runs DuckDB. */
import { createRequire } from 'node:module'
import type * as NodeBindings from '@duckdb/node-bindings'

type Bindings = typeof NodeBindings

/** A column of a chunk of DuckDB, in its memory. */
export type Vector = Parameters<Bindings['vector_get_data']>[0]

// It is a dependency of the package we ask for, so it is looked for from there.
const require = createRequire(import.meta.resolve('@duckdb/node-api'))

/** What the package exports is what its types say. */
export const bindings: Bindings = require('@duckdb/node-bindings') as Bindings
