/**
 * A process that runs a stream into a table until it is killed or at the end of what there is, and says so line by line. Runs
 * from `dist`, because Node 20 runs no TypeScript. Started with JSON:
 *
 *   warehouse, table, checkpoint   where it is
 *   copy                           another table that has the same rows, if there is one
 *   source                         `files`, `appends` or `topic`, with the options of these
 *   trigger                        of the stream
 *   expires                        whether the table keeps nothing but its newest snapshot after each batch
 *   dieAt                          the change of the file system, counted from 1, before which it kills itself
 */
import { writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { countChanges } from './count-changes.mjs'

const told = JSON.parse(process.argv[2])
const { warehouse, table, copy, checkpoint, source, trigger, expires, dieAt } = told
const { changes, restart } = await countChanges(fileURLToPath(import.meta.url), dieAt)

const { openWarehouse } = await import('../../../dist/index.js')
const { streamJob } = await import('../../../dist/jobs/stream-job.js')

const opened = await openWarehouse(warehouse, { workers: 0 })
const target = await opened.loadTable(table)
const described = { id: 'kills', source: await openSource(source), target, checkpoint }
const stream =
  copy === undefined ? streamJob({ ...described, trigger }) : await streamOfTwo(described)
restart()
say({ ready: true })
for await (const { epoch, outcome, sources } of stream.run()) {
  say({ epoch, outcome, rows: Number(sources[0].rows) })
  if (expires) await expire()
}
say({ done: true, changes: changes() })

async function openSource({ kind, of, ...options }) {
  const { schema } = target
  switch (kind) {
    case 'files': {
      const { files } = await import('../../../dist/jobs/sources/files-stream.js')
      return files(of, { schema, ...options })
    }
    case 'appends': {
      const { appendsOf } = await import('../../../dist/jobs/sources/table-stream.js')
      return appendsOf(await opened.loadTable(of), options)
    }
    case 'topic': {
      const { kafka } = await import('../../../dist/jobs/sources/kafka/kafka.js')
      return kafka(of, { schema, ...options })
    }
    default:
      throw new Error(`there is no source that is called ${kind}`)
  }
}

/** Programs describe streams into one table: the outputs of two of these are those of one. */
async function streamOfTwo(one) {
  const { tableStream } = await import('../../../dist/jobs/stream/program-stream.js')
  const { runStream } = await import('../../../dist/jobs/stream/run-stream.js')
  const rules = { change: null, write: { mode: 'append' }, badRecords: { kind: 'fail' } }
  const [first, second] = [target, await opened.loadTable(copy)].map((to) =>
    tableStream({ ...one, ...rules, target: to }),
  )
  const both = { ...first, outputs: [...first.outputs, ...second.outputs] }
  const kind = trigger === 'available-now' ? { kind: trigger } : { kind: 'interval', ...trigger }
  const { environment } = target.state.services
  return { run: () => runStream(both, { trigger: kind, environment, retries: 5 }) }
}

/** What another runner of the stream may do to the table meanwhile is no failure. */
async function expire() {
  try {
    await target.maintain({ expire: { olderThan: '0 seconds', retainLast: 1 } })
  } catch (error) {
    if (error.kind !== 'conflict') throw error
    say({ passed: error.message })
  }
}

/** One write of a whole line: what the parent has read was true, however this process ends. */
function say(line) {
  writeSync(1, `${JSON.stringify(line)}\n`)
}
