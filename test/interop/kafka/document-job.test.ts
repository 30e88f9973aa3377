/** The job of the document about streams that are read as batches, byte for byte, over a broker and a registry. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { openWarehouse } from '../../../src/client/warehouse.ts'
import { parseConfig } from '../../../src/jobs/config.ts'
import { runWorkflow } from '../../../src/jobs/run-workflow.ts'
import { parseWorkflow } from '../../../src/jobs/workflow/parse.ts'
import { currentSpec } from '../../../src/metadata/table-metadata.ts'
import { confluentEncoder, registerSchema } from '../../support/confluent-messages.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { TestBroker } from '../../support/kafka-topic.ts'
import { readRows } from '../../support/row-sets.ts'
import { describeWithServers, startKafka, startRegistry } from '../support/servers.ts'
import type { Server } from '../support/servers.ts'

const DOCUMENTS = fileURLToPath(new URL('../../../../shared/source-documents/', import.meta.url))

/** The file in the document; null where the documents are not beside this checkout. */
function documentText(): string | null {
  if (!existsSync(DOCUMENTS)) return null
  const name = readdirSync(DOCUMENTS).find((entry) => entry.startsWith('003_')) ?? ''
  const text = readFileSync(join(DOCUMENTS, name), 'utf8')
  return /^```yaml\n(.*?)^```$/ms.exec(text)?.[1] ?? null
}

const CLOUDEVENT = {
  type: 'record',
  name: 'CloudEvent',
  namespace: 'io.cloudevents',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'source', type: 'string' },
    { name: 'specversion', type: 'string', default: '1.0' },
    { name: 'type', type: 'string' },
    { name: 'time', type: 'string' },
    { name: 'subject', type: ['null', 'string'], default: null },
    { name: 'data', type: ['null', { type: 'map', values: 'string' }], default: null },
  ],
}

interface CloudEvent {
  readonly id: string
  readonly source: string
  readonly specversion: string
  readonly type: string
  readonly time: string
  readonly subject: string | null
  readonly data: Readonly<Record<string, string>> | null
}

const HOUR_MS = 3_600_000

function events(count: number): readonly CloudEvent[] {
  const start = Date.UTC(2026, 0, 31, 22)
  return Array.from({ length: count }, (_, index) => ({
    id: `event-${index}`,
    source: ['/rides', '/drivers', '/payments'][index % 3] ?? '',
    specversion: '1.0',
    type: 'com.example.changed',
    time: new Date(start + Math.floor((index / count) * 5 * HOUR_MS)).toISOString(),
    subject: index % 4 === 0 ? null : `subject ${index}`,
    data: index % 5 === 0 ? null : { index: String(index) },
  }))
}

describeWithServers('the job of the document about streams that are read as batches', () => {
  const text = documentText()
  let kafka: Server
  let registry: Server
  let broker: TestBroker

  beforeAll(async () => {
    ;[kafka, registry] = await Promise.all([startKafka(), startRegistry()])
    broker = new TestBroker(kafka.url)
  })

  afterAll(async () => {
    await broker.close()
    await Promise.all([kafka.stop(), registry.stop()])
  })

  it.skipIf(text === null)(
    'replaces the hours of a topic by what the topic has of them',
    async () => {
      const folder = temporaryFolder()
      const topic = await broker.createTopic({ partitions: 3 }, 'cloudevents')
      const id = await registerSchema(registry.url, `${topic}-value`, CLOUDEVENT)
      const encode = confluentEncoder(id, CLOUDEVENT)
      const all = events(2_000)
      const config = parseConfig(
        `catalogs: {lake: {type: file, warehouse: ./warehouse}}
depots:
  icebase: {catalog: lake}
  kafka: {kafka: {brokers: ["${kafka.url}"], schemaRegistryUrl: "${registry.url}"}}`,
        { folder, variables: {} },
      )
      const { workflow, warnings } = parseWorkflow(text ?? '', { file: 'cloudevents.yaml' })
      expect(warnings.map(({ message }) => message)).toContainEqual(
        expect.stringContaining('STREAMING_BLOCK_UNUSED'),
      )

      const produce = (some: readonly CloudEvent[]): Promise<void> =>
        broker.produce(
          topic,
          some.map((event) => ({ key: event.id, value: encode(event) })),
        )
      const run = async (): Promise<readonly (readonly unknown[])[]> => {
        const { jobs } = await runWorkflow(workflow, { config })
        for (const job of jobs) if (job.kind === 'failed') throw job.error
        const warehouse = await openWarehouse(`${folder}/warehouse`)
        const table = await warehouse.loadTable('sys01.cloudevents')
        expect(currentSpec(table.metadata).fields.map(({ name }) => name)).toEqual([
          'source',
          'hour',
        ])
        expect(table.metadata.properties.get('write.metadata.previous-versions-max')).toBe('10')
        return readRows(table.scan())
      }
      await produce(all.slice(0, 1_000))
      expect(await run()).toHaveLength(1_000)
      await produce(all.slice(1_000))
      expect(await run()).toHaveLength(2_000)
      // Nothing new: every hour is replaced by itself.
      expect(await run()).toHaveLength(2_000)
    },
  )
})
