import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { eq, gt, isNull, notNull } from '../../../src/expressions/build.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import { readTask } from '../../../src/scan/read-task.ts'
import type { Schema } from '../../../src/types/schema.ts'
import type { Field } from '../../../src/types/type.ts'
import { commitUpdates } from '../../support/foreign-commits.ts'
import { Ride, newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'
import { runs } from '../../support/runs.ts'
import { collect } from '../../support/streams.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { anyRowsOf } from '../../support/arbitraries/predicates.ts'
import { readRows, rowSet } from '../../support/row-sets.ts'

/** The schema of rides, with a field more in the driver and a struct of its own. */
function wider(schema: Schema): Schema {
  const optional = (id: number, name: string, type: Field['type']): Field => ({
    id,
    name,
    required: false,
    type,
  })
  const fields = schema.fields.map((field): Field => {
    if (field.type.kind !== 'struct') return field
    const age = optional(20, 'age', { kind: 'int' })
    return { ...field, type: { kind: 'struct', fields: [...field.type.fields, age] } }
  })
  const car = optional(21, 'car', {
    kind: 'struct',
    fields: [optional(22, 'plate', { kind: 'string' })],
  })
  return { ...schema, fields: [...fields, car] }
}

async function widened(): Promise<Rides> {
  const rides = await newRides()
  await rides.append([
    { id: 1, driver: { name: 'Ada', rating: 5 } },
    { id: 2, driver: null },
  ])
  await commitUpdates(rides, [
    { action: 'add-schema', schema: wider(rides.schema) },
    { action: 'set-current-schema', schemaId: -1 },
  ])
  return rides
}

describe('reading a data file (spec: Column Projection)', () => {
  it('gives null for a field that the file does not have, in a struct that it has', async () => {
    const rides = await widened()
    expect(
      await rides
        .scan()
        .selectPaths([['id'], ['driver', 'age']])
        .toArray(),
    ).toEqual([
      { id: 1n, driver: { age: null } },
      { id: 2n, driver: null },
    ])
    expect(
      await rides
        .scan()
        .selectPaths([['driver', 'age']])
        .toArray(),
    ).toEqual([{ driver: { age: null } }, { driver: null }])
    expect(
      await rides
        .scan()
        .selectPaths([['car', 'plate']])
        .toArray(),
    ).toEqual([{ car: null }, { car: null }])
  })

  it('tells a missing field of a struct from a missing struct in filters too', async () => {
    const rides = await widened()
    const count = (filter: Parameters<ReturnType<Rides['scan']>['where']>[0]): Promise<bigint> =>
      rides.scan().where(filter).count()
    expect(await count('driver.age is null')).toBe(2n)
    expect(await count('driver.age is not null')).toBe(0n)
    expect(await count('driver is null')).toBe(1n)
    expect(await count('car is null')).toBe(2n)
    expect(await count('car.plate is null and driver is not null')).toBe(1n)
    expect(await count(notNull('driver'))).toBe(1n)
    expect(await count(isNull('driver'))).toBe(1n)
  })

  it('reads files of either age in one scan', async () => {
    const rides = await widened()
    const row: object = { id: 3, driver: { name: 'Bo', age: 40 }, car: { plate: 'X' } }
    await rides.append([row as never])
    const rows = await rides
      .scan()
      .selectPaths([['id'], ['driver'], ['car']])
      .toArray()
    expect(rows.sort((left, right) => Number(left['id']) - Number(right['id']))).toEqual([
      { id: 1n, driver: { name: 'Ada', rating: 5, age: null }, car: null },
      { id: 2n, driver: null, car: null },
      { id: 3n, driver: { name: 'Bo', rating: null, age: 40 }, car: { plate: 'X' } },
    ])
    expect(await rides.scan().where('driver.age > 30').count()).toBe(1n)
  })

  it('reads a struct as null or not when none of its fields is in the file', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1, driver: { name: 'Ada' } }, { id: 2 }])
    const other: Field = { id: 30, name: 'age', required: false, type: { kind: 'int' } }
    const fields = rides.schema.fields.map((field): Field =>
      field.name === 'driver' ? { ...field, type: { kind: 'struct', fields: [other] } } : field,
    )
    await commitUpdates(rides, [
      { action: 'add-schema', schema: { ...rides.schema, fields } },
      { action: 'set-current-schema', schemaId: -1 },
    ])
    expect(
      await rides
        .scan()
        .selectPaths([['driver']])
        .toArray(),
    ).toEqual([{ driver: { age: null } }, { driver: null }])
    expect(await rides.scan().where('driver is null').count()).toBe(1n)
  })

  it('finds renamed columns by their ids', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1, city: 'Oslo' }])
    const fields = rides.schema.fields.map((field) =>
      field.name === 'city' ? { ...field, name: 'town' } : field,
    )
    await commitUpdates(rides, [
      { action: 'add-schema', schema: { ...rides.schema, fields } },
      { action: 'set-current-schema', schemaId: -1 },
    ])
    const rows = await rides
      .scan()
      .where("town = 'Oslo'")
      .selectPaths([['town']])
      .toArray()
    expect(rows).toEqual([{ town: 'Oslo' }])
    const [snapshot] = rides.snapshots
    const old = rides.scan().snapshot(snapshot?.snapshotId ?? 0n)
    expect(await old.where("city = 'Oslo'").count()).toBe(1n)
  })

  it('gives rows without columns when none is wanted', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1 }, { id: 2 }, { id: 3 }])
    const { tasks } = await rides.scan().where(gt('id', 1n)).plan()
    const [task] = tasks
    if (task === undefined) throw new Error('no file')
    const batches = await collect(readTask(rides.state, task, { schema: Ride, fields: [] }))
    expect(batches.map((batch) => [batch.numRows, batch.numCols])).toEqual([[2, 0]])
  })

  it('names the file that is gone, damaged or of another format', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1 }])
    const { tasks } = await rides.scan().plan()
    const [task] = tasks
    if (task === undefined) throw new Error('no file')
    const { path } = task.file
    const orc = { ...task, file: { ...task.file, format: 'orc' as const } }
    const request = { schema: Ride, fields: Ride.fields }
    await expect(collect(readTask(rides.state, orc, request))).rejects.toMatchObject({
      kind: 'unsupported',
      context: { path, format: 'orc' },
    })
    const { store } = rides.state.services
    await store.put(path, new Uint8Array(Number(task.file.fileSizeBytes)), 'overwrite')
    await expect(rides.scan().toArray()).rejects.toMatchObject({
      kind: 'corrupt',
      context: { path, table: 'city.rides' },
    })
    await store.delete(path)
    await expect(rides.scan().toArray()).rejects.toMatchObject({
      kind: 'not-found',
      context: { path },
    })
  })

  it('skips row groups by what the footer says', async () => {
    const rides = await newRides({
      properties: {
        'write.parquet.row-group-size-bytes': '1',
        'write.metadata.metrics.default': 'none',
      },
    })
    await rides.append([{ id: 1 }, { id: 2 }, { id: 3 }])
    const { tasks } = await rides.scan().where(eq('id', 2n)).plan()
    expect(tasks).toHaveLength(1)
    expect(tasks[0]?.file.splitOffsets).toHaveLength(3)
    expect(await rides.scan().where(eq('id', 2n)).select('id').toArray()).toEqual([{ id: 2n }])
  })

  it('always gives null for columns that were added after the file was written', async () => {
    const anyCase = anySchema({ maxFields: 3 }).chain((schema) =>
      fc.record({ schema: fc.constant(schema), rows: anyRowsOf(schema, { maxLength: 5 }) }),
    )
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ schema, rows }) => {
        const warehouse = await openWarehouse('memory:')
        const table = await warehouse.createTable('x.any', { schema })
        await table.append(batchFromValues(schema, rows))
        const added: Field[] = table.schema.fields.map((field, index) => ({
          id: 1000 + index,
          name: `${field.name} again`,
          required: false,
          type: { kind: 'int' },
        }))
        const fields = table.schema.fields.flatMap((field, index) => [
          field,
          ...(added[index] === undefined ? [] : [added[index]]),
        ])
        await commitUpdates(table, [
          { action: 'add-schema', schema: { ...table.schema, fields, identifierFieldIds: [] } },
          { action: 'set-current-schema', schemaId: -1 },
        ])
        const expected = rows.map((row) => row.flatMap((value) => [value, null]))
        expect(rowSet(fields, await readRows(table.scan()))).toEqual(rowSet(fields, expected))
      }),
      runs(40),
    )
  })
})
