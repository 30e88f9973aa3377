import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Environment } from '../../../../src/base/environment.ts'
import { isKind } from '../../../../src/base/errors.ts'
import { openWarehouse } from '../../../../src/client/warehouse.ts'
import { rowsOf } from '../../../../src/formats/arrow/rows.ts'
import { createMemoryStore } from '../../../../src/io/memory-store.ts'
import type { ListOptions, ObjectStore } from '../../../../src/io/object-store.ts'
import { files } from '../../../../src/jobs/sources/files-stream.ts'
import type { FilesOptions } from '../../../../src/jobs/sources/files-stream-options.ts'
import { parseDeclaredSchema } from '../../../../src/jobs/schemas/declared-schema.ts'
import { createSourceLog } from '../../../../src/jobs/sources/source-log.ts'
import type {
  BadRecord,
  OpenStream,
  StreamOffset,
} from '../../../../src/jobs/sources/stream-source.ts'
import { parseSchemaText } from '../../../../src/types/schema-text.ts'
import { FAULTS, createFaultyStore } from '../../../support/faulty-store.ts'
import { TEST_TIME_MS, fixedEnvironment } from '../../../support/fixed-environment.ts'
import { temporaryFolder } from '../../../support/folders.ts'
import { movingEnvironment } from '../../../support/moving-environment.ts'
import { runs } from '../../../support/runs.ts'
import { describeStreamSource } from '../../../support/stream-source-contract.ts'
import { collect, text } from '../../../support/streams.ts'

const LANDING = 'memory:/landing'
const CHECKPOINT = 'memory:/checkpoint'
const schema = parseSchemaText('id long')

describeStreamSource('files', async () => {
  const store = createMemoryStore()
  let added = 0
  return {
    source: files(`${LANDING}/**/*.json`, { schema, store, maxFilesPerTrigger: 2 }),
    log: createSourceLog(store, CHECKPOINT),
    logsBatches: true,
    add: async () => {
      const rows = [0, 1, 2].map((row) => `{"id":${3 * added + row}}\n`)
      const name = `${added % 2 === 0 ? '' : 'deep/'}${String(added).padStart(3, '0')}.json`
      added += 1
      await store.put(`${LANDING}/${name}`, text(rows.join('')), 'create')
      return rows.length
    },
  }
})

/** A landing folder with a stream of it. */
function landing(options: FilesOptions = {}, pattern = LANDING): Landing {
  const store: Landing['store'] = Object.assign(createMemoryStore({ clock: () => store.timeMs }), {
    timeMs: TEST_TIME_MS,
  })
  const source = files(pattern, { schema, store, ...options })
  return {
    store,
    open: (environment = fixedEnvironment()) =>
      source.open({ environment, log: createSourceLog(store, CHECKPOINT, 3) }),
    put: async (name, content, mode = 'create') => {
      const bytes = typeof content === 'string' ? text(content) : content
      await store.put(`${LANDING}/${name}`, bytes, mode)
    },
  }
}

interface Landing {
  /** With the time that it gives to what is put there. */
  readonly store: ObjectStore & { timeMs: number }
  readonly open: (environment?: Environment) => Promise<OpenStream>
  readonly put: (
    name: string,
    content: string | Uint8Array,
    mode?: 'create' | 'overwrite',
  ) => Promise<void>
}

async function valuesIn(
  stream: OpenStream,
  start: StreamOffset,
  end: StreamOffset,
  onBad?: (record: BadRecord) => void,
): Promise<unknown[]> {
  const rows: unknown[] = []
  for await (const batch of stream.read({ start, end }, onBad === undefined ? {} : { onBad })) {
    for (const row of rowsOf(batch, stream.schema)) rows.push(row.length === 1 ? row[0] : row)
  }
  return rows
}

/** The rows of each batch until there is nothing new. */
async function batchesOf(stream: OpenStream, from?: StreamOffset): Promise<unknown[][]> {
  const batches: unknown[][] = []
  let start = from ?? (await stream.initialOffset())
  for (;;) {
    const next = await stream.nextOffset(start, 'limited')
    if (next === null) return batches
    batches.push(await valuesIn(stream, start, next.end))
    start = next.end
  }
}

