/**
 * Processes change one table in S3 in every way at once, over connections that are slow, cut, reset or silent.
 * `FRAZIL_S3_RACE_*` make it larger.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'

import { systemEnvironment } from '../../../src/base/environment.ts'
import type { S3Options } from '../../../src/io/s3-options.ts'
import {
  expectHistory,
  failureKinds,
  tallyOf,
} from '../../support/commit-history/expect-history.ts'
import {
  ALL_ACTIONS,
  PATIENT,
  sizeFromEnvironment,
  startTableWriter,
} from '../../support/commit-writers.ts'
import { s3At, useS3 } from '../support/s3.ts'
import { describeWithServers, startProxy } from '../support/servers.ts'
import type { FaultyProxy } from '../support/servers.ts'

const PROCESSES = sizeFromEnvironment('FRAZIL_S3_RACE_PROCESSES', 4)
const COMMITS = sizeFromEnvironment('FRAZIL_S3_RACE_COMMITS', 10)

/** Not asked until it is known what became of a request, so that the outcomes of commits are left open now and then. */
function impatient(endpoint: string, number: number): S3Options {
  return { ...s3At(endpoint), maxAttempts: 1 + (number % 2), idleTimeoutMs: 1000 }
}

/** And looked up soon. */
const PROPERTIES = {
  ...PATIENT,
  'commit.status-check.num-retries': '4',
  'commit.status-check.min-wait-ms': '50',
}

/** What happens to connections, one at a time; as often nothing does. */
const FAULTS: readonly Readonly<Record<string, unknown>>[] = [
  { type: 'latency', stream: 'downstream', toxicity: 1, attributes: { latency: 80, jitter: 80 } },
  { type: 'reset_peer', stream: 'downstream', toxicity: 0.4, attributes: { timeout: 0 } },
  { type: 'reset_peer', stream: 'upstream', toxicity: 0.4, attributes: { timeout: 0 } },
  { type: 'limit_data', stream: 'downstream', toxicity: 0.4, attributes: { bytes: 600 } },
  { type: 'limit_data', stream: 'upstream', toxicity: 0.4, attributes: { bytes: 1500 } },
  { type: 'timeout', stream: 'downstream', toxicity: 0.3, attributes: { timeout: 0 } },
  { type: 'timeout', stream: 'upstream', toxicity: 0.3, attributes: { timeout: 0 } },
]
const FAULT_MS = 700

describeWithServers('processes that race in S3', () => {
  const { server, store, newFolder } = useS3('versitygw')
  let proxy: FaultyProxy
  beforeAll(async () => {
    proxy = await startProxy(server())
  })
  afterAll(async () => {
    await proxy.stop()
  })

  it(
    'acknowledge what is in the history, once, and refuse what is not, whatever becomes of their connections',
    { timeout: 7_200_000 },
    async () => {
      const warehouse = newFolder()
      const writers = Array.from({ length: PROCESSES }, (_, number) =>
        startTableWriter({
          warehouse,
          storage: { s3: impatient(proxy.endpoint, number) },
          writer: `p${number}`,
          number,
          commits: COMMITS,
          actions: ALL_ACTIONS,
          properties: PROPERTIES,
        }),
      )
      const ended = Promise.all(writers.map((writer) => writer.ended))
      await breakUntil(proxy, ended)
      const operations = (await ended).flat()
      console.log(tallyOf(operations))
      const place = { warehouse, store: store(), storage: { s3: s3At(server().url) } }
      await expectHistory(place, operations)
      for (const kind of failureKinds(operations)) {
        expect(kind).toBeOneOf(['conflict', 'invalid', 'not-found', 'unavailable'])
      }
    },
  )
})

/** One fault after another, in any order, with calm between them. */
async function breakUntil(proxy: FaultyProxy, end: Promise<unknown>): Promise<void> {
  const over = end.then(
    () => true,
    () => true,
  )
  const pause = async (): Promise<boolean> => {
    await systemEnvironment.sleep(FAULT_MS)
    return false
  }
  while (!(await Promise.race([over, pause()]))) {
    const fault = FAULTS[Math.floor(systemEnvironment.random() * FAULTS.length)]
    await proxy.breakBy(fault ?? {})
    await Promise.race([over, pause()])
    await proxy.mend()
  }
}
