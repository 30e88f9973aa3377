/** Where windows begin and end, run after run: empty ones, ends to wait for, catching up, and state that went astray. */
import { describe, expect, it } from 'vitest'

import { joinLocation } from '../../src/io/location.ts'
import { encodeMetadata } from '../../src/catalog/metadata-file.ts'
import { parseConfig } from '../../src/jobs/config.ts'
import type { WindowReport } from '../../src/jobs/report.ts'
import type { TableMetadata } from '../../src/metadata/table-metadata.ts'
import type { SqlEngine } from '../../src/jobs/sql/engine.ts'
import { HALF_OPEN, OPEN_CLOSED, STATE_KEY, TARGET } from '../support/jobs/orders.ts'
import type { DateType } from '../support/jobs/orders.ts'
import { openLab, ordersAt } from '../support/jobs/orders-lab.ts'
import type { OrdersLab } from '../support/jobs/orders-lab.ts'
import {
  monthStart,
  ordersText,
  runJobs,
  runOrders,
  windowsOf,
} from '../support/jobs/run-orders.ts'
import { NOW_MICROS, engineForTests } from '../support/sql/engine.ts'

const engine = engineForTests()

type Edit = readonly [from: string, to: string]

/** The window of the file without its losses, and more edits. */
function halfOpen(...edits: readonly Edit[]): string {
  return ordersText([OPEN_CLOSED, HALF_OPEN], ...edits)
}

function untilText(until: string, ...edits: readonly Edit[]): string {
  return halfOpen(
    ['               state:\n', `               until: ${until}\n               state:\n`],
    ...edits,
  )
}

const SOURCE_MAX = untilText('sourceMax')

function runOf(
  lab: OrdersLab,
  text: string,
  by: SqlEngine = engine,
): Promise<readonly WindowReport[]> {
  return runJobs({ ...lab, engine: by, text }).then(windowsOf)
}

function catchUp(
  lab: OrdersLab,
  text: string,
  by: SqlEngine = engine,
): Promise<readonly WindowReport[]> {
  return runJobs({ ...lab, engine: by, text, catchUp: true }).then(windowsOf)
}

/** How windows ended, and where. */
function inWords(windows: readonly WindowReport[]): readonly string[] {
  return windows.map(
    ({ window, outcome, beyond }) =>
      `${window.get('start')} ${outcome}${beyond === null ? '' : `: ${beyond.end} beyond ${beyond.bound ?? 'no rows'}`}`,
  )
}

describe('a window without rows', () => {
  it('moves the state alone, also when it is the first, and there are several', async () => {
    const lab = await openLab(ordersAt('2020-03-05T00:00:00', '2020-06-05T00:00:00'))
    const outcomes: string[] = []
    for (let run = 1; run <= 7; run += 1) {
      const [window] = await runOf(lab, halfOpen())
      outcomes.push(window?.outcome ?? '')
      expect(window).toMatchObject({ run, warnings: [] })
      expect(await lab.state()).toMatchObject({ run, state: new Map([['start', monthStart(run)]]) })
    }
    expect(outcomes).toEqual(['empty', 'empty', 'written', 'empty', 'empty', 'written', 'empty'])
    expect(await lab.taken()).toEqual([0, 1])
    expect((await lab.target())?.snapshots).toHaveLength(2)
  })

  it('of a source without rows makes the table, its columns and its partitions', async () => {
    const lab = await openLab([])
    expect(await runOf(lab, halfOpen())).toMatchObject([
      {
        outcome: 'empty',
        run: 1,
        sources: [{ table: 'retail.orders_enriched' }],
        outputs: [{ commit: { snapshotId: null } }],
      },
    ])
    const table = await lab.target()
    expect(table?.schema.fields.map(({ name }) => name)).toContain('order_date')
    expect(table?.spec.fields.map(({ name }) => name)).toEqual(['day_partition'])
    expect(table?.properties.get('write.metadata.compression-codec')).toBe('gzip')
    expect(table?.properties.get('comment')).toBe('Orders Data Incremental From Iceberg')
  })
})

