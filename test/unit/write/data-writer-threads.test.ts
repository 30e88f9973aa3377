import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'

import { openWarehouse } from '../../../src/client/warehouse.ts'
import { codecPool } from '../../../src/formats/parquet/codec-pool.ts'
import type { ParquetCodec } from '../../../src/formats/parquet/codec.ts'
import { wasmCodec } from '../../../src/formats/parquet/wasm-codec.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { schema, t } from '../../../src/types/define.ts'
import { runs } from '../../support/runs.ts'

const Ride = schema({ id: t.long(), city: t.string(), words: t.list(t.string()) })
const pool = codecPool({ workers: 2, ownBytes: -1 })
afterAll(() => pool.close())

interface Case {
  readonly rows: readonly object[]
  readonly partitionBy: readonly 'city'[]
  readonly properties: Readonly<Record<string, string>>
}

const anyCase: fc.Arbitrary<Case> = fc.record({
  rows: fc.array(
    fc.record({
      id: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
      city: fc.constantFrom('Oslo', 'Bergen', 'Tromsø'),
      words: fc.array(fc.string(), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 200 },
  ),
  partitionBy: fc.constantFrom([], ['city'] as const),
  properties: fc.record({
    'write.target-file-size-bytes': fc.constantFrom('1', '2000', '20000'),
    'write.parquet.row-group-size-bytes': fc.constantFrom('100', '1000', '100000'),
  }),
})

/** The data files that the rows are written to, in their order: what is in each, and its rows as they are read. */
async function written({ rows, ...table }: Case, codec: ParquetCodec) {
  const store = createMemoryStore()
  const warehouse = await openWarehouse('memory:', { store, codec })
  const rides = await warehouse.createTable('city.rides', { schema: Ride, ...table })
  await rides.append(rows as never)
  const files: Uint8Array[] = []
  const { tasks } = await rides.scan().plan()
  for (const { file } of tasks) files.push(await store.get(file.path))
  const found: object[] = []
  for await (const row of rides.scan().rows()) found.push(row)
  return { files, found }
}

describe('an append with codec threads', () => {
  it('always writes the files, byte for byte, that one thread writes, and reads the same rows', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async (one) => {
        expect(await written(one, pool)).toEqual(await written(one, wasmCodec()))
      }),
      runs(30),
    )
  })

  it('keeps the process until its rows are written, and lets it end after that', async () => {
    const program = `
      import { openWarehouse, schema, t } from ${JSON.stringify(distOf('index.js'))}
      const warehouse = await openWarehouse('memory:', { workers: 2 })
      const table = await warehouse.createTable('a.b', { schema: schema({ n: t.double() }) })
      const rows = Array.from({ length: 300_000 }, (_, n) => ({ n: Math.sin(n) }))
      // The threads are there now, and idle.
      await table.append(rows)
      table.append(rows).then(async () => {
        console.log('rows', String(await table.scan().count()))
        globalThis.endedAt = performance.now()
      })
      process.on('exit', () => console.log('idle', performance.now() - globalThis.endedAt < 3000))`
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '--eval',
      program,
    ])
    expect(stdout).toBe('rows 600000\nidle true\n')
  })
})

function distOf(file: string): string {
  return fileURLToPath(new URL(`../../../dist/${file}`, import.meta.url))
}
