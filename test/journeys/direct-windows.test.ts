// A window that only copies is read, sorted and written by DuckDB; one that asks for more is fed.
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import { readFooter } from '../../src/formats/parquet/footer.ts'
import { openRandomAccess } from '../../src/formats/parquet/random-access.ts'
import { createLocalStore } from '../../src/io/local-store.ts'
import { parseConfig } from '../../src/jobs/config.ts'
import { runWorkflow } from '../../src/jobs/run-workflow.ts'
import { parseWorkflow } from '../../src/jobs/workflow/parse.ts'
import { parseSchemaText } from '../../src/types/schema-text.ts'
import { temporaryFolder } from '../support/folders.ts'

const HOURS_A_DAY = 24

function workflowText(select: string): string {
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
            inputs:
              - name: rides
                dataset: dataos://lake:city/rides
                format: iceberg
                incremental:
                  context: all_rides
                  sql: ${select} from all_rides where ts >= '$|start|' and ts < '$|end|'
                  keys:
                    - name: start
                      sql: select to_timestamp('2026-01-01 00:00:00')
                    - name: end
                      sql: select to_timestamp('$|start|') + INTERVAL '3' DAY
                  state:
                    - key: start
                      value: end
            outputs:
              - name: rides
                dataset: dataos://lake:city/rides_by_day?acl=rw
                format: iceberg
                options:
                  saveMode: overwrite
                  sort:
                    mode: global
                    columns:
                      - name: ts
                        order: desc
                  iceberg:
                    properties:
                      overwrite-mode: dynamic
                    partitionSpec:
                      - type: day
                        column: ts
                        name: day
`
}

it.each([
  ['select *', true],
  ['select id + 0 as id, ts', false],
])('a window of `%s` is written by DuckDB: %s', async (select, isDirect) => {
  const folder = temporaryFolder()
  const warehouse = await openWarehouse(folder)
  const schema = parseSchemaText('id long, ts timestamptz')
  const rides = await warehouse.createTable('city.rides', { schema })
  const hours = Array.from({ length: 6 * HOURS_A_DAY }, (_, hour) => ({
    id: hour,
    ts: new Date(Date.UTC(2026, 0, 1, (hour * 7) % (6 * HOURS_A_DAY))),
  }))
  await rides.append(hours)
  const { workflow } = parseWorkflow(workflowText(select))
  const config = parseConfig(
    `
timeZone: UTC
catalogs:
  local: { type: file, warehouse: '${folder}' }
depots:
  lake: { catalog: local }
`,
    { folder, variables: {} },
  )
  const { jobs } = await runWorkflow(workflow, { config })
  expect(jobs).toMatchObject([{ kind: 'windows' }])

  const copy = await warehouse.loadTable('city.rides_by_day')
  const { tasks } = await copy.scan().plan()
  expect(tasks).toHaveLength(3)
  const store = createLocalStore()
  for (const { file } of tasks) {
    const path = file.path.startsWith('/') ? file.path : join(folder, file.path)
    const footer = await readFooter(openRandomAccess(store, path, Number(file.fileSizeBytes)))
    expect(footer.createdBy?.startsWith('DuckDB')).toBe(isDirect)
    expect(file.recordCount).toBe(BigInt(HOURS_A_DAY))
    const rows = await copy.scan().where(`_file = '${file.path}'`).toArray()
    const moments = rows.map(({ ts }) => String(ts))
    expect(moments).toEqual(moments.toSorted().toReversed())
  }
})
