import type { RecordBatch } from 'apache-arrow'
import { describe, expect, it } from 'vitest'

import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import { rowsOf } from '../../../src/formats/arrow/rows.ts'
import { buildSortOrder, buildSpec } from '../../../src/layout/build-layout.ts'
import { parsePartitionFields, parseSortFields } from '../../../src/layout/layout-text.ts'
import { schema, t } from '../../../src/types/define.ts'
import { HeldRows } from '../../../src/write/held-rows.ts'
import { numberedRows } from '../../../src/write/numbered-rows.ts'

const Ride = schema({ id: t.int(), zone: t.int() })
const spec = buildSpec(Ride, parsePartitionFields('zone'), { specId: 0, lastPartitionId: 999 })
const numbered = numberedRows(Ride, buildSortOrder(Ride, parseSortFields('id'), 1))

function heldRows(maxSmallParts?: number): HeldRows {
  return new HeldRows({ schema: Ride, spec, numbered, maxSmallParts })
}

function rides(...rows: readonly (readonly [id: number, zone: number])[]): RecordBatch {
  return batchFromValues(Ride, rows)
}

/** As many zones as rows. */
function manyZones(count: number): RecordBatch {
  return rides(...Array.from({ length: count }, (_, row) => [row, row] as const))
}

/** `[number, id, zone]` of rows that are held together. */
function joinedRows(batches: readonly RecordBatch[]): unknown[] {
  return batches.flatMap((batch) => [...rowsOf(batch, numbered.schema)])
}

describe('held rows', () => {
  it('are apart by partition, numbered as they first came, also after they were taken', () => {
    const held = heldRows()
    held.add(rides([1, 70], [2, 30], [3, 70]))
    held.add(rides([4, 30]))
    const first = held.take()
    held.add(rides([5, 90], [6, 30]))
    const second = held.take()
    const apart = [first, second].map((taken) =>
      taken.kind === 'joined'
        ? taken
        : taken.partitions.map(({ number, batches }) => [
            number,
            batches.flatMap((batch) => [...rowsOf(batch, Ride)].map(([id]) => id)),
          ]),
    )
    expect(apart).toEqual([
      [
        [0, [1, 3]],
        [1, [2, 4]],
      ],
      [
        [1, [6]],
        [2, [5]],
      ],
    ])
    expect(held.tuples).toEqual([[70], [30], [90]])
  })

  it('are together, each with its number, once there are many small parts', () => {
    const held = heldRows(2)
    held.add(rides([1, 70], [2, 30]))
    held.add(rides([3, 30]))
    held.add(rides([4, 90], [5, 70]))
    const first = held.take()
    held.add(rides([6, 30]))
    expect(
      [first, held.take()].map((taken) => taken.kind === 'joined' && joinedRows(taken.batches)),
    ).toEqual([
      [
        [0, 1, 70],
        [1, 2, 30],
        [1, 3, 30],
        [2, 4, 90],
        [0, 5, 70],
      ],
      [[1, 6, 30]],
    ])
  })

  it('are held together beyond 4,096 small parts, and not for fewer or for large ones', () => {
    const few = heldRows()
    few.add(manyZones(4096))
    expect(few.take().kind).toBe('apart')
    few.add(manyZones(4097))
    expect(few.take().kind).toBe('joined')
    const large = heldRows(2)
    for (const zone of [1, 2, 3, 4]) {
      large.add(rides(...Array.from({ length: 256 }, (_, row) => [row, zone] as const)))
    }
    expect(large.take().kind).toBe('apart')
    // What was taken does not count.
    large.add(rides([1, 1], [2, 2], [3, 3]))
    expect(large.take().kind).toBe('joined')
  })

  it('count their bytes until they are taken', () => {
    const held = heldRows()
    held.add(rides([1, 70], [2, 30]))
    const { bytes } = held
    expect(bytes).toBeGreaterThanOrEqual(16)
    held.add(rides([1, 70], [2, 30]))
    expect(held.bytes).toBe(2 * bytes)
    held.take()
    expect(held.bytes).toBe(0)
  })
})
