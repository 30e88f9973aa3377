/**
 * A process that runs a workflow file once, unless it is killed. Started with `{ file, config, variables, dieAt }` as JSON;
 * with `dieAt` it kills itself right before that change of the file system, counted from 1. Says `ready` before it begins,
 * and what it did at its end. Runs from `dist`, because Node 20 runs no TypeScript.
 */
import { readFileSync, writeSync } from 'node:fs'

import { countChanges } from './count-changes.mjs'

const { file, config, variables, dieAt } = JSON.parse(process.argv[2])
const { changes, restart } = await countChanges(file, dieAt)

const { loadConfigFile, parseWorkflow, runWorkflow } = await import('../../../dist/jobs.js')
const { workflow } = parseWorkflow(readFileSync(file, 'utf8'))
const settings = await loadConfigFile(config, variables)

say({ ready: true })
restart()
const startMs = performance.now()
const { jobs } = await runWorkflow(workflow, { config: settings })
const failed = jobs.find((job) => job.kind === 'failed')
if (failed !== undefined) throw failed.error
const outcomes = jobs
  .flatMap((job) => (job.kind === 'windows' ? job.windows : []))
  .map(({ outcome }) => outcome)
say({ outcomes, changes: changes(), durationMs: performance.now() - startMs })

/** One write of a whole line: what the parent has read was true, however this process ends. */
function say(line) {
  writeSync(1, `${JSON.stringify(line)}\n`)
}
