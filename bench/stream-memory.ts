// How the memory of a stream goes over time: NDJSON files into a table, a batch every so often, its snapshots expired as it goes. The
// first sixth of the time is left for caches to fill; of the rest the slope of the resident memory is printed, by least squares. The files
// come from another process, as they do where a stream runs: the memory that it takes to make their lines is not the stream's.
import { fork } from 'node:child_process'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { openWarehouse, schema, t } from 'frazil'
import { files, streamJob } from 'frazil/jobs'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    every: { type: 'string', default: '1000' },
    rows: { type: 'string', default: '1000' },
    /** Makes the files in this folder, and nothing else. */
    land: { type: 'string' },
  },
})
const everyMs = Number(values.every)
const lengthMs = Number(values.minutes) * 60_000
const Event = schema({ id: t.long(), at: t.timestamptz(), kind: t.string(), value: t.double() })

/** Batches between one expiry and the next, and snapshots that are kept. */
const KEPT = 100

/** Of a batch: twice what arrives. However late one comes, none is larger than the next may be. */
const MOST_FILES = 4

interface Sample {
  readonly ms: number
  readonly megabytes: number
}

if (values.land === undefined) await measureIn(await mkdtemp(join(tmpdir(), 'frazil-memory-')))
else await land(values.land)

async function measureIn(folder: string): Promise<void> {
  const landing = join(folder, 'landing')
  await mkdir(landing)
  const program = fileURLToPath(import.meta.url)
  const lander = fork(program, [...process.argv.slice(2), '--land', landing])
  try {
    await measure(folder, landing)
  } finally {
    lander.kill()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function measure(folder: string, landing: string): Promise<void> {
  const warehouse = await openWarehouse(join(folder, 'warehouse'))
  const target = await warehouse.createTable('bench.events', { schema: Event })
  const stopping = new AbortController()
  const stream = streamJob({
    id: 'memory',
    source: files(`${landing}/*.json`, { schema: Event, maxFilesPerTrigger: MOST_FILES }),
    target,
    checkpoint: join(folder, 'checkpoint'),
    trigger: { everyMs },
  })
  const startMs = performance.now()
  const samples: Sample[] = []
  let batches = 0
  let rows = 0n
  for await (const { sources } of stream.run({ stopping: stopping.signal })) {
    batches += 1
    for (const source of sources) rows += source.rows
    if (batches % KEPT === 0) {
      await target.maintain({ expire: { olderThan: '0 seconds', retainLast: KEPT } })
    }
    const ms = performance.now() - startMs
    samples.push({ ms, megabytes: process.memoryUsage.rss() / 2 ** 20 })
    if (batches % KEPT === 0)
      console.error(
        `${Math.round(ms / 1000)} s: ${batches} batches, ${Math.round(samples.at(-1)?.megabytes ?? 0)} MB`,
      )
    if (ms > lengthMs) stopping.abort()
  }
  const settled = samples.filter(({ ms }) => ms > lengthMs / 6)
  const { slope } = line(settled)
  const peak = Math.max(...samples.map(({ megabytes }) => megabytes))
  const hour = (slope * 3_600_000).toFixed(2)
  console.log(
    `${batches} batches, ${rows} rows in ${values.minutes} min: peak ${peak.toFixed(0)} MB, ` +
      `${hour} MB an hour after the first sixth, ${((slope * lengthMs * 5) / 6).toFixed(2)} MB in all of the rest`,
  )
}

/** A file every half batch, named when it is whole, until whoever wants them is gone. */
async function land(landing: string): Promise<void> {
  const count = Number(values.rows)
  for (let file = 0; process.connected; file += 1) {
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

function line(samples: readonly Sample[]): { readonly slope: number } {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length
  const [x, y] = [mean(({ ms }) => ms), mean(({ megabytes }) => megabytes)]
  const covariance = mean(({ ms, megabytes }) => (ms - x) * (megabytes - y))
  return { slope: covariance / mean(({ ms }) => (ms - x) ** 2) }
}