describe('a window that reads rows again', () => {
  const lagged = halfOpen([
    '               state:\n',
    '               lag: 1 day\n               state:\n',
  ])
  const oslo = engineForTests({ timeZone: 'Europe/Oslo' })

  it('is refused where its midnight is amid a day of the table, which are days of UTC for a column with a zone', async () => {
    const lab = await openLab(ordersAt('2020-01-05T00:00:00Z'), 'timestamptz')
    const amid = { kind: 'invalid', message: expect.stringContaining('amid a partition') as string }
    await expect(runOf(lab, lagged, oslo)).rejects.toMatchObject(amid)
    expect(await runOf(lab, lagged)).toMatchObject([{ outcome: 'written' }])
    await expect(runOf(lab, lagged, oslo)).rejects.toMatchObject(amid)
    expect(await lab.taken()).toEqual([0])
  })

  it('begins where a day does in every zone, for a column without one', async () => {
    const lab = await openLab(ordersAt('2020-01-05T00:00:00', '2020-01-31T23:00:00'))
    await runOf(lab, lagged, oslo)
    expect(await runOf(lab, lagged, oslo)).toMatchObject([{ outcome: 'written' }])
    expect(await lab.taken()).toEqual([0, 1])
  })
})

describe('a window amid a partition', () => {
  const orders = ordersAt('2020-01-05T00:00:00Z', '2020-01-31T22:59:00Z', '2020-01-31T23:01:00Z')
  const oslo = engineForTests({ timeZone: 'Europe/Oslo' })

  it('never takes the rows that the one before it left there', async () => {
    const lab = await openLab(orders, 'timestamptz')
    expect(await runOf(lab, halfOpen(), oslo)).toMatchObject([{ outcome: 'written' }])
    const before = await lab.taken()
    await expect(runOf(lab, halfOpen(), oslo)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('begins amid a partition') as string,
      context: { from: '2020-02-01 00:00:00' },
    })
    expect(await lab.taken()).toEqual(before)
  })

  it('is what every window of an hour is for partitions of a day', async () => {
    const hours: readonly [string, string] = ["INTERVAL '1' MONTH", "INTERVAL '1' HOUR"]
    const lab = await openLab(ordersAt('2020-01-01T00:30:00', '2020-01-01T01:30:00'))
    await runOf(lab, halfOpen(hours))
    await expect(runOf(lab, halfOpen(hours))).rejects.toMatchObject({ kind: 'invalid' })
    expect(await lab.taken()).toEqual([0])
  })
})

