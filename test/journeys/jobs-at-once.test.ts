/** Jobs of one workflow that run at once, and who reads meanwhile. */
import { expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import { parseConfig } from '../../src/jobs/config.ts'
import { runWorkflow } from '../../src/jobs/run-workflow.ts'
import { parseWorkflow } from '../../src/jobs/workflow/parse.ts'
import { parseSchemaText } from '../../src/types/schema-text.ts'
import { temporaryFolder } from '../support/folders.ts'
import { collect } from '../support/streams.ts'

const CONFIG = 'catalogs: {local: {type: file, warehouse: .}}\ndepots: {shop: {catalog: local}}\n'

function jobText(name: string, source: string): string {
  return `  - name: ${name}
    spec:
      stack: flare:5.0
      compute: c
      stackSpec:
        job:
          inputs: [{name: rows, dataset: "dataos://shop:raw/${source}"}]
          outputs: [{name: rows, dataset: "dataos://shop:gold/all?acl=rw", format: iceberg, options: {saveMode: append}}]
`
}

const TEXT = `version: v1\nname: shop\ntype: workflow\nworkflow:\n  dag:\n${jobText('left', 'a')}${jobText('right', 'b')}`

it('two that append to one table both land, and a reader sees each whole or not at all', async () => {
  const folder = temporaryFolder()
  const schema = parseSchemaText('id long')
  const warehouse = await openWarehouse(folder)
  for (const [name, count] of [
    ['raw.a', 300],
    ['raw.b', 5000],
  ] as const) {
    const table = await warehouse.createTable(name, { schema })
    await table.append(Array.from({ length: count }, (_, id) => ({ id: BigInt(id) })))
  }
  await warehouse.createTable('gold.all', { schema })
  const config = parseConfig(CONFIG, { folder, variables: {} })
  const { workflow } = parseWorkflow(TEXT)

  const over = new AbortController()
  const seen = new Set<number>()
  const read = async (): Promise<void> => {
    do {
      const rows = await collect((await warehouse.loadTable('gold.all')).scan())
      seen.add(rows.length)
    } while (!over.signal.aborted)
  }
  const reading = read()
  const { jobs } = await runWorkflow(workflow, { config }).finally(() => over.abort())
  await reading

  expect(jobs).toMatchObject([
    { kind: 'windows', windows: [{ outcome: 'written' }] },
    { kind: 'windows', windows: [{ outcome: 'written' }] },
  ])
  for (const count of seen) expect(count).toBeOneOf([0, 300, 5000, 5300])
  expect(await collect((await warehouse.loadTable('gold.all')).scan())).toHaveLength(5300)
  expect(workflow.dag.map(({ dependencies }) => dependencies)).toEqual([[], []])
})
