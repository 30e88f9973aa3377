import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decodeDeletionVector } from '../../../../src/formats/puffin/deletion-vector.ts'
import { encodePuffin, readPuffinFooter } from '../../../../src/formats/puffin/file.ts'
import type { NewPuffinBlob } from '../../../../src/formats/puffin/file.ts'
import { bytesAccess } from '../../../support/parquet-files.ts'
import { runs } from '../../../support/runs.ts'

const anyText = fc.string({ unit: 'binary' })

const anyBlob: fc.Arbitrary<NewPuffinBlob> = fc.record({
  type: anyText,
  fieldIds: fc.array(fc.integer({ min: 1, max: 2 ** 31 - 1 })),
  snapshotId: fc.bigInt({ min: -1n, max: 2n ** 63n - 1n }),
  sequenceNumber: fc.bigInt({ min: -1n, max: 2n ** 63n - 1n }),
  properties: fc
    .dictionary(anyText, anyText)
    .map((properties) => new Map(Object.entries(properties))),
  bytes: fc.uint8Array({ maxLength: 40_000 }),
})

describe('Puffin files', () => {
  it('always say of each blob what it is and where', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyBlob, { maxLength: 4 }), async (blobs) => {
        const properties = new Map([['created-by', 'a test']])
        const file = encodePuffin(blobs, properties)
        const footer = await readPuffinFooter(bytesAccess(file))
        expect(footer.properties).toEqual(properties)
        expect(footer.blobs).toHaveLength(blobs.length)
        for (const [index, { offset, sizeBytes, compression, ...rest }] of footer.blobs.entries()) {
          expect(compression).toBeNull()
          const bytes = file.subarray(offset, offset + sizeBytes)
          expect({ ...rest, bytes: Uint8Array.from(bytes) }).toEqual({
            ...blobs[index],
            bytes: Uint8Array.from(blobs[index]?.bytes ?? []),
          })
        }
      }),
      runs(50),
    )
  })

  it('have footers longer than what is read first', async () => {
    const blobs = Array.from({ length: 300 }, (_, index) => ({
      type: `blob-${index}`,
      fieldIds: [index],
      snapshotId: 1n,
      sequenceNumber: 1n,
      properties: new Map([['note', 'x'.repeat(100)]]),
      bytes: Uint8Array.of(index % 256),
    }))
    const footer = await readPuffinFooter(bytesAccess(encodePuffin(blobs)))
    expect(footer.blobs.map(({ type }) => type)).toEqual(blobs.map(({ type }) => type))
  })

  it('are never read when they are cut off', async () => {
    const file = encodePuffin([])
    for (let length = 0; length < file.length; length += 1) {
      const reading = readPuffinFooter(bytesAccess(file.slice(0, length)))
      await expect(reading).rejects.toMatchObject({ kind: 'corrupt' })
    }
  })

  it('are refused when a blob lies outside of them, or their footer is compressed', async () => {
    const blob = {
      type: 'a',
      fieldIds: [],
      snapshotId: 1n,
      sequenceNumber: 1n,
      properties: new Map<string, string>(),
      bytes: Uint8Array.of(1, 2, 3),
    }
    const file = encodePuffin([blob])
    const text = Buffer.from(file).toString('latin1')
    const outside = Buffer.from(text.replace('"length":3', '"length":4'), 'latin1')
    await expect(readPuffinFooter(bytesAccess(new Uint8Array(outside)))).rejects.toMatchObject({
      kind: 'corrupt',
    })
    file[file.length - 8] = 1
    await expect(readPuffinFooter(bytesAccess(file))).rejects.toMatchObject({ kind: 'unsupported' })
  })
})

const folder = fileURLToPath(new URL('../../../../../shared/conformance/puffin/', import.meta.url))

describe.skipIf(!existsSync(folder))('Puffin files that others wrote', () => {
  it.each([
    ['empty-puffin-uncompressed.bin', []],
    ['sample-metric-data-uncompressed.bin', ['some-blob', 'some-other-blob']],
    ['sample-metric-data-compressed-zstd.bin', ['some-blob', 'some-other-blob']],
  ])('%s', async (name, types) => {
    const footer = await readPuffinFooter(bytesAccess(new Uint8Array(readFileSync(folder + name))))
    expect(footer.blobs.map(({ type }) => type)).toEqual(types)
  })

  it.each(['deletion-vector-v1.puffin', 'single-blob-dv.puffin', 'multi-blob-dv.puffin'])(
    '%s has vectors of as many rows as it says',
    async (name) => {
      const file = new Uint8Array(readFileSync(folder + name))
      const { blobs } = await readPuffinFooter(bytesAccess(file))
      expect(blobs.length).toBeGreaterThan(0)
      for (const { type, offset, sizeBytes, properties } of blobs) {
        expect(type).toBe('deletion-vector-v1')
        const vector = decodeDeletionVector(file.subarray(offset, offset + sizeBytes))
        expect(String(vector.cardinality)).toBe(properties.get('cardinality'))
      }
    },
  )
})
