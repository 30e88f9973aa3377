import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../../../src/client/warehouse.ts'
import { createMemoryStore } from '../../../../src/io/memory-store.ts'
import { files } from '../../../../src/jobs/sources/files-stream.ts'
import { iterable } from '../../../../src/jobs/sources/iterable-stream.ts'
import { kafka } from '../../../../src/jobs/sources/kafka/kafka.ts'
import { positionToOffset } from '../../../../src/jobs/sources/kafka/position.ts'
import { appendsOf } from '../../../../src/jobs/sources/table-stream.ts'
import type { OpenStream, StreamSource } from '../../../../src/jobs/sources/stream-source.ts'
import { streamJob } from '../../../../src/jobs/stream-job.ts'
import type { StreamJob } from '../../../../src/jobs/stream-job.ts'
import { schema, t } from '../../../../src/types/define.ts'
import { collect, text } from '../../../support/streams.ts'

const Id = schema({ id: t.long() })

const KINDS = ['table', 'files', 'topic', 'rows'] as const

type Kind = (typeof KINDS)[number]

/** A table, and sources of all kinds that have something for it. */
async function openLab(): Promise<(kind: Kind) => StreamJob> {
  const store = createMemoryStore()
  const warehouse = await openWarehouse('memory:', { store })
  const source = await warehouse.createTable('city.source', { schema: Id })
  await source.append([{ id: 1 }])
  await store.put('memory:/landing/1.json', text('{"id":1}\n'), 'create')
  const target = await warehouse.createTable('city.target', { schema: Id })
  const sources: Readonly<Record<Kind, StreamSource>> = {
    table: appendsOf(source),
    files: files('memory:/landing', { store, schema: Id }),
    topic: topicOfOneMessage(),
    rows: iterable((from) => (from === 0n ? [{ id: 1 }] : []), { schema: Id }),
  }
  return (kind) =>
    streamJob({
      id: 'ids',
      source: sources[kind],
      target,
      checkpoint: 'memory:/checkpoint',
      trigger: 'once',
    })
}

/** A topic as its client sees it: the positions are those of a real one, and no broker is asked. */
function topicOfOneMessage(): StreamSource {
  const at = (offset: bigint) =>
    positionToOffset({ topic: 'ids', id: 'a', offsets: new Map([[0, offset]]) })
  const opened: OpenStream = {
    schema: Id,
    initialOffset: async () => at(0n),
    nextOffset: async (start) =>
      Object.values(start['partitions'] as object)[0] === '0' ? { end: at(1n), notes: [] } : null,
    freeze: async () => undefined,
    async *read() {},
    close: async () => undefined,
  }
  return { ...kafka('ids', { brokers: ['localhost:1'] }), open: async () => opened }
}

const CHANGES = KINDS.flatMap((from) => KINDS.map((to) => [from, to] as const)).filter(
  ([from, to]) => from !== to,
)

describe('a stream whose source has become one of another kind', () => {
  it.each(CHANGES)('says so: from %s to %s', async (from, to) => {
    const jobOf = await openLab()
    await collect(jobOf(from).run())
    await expect(collect(jobOf(to).run())).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('a source of another kind'),
      context: { stream: 'ids', input: 'source', stands: from, given: to },
    })
    expect(await collect(jobOf(from).run())).toEqual([])
  })

  it.each(CHANGES)('begins anew once it is reset: from %s to %s', async (from, to) => {
    const jobOf = await openLab()
    await collect(jobOf(from).run())
    await jobOf(to).reset()
    expect(await collect(jobOf(to).run())).toHaveLength(1)
  })
})
