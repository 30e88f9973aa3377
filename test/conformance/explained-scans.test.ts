/** What is told of a scan is what it does (spec: Scan Planning). */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { predicateOf } from '../../src/expressions/build.ts'
import { predicateText } from '../../src/expressions/predicate-text.ts'
import { wasmCodec } from '../../src/formats/parquet/wasm-codec.ts'
import type { ExplainedRowGroup, Explanation } from '../../src/scan/explanation.ts'
import type { TableScan } from '../../src/scan/table-scan.ts'
import { anyExpressionOf, anyTestOf } from '../support/arbitraries/predicates.ts'
import { newRides } from '../support/rides.ts'
import { runs } from '../support/runs.ts'
import { collect } from '../support/streams.ts'
import { anySeed, draw } from '../support/table-model/draw.ts'
import { evolvedTable } from '../support/table-model/evolved-table.ts'
import { anyTableLayoutOf } from '../support/table-model/layout.ts'
import { visibleRows } from '../support/table-model/model.ts'

const FILTERS = 5

/** Expects that what is explained is what is planned, file by file. */
async function expectAsPlanned<Input, Output>(scan: TableScan<Input, Output>): Promise<void> {
  const explained = await collect(scan.explain())
  const { tasks, counts, snapshotId } = await scan.plan()
  const files = explained.filter((each) => each.kind === 'file').filter(({ isRead }) => isRead)
  expect(files.map(({ path, residual }) => [path, residual])).toEqual(
    tasks.map(({ file, residual }) => [file.path, predicateText(residual)]),
  )
  expect(explained.at(-1)).toMatchObject({ kind: 'totals', counts, snapshotId })
  for (const each of explained) {
    if (each.kind === 'totals' || each.isRead) continue
    expect(each.prunedBy).not.toBeNull()
    for (const { test, column } of each.because) expect(test.startsWith(column)).toBe(true)
  }
}

/** Of what no column stores, at the end of what any filter asks. */
const METADATA_FILTERS = [
  "_file like 'memory:%'",
  '_pos > 2',
  '_spec_id = 0',
  'not (_spec_id = 0)',
  '_commit_snapshot_id is null',
  '_file is null',
]

describe('an explained scan', () => {
  it('always reads the files that are planned, for the reasons that are told', async () => {
    const anyLayout = fc.constantFrom(1, 2, 3).chain(anyTableLayoutOf)
    const anySeeds = fc.array(anySeed, { minLength: 1, maxLength: 4, size: 'max' })
    await fc.assert(
      fc.asyncProperty(anyLayout, anySeeds, anySeed, async (layout, seeds, seed) => {
        const { table, version } = await evolvedTable(layout, seeds)
        const rows = visibleRows(version)
        const anyFilter = fc.oneof(
          anyTestOf(version.schema, rows),
          anyExpressionOf(version.schema, rows),
        )
        await expectAsPlanned(table.scan())
        for (let count = 0; count < FILTERS; count += 1) {
          const scan = table.scan().where(predicateOf(draw(anyFilter, seed + count)))
          await expectAsPlanned(scan)
          const metadata = METADATA_FILTERS[(Math.abs(seed) + count) % METADATA_FILTERS.length]
          if (metadata !== undefined) await expectAsPlanned(scan.where(metadata))
        }
      }),
      runs(25),
    )
  })

  it('always reads the row groups that are decoded', async () => {
    const codec = wasmCodec()
    const decoded: number[] = []
    const rides = await newRides(
      { properties: { 'write.parquet.row-group-size-bytes': '20000' } },
      {
        codec: {
          ...codec,
          threads: codec.threads,
          encode: (...given) => codec.encode(...given),
          decode: (file, options, call) => {
            decoded.push(options.rowCount)
            return codec.decode(file, options, call)
          },
        },
      },
    )
    for (const start of [0, 5000]) {
      const rows = Array.from({ length: 5000 }, (_, index) => ({
        id: BigInt(start + index),
        city: `town ${index % 7}`,
        fare: index % 1000 === 0 ? null : index / 10,
      }))
      await rides.append(rows)
    }
    const anyId = fc.integer({ min: -10, max: 10_010 })
    const anyFilter = fc.oneof(
      anyId.map((id) => `id = ${id}`),
      fc.tuple(anyId, anyId).map(([from, until]) => `id >= ${from} and id < ${until}`),
      fc.tuple(anyId, anyId).map(([left, right]) => `id in (${left}, ${right}) or fare > 499.5`),
      anyId.map((id) => `fare is null and id > ${id}`),
    )
    await fc.assert(
      fc.asyncProperty(anyFilter, async (filter) => {
        const scan = rides.scan().where(filter)
        const explained = await collect(scan.explain())
        decoded.length = 0
        for await (const _ of scan.batches()) continue
        const read = explained.filter(isReadRowGroup).map(({ rowCount }) => rowCount)
        expect(Float64Array.from(decoded).sort()).toEqual(Float64Array.from(read).sort())
      }),
      runs(40),
    )
    const all = await collect(rides.scan().explain())
    expect(all.filter(isReadRowGroup).length).toBeGreaterThan(10)
  })

  it('tells which bound, partition and summary left what out', async () => {
    const rides = await newRides({ partitionBy: ['city'] })
    await rides.append([
      { id: 1n, city: 'Oslo', fare: 5 },
      { id: 2n, city: 'Bergen', fare: 50 },
    ])
    await rides.append([{ id: 3n, city: 'Moss', fare: 7 }])
    const reasons = async (filter: string): Promise<readonly unknown[]> => {
      const parts = await collect(rides.scan().where(filter).explain())
      return parts.flatMap((part) => {
        if (part.kind === 'totals' || part.isRead) return []
        return part.because.map(({ test, known }) => [part.prunedBy, test, known])
      })
    }
    expect(await reasons("city = 'Oslo' and fare > 40")).toEqual([
      [
        'partition-summaries',
        'city = "Oslo"',
        { lower: 'Moss', upper: 'Moss', 'contains-null': false, 'contains-nan': false },
      ],
      ['metrics', 'fare > 40.0', { lower: 5, upper: 5, values: 1n, nulls: 0n, nans: 0n }],
      ['partition', 'city = "Oslo"', { value: 'Bergen' }],
    ])
    expect(await reasons('id = 9 or fare is null')).toEqual(
      [3n, 1n, 2n].flatMap((id) => [
        ['metrics', 'id = 9', expect.objectContaining({ lower: id, upper: id })],
        ['metrics', 'fare is null', expect.objectContaining({ nulls: 0n })],
      ]),
    )
    expect(await reasons("_file like 'elsewhere%'")).toEqual(
      Array.from({ length: 3 }, () => [
        'metadata-columns',
        '_file starts with "elsewhere"',
        { value: expect.stringContaining('memory:') as unknown },
      ]),
    )
  })
})

function isReadRowGroup(part: Explanation): part is ExplainedRowGroup {
  return part.kind === 'row-group' && part.isRead
}
