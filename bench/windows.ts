// One window of an incremental job: a month out of fourteen, sorted by time into partitions of a day, as the workflow of the
// tests asks for that takes a month after the other.
import { join } from 'node:path'

import type { SideSettings } from './settings.js'

const MONTHS = 14

/** The month that is taken, from 0: statistics leave out what is before it and after it. */
const MONTH = 7

const FIRST_YEAR = 2020

/** Rows of each month: a tenth of what is appended elsewhere. */
export function rowsOfMonth({ rows }: SideSettings): number {
  return rows / 10
}

/** Months of the source, each with the number of its rows before it and the moments it is between, in microseconds. */
export function months(settings: SideSettings): readonly Month[] {
  const rows = rowsOfMonth(settings)
  return Array.from({ length: MONTHS }, (_, month) => ({
    name: `m${month}`,
    rows,
    startMicros: startOf(month),
    endMicros: startOf(month + 1),
  }))
}

export interface Month {
  readonly name: string
  readonly rows: number
  readonly startMicros: number
  readonly endMicros: number
}

function startOf(month: number): number {
  return Date.UTC(FIRST_YEAR, month, 1) * 1000
}

/** When a ride of a month began: neighbouring rows are of days that have nothing to do with each other. */
export function anyTimeOf({ startMicros, endMicros }: Month): (row: number) => number {
  return (row) => {
    const part = (Math.imul(row, 0x9e3779b1) >>> 0) / 2 ** 32
    // Not the first instant, which a window leaves out that is open at its start.
    return startMicros + 1 + Math.floor(part * (endMicros - startMicros - 1))
  }
}

/** `2020-08-01 00:00:00`, where the window begins and where it ends. */
export function windowTexts(): readonly [start: string, end: string] {
  return [timeText(startOf(MONTH)), timeText(startOf(MONTH + 1))]
}

function timeText(micros: number): string {
  return new Date(micros / 1000).toISOString().slice(0, 19).replace('T', ' ')
}

/** The folder of the name of the taken month's files, beside those of the others. */
export const TAKEN_MONTH = `m${MONTH}`

/** The warehouse of the source. */
export function sourceFolder({ folder }: SideSettings): string {
  return join(folder, 'months')
}

/** The warehouse of the target. */
export function targetFolder({ folder }: SideSettings): string {
  return join(folder, 'windows')
}

export function workflowText(): string {
  const [start] = windowTexts()
  return `
version: v1
name: rides
type: workflow
workflow:
  dag:
    - name: rides-by-day
      spec:
        stack: flare:3.0
        compute: runnable-default
        flare:
          job:
            explain: true
            inputs:
              - name: rides
                dataset: dataos://source:city/rides
                format: iceberg
                incremental:
                  context: all_rides
                  sql: select * from all_rides where pickup > '$|start|' AND pickup <= '$|end|'
                  keys:
                    - name: start
                      sql: select to_timestamp('${start}')
                    - name: end
                      sql: select to_timestamp('$|start|') + INTERVAL '1' MONTH
                  state:
                    - key: start
                      value: end
            outputs:
              - name: rides
                dataset: dataos://target:city/rides_by_day?acl=rw
                format: iceberg
                options:
                  saveMode: overwrite
                  sort:
                    mode: global
                    columns:
                      - name: pickup
                        order: desc
                  iceberg:
                    properties:
                      write.format.default: parquet
                      write.metadata.compression-codec: gzip
                      overwrite-mode: dynamic
                    partitionSpec:
                      - type: day
                        column: pickup
                        name: day_partition
`
}

export function configText(settings: SideSettings): string {
  return `
timeZone: UTC
catalogs:
  source: { type: file, warehouse: '${sourceFolder(settings)}' }
  target: { type: file, warehouse: '${targetFolder(settings)}' }
depots:
  source: { catalog: source }
  target: { catalog: target }
`
}
