/** A database as the engine opens them, for a test. */
import { onTestFinished } from 'vitest'

import { DatabaseThread } from '../../src/duckdb/thread.ts'
import type { Database } from '../../src/duckdb/thread.ts'
import { temporaryFolder } from './folders.ts'

const thread = new DatabaseThread()

/** @param writable a folder that it may write in; none when absent */
export async function openDatabase(
  paths: { readonly readable?: readonly string[]; readonly writable?: string } = {},
): Promise<Database> {
  const { readable = [], writable } = paths
  const database = await thread.open({
    readable,
    writable: writable === undefined ? [] : [writable],
    tempFolder: temporaryFolder(),
    memoryBytes: 1 << 28,
    threads: 2,
  })
  onTestFinished(() => database.close())
  return database
}
