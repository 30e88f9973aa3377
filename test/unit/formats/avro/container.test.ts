import zlib, { deflateRawSync } from 'node:zlib'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { concatBytes } from '../../../../src/base/bytes.ts'
import { openContainer, writeContainer } from '../../../../src/formats/avro/container.ts'
import { createEncoder } from '../../../../src/formats/avro/encoding.ts'
import {
  fieldView,
  intView,
  listOf,
  longView,
  optional,
  stringView,
  struct,
} from '../../../../src/formats/avro/view.ts'
import { anyLong } from '../../../support/arbitraries/values.ts'
import { runs } from '../../../support/runs.ts'
import { thrownBy } from '../../../support/thrown.ts'

const SYNC = Uint8Array.from({ length: 16 }, (_, index) => index)

describe('Avro container files', () => {
  it('reads blocks that are not compressed, and files that name no codec', () => {
    const block = blockOf(2, Uint8Array.of(zigzag(1), zigzag(-2)))
    for (const codec of ['null', undefined]) {
      const file = fileOf('"long"', codec, [block, block])
      expect(openContainer(file).values(longView)).toEqual([1n, -2n, 1n, -2n])
    }
  })

  it('reads deflated blocks', () => {
    const block = blockOf(1, deflateRawSync(Uint8Array.of(zigzag(5))))
    expect(openContainer(fileOf('"long"', 'deflate', [block])).values(longView)).toEqual([5n])
  })

  it.skipIf('zstdDecompressSync' in zlib)('needs a newer Node for zstandard', () => {
    const error = thrownBy(() => openContainer(fileOf('"long"', 'zstandard', [])))
    expect(error).toMatchObject({ kind: 'unsupported', context: { codec: 'zstandard' } })
  })

  it.each(['snappy', 'bzip2', 'xz', 'made-up'])('refuses %s by name', (codec) => {
    const error = thrownBy(() => openContainer(fileOf('"long"', codec, [])))
    expect(error).toMatchObject({ kind: 'unsupported', context: { codec } })
  })

  it('knows an encrypted file', () => {
    expect(thrownBy(() => openContainer(Buffer.from('AGS1....'))).kind).toBe('unsupported')
  })

  it.each([
    ['nothing', new Uint8Array()],
    ['another format', Buffer.from('PAR1PAR1')],
    ['a header without a schema', concatBytes([magic(), Uint8Array.of(0), SYNC])],
    ['a schema that is no JSON', fileOf('{', 'null', [])],
    ['a schema that is none', fileOf('7', 'null', [])],
  ])('refuses %s as corrupt', (_, bytes) => {
    expect(thrownBy(() => openContainer(bytes)).kind).toBe('corrupt')
  })

  it.each([
    ['a wrong sync marker', blockOf(1, Uint8Array.of(2), SYNC.toReversed())],
    ['fewer values than it says', blockOf(2, Uint8Array.of(2))],
    ['more values than it says', blockOf(1, Uint8Array.of(2, 2))],
    ['a negative count', blockOf(-1, Uint8Array.of(2))],
    ['a size beyond the file', blockOf(1, Uint8Array.of(2)).subarray(0, 2)],
  ])('refuses a block with %s', (_, block) => {
    const file = openContainer(fileOf('"long"', 'null', [block]))
    expect(thrownBy(() => file.values(longView)).kind).toBe('corrupt')
  })

  it('refuses blocks that inflate beyond the limit, one by one or together', () => {
    const zeros = blockOf(50_000, deflateRawSync(new Uint8Array(50_000)))
    const file = fileOf('"long"', 'deflate', [zeros, zeros])
    for (const maxInflatedBytes of [1, 49_999, 99_999]) {
      const opened = openContainer(file, { maxInflatedBytes })
      expect(thrownBy(() => opened.values(longView)).kind).toBe('limit')
    }
    expect(openContainer(file, { maxInflatedBytes: 100_000 }).values(longView)).toHaveLength(
      100_000,
    )
  })

  it('refuses a count of items that the bytes cannot hold, at once', () => {
    const claim = concatBytes([longBytes(50_000_000n), Uint8Array.of(0)])
    const file = openContainer(
      fileOf('{"type":"array","items":"int"}', 'null', [blockOf(1, claim)]),
    )
    expect(thrownBy(() => file.values(listOf(intView))).kind).toBe('corrupt')
  })

  it('refuses a count of values that take no bytes, at once', () => {
    const schema = '{"type":"record","name":"r","fields":[{"name":"a","type":"null"}]}'
    const block = concatBytes([longBytes(2n ** 62n), longBytes(1n), Uint8Array.of(0), SYNC])
    const file = openContainer(fileOf(schema, 'null', [block]))
    expect(thrownBy(() => file.values(struct({}))).kind).toBe('corrupt')
  })

  it('reads arrays whose blocks say how many bytes they have', () => {
    const items = Uint8Array.of(zigzag(-2), zigzag(2), zigzag(7), zigzag(8), 0)
    const file = fileOf('{"type":"array","items":"int"}', 'null', [blockOf(1, items)])
    expect(openContainer(file).values(listOf(intView))).toEqual([[7, 8]])
  })

  it('takes a field named __proto__ for what it is', () => {
    const schema = {
      type: 'record',
      name: 'r',
      fields: [
        { name: '__proto__', type: 'long' },
        { name: 'a', type: 'int' },
      ],
    }
    const block = blockOf(1, Uint8Array.of(zigzag(3), zigzag(4)))
    const file = openContainer(fileOf(JSON.stringify(schema), 'null', [block]))
    const view = struct({
      first: fieldView(1, '__proto__', longView),
      second: fieldView(2, 'a', intView),
      third: fieldView(3, 'toString', optional(stringView)),
    })
    expect(file.values(view)).toEqual([{ first: 3n, second: 4, third: null }])
    expect(Object.getPrototypeOf(file.values(view)[0])).toBe(Object.prototype)
  })

  it('always gives back what it was given, each time it is opened', () => {
    const schema = {
      type: 'record',
      name: 'r',
      fields: [
        { name: 'id', type: 'long', 'field-id': 1 },
        { name: 'name', type: ['null', 'string'], default: null, 'field-id': 2 },
      ],
    }
    const view = struct({
      id: fieldView(1, 'id', longView),
      name: fieldView(2, 'name', optional(stringView)),
    })
    const anyValue = fc.record({
      id: anyLong,
      name: fc.option(fc.string({ unit: 'binary', maxLength: 300 })),
    })
    fc.assert(
      fc.property(fc.array(anyValue), fc.dictionary(fc.string(), fc.string()), (values, meta) => {
        const properties = new Map(Object.entries(meta).map(([key, text]) => [`x-${key}`, text]))
        const bytes = writeContainer({ schema, properties, encoder: createEncoder(schema), values })
        for (const file of [openContainer(bytes), openContainer(bytes)]) {
          expect(file.values(view)).toEqual(values)
          for (const [name, text] of properties) expect(file.property(name)).toBe(text)
        }
      }),
      runs(100),
    )
  })

  it('keeps the order of values over many blocks', () => {
    const schema = 'string'
    const values = Array.from({ length: 40 }, (_, index) => `${index}-${'x'.repeat(100_000)}`)
    values.splice(20, 0, 'y'.repeat(3_000_000))
    const bytes = writeContainer({
      schema,
      properties: new Map(),
      encoder: createEncoder(schema),
      values,
    })
    expect(openContainer(bytes).values(stringView)).toEqual(values)
  })
})

function magic(): Uint8Array {
  return Buffer.from('Obj\u0001', 'latin1')
}

function zigzag(value: number): number {
  return value < 0 ? -value * 2 - 1 : value * 2
}

function longBytes(value: bigint): Uint8Array {
  return createEncoder('long').toBuffer(value)
}

function textBytes(text: string): Uint8Array {
  return createEncoder('string').toBuffer(text)
}

function fileOf(
  schema: string,
  codec: string | undefined,
  blocks: readonly Uint8Array[],
): Uint8Array {
  const properties = [
    ['avro.schema', schema],
    ...(codec === undefined ? [] : [['avro.codec', codec]]),
  ]
  return concatBytes([
    magic(),
    longBytes(BigInt(properties.length)),
    ...properties.flat().map(textBytes),
    Uint8Array.of(0),
    SYNC,
    ...blocks,
  ])
}

function blockOf(count: number, bytes: Uint8Array, sync: Uint8Array = SYNC): Uint8Array {
  return concatBytes([longBytes(BigInt(count)), longBytes(BigInt(bytes.length)), bytes, sync])
}
