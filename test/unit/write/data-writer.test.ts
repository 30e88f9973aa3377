import { describe, expect, it } from 'vitest'

import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import { concatBatches } from '../../../src/formats/arrow/take.ts'
import { wasmCodec } from '../../../src/formats/parquet/wasm-codec.ts'
import type { ParquetCodec } from '../../../src/formats/parquet/codec.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import type { TableEvent } from '../../../src/table/events.ts'
import { DataWriter } from '../../../src/write/data-writer.ts'
import { createWriteContext } from '../../../src/write/write-context.ts'
import { createFaultyStore } from '../../support/faulty-store.ts'
import { Ride, newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'
import { collect } from '../../support/streams.ts'
import type { RecordBatch } from 'apache-arrow'

const target = { spec: { specId: 0, fields: [] }, partition: [], sortOrderId: null }

function rows(count: number, city = 'Oslo'): RecordBatch {
  const values = Array.from({ length: count }, (_, index) => [
    BigInt(index),
    city,
    null,
    null,
    null,
  ])
  return batchFromValues(Ride, values)
}

function writerOf(rides: Rides): DataWriter {
  return new DataWriter(createWriteContext(rides.state), target)
}

/** A codec that counts what it is given, in rows. */
function countingCodec(): { readonly codec: ParquetCodec; readonly encoded: () => number } {
  let encoded = 0
  const inner = wasmCodec()
  return {
    codec: {
      threads: 0,
      encode(...args) {
        encoded += 1
        return inner.encode(...args)
      },
      decode: (...args) => inner.decode(...args),
    },
    encoded: () => encoded,
  }
}

describe('a data writer', () => {
  it('gathers small batches to one file', async () => {
    const { codec, encoded } = countingCodec()
    const writer = writerOf(await newRides({}, { codec }))
    for (let batch = 0; batch < 300; batch += 1) await writer.write(rows(10))
    const files = await writer.close()
    expect(files.map(({ recordCount }) => recordCount)).toEqual([3000n])
    expect(files[0]?.splitOffsets).toHaveLength(1)
    expect(encoded()).toBe(1)
  })

  it('makes no file without rows', async () => {
    const writer = writerOf(await newRides())
    expect(await writer.close()).toEqual([])
  })

  it('begins another file when one has its size', async () => {
    const bytes = 20_000
    const rides = await newRides({
      properties: { 'write.target-file-size-bytes': String(bytes) },
    })
    const writer = writerOf(rides)
    for (let batch = 0; batch < 8; batch += 1) {
      const values = Array.from({ length: 10_000 }, (_, index) => [
        BigInt((index * 2_654_435_761) % 4_294_967_296),
        null,
        null,
        null,
        null,
      ])
      await writer.write(batchFromValues(Ride, values))
    }
    const files = await writer.close()
    expect(files.length).toBeGreaterThan(4)
    expect(files.reduce((sum, { recordCount }) => sum + recordCount, 0n)).toBe(80_000n)
    for (const { fileSizeBytes } of files.slice(0, -1)) {
      expect(Number(fileSizeBytes)).toBeGreaterThanOrEqual(bytes)
    }
    expect(new Set(files.map(({ path }) => path)).size).toBe(files.length)
  })

  it('does not wait for many rows when they are large', async () => {
    const store = createFaultyStore(createMemoryStore())
    const writer = writerOf(await newRides({}, { store }))
    const filesBegun = (): number =>
      store.requests.filter((request) => request.endsWith('.parquet')).length
    await writer.write(rows(100))
    expect(filesBegun()).toBe(0)
    await writer.write(rows(1, 'x'.repeat(1 << 20)))
    expect(filesBegun()).toBe(1)
    const files = await writer.close()
    expect(files.map(({ recordCount }) => recordCount)).toEqual([101n])
  })

  it('loses no row of a selection in which few rows take most of the bytes', async () => {
    const writer = writerOf(await newRides())
    const batch = concatBatches([rows(6000, ''), rows(5, 'x'.repeat(1 << 20))])
    await writer.write(
      batch,
      Uint32Array.from({ length: 6005 }, (_, row) => row),
    )
    const [file, ...others] = await writer.close()
    expect(others).toEqual([])
    expect(file?.recordCount).toBe(6005n)
    expect(file?.metrics.valueCounts.get(1)).toBe(6005n)
  })

  it('says what it holds, and writes it when asked to', async () => {
    const writer = writerOf(await newRides())
    await writer.write(rows(100))
    const held = writer.heldBytes
    expect(held).toBeGreaterThan(100 * 8)
    await writer.write(rows(100))
    expect(writer.heldBytes).toBeGreaterThan(held)
    await writer.release()
    expect(writer.heldBytes).toBe(0)
    await writer.write(rows(10))
    const [file] = await writer.close()
    expect(file?.recordCount).toBe(210n)
    expect(file?.splitOffsets).toHaveLength(2)
  })

  it('tells of each file when it is there', async () => {
    const events: TableEvent[] = []
    const store = createMemoryStore()
    const rides = await newRides({}, { store, onEvent: (event) => void events.push(event) })
    const writer = writerOf(rides)
    await writer.write(rows(5))
    expect(events).toEqual([])
    const [file] = await writer.close()
    expect(events).toEqual([
      {
        kind: 'file-written',
        table: 'city.rides',
        path: file?.path,
        rows: 5n,
        sizeBytes: file?.fileSizeBytes,
      },
    ])
    expect((await store.head(file?.path ?? '')).sizeBytes).toBe(Number(file?.fileSizeBytes))
  })

  it('leaves no file when it gives up, also when it could not be closed', async () => {
    const store = createMemoryStore()
    const codec: ParquetCodec = {
      ...wasmCodec(),
      encode: () => Promise.reject(new Error('no memory')),
    }
    const rides = await newRides({}, { store, codec })
    const before = await collect(store.list('memory:'))
    for (const isClosed of [true, false]) {
      const writer = writerOf(rides)
      await writer.write(rows(5))
      if (isClosed) await expect(writer.close()).rejects.toThrow('no memory')
      await writer.abort(new Error('no memory'))
    }
    expect(await collect(store.list('memory:'))).toEqual(before)
  })
})
