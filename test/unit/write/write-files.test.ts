import { describe, expect, it } from 'vitest'

import { createWriteContext } from '../../../src/write/write-context.ts'
import { writeFiles } from '../../../src/write/write-files.ts'
import type { FileOptions } from '../../../src/write/write-files.ts'
import { commitUpdates } from '../../support/foreign-commits.ts'
import { newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'

const rows = [
  { id: 2, city: 'b' },
  { id: 1, city: 'a' },
  { id: 3, city: null },
]

async function sortIds(rides: Rides, options: FileOptions): Promise<unknown[]> {
  const files = await writeFiles(createWriteContext(rides.state), rows, options)
  return files.map(({ sortOrderId }) => sortOrderId)
}

async function idsInOrder(rides: Rides): Promise<bigint[]> {
  return (await rides.scan().toArray()).map(({ id }) => id)
}

describe('rows to files', () => {
  it('come in the order of the input in a table without order', async () => {
    const rides = await newRides()
    await rides.append(rows)
    expect(await idsInOrder(rides)).toEqual([2n, 1n, 3n])
    expect(await sortIds(rides, {})).toEqual([null])
  })

  it.each([
    { sortBytes: NaN },
    { sortBytes: -1 },
    { sortBytes: 1n as never },
    { tempFolder: '' },
    { tempFolder: 'a\0b' },
    { tempFolder: 5 as never },
    { compression: 'rar' as never },
    { compression: null as never },
  ])('are not written with %o', async (options) => {
    await expect(sortIds(await newRides(), options)).rejects.toMatchObject({ kind: 'invalid' })
  })

  it('come in the order of the table, which files then claim', async () => {
    const rides = await newRides({ sortBy: ['city desc nulls last'] })
    await rides.append(rows)
    expect(await idsInOrder(rides)).toEqual([2n, 1n, 3n])
    expect(await sortIds(rides, {})).toEqual([1])
    expect(await sortIds(rides, { sort: 'city desc nulls last' })).toEqual([1])
  })

  it('come in the order that is asked for, which files claim only if it is the table’s', async () => {
    const rides = await newRides({ sortBy: ['city'] })
    await rides.append(rows, { sort: 'id desc' })
    expect(await idsInOrder(rides)).toEqual([3n, 2n, 1n])
    for (const sort of ['id', 'city desc', 'city nulls last', 'city, id', 'none']) {
      expect(await sortIds(rides, { sort })).toEqual([null])
    }
    expect(await sortIds(rides, { sort: 'city asc nulls first' })).toEqual([1])
  })

  it('are refused when the order names no column', async () => {
    const rides = await newRides()
    await expect(rides.append(rows, { sort: 'town' })).rejects.toMatchObject({
      kind: 'invalid',
      context: { column: 'town' },
    })
  })

  it('are refused when the table asks for another way of writing', async () => {
    const rides = await newRides()
    await commitUpdates(rides, [
      { action: 'set-properties', updates: new Map([['write.format.default', 'avro']]) },
    ])
    await expect(rides.append(rows)).rejects.toMatchObject({
      kind: 'unsupported',
      context: { properties: 'write.format.default' },
    })
  })
})
