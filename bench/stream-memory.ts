// How the memory of a stream goes over time: NDJSON files into a table, a batch every so often, its snapshots expired as it goes. The
// stream runs in a process of its own, by the command or, with `--program`, by the library; this one makes its files, has its
// snapshots expire, and looks at its memory each second. The first sixth of the time is left for caches to fill; of the rest the slope
// of the resident memory is printed, by least squares.
import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'

import { openWarehouse, schema, t } from 'frazil'
import type { Table } from 'frazil'
import { files, streamJob } from 'frazil/jobs'

import { commandFile } from './run-command.js'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    every: { type: 'string', default: '1000' },
    rows: { type: 'string', default: '1000' },
    program: { type: 'boolean', default: false },
    /** Runs the stream of this folder by the library, and nothing else. */
    stream: { type: 'string' },
  },
})
const everyMs = Number(values.every)
const lengthMs = Number(values.minutes) * 60_000
const Event = schema({ id: t.long(), at: t.timestamptz(), kind: t.string(), value: t.double() })

/** Snapshots that are kept. Expiry comes each time that there may be as many more. */
const KEPT = 100

/** Of a batch: twice what arrives. However late one comes, none is larger than the next may be. */
const MOST_FILES = 4

interface Sample {
  readonly ms: number
  readonly megabytes: number
}

const ADDRESSES = `
catalogs: { lake: { type: file, warehouse: ./warehouse } }
depots: { bench: { catalog: lake }, here: { path: . } }
`

const JOB = `
version: v1
name: memory
type: workflow
workflow:
  dag:
    - name: memory
      spec:
        stack: flare:5.0
        compute: runnable-default
        stackSpec:
          job:
            streaming:
              triggerMode: ProcessingTime
              triggerDuration: ${everyMs} milliseconds
              checkpointLocation: dataos://bench:raw/checkpoints/memory?acl=rw
            inputs:
              - name: events
                dataset: dataos://here:landing/events
                format: json
                isStream: true
                schemaType: spark
                schemaString: id bigint, at timestamp, kind string, value double
                options: { maxFilesPerTrigger: ${MOST_FILES} }
            outputs:
              - name: events
                dataset: dataos://bench:bench/events?acl=rw
                format: iceberg
                options: { saveMode: append }
`

if (values.stream === undefined) await measureIn(await mkdtemp(join(tmpdir(), 'frazil-memory-')))
else await runProgram(values.stream)

async function measureIn(folder: string): Promise<void> {
  try {
    const warehouse = await openWarehouse(join(folder, 'warehouse'))
    const table = await warehouse.createTable('bench.events', { schema: Event })
    await mkdir(landingOf(folder), { recursive: true })
    const runner = await startRunner(folder)
    try {
      await measure(runner, folder, table)
    } finally {
      runner.kill('SIGKILL')
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function startRunner(folder: string): Promise<ChildProcess> {
  const stdio = ['ignore', 'ignore', 'inherit'] as const
  const program = [fileURLToPath(import.meta.url), ...process.argv.slice(2), '--stream', folder]
  if (values.program) return spawn(process.execPath, program, { stdio: [...stdio] })
  await writeFile(join(folder, 'frazil.yaml'), ADDRESSES)
  await writeFile(join(folder, 'job.yaml'), JOB)
  const command = [commandFile, 'run', join(folder, 'job.yaml')]
  return spawn(process.execPath, command, { cwd: folder, stdio: [...stdio] })
}

async function measure(
  runner: ChildProcess,
  folder: string,
  table: Table<unknown, never>,
): Promise<void> {
  const startMs = performance.now()
  const samples: Sample[] = []
  let isOver = false
  runner.once('exit', () => (isOver = true))
  const landed = land(landingOf(folder), () => isOver)
  for (let expiredMs = 0; !isOver;) {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const ms = performance.now() - startMs
    samples.push({ ms, megabytes: await megabytesOf(runner) })
    if (ms - expiredMs >= KEPT * everyMs) {
      expiredMs = ms
      await table.maintain({ expire: { olderThan: '0 seconds', retainLast: KEPT } })
      const megabytes = Math.round(samples.at(-1)?.megabytes ?? 0)
      console.error(`${Math.round(ms / 1000)} s: ${batchesOf(table)} batches, ${megabytes} MB`)
    }
    if (ms > lengthMs) isOver = true
  }
  if (runner.exitCode !== null) throw new Error(`the stream ended with ${runner.exitCode}`)
  runner.kill('SIGINT')
  await Promise.all([once(runner, 'exit'), landed])
  await table.refresh()
  report(samples, table)
}

function report(samples: readonly Sample[], table: Table<unknown, never>): void {
  const settled = samples.filter(({ ms }) => ms > lengthMs / 6)
  const { slope } = line(settled)
  const peak = Math.max(...samples.map(({ megabytes }) => megabytes))
  const hour = (slope * 3_600_000).toFixed(2)
  const rows = table.currentSnapshot?.summary.get('total-records') ?? '0'
  console.log(
    `${batchesOf(table)} batches, ${rows} rows in ${values.minutes} min: peak ${peak.toFixed(0)} MB, ` +
      `${hour} MB an hour after the first sixth, ${((slope * lengthMs * 5) / 6).toFixed(2)} MB in all of the rest`,
  )
}

/** Each batch is one commit, and nothing else commits rows. */
function batchesOf(table: Table<unknown, never>): string {
  return String(table.currentSnapshot?.sequenceNumber ?? 0n)
}

async function megabytesOf({ pid }: ChildProcess): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])
  return Number(stdout) / 1024
}

function landingOf(folder: string): string {
  return join(folder, 'landing', 'events')
}

/** A file every half batch, named when it is whole. */
async function land(landing: string, isOver: () => boolean): Promise<void> {
  const count = Number(values.rows)
  for (let file = 0; !isOver(); file += 1) {
    const lines: string[] = []
    for (let row = 0; row < count; row += 1) {
      const id = file * count + row
      lines.push(`{"id":${id},"at":"2026-01-31T12:00:00Z","kind":"k${id % 7}","value":${id / 3}}\n`)
    }
    const name = join(landing, `${String(file).padStart(9, '0')}.json`)
    await writeFile(`${name}.tmp`, lines.join(''))
    await rename(`${name}.tmp`, name)
    await new Promise((resolve) => setTimeout(resolve, everyMs / 2))
  }
}

async function runProgram(folder: string): Promise<void> {
  const warehouse = await openWarehouse(join(folder, 'warehouse'))
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort())
  const stream = streamJob({
    id: 'memory',
    source: files(`${landingOf(folder)}/*.json`, { schema: Event, maxFilesPerTrigger: MOST_FILES }),
    target: await warehouse.loadTable('bench.events'),
    checkpoint: join(folder, 'checkpoint'),
    trigger: { everyMs },
  })
  for await (const _ of stream.run({ stopping: stopping.signal }));
}

function line(samples: readonly Sample[]): { readonly slope: number } {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length
  const [x, y] = [mean(({ ms }) => ms), mean(({ megabytes }) => megabytes)]
  const covariance = mean(({ ms, megabytes }) => (ms - x) * (megabytes - y))
  return { slope: covariance / mean(({ ms }) => (ms - x) ** 2) }
}
