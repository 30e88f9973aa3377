import { Worker } from 'node:worker_threads'

const SPIN = `
const { parentPort } = require('node:worker_threads')
const end = performance.now() + 300
let turns = 0
while (performance.now() < end) for (let turn = 0; turn < 1000; turn += 1) turns += 1
parentPort.postMessage(turns)`

/** How much more two threads do than one, now: 2 on two free cores, 1 where there is but one to have. */
export async function secondCoreGain(): Promise<number> {
  const alone = await spin()
  const together = await Promise.all([spin(), spin()])
  return together.reduce((sum, turns) => sum + turns, 0) / alone
}

function spin(): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(SPIN, { eval: true })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}
