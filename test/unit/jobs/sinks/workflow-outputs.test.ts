import { expect, it } from 'vitest'

import { systemEnvironment } from '../../../../src/base/environment.ts'
import { parseConfig } from '../../../../src/jobs/config.ts'
import { openLake } from '../../../../src/jobs/lake.ts'
import { workflowOutputs } from '../../../../src/jobs/sinks/workflow-outputs.ts'
import { temporaryFolder } from '../../../support/folders.ts'
import { rowsAs, tableOutput } from '../../../support/jobs/sinks.ts'

it('a table of a workflow is as its last write left it, until somebody else has written or dropped it', async () => {
  const config = parseConfig(
    'catalogs: {disk: {type: file, warehouse: ./warehouse}}\ndepots: {lake: {catalog: disk}}',
    { folder: temporaryFolder(), variables: {} },
  )
  const lake = openLake(config, { environment: systemEnvironment })
  const { warehouse, name } = await lake.locate(tableOutput().dataset)
  const [target] = await workflowOutputs([tableOutput()], { lake, jobId: 'public/wf/job' })
  if (target?.kind !== 'table') throw new Error('the output is no table')
  expect(await target.find()).toBeNull()

  const made = await warehouse.createTable(name, { schema: rowsAs('id long').schema })
  const table = await target.find()
  await target.write(rowsAs('id long', { id: 1n }), {
    table,
    replaceWhere: null,
    describe: () => undefined,
  })
  const found = await target.find()
  expect(found?.metadata).toBe(table?.metadata)
  expect(found?.snapshots).toHaveLength(1)

  await made.append([{ id: 2n }])
  expect((await target.find())?.snapshots).toHaveLength(2)
  await warehouse.dropTable(name)
  expect(await target.find()).toBeNull()
})
