/**
 * Tables whose files were damaged after they were written. Table metadata, manifest lists, manifests and the footers of
 * Parquet files carry no checksums: a flipped bit there may be another number, name or bound that is as good as the one
 * before, and no reader can tell. The pages of data files do carry them, as this library writes them.
 */
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'

import { IcebergError } from '../../src/base/errors.ts'
import { openTable } from '../../src/client/open-table.ts'
import { footerOf } from '../../src/formats/parquet/footer.ts'
import { createMemoryStore } from '../../src/io/memory-store.ts'
import type { Field } from '../../src/types/type.ts'
import { newRides } from '../support/rides.ts'
import { readRows, rowSet } from '../support/row-sets.ts'
import { runs } from '../support/runs.ts'

interface StoredFile {
  readonly location: string
  readonly bytes: Uint8Array
}

/** A table as it lies in storage, and the rows that it has. */
interface StoredTable {
  readonly metadataLocation: string
  readonly files: readonly StoredFile[]
  readonly fields: readonly Field[]
  readonly rows: readonly string[]
}

/** What reading a table came to. */
type Outcome = readonly string[] | IcebergError

let table: StoredTable

beforeAll(async () => {
  const store = createMemoryStore()
  const rides = await newRides({ formatVersion: 3, partitionBy: ['city', 'day(ts)'] }, { store })
  await rides.append([
    { id: 1, city: 'Oslo', ts: '2026-01-01T00:00:00Z', driver: { name: 'Ada', rating: 5 } },
    { id: 2, city: 'Oslo', fare: 1.5 },
  ])
  await rides.append([{ id: 3, city: 'Bergen', fare: 2.5 }])
  const { metadataLocation, metadata, schema, currentSnapshot } = rides
  const files: StoredFile[] = []
  for await (const { location } of store.list(metadata.location)) {
    const isFormer = /metadata\.json$|hint\.text$|\/snap-[^/]*$/.test(location)
    const isRead = location === metadataLocation || location === currentSnapshot?.manifestList
    if (isRead || !isFormer) files.push({ location, bytes: await store.get(location) })
  }
  const rows = rowSet(schema.fields, await readRows(rides.scan()))
  table = { metadataLocation, files, fields: schema.fields, rows }
})

/** Reads the table with other bytes in the place of one of its files. */
async function readWith(file: StoredFile, bytes: Uint8Array): Promise<Outcome> {
  const store = createMemoryStore()
  for (const each of table.files) {
    await store.put(each.location, each === file ? bytes : each.bytes, 'create')
  }
  try {
    const opened = await openTable(table.metadataLocation, { store })
    return rowSet(opened.schema.fields, await readRows(opened.scan()))
  } catch (error) {
    if (error instanceof IcebergError) return error
    throw error
  }
}

function flipped({ bytes }: StoredFile, at: number, bit: number): Uint8Array {
  const result = bytes.slice()
  result[at] = (result[at] ?? 0) ^ (1 << bit)
  return result
}

/** Faults of what is stored; others would send a caller looking in the wrong place. */
const KINDS = new Set(['corrupt', 'unsupported', 'not-found', 'limit', 'invalid'])

const anyBit = fc.nat(7)

function isList({ location }: StoredFile): boolean {
  return /\/snap-[^/]*$/.test(location)
}

/** Up to the first block of an Avro file: the header ends with the 16 bytes that end every block. */
function headerBytes({ bytes }: StoredFile): number {
  const marker = Buffer.from(bytes.slice(-16))
  return Buffer.from(bytes).indexOf(marker) + marker.length
}

describe('a damaged table', () => {
  it('never crashes or hangs its reader, whatever bit of whatever file is another', async () => {
    const anyPlace = fc
      .nat(table.files.length - 1)
      .map((index) => table.files[index])
      .chain((file) =>
        fc.record({ file: fc.constant(file), at: fc.nat((file?.bytes.length ?? 1) - 1) }),
      )
    await fc.assert(
      fc.asyncProperty(anyPlace, anyBit, async ({ file, at }, bit) => {
        if (file === undefined) return
        const outcome = await readWith(file, flipped(file, at, bit))
        if (outcome instanceof IcebergError) expect(KINDS).toContain(outcome.kind)
      }),
      runs(150),
    )
  })

  it('never gives other rows for a bit in the pages of a data file', async () => {
    const files = table.files.filter(({ location }) => location.endsWith('.parquet'))
    const anyPlace = fc.constantFrom(...files).chain((file) => {
      const chunks = footerOf(file.bytes).rowGroups.flatMap((rowGroup) => rowGroup.chunks)
      return fc.constantFrom(...chunks).chain(({ offset, sizeBytes }) =>
        fc.record({
          file: fc.constant(file),
          at: fc.integer({ min: offset, max: offset + sizeBytes - 1 }),
        }),
      )
    })
    await fc.assert(
      fc.asyncProperty(anyPlace, anyBit, async ({ file, at }, bit) => {
        const outcome = await readWith(file, flipped(file, at, bit))
        if (outcome instanceof IcebergError) expect(outcome).toMatchObject({ kind: 'corrupt' })
        else expect(outcome).toEqual(table.rows)
      }),
      runs(150),
    )
  })

  it('always is corrupt when a file of it was cut off', async () => {
    const anyCut = fc
      .constantFrom(...table.files)
      .chain((file) =>
        fc.record({ file: fc.constant(file), length: fc.nat(file.bytes.length - 1) }),
      )
    await fc.assert(
      fc.asyncProperty(anyCut, async ({ file, length }) => {
        // An Avro file may end after any block: a manifest list of none is as good as any.
        const isWhole = isList(file) && length === headerBytes(file)
        const outcome = await readWith(file, file.bytes.slice(0, length))
        if (!isWhole) expect(outcome).toMatchObject({ kind: 'corrupt' })
      }),
      runs(100),
    )
  })

  it('is corrupt when a manifest was cut off between its blocks', async () => {
    const manifests = table.files.filter(({ location }) => /-m\d+\.avro$/.test(location))
    expect(manifests).toHaveLength(2)
    for (const file of manifests) {
      const outcome = await readWith(file, file.bytes.slice(0, headerBytes(file)))
      expect(outcome).toMatchObject({ kind: 'corrupt' })
    }
  })

  it('is read where nothing is damaged', async () => {
    const [file] = table.files
    if (file === undefined) throw new Error('a table has files')
    expect(await readWith(file, file.bytes)).toEqual(table.rows)
  })
})
