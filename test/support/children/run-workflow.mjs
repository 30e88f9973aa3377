/**
 * A process that runs a workflow file once, unless it is killed. Started with `{ file, config, variables, dieAt }` as JSON;
 * with `dieAt` it kills itself right before that change of the file system, counted from 1. Says `ready` before it begins,
 * and what it did at its end. Runs from `dist`, because Node 20 runs no TypeScript.
 */
import { readFileSync, writeSync } from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

const { file, config, variables, dieAt } = JSON.parse(process.argv[2])
let changes = 0
await countChanges()

const { loadConfigFile, parseWorkflow, runWorkflow } = await import('../../../dist/jobs.js')
const { workflow } = parseWorkflow(readFileSync(file, 'utf8'))
const settings = await loadConfigFile(config, variables)

say({ ready: true })
changes = 0
const startMs = performance.now()
const { jobs } = await runWorkflow(workflow, { config: settings })
const failed = jobs.find((job) => job.kind === 'failed')
if (failed !== undefined) throw failed.error
const outcomes = jobs
  .flatMap((job) => (job.kind === 'windows' ? job.windows : []))
  .map(({ outcome }) => outcome)
say({ outcomes, changes, durationMs: performance.now() - startMs })

/** One write of a whole line: what the parent has read was true, however this process ends. */
function say(line) {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

/** Whatever changes the file system through Node's promises is counted before it happens. */
async function countChanges() {
  for (const name of ['link', 'mkdir', 'rename', 'unlink']) counted(promises, name)
  const open = promises.open
  promises.open = (path, flags, mode) => {
    if (flags === 'wx') change()
    return open(path, flags, mode)
  }
  syncBuiltinESMExports()
  const handle = await open(file)
  for (const name of ['sync', 'write']) counted(Object.getPrototypeOf(handle), name)
  await handle.close()
}

function counted(owner, name) {
  const original = owner[name]
  owner[name] = function (...args) {
    change()
    return original.apply(this, args)
  }
}

function change() {
  changes += 1
  if (changes === dieAt) process.kill(process.pid, 'SIGKILL')
}
