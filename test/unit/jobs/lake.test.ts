import { expect, it } from 'vitest'

import { systemEnvironment } from '../../../src/base/environment.ts'
import { parseTableAddress } from '../../../src/jobs/address.ts'
import { parseConfig } from '../../../src/jobs/config.ts'
import { openLake } from '../../../src/jobs/lake.ts'
import type { Lake } from '../../../src/jobs/lake.ts'
import type { TableEvent } from '../../../src/table/events.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { temporaryFolder } from '../../support/folders.ts'

const CONFIG = `
catalogs:
  disk: { type: file, warehouse: ./warehouse }
  other: { type: file, warehouse: ./other }
depots:
  lake: { catalog: disk }
  again: { catalog: disk }
  far: { catalog: other }
`

function lake(onEvent: (event: TableEvent) => void = () => undefined): Lake {
  const config = parseConfig(CONFIG, { folder: temporaryFolder(), variables: {} })
  return openLake(config, { environment: systemEnvironment, onEvent })
}

it('finds the table of an address in the warehouse of its depot, which all depots of a catalog share', async () => {
  const opened = lake()
  const calls = parseTableAddress('dataos://lake:ports/calls')
  expect(await opened.tableExists(calls)).toBe(false)

  const { warehouse, name } = await opened.locate(calls)
  expect(name).toBe('ports.calls')
  await warehouse.createTable(name, { schema: parseSchemaText('id long') })
  expect((await opened.loadTable(calls)).name).toBe('ports.calls')
  expect((await opened.locate(parseTableAddress('dataos://again:ports/calls'))).warehouse).toBe(
    warehouse,
  )
  expect(await opened.tableExists(parseTableAddress('dataos://far:ports/calls'))).toBe(false)
})

it('tells the listener what happens in its tables', async () => {
  const kinds: string[] = []
  const opened = lake(({ kind }) => kinds.push(kind))
  const { warehouse, name } = await opened.locate(parseTableAddress('dataos://lake:ports/calls'))
  await (
    await warehouse.createTable(name, { schema: parseSchemaText('id long') })
  ).append([{ id: 1n }])
  expect(kinds).toContain('committed')
})

it.each([
  ['dataos://lake:ports/none', 'not-found'],
  ['dataos://nowhere:ports/calls', 'invalid'],
])('opens no table for %s', async (address, kind) => {
  await expect(lake().loadTable(parseTableAddress(address))).rejects.toMatchObject({ kind })
})
