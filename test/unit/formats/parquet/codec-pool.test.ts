import { setImmediate } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'

import {
  Field,
  Int64,
  RecordBatch,
  Schema,
  Struct,
  Table,
  makeData,
  tableToIPC,
} from 'apache-arrow'
import fc from 'fast-check'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'

import { isKind } from '../../../../src/base/errors.ts'
import { codecPool } from '../../../../src/formats/parquet/codec-pool.ts'
import type { DecodeOptions, ParquetCodec } from '../../../../src/formats/parquet/codec.ts'
import { wasmCodec } from '../../../../src/formats/parquet/wasm-codec.ts'
import { runs } from '../../../support/runs.ts'
import { dictionaryBomb } from '../../../support/dictionary-bomb.ts'

const own = wasmCodec()
/** All goes to threads, however small. */
const pool = codecPool({ workers: 2, ownBytes: -1 })
afterAll(() => pool.close())

const options = {
  compression: 'zstd',
  dictionaries: { byDefault: false, exceptions: [] },
} as const

function ipcOf(values: BigInt64Array): Uint8Array {
  const schema = new Schema([new Field('n', new Int64(), false)])
  const { length } = values
  const column = makeData({ type: new Int64(), length, data: values })
  const rows = makeData({ type: new Struct(schema.fields), length, children: [column] })
  return tableToIPC(new Table([new RecordBatch(schema, rows)]), 'stream')
}

function decodeOptions(rowCount: number, windowRows = rowCount): DecodeOptions {
  return { rowCount, batchRows: Math.max(1, windowRows), windowRows, uncompressedBytes: 1 }
}

async function decoded(codec: ParquetCodec, file: Uint8Array, how: DecodeOptions) {
  const streams: Uint8Array[] = []
  // Each is there until the next one is asked for.
  for await (const stream of codec.decode([file], how)) streams.push(stream.slice())
  return streams
}

/** Cut in two, as nobody promises one part. */
function inParts(bytes: Uint8Array): readonly Uint8Array[] {
  return [bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)]
}

const anyValues = fc
  .array(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), { minLength: 1, maxLength: 50 })
  .map((values) => BigInt64Array.from(values))

/** The row group in memory of its own. */
async function encodedBy(codec: ParquetCodec, stream: Uint8Array): Promise<Uint8Array> {
  const piece = await codec.encode([stream], options)
  const bytes = piece.bytes.slice()
  piece.release()
  return bytes
}

