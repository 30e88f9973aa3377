// Takes the window.
//
// `direct`: by the workflow, as a user runs it.
// `fed`: by batches, as where DuckDB may not read or write the files by itself.
import { rm } from 'node:fs/promises'

import { openWarehouse } from 'frazil'
import { parseConfig, parseWorkflow, runWorkflow } from 'frazil/jobs'

import { reportSide } from '../measure.js'
import { Ride } from '../rides.js'
import { sideSettings } from '../settings.js'
import { configText, sourceFolder, targetFolder, windowTexts, workflowText } from '../windows.js'

const settings = sideSettings()
await rm(targetFolder(settings), { recursive: true, force: true })
await reportSide(settings.variant === 'fed' ? copyWindow : runWindow)

async function runWindow(): Promise<Record<string, number>> {
  const { workflow } = parseWorkflow(workflowText())
  const config = parseConfig(configText(settings), { folder: settings.folder, variables: {} })
  let rows = 0
  const report = await runWorkflow(workflow, {
    config,
    onWindow({ outputs }) {
      for (const output of outputs) {
        if (output.kind === 'table') rows += Number(output.commit?.addedRows ?? 0)
      }
    },
  })
  const failed = report.jobs.find((job) => job.kind === 'failed')
  if (failed !== undefined) throw failed.error
  return { rows }
}

async function copyWindow(): Promise<Record<string, number>> {
  const source = await openWarehouse(sourceFolder(settings))
  const rides = await source.loadTable('city.rides', Ride)
  const target = await openWarehouse(targetFolder(settings))
  const days = await target.createTable('city.rides_by_day', {
    schema: Ride,
    partitionBy: ['day(pickup)'],
    properties: { 'write.metadata.compression-codec': 'gzip' },
  })
  const [start, end] = windowTexts().map((text) => text.replace(' ', 'T'))
  const month = rides.scan().where(`pickup > '${start}' and pickup <= '${end}'`)
  const commit = await days.overwritePartitions(month.batches(), { sort: 'pickup desc' })
  return { rows: Number(commit.addedRows) }
}