/** The rows of the next batch, and where it ends. */
async function taken(
  stream: OpenStream,
  start: StreamOffset,
): Promise<{ readonly end: StreamOffset; readonly values: readonly unknown[] }> {
  const next = await stream.nextOffset(start, 'limited')
  if (next === null) throw new Error('there is nothing new')
  return { end: next.end, values: await valuesIn(stream, start, next.end) }
}

const STEPS = ['batch', 'batch', 'batch', 'race', 'race', 'restart', 'freeze'] as const

describe('a stream of files', () => {
  it('reads the files of a folder by their names, however deep, but hidden and unfinished ones', async () => {
    const { open, put } = landing({ maxFilesPerTrigger: 2 })
    await put('b.json', '{"id":2}')
    await put('a/x.json.gz', gzipSync('{"id":1}\n'))
    await put('c.ndjson', '{"id":3}\n{"id":4}\n')
    for (const name of ['_SUCCESS', '.b.json.crc', '_old/c.json', 'd.json.tmp']) {
      await put(name, '?')
    }
    expect(await batchesOf(await open())).toEqual([
      [1n, 2n],
      [3n, 4n],
    ])
  })

  it('reads a single file, whose folder has others', async () => {
    const { open, put } = landing({}, `${LANDING}/a.json`)
    await put('a.json', '{"id":1}')
    await put('b.json', '{"id":2}')
    expect(await batchesOf(await open())).toEqual([[1n]])
  })

  it('reads CSV, Parquet and documents of JSON side by side, with the file that each row is from', async () => {
    const options = { inputFileName: 'file', multiLine: true, csv: { delimiter: ';' } }
    const { open, put, store } = landing(options, `${LANDING}/*`)
    await put('a.csv', 'other;id\nx;1\n')
    await put('b.json', '[\n  { "id": 2 },\n  { "id": 3, "other": {} }\n]')
    const warehouse = await openWarehouse('memory:/lake', { store })
    const table = await warehouse.createTable('a.b', { schema })
    await table.append([{ id: 4n }])
    const [file] = await collect(store.list('memory:/lake/a/b/data'))
    await put('c.parquet', await store.get(file?.location ?? ''))
    expect(await batchesOf(await open())).toEqual([
      [
        [1n, `${LANDING}/a.csv`],
        [2n, `${LANDING}/b.json`],
        [3n, `${LANDING}/b.json`],
        [4n, `${LANDING}/c.parquet`],
      ],
    ])
  })

  it('reads invoices with an array of line items', async () => {
    const invoices = parseDeclaredSchema(
      `InvoiceNumber string, CreatedTime bigint, TotalAmount double,
       DeliveryAddress struct<City string, PinCode string>,
       InvoiceLineItems array<struct<ItemCode string, ItemPrice double, ItemQty bigint>>`,
    )
    const { open, put } = landing({ schema: invoices, inputFileName: 'InputFile' })
    await put(
      'invoices-1.json',
      '{"InvoiceNumber":"51402977","CreatedTime":1595688900348,"StoreID":"STR7188","TotalAmount":11114.0,' +
        '"DeliveryAddress":{"AddressLine":"444-1842","City":"Bergen","PinCode":"5003"},' +
        '"InvoiceLineItems":[{"ItemCode":"458","ItemPrice":1644.5,"ItemQty":2},{"ItemCode":"283"}]}\n',
    )
    const items = [
      ['458', 1644.5, 2n],
      ['283', null, null],
    ]
    expect(await batchesOf(await open())).toEqual([
      [
        [
          '51402977',
          1595688900348n,
          11114,
          ['Bergen', '5003'],
          items,
          `${LANDING}/invoices-1.json`,
        ],
      ],
    ])
  })

  it('takes files by age where it is asked to, and the youngest first where that is wanted', async () => {
    const { put, store } = landing()
    for (const name of ['c', 'a', 'b']) {
      await put(`${name}.json`, `{"id":${name.charCodeAt(0) - 96}}`)
      store.timeMs += 1000
    }
    const read = async (options: FilesOptions, folder: string): Promise<unknown[]> => {
      const source = files(LANDING, { schema, store, maxFilesPerTrigger: 1, ...options })
      const log = createSourceLog(store, `memory:/${folder}`)
      return (await batchesOf(await source.open({ environment: fixedEnvironment(), log }))).flat()
    }
    expect(await read({}, 'by-path')).toEqual([1n, 2n, 3n])
    expect(await read({ order: 'modified' }, 'by-age')).toEqual([3n, 1n, 2n])
    expect(await read({ latestFirst: true }, 'latest')).toEqual([2n, 1n, 3n])
  })

  it('leaves no file out because it is a link, unless it is hidden or not meant', async () => {
    const root = temporaryFolder()
    const elsewhere = join(temporaryFolder(), 'x.json')
    writeFileSync(elsewhere, '{"id":1}')
    for (const name of ['_x.json', 'x.txt']) symlinkSync(elsewhere, join(root, name))
    const source = files(`${root}/**/*.json`, { schema })
    const log = createSourceLog(createMemoryStore(), CHECKPOINT)
    const stream = await source.open({ environment: fixedEnvironment(), log })
    expect(await stream.nextOffset({ log: 0 }, 'limited')).toBe(null)
    symlinkSync(elsewhere, join(root, 'x.json'))
    await expect(stream.nextOffset({ log: 0 }, 'limited')).rejects.toMatchObject({
      kind: 'unsupported',
      context: { file: join(root, 'x.json') },
    })
  })

  it('leaves files for later that are too young to be whole', async () => {
    const { open, put, store } = landing({ minAgeMs: 5_000 })
    await put('a.json', '{"id":1}')
    store.timeMs += 4_000
    await put('b.json', '{"id":2}')
    const clock = movingEnvironment(store.timeMs)
    const stream = await open(clock)
    expect(await stream.nextOffset(await stream.initialOffset(), 'all')).toBe(null)
    clock.timeMs += 1_000
    expect(await batchesOf(stream)).toEqual([[1n]])
  })

  it('ends a batch before it has too many bytes, but not before it has a file', async () => {
    const { open, put } = landing({ maxBytesPerTrigger: 20 })
    for (const id of [1, 2, 3]) await put(`${id}.json`, `{"id":${id}}`)
    await put('4.json', `{"id":4}${' '.repeat(100)}`)
    await put('5.json', '{"id":5}')
    expect(await batchesOf(await open())).toEqual([[1n, 2n], [3n], [4n], [5n]])
  })

  it('has a file once, whatever becomes of its age and of what is in it', async () => {
    const { open, put, store } = landing()
    await put('a.json', '{"id":1}')
    const stream = await open()
    const { end } = await taken(stream, await stream.initialOffset())
    store.timeMs += 60_000
    await put('a.json', '{"id":9}', 'overwrite')
    await put('0.json', '{"id":2}')
    expect(await batchesOf(stream, end)).toEqual([[2n]])
    expect(await batchesOf(await open(), end)).toEqual([[2n]])
  })

  it('finds the columns of CSV in the first file, and keeps to them', async () => {
    const store = createMemoryStore()
    const source = files(LANDING, { store })
    const open = (): Promise<OpenStream> =>
      source.open({ environment: fixedEnvironment(), log: createSourceLog(store, CHECKPOINT) })
    await expect(open()).rejects.toMatchObject({ kind: 'not-found' })
    await store.put(`${LANDING}/b.csv`, text('id,name\n1,x\n'), 'create')
    const first = await open()
    const start = await first.initialOffset()
    await store.put(`${LANDING}/a.csv`, text('name\ny\n'), 'create')
    const second = await open()
    expect(second.schema).toEqual(first.schema)
    expect(second.schema.fields.map(({ name }) => name)).toEqual(['id', 'name'])
    expect(await second.initialOffset()).toEqual(start)
    expect(await batchesOf(second, start)).toEqual([
      [
        [null, 'y'],
        ['1', 'x'],
      ],
    ])
    await store.put(`${LANDING}/c.csv`, text('other\ny\n'), 'create')
    const next = await second.nextOffset({ ...(await lastOf(second, start)) }, 'limited')
    await expect(
      valuesIn(second, await lastOf(second, start), next?.end ?? start),
    ).rejects.toMatchObject({
      message: 'there is no column of this name',
      context: { file: `${LANDING}/c.csv` },
    })
  })

  it('wants the schema again with which it began', async () => {
    const { open, put, store } = landing()
    await put('a.json', '{"id":1}')
    await batchesOf(await open())
    const log = createSourceLog(store, CHECKPOINT, 3)
    const opened = files(LANDING, { store }).open({ environment: fixedEnvironment(), log })
    await expect(opened).rejects.toMatchObject({
      kind: 'invalid',
      message: 'the stream began with a schema that was declared: declare it again',
    })
  })

  it('wants a schema for JSON, a checkpoint folder, and names that say what files are', async () => {
    const { open, put, store } = landing({}, `${LANDING}/*`)
    await put('README', 'x')
    const stream = await open()
    await expect(stream.nextOffset(await stream.initialOffset(), 'all')).rejects.toMatchObject({
      kind: 'invalid',
      context: { file: `${LANDING}/README` },
    })
    await put('0.json', '{}')
    const environment = fixedEnvironment()
    const log = createSourceLog(store, 'memory:/other')
    await expect(files(LANDING, { store }).open({ environment, log })).rejects.toMatchObject({
      kind: 'invalid',
      context: { file: `${LANDING}/0.json` },
    })
    await expect(
      files(LANDING, { store, schema }).open({ environment, log: null }),
    ).rejects.toThrow('needs a checkpoint folder')
    expect(() => files(LANDING, { order: 'path', latestFirst: true })).toThrow('latestFirst')
    expect(() => files(LANDING, { maxFilesPerTrigger: 0 })).toThrow('at least 1')
  })

  it('fails where a file of a batch is gone or another one, and passes over the first where that is asked for', async () => {
    const { open, put, store } = landing()
    for (const id of [1, 2, 3]) await put(`${id}.json`, `{"id":${id}}`)
    const stream = await open()
    const start = await stream.initialOffset()
    const { end } = await taken(stream, start)
    await store.delete(`${LANDING}/2.json`)
    await expect(valuesIn(stream, start, end)).rejects.toMatchObject({
      kind: 'not-found',
      context: { file: `${LANDING}/2.json` },
    })
    const lenient = files(LANDING, { schema, store, onMissingFile: 'skip' })
    const log = createSourceLog(store, CHECKPOINT, 3)
    const skipping = await lenient.open({ environment: fixedEnvironment(), log })
    expect(await valuesIn(skipping, start, end)).toEqual([1n, 3n])
    await put('2.json', '{"id":22}')
    await expect(valuesIn(skipping, start, end)).rejects.toMatchObject({
      kind: 'not-found',
      message: expect.stringContaining('not what it was when it was found') as string,
    })
    await put('2.json', '{"id":7}', 'overwrite')
    expect(await valuesIn(stream, start, end)).toEqual([1n, 7n, 3n])
  })

  it('knows a log that is not its own, and one that is gone', async () => {
    const { open, put, store } = landing({ maxFilesPerTrigger: 1 })
    await put('a.json', '{"id":1}')
    await put('b.json', '{"id":2}')
    const { end } = await taken(await open(), { log: 0 })
    await store.delete(`${CHECKPOINT}/1`)
    const lost = await open()
    await expect(lost.nextOffset(end, 'limited')).rejects.toMatchObject({
      kind: 'not-found',
      message: expect.stringContaining('was the checkpoint folder removed?') as string,
    })
    await store.delete(`${LANDING}/a.json`)
    await taken(await open(), { log: 0 })
    const other = await open()
    await expect(other.nextOffset(end, 'limited')).rejects.toMatchObject({ kind: 'invalid' })
    await expect(valuesIn(other, { log: 0 }, end)).rejects.toMatchObject({ kind: 'invalid' })
    await expect(other.nextOffset({ row: 5 }, 'limited')).rejects.toMatchObject({ kind: 'invalid' })
  })

  it('gives the batch that was begun, and after a rollback all batches as they were', async () => {
    const { open, put } = landing({ maxFilesPerTrigger: 2 })
    await put('b.json', '{"id":2}')
    const stream = await open()
    const begun = await taken(stream, { log: 0 })
    await put('a.json', '{"id":1}')
    const restarted = await open()
    expect(await taken(restarted, { log: 0 })).toEqual(begun)
    expect(await batchesOf(restarted, begun.end)).toEqual([[1n]])
    await put('0.json', '{"id":0}')
    expect(await batchesOf(await open(), { log: 0 })).toEqual([[2n], [1n], [0n]])
    await put('c.json', '{"id":3}')
    const later = await open()
    const all = await later.nextOffset({ log: 0 }, 'all')
    expect(await valuesIn(later, { log: 0 }, all?.end ?? {})).toEqual([2n, 1n, 0n, 3n])
  })

  it('begins anew when it is moved back and its log is gone, while it is open', async () => {
    for (const options of [{ schema }, {}]) {
      const store = createMemoryStore()
      const source = files(LANDING, { store, maxFilesPerTrigger: 1, ...options })
      const open = (): Promise<OpenStream> =>
        source.open({ environment: fixedEnvironment(), log: createSourceLog(store, CHECKPOINT, 3) })
      for (let id = 0; id < 8; id += 1) {
        await store.put(`${LANDING}/${id}.csv`, text(`id\n${id}\n`), 'create')
      }
      const stream = await open()
      const start = await stream.initialOffset()
      const before = await batchesOf(stream, start)
      expect(before).toHaveLength(8)
      const log = await collect(store.list(CHECKPOINT))
      await store.deleteAll(log.map(({ location }) => location))
      expect(await batchesOf(stream, start)).toEqual(before)
      expect(await batchesOf(await open(), start)).toEqual(before)
    }
  })

  it('lists a backlog once', async () => {
    const { put, store } = landing()
    for (let id = 0; id < 40; id += 1) await put(`${id}.json`, `{"id":${id}}`)
    const counted = createFaultyStore(store)
    const source = files(LANDING, { schema, store: counted, maxFilesPerTrigger: 2 })
    const log = createSourceLog(store, CHECKPOINT)
    const stream = await source.open({ environment: fixedEnvironment(), log })
    expect(await batchesOf(stream)).toHaveLength(20)
    const listings = counted.requests.filter((request) => request.startsWith('list'))
    // And once more to see that there is nothing new.
    expect(listings).toHaveLength(2)
  })

  it('never looks again at files that it has had', async () => {
    const { open, put, store } = landing()
    const looked: string[] = []
    const list = store.list.bind(store)
    store.list = async function* (prefix: string, options?: ListOptions) {
      for await (const info of list(prefix, options)) {
        if (prefix === LANDING) looked.push(info.location)
        yield info
      }
    }
    const stream = await open()
    let start = await stream.initialOffset()
    for (let id = 0; id < 20; id += 1) {
      await put(`${id}.json`, `{"id":${id}}`)
      start = (await taken(stream, start)).end
    }
    expect(looked).toHaveLength(20)
  })

  it('puts lines aside that are no rows, with their places', async () => {
    const { open, put } = landing({}, `${LANDING}/*`)
    await put('a.json', '{"id":1}\n{"id":\n{"id":"x"}\n{"id":2}\n')
    await put('b.csv', 'id\n3\nx\n4,5\n')
    const stream = await open()
    const next = await stream.nextOffset({ log: 0 }, 'all')
    const end = next?.end ?? {}
    const bad: BadRecord[] = []
    const rows = await valuesIn(stream, { log: 0 }, end, (record) => bad.push(record))
    expect(rows).toEqual([1n, 2n, 3n])
    expect(bad).toEqual([
      {
        place: `${LANDING}/a.json:2`,
        reason: expect.stringContaining('a line is no JSON') as string,
        record: '{"id":',
      },
      {
        place: `${LANDING}/a.json:3`,
        reason: 'expected an integer of 64 bits, as a bigint beyond 2^53: id',
        record: '{"id":"x"}',
      },
      {
        place: `${LANDING}/b.csv:3`,
        reason: 'expected an integer of 64 bits, as a bigint beyond 2^53: id',
        record: 'x',
      },
      {
        place: `${LANDING}/b.csv:4`,
        reason: 'a line has not as many fields as there are columns',
        record: '4,5',
      },
    ])
    await expect(valuesIn(stream, { log: 0 }, end)).rejects.toMatchObject({
      context: { file: `${LANDING}/a.json`, line: 2 },
    })
  })

  it('always has every file once, whoever else reads along and whatever fails', async () => {
    const anyStep = fc.oneof(
      fc.record({ kind: fc.constant('put' as const), count: fc.integer({ min: 1, max: 5 }) }),
      fc.record({
        kind: fc.constantFrom(...STEPS),
        reader: fc.nat({ max: 1 }),
      }),
    )
    const anyFaults = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 150 }), fc.constantFrom(...FAULTS)),
    )
    const anyOptions = fc.record({
      maxFilesPerTrigger: fc.integer({ min: 1, max: 4 }),
      order: fc.constantFrom('path' as const, 'modified' as const),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { maxLength: 25 }),
        anyFaults,
        anyOptions,
        async (steps, faults, options) => {
          const inner = createMemoryStore()
          const store = createFaultyStore(inner, faults)
          const source = files(LANDING, { schema, store, ...options })
          const open = (): Promise<OpenStream> =>
            source.open({
              environment: fixedEnvironment(),
              log: createSourceLog(store, CHECKPOINT, 2),
            })
          const streams = [await open(), await open()]
          // The table: one batch after the other, by whoever comes first.
          let position: StreamOffset = { log: 0 }
          const rows: unknown[] = []
          const take = async (stream: OpenStream, other = stream): Promise<boolean> => {
            const [next, same] = await Promise.all([
              stream.nextOffset(position, 'limited'),
              other.nextOffset(position, 'limited'),
            ])
            if (next === null) return false
            // Who is frozen may have nothing where another one has.
            expect(same ?? next).toEqual(next)
            rows.push(...(await valuesIn(stream, position, next.end)))
            position = next.end
            return true
          }
          let added = 0
          for (const step of steps) {
            if (step.kind === 'put') {
              for (let left = step.count; left > 0; left -= 1) {
                const name = `${(added * 7) % 10}-${added}.json`
                await inner.put(`${LANDING}/${name}`, text(`{"id":${(added += 1)}}`), 'create')
              }
              continue
            }
            const stream = streams[step.reader] ?? (await open())
            try {
              if (step.kind === 'batch') await take(stream)
              else if (step.kind === 'race') await take(stream, streams[1 - step.reader])
              else streams[step.reader] = await open()
              if (step.kind === 'freeze') await streams[step.reader]?.freeze()
            } catch (error) {
              if (!isKind(error, 'unavailable')) throw error
            }
            await store.landLate()
          }
          store.faults.clear()
          const last = await open()
          while (await take(last));
          const ids = rows.map(Number).toSorted((left, right) => left - right)
          expect(ids).toEqual(Array.from({ length: added }, (_, index) => index + 1))
          const again: unknown[][] = await batchesOf(await open(), { log: 0 })
          expect(again.flat()).toEqual(rows)
        },
      ),
      runs(100),
    )
  })
})