describe('a pool of codec threads', () => {
  it('always gives the bytes that this thread would give, call by call', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyValues, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 20 }),
        async (groups, windowRows) => {
          const streams = groups.map(ipcOf)
          const encoded = await Promise.all(
            streams.map((stream) => pool.encode(inParts(stream), options)),
          )
          const pieces = await Promise.all(streams.map((stream) => encodedBy(own, stream)))
          // All are there until they are let go.
          expect(encoded.map(({ bytes }) => bytes.slice())).toEqual(pieces)
          encoded.forEach((piece) => piece.release())
          const how = groups.map(({ length }) => decodeOptions(length, windowRows))
          const decodeAll = (codec: ParquetCodec) =>
            Promise.all(
              pieces.map((piece, at) => decoded(codec, piece, how[at] ?? decodeOptions(0))),
            )
          expect(await decodeAll(pool)).toEqual(await decodeAll(own))
        },
      ),
      runs(30),
    )
  })

  it('leaves what it is handed where it is', async () => {
    const stream = ipcOf(BigInt64Array.of(1n, 2n))
    const before = stream.slice()
    const piece = await encodedBy(pool, stream)
    const file = piece.slice()
    await decoded(pool, piece, decodeOptions(2))
    expect([stream, piece]).toEqual([before, file])
  })

  it('does small work in the thread of its caller, without starting one', async () => {
    const small = codecPool({ workers: 1 })
    const { started } = watchThreads()
    const piece = await encodedBy(small, ipcOf(BigInt64Array.of(7n)))
    await decoded(small, piece, decodeOptions(1))
    expect(started()).toBe(0)
    await small.encode([ipcOf(new BigInt64Array(100_000))], options)
    expect(started()).toBe(1)
    await small.close()
  })

  it('starts its first thread while a row group is gathered that is not small, and no other', async () => {
    const ready = codecPool({ workers: 2, ownBytes: 1_000 })
    const { started } = watchThreads()
    ready.prepare?.(1_000)
    await setImmediate()
    expect(started()).toBe(0)
    ready.prepare?.(1_001)
    ready.prepare?.(100_000)
    await setImmediate()
    expect(started()).toBe(1)
    await ready.encode([ipcOf(new BigInt64Array(100_000))], options)
    expect(started()).toBe(1)
    await ready.close()
  })

  it('fails as this thread would, and goes on', async () => {
    await expect(pool.encode([new Uint8Array(10)], options)).rejects.toMatchObject({
      kind: 'invalid',
      message: 'rows cannot be encoded',
    })
    await expect(decoded(pool, new Uint8Array(10), decodeOptions(3))).rejects.toMatchObject({
      kind: 'corrupt',
      message: 'row group cannot be decoded',
    })
    const stream = ipcOf(BigInt64Array.of(1n))
    expect(await encodedBy(pool, stream)).toEqual(await encodedBy(own, stream))
  })

  it('gives up a call whose signal aborts, whether a thread has it or it waits', async () => {
    const one = codecPool({ workers: 1, ownBytes: -1 })
    const stream = ipcOf(new BigInt64Array(200_000))
    const controllers = [0, 1, 2].map(() => new AbortController())
    const calls = controllers.map(({ signal }) => one.encode([stream], options, { signal }))
    controllers[0]?.abort(new Error('first'))
    controllers[1]?.abort(new Error('second'))
    const [first, second, third] = await Promise.allSettled(calls)
    expect(first).toMatchObject({ status: 'rejected', reason: { message: 'first' } })
    expect(second).toMatchObject({ status: 'rejected', reason: { message: 'second' } })
    expect(third?.status).toBe('fulfilled')
    await expect(
      one.encode([stream], options, { signal: AbortSignal.abort(new Error('before')) }),
    ).rejects.toThrow('before')
    await one.close()
  })

  it('ends its threads when they have had nothing to do, and starts others', async () => {
    const idle = codecPool({ workers: 1, ownBytes: -1, idleMs: 1 })
    const { started, ended } = watchThreads()
    for (const turn of [1, 2]) {
      await idle.encode([ipcOf(BigInt64Array.of(1n))], options)
      await expect.poll(ended, { timeout: 5000 }).toBe(turn)
    }
    expect(started()).toBe(2)
  })

  it('waits for what it works on when it is closed', async () => {
    const closing = codecPool({ workers: 2, ownBytes: -1 })
    const call = closing.encode([ipcOf(new BigInt64Array(100_000))], options)
    await closing.close()
    expect((await call).bytes.length).toBeGreaterThan(0)
  })

  it('refuses a few bytes that unfold to more than its memory, and starts another thread', async () => {
    const one = codecPool({ workers: 1, ownBytes: -1 })
    const { started, ended } = watchThreads()
    const small = dictionaryBomb({ valueBytes: 10, rows: 20 })
    expect(await decoded(one, small, decodeOptions(20))).toHaveLength(1)
    const bomb = dictionaryBomb({ valueBytes: 1 << 16, rows: 100_000 })
    expect(bomb.length).toBeLessThan(100_000)
    await expect(decoded(one, bomb, decodeOptions(100_000))).rejects.toMatchObject({
      kind: 'limit',
    })
    expect(await decoded(one, small, decodeOptions(20))).toHaveLength(1)
    expect(started()).toBe(2)
    await expect.poll(ended).toBe(1)
    await one.close()
  })

  it('never fails on damaged bytes but with a typed error, and never stops', async () => {
    const values = BigInt64Array.from({ length: 500 }, (_, row) => BigInt(row))
    const piece = await encodedBy(own, ipcOf(values))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(piece.length - 1), fc.nat(7)), { maxLength: 4 }),
        fc.option(fc.nat(piece.length)),
        async (flips, end) => {
          const damaged = piece.slice(0, end ?? piece.length)
          for (const [at, bit] of flips) damaged[at] = (damaged[at] ?? 0) ^ (1 << bit)
          try {
            await decoded(pool, damaged, decodeOptions(500))
          } catch (error) {
            if (!isKind(error, 'corrupt') && !isKind(error, 'limit')) throw error
          }
        },
      ),
      runs(500),
    )
  })
})

/** Counts threads that start from now on, and those of them that have ended. */
function watchThreads(): { readonly started: () => number; readonly ended: () => number } {
  let [started, ended] = [0, 0]
  const watch = (worker: Worker): void => {
    started += 1
    worker.once('exit', () => (ended += 1))
  }
  process.on('worker', watch)
  onTestFinished(() => void process.off('worker', watch))
  return { started: () => started, ended: () => ended }
}