describe('how far windows reach', () => {
  const orders = ordersAt('2020-01-05T00:00:00', '2020-02-05T00:00:00', '2020-04-01T00:00:00')

  it('is no matter to a job that says nothing of it: it runs past its data', async () => {
    const lab = await openLab(orders)
    for (let run = 1; run <= 6; run += 1) await runOf(lab, halfOpen())
    expect(await lab.state()).toMatchObject({ run: 6, state: new Map([['start', monthStart(6)]]) })
  })

  it('may be beyond now, which is warned of where nothing holds it', async () => {
    const lab = await openLab(ordersAt('2025-12-05T00:00:00', '2026-01-05T00:00:00'))
    const text = halfOpen(['2020-01-01 00:00:00', '2025-12-01 00:00:00'])
    expect(await runOf(lab, text)).toMatchObject([{ outcome: 'written', warnings: [] }])
    expect(await runOf(lab, text)).toMatchObject([
      {
        outcome: 'written',
        warnings: [
          expect.stringContaining('the window ends at 2026-02-01 00:00:00, which is not yet'),
        ],
      },
    ])
  })

  it('is the newest row, and goes on when newer ones come', async () => {
    const lab = await openLab(orders)
    expect(inWords(await catchUp(lab, SOURCE_MAX))).toEqual([
      '2020-01-01 00:00:00 written',
      '2020-02-01 00:00:00 written',
      '2020-03-01 00:00:00 empty',
      '2020-04-01 00:00:00 nothing-to-do: 2020-05-01 00:00:00 beyond 2020-04-01 00:00:00',
    ])
    expect(await lab.state()).toMatchObject({ run: 3 })
    expect(inWords(await runOf(lab, SOURCE_MAX))).toEqual([
      '2020-04-01 00:00:00 nothing-to-do: 2020-05-01 00:00:00 beyond 2020-04-01 00:00:00',
    ])
    await (await lab.source()).append([{ order_id: 9n, order_date: '2020-05-01T00:00:00.5' }])
    expect(inWords(await catchUp(lab, SOURCE_MAX))).toEqual([
      '2020-04-01 00:00:00 written',
      '2020-05-01 00:00:00 nothing-to-do: 2020-06-01 00:00:00 beyond 2020-05-01 00:00:00.5',
    ])
    expect(await lab.taken()).toEqual([0, 1, 2])
  })

  it.each<[DateType, readonly string[], string]>([
    ['date', ['2020-01-05', '2020-02-03'], '2020-02-03'],
    ['timestamptz', ['2020-01-05T00:00:00Z', '2020-02-03T04:00:00+02:00'], '2020-02-03 02:00:00'],
  ])('is the newest row of a column of type %s', async (type, dates, bound) => {
    const lab = await openLab(ordersAt(...dates), type)
    expect(inWords(await catchUp(lab, SOURCE_MAX))).toEqual([
      '2020-01-01 00:00:00 written',
      `2020-02-01 00:00:00 nothing-to-do: 2020-03-01 00:00:00 beyond ${bound}`,
    ])
  })

  it('is nowhere while the source has no rows, or none with a date', async () => {
    const waits = ['2020-01-01 00:00:00 nothing-to-do: 2020-02-01 00:00:00 beyond no rows']
    expect(inWords(await catchUp(await openLab([]), SOURCE_MAX))).toEqual(waits)
    const lab = await openLab(ordersAt(null, null))
    expect(inWords(await catchUp(lab, SOURCE_MAX))).toEqual(waits)
    expect(await lab.target()).toBeNull()
  })

  it('is a moment that the file names', async () => {
    const lab = await openLab(orders)
    expect(inWords(await catchUp(lab, untilText("'2020-03-01 00:00:00'")))).toEqual([
      '2020-01-01 00:00:00 written',
      '2020-02-01 00:00:00 written',
      '2020-03-01 00:00:00 nothing-to-do: 2020-04-01 00:00:00 beyond 2020-03-01 00:00:00',
    ])
  })

  it('is what a query gives, which may name keys', async () => {
    const lab = await openLab(orders)
    const text = untilText("select to_timestamp('$|start|') + INTERVAL '1' MONTH")
    const beyond = untilText("select to_timestamp('$|start|') + INTERVAL '30' DAY")
    expect(inWords(await runOf(lab, beyond))).toEqual([
      '2020-01-01 00:00:00 nothing-to-do: 2020-02-01 00:00:00 beyond 2020-01-31 00:00:00',
    ])
    expect(inWords(await runOf(lab, text))).toEqual(['2020-01-01 00:00:00 written'])
    expect(inWords(await catchUp(lab, beyond))).toEqual([
      '2020-02-01 00:00:00 written',
      '2020-03-01 00:00:00 nothing-to-do: 2020-04-01 00:00:00 beyond 2020-03-31 00:00:00',
    ])
  })

  it('is the clock of the run', async () => {
    const lab = await openLab(ordersAt('2025-11-05T00:00:00', '2026-01-01T00:00:00'))
    const text = untilText('now', ['2020-01-01 00:00:00', '2025-11-01 00:00:00'])
    expect(inWords(await catchUp(lab, text))).toEqual([
      '2025-11-01 00:00:00 written',
      '2025-12-01 00:00:00 empty',
      '2026-01-01 00:00:00 nothing-to-do: 2026-02-01 00:00:00 beyond 2026-01-01 00:00:00',
    ])
  })

  const TO_NOW = untilText('now', [
    "select to_timestamp('$|start|') + INTERVAL '1' MONTH",
    'select current_timestamp()',
  ])

  it('lets a window that always ends now be caught up with once, and again when time has passed', async () => {
    const lab = await openLab(ordersAt('2020-01-05T00:00:00', '2026-01-01T06:00:00'))
    expect(inWords(await catchUp(lab, TO_NOW))).toEqual([
      '2020-01-01 00:00:00 written',
      '2026-01-01 00:00:00 nothing-to-do: 2026-01-01 00:00:00 beyond 2026-01-01 00:00:00',
    ])
    const tomorrow = engineForTests({ nowMicros: NOW_MICROS + 86_400_000_000n })
    expect(inWords(await catchUp(lab, TO_NOW, tomorrow))).toEqual([
      '2026-01-01 00:00:00 written',
      '2026-01-02 00:00:00 nothing-to-do: 2026-01-02 00:00:00 beyond 2026-01-02 00:00:00',
    ])
    expect(await lab.taken()).toEqual([0, 1])
  })

  it('must be said by a job that is to catch up, before anything is read', async () => {
    const config = parseConfig('', { folder: '/', variables: {} })
    await expect(runOrders({ config, catchUp: true })).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('set incremental.until') as string,
      context: { job: 'order-incremental-08' },
    })
    const stateless = untilText('now', [STATE_LINES, ''])
    await expect(runOrders({ config, catchUp: true, text: stateless })).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('without state') as string,
    })
  })

  it('needs a column of the source when it is the source’s newest row', async () => {
    const text = untilText('sourceMax', [
      HALF_OPEN,
      "cast(order_date as string) >= '$|start|' and '$|end|' is not null",
    ])
    await expect(catchUp(await openLab(orders), text)).rejects.toMatchObject({ kind: 'invalid' })
  })
})

