/** Windows of a workflow file, through the command: each run is a process of its own. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { frazil, jsonLines, resultOf } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'

const CONFIG = `catalogs: {local: {type: file, warehouse: ./warehouse}}
depots:
  lake: {catalog: local}
  landing: {path: ./landing}
`

const TEXT = `version: v1
name: shop
type: workflow
workflow:
  dag:
    - name: hourly
      spec:
        stack: flare:5.0
        compute: runnable-default
        stackSpec:
          job:
            streaming:
              triggerMode: AvailableNow
              checkpointLocation: dataos://lake:raw/checkpoints/hourly?acl=rw
              watermark: {column: at, delay: 10 minutes, late: aside}
            inputs:
              - {name: sales, isStream: true, dataset: "dataos://landing:in/sales", format: json, schemaType: spark, schemaString: "at STRING, shop STRING, amount DECIMAL(9,2)"}
            outputs:
              - {name: hours, dataset: "dataos://lake:gold/hours?acl=rw", options: {saveMode: append}}
              - {name: lateRows, dataset: "dataos://lake:silver/late?acl=rw", options: {saveMode: append}}
            steps:
              - sequence:
                  - {name: timed, sql: "select to_timestamp(at) as at, shop, amount from sales"}
                  - name: hours
                    aggregate:
                      window: {column: at, size: 1 hour}
                      by: [shop]
                      measures:
                        - {name: sales, fn: count}
                        - {name: total, fn: sum, column: amount}
                        - {name: mean, fn: avg, column: amount}
`

interface Shop {
  readonly cwd: string
  /** Drops a file of sales: a clock of 2026-01-31, a shop and an amount each. */
  land(...sales: readonly (readonly [clock: string, shop: string, amount: string])[]): void
  run(...more: readonly string[]): Promise<string>
  rowsOf(table: string): Promise<readonly Readonly<Record<string, unknown>>[]>
}

function openShop(text = TEXT): Shop {
  const cwd = temporaryFolder()
  mkdirSync(join(cwd, 'landing/in/sales'), { recursive: true })
  writeFileSync(join(cwd, 'frazil.yaml'), CONFIG)
  writeFileSync(join(cwd, 'shop.yaml'), text)
  let files = 0
  return {
    cwd,
    land(...sales) {
      const lines = sales.map(
        ([clock, shop, amount]) =>
          `{"at":"2026-01-31T${clock}:00Z","shop":"${shop}","amount":"${amount}"}\n`,
      )
      files += 1
      writeFileSync(join(cwd, `landing/in/sales/${files}.json`), lines.join(''))
    },
    run: (...more) => resultOf(frazil(['run', 'shop.yaml', ...more], { cwd })),
    rowsOf: async (table) => jsonLines(await resultOf(frazil(['scan', `local:${table}`], { cwd }))),
  }
}

function hour(clock: number, shop: string, measures: object): object {
  const at = (hours: number): string =>
    expect.stringMatching(`^2026-01-31T${String(hours).padStart(2, '0')}:00:00`) as string
  return { window_start: at(clock), window_end: at(clock + 1), shop, ...measures }
}

describe('hourly windows of a stream', () => {
  it('come when they are over, with rows of many runs, and late rows go to a table of their own', async () => {
    const shop = openShop()
    expect(await resultOf(frazil(['lint', 'shop.yaml'], { cwd: shop.cwd }))).toBe('')
    shop.land(['09:05', 'north', '0.10'], ['09:50', 'south', '7.00'], ['09:59', 'north', '0.20'])
    await shop.run()
    expect(await shop.rowsOf('gold.hours')).toEqual([])
    shop.land(['09:30', 'north', '0.40'], ['10:10', 'north', '5.00'])
    await shop.run()
    const nine = [
      hour(9, 'north', { sales: 3, total: '0.70', mean: '0.233333' }),
      hour(9, 'south', { sales: 1, total: '7.00', mean: '7.000000' }),
    ]
    expect(await shop.rowsOf('gold.hours')).toEqual(expect.arrayContaining(nine))
    shop.land(['09:58', 'south', '1.00'], ['10:20', 'north', '6.00'])
    expect(await shop.run()).toMatch(/1 row came too late.*\nhourly: .*, 1 row too late\n$/s)
    expect(await shop.rowsOf('silver.late')).toMatchObject([{ shop: 'south', amount: '1.00' }])
    const status = await resultOf(
      frazil(['stream', 'status', 'shop.yaml', 'hourly'], { cwd: shop.cwd }),
    )
    expect(status).toContain('watermark 2026-01-31T10:10:00')
    shop.land(['11:30', 'north', '1.00'])
    await shop.run()
    expect(await shop.run()).toBe('hourly: nothing new\n')
    const rows = await shop.rowsOf('gold.hours')
    expect(rows).toHaveLength(3)
    expect(rows).toEqual(
      expect.arrayContaining([
        ...nine,
        hour(10, 'north', { sales: 2, total: '11.00', mean: '5.500000' }),
      ]),
    )
  })

  it('are all there with each batch where the output is complete', async () => {
    const late = /, late: aside/
    const shop = openShop(
      TEXT.replace(late, ', late: keep')
        .replace('triggerMode:', 'outputMode: complete\n              triggerMode:')
        .replace(/ +- \{name: lateRows.*\n/, ''),
    )
    shop.land(['09:05', 'north', '0.10'], ['11:00', 'north', '1.00'])
    await shop.run()
    expect(await shop.rowsOf('gold.hours')).toHaveLength(2)
    shop.land(['09:06', 'north', '0.20'])
    await shop.run()
    const rows = await shop.rowsOf('gold.hours')
    expect(rows).toHaveLength(2)
    expect(rows).toEqual(
      expect.arrayContaining([expect.objectContaining({ sales: 2, total: '0.30' })]),
    )
  })

  it('are refused with where and what to write, before and while they run', async () => {
    const wrong = openShop(TEXT.replace('size: 1 hour', 'size: hourly'))
    const parsed = await frazil(['run', 'shop.yaml'], { cwd: wrong.cwd })
    expect(parsed.code).toBe(5)
    expect(parsed.stderr).toContain(
      'steps[0].sequence[1].aggregate.window.size: must be a number and a unit, such as 1 hour',
    )
    const untimed = openShop(TEXT.replace('to_timestamp(at) as at', 'at'))
    untimed.land(['09:05', 'north', '0.10'])
    const ran = await frazil(['run', 'shop.yaml'], { cwd: untimed.cwd })
    expect(ran.code).toBe(5)
    expect(ran.stderr).toContain('make it one by SQL, such as to_timestamp(text)')
    expect(ran.stderr).toContain('steps[0].sequence[1].aggregate')
    const other = openShop()
    other.land(['09:05', 'north', '0.10'])
    await other.run()
    writeFileSync(join(other.cwd, 'shop.yaml'), TEXT.replace('size: 1 hour', 'size: 2 hours'))
    other.land(['09:06', 'north', '0.10'])
    const changed = await frazil(['run', 'shop.yaml'], { cwd: other.cwd })
    expect(changed.code).toBe(5)
    expect(changed.stderr).toContain('the aggregate is another one')
  })
})
