// Runs the example's workflow over all months that are due.
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { loadConfigFile, parseWorkflow, runWorkflow } from 'frazil/jobs'

import { reportSide } from '../measure.js'
import { flightsFolder, sideSettings } from '../settings.js'

/** Benches are started from the project's root. */
const EXAMPLE = 'examples/flights'

const settings = sideSettings()
await rm(join(flightsFolder(settings), 'air/flights_by_day'), { recursive: true, force: true })
await reportSide(async () => {
  const environment = { ...process.env, FLIGHTS_WAREHOUSE: flightsFolder(settings) }
  const config = await loadConfigFile(join(EXAMPLE, 'frazil.yaml'), environment)
  const { workflow } = parseWorkflow(await readFile(join(EXAMPLE, 'flights.yaml'), 'utf8'))
  let [rows, files] = [0, 0]
  const report = await runWorkflow(workflow, {
    config,
    catchUp: true,
    onWindow({ outputs, durationMs }) {
      for (const output of outputs) {
        if (output.kind !== 'table') continue
        rows += Number(output.commit?.addedRows ?? 0)
        files += output.commit?.addedFiles ?? 0
      }
      if (process.env['BENCH_WINDOWS'] !== undefined) console.error(`window ${durationMs} ms`)
    },
  })
  const failed = report.jobs.find((job) => job.kind === 'failed')
  if (failed !== undefined) throw failed.error
  return { rows, files }
})