const STATE_LINES = `               state:
                  - key: start
                    value: end
`

describe('a job that keeps no state', () => {
  it('does the same window in every run, and counts none', async () => {
    const lab = await openLab(ordersAt('2020-01-05T00:00:00', '2020-02-05T00:00:00'))
    const text = halfOpen([STATE_LINES, ''])
    expect(await runOf(lab, text)).toMatchObject([{ outcome: 'written', run: null, warnings: [] }])
    expect(await runOf(lab, text)).toMatchObject([
      {
        outcome: 'written',
        run: null,
        warnings: [],
        outputs: [{ commit: { addedRows: 1n, removedRows: 1n } }],
      },
    ])
    expect(await lab.taken()).toEqual([0])
    expect((await lab.target())?.properties.has(STATE_KEY)).toBe(false)
  })

  it('does not mind what it kept before its file was edited', async () => {
    const lab = await openLab(ordersAt('2020-01-05T00:00:00', '2020-02-05T00:00:00'))
    await runOf(lab, halfOpen())
    expect(inWords(await runOf(lab, halfOpen([STATE_LINES, ''])))).toEqual([
      '2020-01-01 00:00:00 written',
    ])
    expect(await lab.state()).toMatchObject({ run: 1 })
  })

  it('runs over a table whose history has expired', async () => {
    const lab = await openLab(ordersAt('2020-01-05T00:00:00'))
    const text = halfOpen([STATE_LINES, ''])
    await runOf(lab, text)
    await runOf(lab, text)
    await expireAllButHead(lab)
    expect(await runOf(lab, text)).toMatchObject([{ outcome: 'written' }])
  })
})