/** Where the stream stands when it has had everything. */
async function lastOf(stream: OpenStream, start: StreamOffset): Promise<StreamOffset> {
  const next = await stream.nextOffset(start, 'limited')
  return next?.end ?? start
}

describe('a folder that nothing has landed in', () => {
  const open = (pattern: string, store?: ObjectStore, warnings: string[] = []) =>
    files(pattern, { schema, ...(store === undefined ? {} : { store }) }).open({
      environment: fixedEnvironment(),
      log: createSourceLog(createMemoryStore(), CHECKPOINT),
      onWarning: (message) => warnings.push(message),
    })

  it('is an error where it is not there, which a misspelt one never is', async () => {
    const folder = temporaryFolder()
    for (const pattern of ['landign', 'landign/*.json', 'landign/1.json', 'landign/**/x']) {
      await expect(open(join(folder, pattern))).rejects.toMatchObject({
        kind: 'not-found',
        message: expect.stringContaining('the folder that the stream is to read is not there'),
        context: { folder: join(folder, 'landign') },
      })
    }
  })

  it('may be empty, and its file yet to come', async () => {
    const folder = temporaryFolder()
    const warnings: string[] = []
    for (const pattern of ['', '*.json', '1.json']) {
      const stream = await open(join(folder, pattern), undefined, warnings)
      expect(await stream.nextOffset(await stream.initialOffset(), 'all')).toBeNull()
    }
    expect(warnings).toEqual([])
  })

  it('is warned of once where a store has no folders, until something lands', async () => {
    const store = createMemoryStore()
    const warnings: string[] = []
    const stream = await open(`${LANDING}/*.json`, store, warnings)
    const start = await stream.initialOffset()
    for (let time = 0; time < 2; time += 1) expect(await stream.nextOffset(start, 'all')).toBeNull()
    expect(warnings).toEqual([expect.stringContaining('nothing lies where')])
    await store.put(`${LANDING}/1.json`, text('{"id":1}\n'), 'create')
    const next = await stream.nextOffset(start, 'all')
    expect(await stream.nextOffset(next?.end ?? {}, 'all')).toBeNull()
    expect(warnings).toHaveLength(1)
  })
})
