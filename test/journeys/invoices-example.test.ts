/** The stream of examples/invoices, as its page has it. */
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { frazil, jsonLines, resultOf } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/invoices/', import.meta.url))
const LANDING = 'landing/till/invoices'

/** The invoices of all files, as they were written. */
function written(folder: string): readonly Record<string, unknown>[] {
  return readdirSync(join(folder, LANDING)).flatMap((name) =>
    readFileSync(join(folder, LANDING, name), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  )
}

describe('the example of invoices', () => {
  it('has each invoice and each of its lines once, nested as it came', async () => {
    const cwd = temporaryFolder()
    cpSync(EXAMPLE, cwd, { recursive: true })
    rmSync(join(cwd, 'warehouse'), { recursive: true, force: true })
    const run = (): Promise<string> => resultOf(frazil(['run', 'invoices.yaml'], { cwd }))
    const rowsOf = async (table: string): Promise<readonly Readonly<Record<string, unknown>>[]> =>
      jsonLines(await resultOf(frazil(['scan', `lake:${table}`], { cwd })))
    expect(await run()).toContain('bronze: read 30 rows in 3 batches')
    expect(await run()).toBe('bronze: nothing new\n')
    const invoices = await rowsOf('bronze.invoices')
    const keyOf = (row: Readonly<Record<string, unknown>>): string => String(row['InvoiceNumber'])
    const expected = written(cwd)
    expect(invoices.map(keyOf).sort()).toEqual(expected.map(keyOf).sort())
    for (const invoice of expected) {
      const row = invoices.find((one) => keyOf(one) === keyOf(invoice))
      expect(row).toMatchObject({ DeliveryAddress: null, ...invoice })
      expect(row?.['InputFile']).toMatch(/till-\d\.ndjson$/)
    }
    const lines = await rowsOf('silver.invoice_lines')
    expect(lines).toHaveLength(expected.reduce((sum, row) => sum + Number(row['NumberOfItems']), 0))
    writeFileSync(join(cwd, LANDING, 'late.ndjson'), '{"InvoiceNumber":"late","CreatedTime":0}\n')
    expect(await run()).toContain('bronze: read 1 row in 1 batch')
    expect((await rowsOf('bronze.invoices')).map(keyOf)).toContain('late')
  })
})
