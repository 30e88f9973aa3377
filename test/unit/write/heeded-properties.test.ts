import { describe, expect, it } from 'vitest'

import type { EncodeOptions, ParquetCodec } from '../../../src/formats/parquet/codec.ts'
import { wasmCodec } from '../../../src/formats/parquet/wasm-codec.ts'
import type { TableEvent } from '../../../src/table/events.ts'
import { newRides } from '../../support/rides.ts'

/** A codec that tells what it was asked for. */
function tellingCodec(): { readonly codec: ParquetCodec; readonly asked: EncodeOptions[] } {
  const inner = wasmCodec()
  const asked: EncodeOptions[] = []
  const codec: ParquetCodec = {
    threads: inner.threads,
    encode(stream, options, call) {
      asked.push(options)
      return inner.encode(stream, options, call)
    },
    decode: (...args) => inner.decode(...args),
  }
  return { codec, asked }
}

describe('properties of a table that is written', () => {
  it('reach the encoder', async () => {
    const { codec, asked } = tellingCodec()
    const properties = {
      'write.parquet.page-size-bytes': '4096',
      'write.parquet.dict-size-bytes': '8192',
      'write.parquet.compression-codec': 'snappy',
    }
    await (await newRides({ properties }, { codec })).append([{ id: 1 }])
    expect(asked).toMatchObject([{ pageBytes: 4096, dictionaryBytes: 8192, compression: 'snappy' }])
  })

  it('are warned of by name where they are taken on and where rows are written', async () => {
    const events: TableEvent[] = []
    const bloom = 'write.parquet.bloom-filter-enabled.column.id'
    const rides = await newRides(
      { properties: { [bloom]: 'true', 'read.split.target-size': '1' } },
      { onEvent: (event) => events.push(event) },
    )
    const warned = (): unknown[] =>
      events
        .splice(0)
        .flatMap((event) => (event.kind === 'warning' ? [event.context['properties']] : []))
    expect(warned()).toEqual([bloom])
    await rides.transaction((tx) => tx.setProperties({ 'write.parquet.compression-level': '9' }))
    expect(warned()).toEqual(['write.parquet.compression-level'])
    await rides.append([{ id: 1 }])
    expect(warned()).toEqual([`${bloom}, write.parquet.compression-level`])
  })

  it('put files where the hash of their names says, and they are found there', async () => {
    const rides = await newRides({
      partitionBy: ['city'],
      properties: { 'write.object-storage.enabled': 'true', 'write.summary.partition-limit': '9' },
    })
    await rides.append([
      { id: 1, city: 'Oslo' },
      { id: 2, city: 'Rome' },
    ])
    const { tasks } = await rides.scan().plan()
    for (const { file } of tasks) {
      expect(file.path).toMatch(/\/data\/[01]{4}\/[01]{4}\/[01]{4}\/[01]{8}\/city=(Oslo|Rome)\//)
    }
    expect(await rides.scan().count()).toBe(2n)
    expect(rides.currentSnapshot?.summary.get('partitions.city=Oslo')).toContain('added-records=1')
  })
})