describe('state', () => {
  const orders = ordersAt(
    '2020-01-05T00:00:00',
    '2020-02-05T00:00:00',
    '2020-03-05T00:00:00',
    '2020-04-05T00:00:00',
  )

  it('goes back with the rows when the table is rolled back', async () => {
    const lab = await openLab(orders)
    for (let run = 0; run < 3; run += 1) await runOf(lab, halfOpen())
    await rollBack(lab, 1)
    expect(await lab.taken()).toEqual([0])
    expect(inWords(await runOf(lab, halfOpen()))).toEqual(['2020-02-01 00:00:00 written'])
    expect(await lab.state()).toMatchObject({ run: 2 })
    expect(await lab.taken()).toEqual([0, 1])
  })

  it('outlives the snapshots that it came with', async () => {
    const lab = await openLab(orders)
    await runOf(lab, halfOpen())
    await runOf(lab, halfOpen())
    await (
      await lab.warehouse.loadTable(TARGET)
    ).append([{ order_id: 90n, order_date: '2019-01-01T00:00:00' }])
    await expireAllButHead(lab)
    expect((await lab.target())?.snapshots).toHaveLength(1)
    expect(inWords(await runOf(lab, halfOpen()))).toEqual(['2020-03-01 00:00:00 written'])
    expect(await lab.taken()).toEqual([0, 1, 2, 90])
  })

  it('that is nowhere, where there may have been some, stops the job until somebody says where it stands', async () => {
    const lab = await openLab(orders)
    await runOf(lab, halfOpen())
    await runOf(lab, halfOpen())
    await (
      await lab.warehouse.loadTable(TARGET)
    ).append([{ order_id: 90n, order_date: '2019-01-01T00:00:00' }])
    await expireAllButHead(lab, (properties) => properties.delete(STATE_KEY))
    await expect(runOf(lab, halfOpen())).rejects.toMatchObject({
      kind: 'invalid',
      context: { key: STATE_KEY },
    })
    expect(await lab.taken()).toEqual([0, 1, 90])
  })

  it('of two jobs with one context and one target does not meet', async () => {
    const lab = await openLab(orders)
    const other = halfOpen(
      ['  - name: order-incremental-08\n', '  - name: order-incremental-09\n'],
      ['      - order-incremental-08\n', '      - order-incremental-09\n'],
    )
    expect(inWords(await runOf(lab, halfOpen()))).toEqual(['2020-01-01 00:00:00 written'])
    expect(inWords(await runOf(lab, other))).toEqual(['2020-01-01 00:00:00 written'])
    expect(inWords(await runOf(lab, halfOpen()))).toEqual(['2020-02-01 00:00:00 written'])
    expect(inWords(await runOf(lab, other))).toEqual(['2020-02-01 00:00:00 written'])
    expect(await lab.taken()).toEqual([0, 1])
  })

  it('rules over a key that the file has redefined, which is said', async () => {
    const lab = await openLab(orders)
    await runOf(lab, halfOpen())
    const redefined = halfOpen(['2020-01-01 00:00:00', '2019-01-01 00:00:00'])
    const warning = 'the stored value of start rules, although the file now defines it differently'
    expect(await runOf(lab, redefined)).toMatchObject([
      {
        window: new Map([
          ['start', monthStart(1)],
          ['end', monthStart(2)],
        ]),
        warnings: [warning],
      },
    ])
    // From then on the definition that the state was stored with is the new one.
    expect(await runOf(lab, redefined)).toMatchObject([{ run: 3, warnings: [] }])
  })
})

describe('a dry run', () => {
  it('says what would be read, and leaves nothing behind', async () => {
    const lab = await openLab(ordersAt('2020-01-05T00:00:00', '2020-02-05T00:00:00'))
    const before = await filesOf(lab)
    const windows = windowsOf(await runDry(lab, SOURCE_MAX))
    expect(windows).toMatchObject([
      {
        outcome: 'planned',
        run: null,
        outputs: [{ commit: null }],
        sources: [
          {
            table: 'retail.orders_enriched',
            direct: true,
            filter: expect.stringContaining('order_date') as string,
            counts: { files: 2, filesPrunedByMetrics: 1 },
          },
        ],
      },
    ])
    expect(await filesOf(lab)).toEqual(before)
  })

  it('leaves nothing behind either where SQL works its rows out', async () => {
    const lab = await openLab(ordersAt('2020-01-05T00:00:00'))
    const text = halfOpen(['select * from', 'select order_id, trim(city) as city, order_date from'])
    expect(windowsOf(await runDry(lab, text))).toMatchObject([
      { outcome: 'planned', sources: [{ direct: false }] },
    ])
    expect(await lab.target()).toBeNull()
  })
})

