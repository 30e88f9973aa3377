/** Jobs and the command over tables in S3: the workflow of the example with its depot there, and a table by its place. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { openTable } from '../../../src/client/open-table.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import type { Warehouse } from '../../../src/client/warehouse.ts'
import { parseConfig } from '../../../src/jobs/config.ts'
import { scannedTexts } from '../../support/canonical.ts'
import { frazil, jsonLines, resultOf } from '../../support/command.ts'
import { temporaryFolder } from '../../support/folders.ts'
import {
  ORDERS_TEXT,
  TARGET,
  generateOrders,
  loadOrders,
  ordersConfig,
  ordersWarehouse,
} from '../../support/jobs/orders.ts'
import { runOrders, windowOf } from '../../support/jobs/run-orders.ts'
import { collect } from '../../support/streams.ts'
import { s3At, s3Environment, useS3 } from '../support/s3.ts'
import { describeWithServers } from '../support/servers.ts'
import type { S3Kind } from '../support/servers.ts'

const MONTHS = 3

describeWithServers('work in S3', () => {
  describe('of versitygw', () => describeServer('versitygw'))
  describe('of moto', () => describeServer('moto'))
})

function describeServer(kind: S3Kind): void {
  const { server, store, newFolder } = useS3(kind)

  /** The configuration of the example, with its depot in S3. */
  const configText = (warehouse: string): string => `catalogs:
  lake: {type: file, warehouse: "${warehouse}", s3: {endpoint: "${server().url}", region: us-east-1}}
depots:
  icebase: {catalog: lake}
`

  const openOrders = async (folder: string): Promise<Warehouse> => {
    const warehouse = await openWarehouse(folder, { s3: s3At(server().url) })
    await loadOrders(warehouse, 'timestamp', orders)
    return warehouse
  }

  it('runs the workflow of the example, and writes what it writes on this machine', async () => {
    const folder = newFolder()
    const warehouse = await openOrders(folder)
    const config = parseConfig(configText(folder), { folder: '/', variables: {} })
    await withKeys(server().url, async () => {
      for (let month = 0; month < MONTHS; month += 1) {
        expect(windowOf(await runOrders({ config }))).toMatchObject({
          outcome: 'written',
          run: month + 1,
        })
      }
    })
    expect(await writtenRows(warehouse)).toEqual(await rowsWrittenHere())
  })

  it('runs it by the command', async () => {
    const folder = newFolder()
    const warehouse = await openOrders(folder)
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'frazil.yaml'), configText(folder))
    writeFileSync(join(cwd, 'orders.yaml'), ORDERS_TEXT)
    const env = s3Environment(server().url)
    for (let month = 0; month < MONTHS; month += 1) {
      const { code, stdout } = await frazil(['run', 'orders.yaml', '--json'], { cwd, env })
      expect(code).toBe(0)
      expect(stdout).toContain('"outcome":"written"')
    }
    expect(await writtenRows(warehouse)).toEqual(await rowsWrittenHere())
    const address = 'dataos://icebase:sample/order_incremental_08'
    const snapshots = await resultOf(frazil(['snapshots', address], { cwd, env }))
    expect(snapshots).not.toBe('')
  })

  it.each(['s3', 's3a'])('takes a table by its place, %s://', async (scheme) => {
    const place = newFolder().replace('s3:', `${scheme}:`)
    const env = s3Environment(server().url)
    const run = (args: readonly string[], input = ''): Promise<string> =>
      resultOf(frazil(args, { env, input }))
    await run(['create', place, '--schema', 'id long not null, city string'])
    await run(['append', place], '{"id":1,"city":"Oslo"}\n{"id":2,"city":null}\n')
    await run(['append', place], '{"id":9007199254740993,"city":"Bergen"}\n')
    const scanned = await run(['scan', place])
    expect(jsonLines(scanned).map(({ id }) => BigInt(id as number))).toEqual(
      expect.arrayContaining([1n, 2n, 9007199254740993n]),
    )
    expect(jsonLines(await run(['files', place]))).toHaveLength(2)
  })

  it('says what is wrong when nothing is configured', async () => {
    const { code, stderr } = await frazil(['scan', newFolder()], {
      env: {
        ...s3Environment(server().url),
        AWS_ACCESS_KEY_ID: '',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      },
    })
    expect(code).not.toBe(0)
    expect(stderr).toContain('S3 is not configured: credentials or region are missing')
  })

  it('reads a table that was copied from one bucket to another place', async () => {
    const folder = newFolder()
    const warehouse = await openWarehouse(folder, { s3: s3At(server().url) })
    const { schema, t } = await import('../../../src/types/define.ts')
    const rides = await warehouse.createTable('city.rides', { schema: schema({ id: t.long() }) })
    await rides.append([{ id: 1n }, { id: 2n }])
    const copy = newFolder()
    for await (const { location } of store().list(`${folder}/city/rides`)) {
      await store().put(location.replace(folder, copy), await store().get(location), 'create')
      await store().delete(location)
    }
    const table = await openTable(`${copy}/city/rides`, {
      s3: s3At(server().url),
      relocate: [{ from: folder.replace('s3:', 's3a:'), to: copy }],
    })
    expect(await collect(table.scan())).toEqual([{ id: 1n }, { id: 2n }])
  })
}

const orders = generateOrders('timestamp', { count: 300, seed: 8 })

/** What the same runs write to files of this machine, where DuckDB is asked whether it is right. */
const rowsWrittenHere = memoized(async () => {
  const folder = temporaryFolder()
  const warehouse = await ordersWarehouse(folder, 'timestamp', orders)
  const config = await ordersConfig(folder)
  for (let month = 0; month < MONTHS; month += 1) await runOrders({ config })
  return writtenRows(warehouse)
})

async function writtenRows(warehouse: Warehouse): Promise<readonly string[]> {
  return scannedTexts((await warehouse.loadTable(TARGET)).scan())
}

function memoized<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => (made ??= make())
}

/** Runs with the keys of the server in the environment of this process, where the SDK looks for them. */
async function withKeys(endpoint: string, work: () => Promise<void>): Promise<void> {
  const { AWS_ACCESS_KEY_ID: id = '', AWS_SECRET_ACCESS_KEY: secret = '' } = s3Environment(endpoint)
  process.env['AWS_ACCESS_KEY_ID'] = id
  process.env['AWS_SECRET_ACCESS_KEY'] = secret
  try {
    await work()
  } finally {
    delete process.env['AWS_ACCESS_KEY_ID']
    delete process.env['AWS_SECRET_ACCESS_KEY']
  }
}
