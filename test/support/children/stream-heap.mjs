/**
 * A process that streams files into a table, one a batch, and says how many bytes are reachable after some of the batches. The table
 * keeps one snapshot and few manifests, and a day passes with each batch, so that nothing is held for being young. Runs from `dist` with
 * `--expose-gc`, and without what makes and drops code as it goes, which is a thousand times what is looked for. Started with JSON:
 *
 *   folder   where the files, the table and the checkpoint lie
 *   after    numbers of batches, rising, after which it looks
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const { folder, after } = JSON.parse(process.argv[2])
const { openWarehouse, schema, t } = await import('../../../dist/index.js')
const { systemEnvironment } = await import('../../../dist/base/environment.js')
const { files, streamJob } = await import('../../../dist/jobs.js')

const landing = join(folder, 'landing')
const Row = schema({ id: t.long(), text: t.string() })
let batches = 0

const environment = {
  ...systemEnvironment,
  nowMs: () => Date.now() + batches * 86_400_000,
  sleep: () => Promise.resolve(),
}
const warehouse = await openWarehouse(join(folder, 'warehouse'), { environment, workers: 0 })
const target = await warehouse.createTable('bench.rows', {
  schema: Row,
  properties: {
    'commit.manifest.min-count-to-merge': '2',
    'write.metadata.previous-versions-max': '1',
  },
})
const stream = streamJob({
  id: 'heap',
  source: files(`${landing}/*.json`, { schema: Row }),
  target,
  checkpoint: join(folder, 'checkpoint'),
  trigger: { everyMs: 0 },
})
const stopping = new AbortController()
const sizes = []
await mkdir(landing)
await land()
for await (const _ of stream.run({
  signal: new AbortController().signal,
  stopping: stopping.signal,
})) {
  batches += 1
  await target.maintain({ expire: { olderThan: '0 seconds', retainLast: 1 } })
  if (batches === after[sizes.length]) sizes.push(await reachableBytes())
  if (sizes.length === after.length) stopping.abort()
  else await land()
}
console.log(JSON.stringify(sizes))

async function land() {
  await writeFile(
    join(landing, `${batches}.json`),
    `{"id":${batches},"text":"${'x'.repeat(1000)}"}\n`,
  )
}

/** Finalizers run between collections. */
async function reachableBytes() {
  for (let round = 0; round < 5; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    globalThis.gc()
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