describe('a query that fails midway', () => {
  const failing = halfOpen([
    'select * from',
    'select order_id, order_date, cast(city as int) as city_number from',
  ])

  it('commits nothing, and the job stands where it did', async () => {
    const lab = await openLab(ordersAt('2020-01-05T00:00:00', '2020-02-05T00:00:00'))
    await (
      await lab.source()
    ).append([{ order_id: 7n, city: 'seven', order_date: '2020-02-07T00:00:00' }])
    await runOf(lab, failing)
    const version = (await lab.target())?.metadataLocation
    await expect(runOf(lab, failing)).rejects.toMatchObject({ kind: 'invalid' })
    expect((await lab.target())?.metadataLocation).toBe(version)
    expect(await lab.state()).toMatchObject({ run: 1 })
  })

  it('commits nothing as the first run either, and the next one begins at the beginning', async () => {
    const lab = await openLab(ordersAt('2020-01-05T00:00:00'))
    await (
      await lab.source()
    ).append([{ order_id: 7n, city: 'seven', order_date: '2020-01-07T00:00:00' }])
    await expect(runOf(lab, failing)).rejects.toMatchObject({ kind: 'invalid' })
    expect((await lab.target())?.currentSnapshot ?? null).toBeNull()
    const mended = halfOpen([
      'select * from',
      'select order_id, order_date, length(city) as city_number from',
    ])
    expect(inWords(await runOf(lab, mended))).toEqual(['2020-01-01 00:00:00 written'])
  })

  it.each([['select * from'], ['select order_id, order_date, trim(city) as city from']])(
    'commits nothing when it is storage that fails: %s',
    async (select) => {
      const lab = await openLab(ordersAt('2020-01-05T00:00:00', '2020-01-06T00:00:00'))
      const source = (await lab.source()).state.metadata.location
      let reads = 0
      lab.store.beforeRequest = async (request) => {
        if (!request.startsWith(`get ${source}/data/`)) return
        reads += 1
        if (reads === 2) throw new Error('the disk is gone')
      }
      const text = halfOpen(['select * from', select])
      await expect(runOf(lab, text)).rejects.toThrow('the disk is gone')
      expect((await lab.target())?.currentSnapshot ?? null).toBeNull()
      lab.store.beforeRequest = async () => undefined
      expect(inWords(await runOf(lab, text))).toEqual(['2020-01-01 00:00:00 written'])
      expect(await lab.taken()).toEqual([0, 1])
    },
  )
})

function runDry(lab: OrdersLab, text: string): ReturnType<typeof runJobs> {
  const flareOnly = text.slice(0, text.indexOf('  - name: dataos-tool-order'))
  return runJobs({ ...lab, engine, text: flareOnly, dryRun: true })
}

async function filesOf({ store }: OrdersLab): Promise<readonly string[]> {
  const files: string[] = []
  for await (const { location } of store.list('memory:')) files.push(location)
  return files.sort()
}

/** Makes the target's snapshot number `index` its current one again. */
async function rollBack(lab: OrdersLab, run: number): Promise<void> {
  const table = await lab.warehouse.loadTable(TARGET)
  const snapshotId = table.snapshots[run - 1]?.snapshotId
  if (snapshotId === undefined) throw new Error('there is no such snapshot')
  const outcome = await lab.catalog.commitTable(table.state.loaded, {
    requirements: [],
    updates: [{ action: 'set-snapshot-ref', name: 'main', ref: { kind: 'branch', snapshotId } }],
  })
  expect(outcome.kind).toBe('committed')
}

/** Another engine's expiry of the target's snapshots, as the next version of its metadata. */
async function expireAllButHead(
  lab: OrdersLab,
  edit: (properties: Map<string, string>) => void = () => undefined,
): Promise<void> {
  const { metadata, metadataLocation } = await lab.warehouse.loadTable(TARGET)
  const version = Number(/\/v(\d+)\./.exec(metadataLocation)?.[1])
  const properties = new Map(metadata.properties)
  edit(properties)
  const expired: TableMetadata = {
    ...metadata,
    properties,
    snapshots: metadata.snapshots.filter(
      ({ snapshotId }) => snapshotId === metadata.currentSnapshotId,
    ),
    snapshotLog: metadata.snapshotLog.filter(
      ({ snapshotId }) => snapshotId === metadata.currentSnapshotId,
    ),
  }
  const folder = joinLocation(metadata.location, 'metadata')
  const next = joinLocation(folder, `v${version + 1}.metadata.json`)
  await lab.store.put(
    next,
    await encodeMetadata(expired, { codec: 'none', commitId: 'expiry' }),
    'create',
  )
}
