import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it, vi } from 'vitest'

import { openWarehouse } from '../../../src/client/warehouse.ts'
import type { Table } from '../../../src/client/table.ts'
import type { UnknownRow } from '../../../src/client/row-shapes.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { addFiles, planAddFiles } from '../../../src/maintenance/import-files.ts'
import type { AddFilesOptions } from '../../../src/maintenance/import-files.ts'
import type { DataFile } from '../../../src/metadata/data-file.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { findFieldByPath } from '../../../src/types/schema.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { valueFromBytes } from '../../../src/types/single-value-binary.ts'
import type { PrimitiveType } from '../../../src/types/type.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { emptied, foreignParquet, withEmptyRowGroups } from '../../support/foreign-parquet.ts'
import type { ForeignOptions } from '../../support/foreign-parquet.ts'
import { movingEnvironment } from '../../support/moving-environment.ts'
import { writeParquet } from '../../support/parquet-files.ts'
import type { ModelRows } from '../../support/parquet-files.ts'
import { CONVERTED, PHYSICAL, int64s, rawParquet, texts } from '../../support/raw-parquet.ts'
import { auditSnapshot } from '../../support/snapshot-audit.ts'

interface Lab {
  readonly table: Table<UnknownRow, UnknownRow>
  /** Puts a file without field ids into storage. */
  put(path: string, columns: string, rows: ModelRows, options?: ForeignOptions): Promise<string>
  putBytes(path: string, bytes: Uint8Array): Promise<string>
}

async function labOf(
  columns: string,
  options: {
    readonly partitionBy?: readonly string[]
    readonly formatVersion?: 1 | 2 | 3
    readonly properties?: Record<string, string>
  } = {},
): Promise<Lab> {
  const store = createMemoryStore()
  const warehouse = await openWarehouse('memory:', {
    environment: movingEnvironment(),
    store,
    workers: 0,
  })
  const table = await warehouse.createTable('city.rides', {
    schema: schemaOf(columns),
    ...options,
  })
  const putBytes = async (path: string, bytes: Uint8Array): Promise<string> => {
    const location = `memory:/${path}`
    await store.put(location, bytes, 'create')
    return location
  }
  return {
    table,
    putBytes,
    put: (path, text, rows, how) => putBytes(path, foreignParquet(schemaOf(text), rows, how)),
  }
}

function schemaOf(text: string): Schema {
  return parseSchemaText(text)
}

/** The one file that an import would add. */
async function fileOf(lab: Lab, location: string, options?: AddFilesOptions): Promise<DataFile> {
  const { files } = await planAddFiles(lab.table, location, options)
  const [file] = files
  if (file === undefined || files.length > 1) throw new Error('one file was expected')
  return file
}

async function faultsOf(lab: Lab, locations: string | readonly string[]): Promise<string[]> {
  try {
    await planAddFiles(lab.table, locations)
  } catch (error) {
    const { problems } = error as { readonly problems: readonly { readonly message: string }[] }
    return problems.map(({ message }) => message)
  }
  return []
}

function boundsOf({ metrics }: DataFile, schema: Schema, name: string): unknown[] {
  const field = findFieldByPath(schema, [name])?.field
  if (field === undefined) throw new Error('no such column')
  return [metrics.lowerBounds, metrics.upperBounds].map((bounds) => {
    const bytes = bounds.get(field.id)
    return bytes === undefined ? null : valueFromBytes(field.type as PrimitiveType, bytes)
  })
}

async function rowsOf({ table }: Lab): Promise<unknown[]> {
  return table.scan().toArray()
}

/** A table, and files beside it that have names of their own and links. */
async function linkedFiles(): Promise<{
  readonly table: Table<UnknownRow, UnknownRow>
  readonly folder: string
}> {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'in'))
  const put = (name: string, rows: ModelRows): void =>
    writeFileSync(join(folder, 'in', name), foreignParquet(schemaOf('id long'), rows))
  put('a.parquet', [[1n]])
  put('.b.parquet', [[2n], [3n]])
  put('.alike.parquet', [[4n]])
  symlinkSync(join(folder, 'in'), join(folder, 'linked'))
  symlinkSync(join(folder, 'in/a.parquet'), join(folder, 'link.parquet'))
  const warehouse = await openWarehouse(join(folder, 'warehouse'), { workers: 0 })
  const table = await warehouse.createTable('city.rides', { schema: schemaOf('id long') })
  return { table, folder }
}

describe('importing files', () => {
  it('makes files of the table where they are, read by their names', async () => {
    const lab = await labOf('id long, city string')
    const location = await lab.put('lake/a.parquet', 'city string, id long', [
      ['Oslo', 1n],
      [null, 2n],
    ])
    const report = await addFiles(lab.table, location)
    expect(report).toMatchObject({ attempts: 1, addedFiles: [location], rows: 2n })
    expect(await rowsOf(lab)).toEqual([
      { id: 1n, city: 'Oslo' },
      { id: 2n, city: null },
    ])
    expect(lab.table.currentSnapshot?.operation).toBe('append')
    expect(lab.table.properties.get('schema.name-mapping.default')).toBe(
      '[{"field-id":1,"names":["id"]},{"field-id":2,"names":["city"]}]',
    )
    await auditSnapshot(lab.table.state, lab.table.currentSnapshot as never)
  })

  it('reads files with ids by these, and sets no mapping then', async () => {
    const lab = await labOf('id long, city string')
    const { bytes } = await writeParquet(schemaOf('id long, town string'), [[[7n, 'Bergen']]])
    await addFiles(lab.table, await lab.putBytes('lake/b.parquet', bytes))
    expect(await rowsOf(lab)).toEqual([{ id: 7n, city: 'Bergen' }])
    expect(lab.table.properties.has('schema.name-mapping.default')).toBe(false)
  })

  it('takes folders, and what is hidden in them not', async () => {
    const lab = await labOf('id long')
    for (const name of ['b', 'a', '_SUCCESS', '.tmp/c', '_delta/d']) {
      await lab.put(`lake/in/${name}`, 'id long', [[1n]])
    }
    const { files } = await planAddFiles(lab.table, 'memory:/lake/in')
    expect(files.map(({ path }) => path)).toEqual(['memory:/lake/in/a', 'memory:/lake/in/b'])
    await expect(planAddFiles(lab.table, 'memory:/lake/none')).rejects.toMatchObject({
      kind: 'not-found',
    })
  })

  it('refuses a folder with links in it, rather than to leave their rows out', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'a.parquet'), foreignParquet(schemaOf('id long'), [[1n]]))
    symlinkSync(join(folder, 'a.parquet'), join(folder, '_hidden.parquet'))
    const warehouse = await openWarehouse(join(folder, '_warehouse'), { workers: 0 })
    const table = await warehouse.createTable('city.rides', { schema: schemaOf('id long') })
    expect((await planAddFiles(table, folder)).files).toHaveLength(1)
    symlinkSync(join(folder, 'a.parquet'), join(folder, 'b.parquet'))
    await expect(planAddFiles(table, folder)).rejects.toMatchObject({
      kind: 'unsupported',
      context: { file: join(folder, 'b.parquet') },
    })
  })

  it('says what it would do, and touches nothing', async () => {
    const lab = await labOf('id long, city string', { partitionBy: ['city'] })
    const location = await lab.put('lake/city=Oslo/a.parquet', 'id long, note string', [[1n, 'x']])
    await lab.put('lake/city=Oslo/none.parquet', 'id long, note string', [])
    const before = lab.table.metadataLocation
    const plan = await planAddFiles(lab.table, 'memory:/lake')
    expect(plan.describe().split('\n')).toEqual([
      `add 1 file with 1 row and ${plan.sizeBytes} bytes to city.rides`,
      `  ${location}: 1 row of city=Oslo`,
      '  memory:/lake/city=Oslo/none.parquet: no rows, left out',
      'columns that the table does not have, which no reader will see: note',
      'set schema.name-mapping.default: columns are found by their names',
    ])
    await lab.table.refresh()
    expect(lab.table.metadataLocation).toBe(before)
    await plan.run()
    expect(await rowsOf(lab)).toEqual([{ id: 1n, city: 'Oslo' }])
  })

  it('adds nothing where there are no rows', async () => {
    const lab = await labOf('id long')
    const location = await lab.put('lake/none.parquet', 'id long', [])
    expect(await addFiles(lab.table, location)).toMatchObject({ snapshotId: null, attempts: 0 })
  })

  it('passes over row groups without rows', async () => {
    const lab = await labOf('id long, tags list<string>, city string', { partitionBy: ['city'] })
    const columns = schemaOf('id long, tags list<string>, city string')
    const rows: ModelRows = [
      [1n, ['a'], 'Oslo'],
      [2n, [], 'Oslo'],
      [3n, null, 'Oslo'],
    ]
    const bytes = foreignParquet(columns, rows, { rowGroupRows: 1 })
    const plain = await lab.putBytes('lake/plain.parquet', bytes)
    const location = await lab.putBytes('lake/a.parquet', withEmptyRowGroups(bytes))
    const none = await lab.putBytes('lake/none.parquet', emptied(bytes))
    const { fileSizeBytes } = await fileOf(lab, location)
    expect(await fileOf(lab, location)).toEqual({
      ...(await fileOf(lab, plain)),
      path: location,
      fileSizeBytes,
    })
    const plan = await planAddFiles(lab.table, [location, none])
    expect(plan).toMatchObject({ rows: 3n, emptyFiles: [none] })
    await plan.run()
    expect(await rowsOf(lab)).toEqual([
      { id: 1n, tags: ['a'], city: 'Oslo' },
      { id: 2n, tags: [], city: 'Oslo' },
      { id: 3n, tags: null, city: 'Oslo' },
    ])
    expect(await lab.table.scan().where('id > 1').toArray()).toHaveLength(2)
    await lab.table.deleteWhere('id = 2')
    expect((await rowsOf(lab)).map((row) => (row as { readonly id: bigint }).id)).toEqual([1n, 3n])
  })

  it('refuses what is there already, and takes it when that is allowed', async () => {
    const lab = await labOf('id long')
    const location = await lab.put('lake/a.parquet', 'id long', [[1n]])
    expect(await faultsOf(lab, [location, 'memory:lake/a.parquet'])).toEqual([
      'the file is named twice',
    ])
    await addFiles(lab.table, location)
    expect(await faultsOf(lab, location)).toEqual(['the file is in the table already'])
    await addFiles(lab.table, location, { duplicates: 'allowed' })
    expect(await rowsOf(lab)).toHaveLength(2)
  })

  describe('of files that links lead to', () => {
    it.each([
      ['a link to the file', 'link.parquet'],
      ['a way through a linked folder', 'linked/a.parquet'],
      ['the linked folder', 'linked'],
    ])('refuses %s, whichever comes first', async (_, other) => {
      const { table, folder } = await linkedFiles()
      const [real, linked] = [join(folder, 'in/a.parquet'), join(folder, other)]
      for (const [first, second] of [
        [real, linked],
        [linked, real],
      ] as const) {
        const fault = { message: expect.stringMatching(/^the file is named twice, as \//) }
        await expect(planAddFiles(table, [first, second])).rejects.toMatchObject({
          kind: 'invalid',
          problems: [fault],
        })
        await addFiles(table, first)
        await expect(planAddFiles(table, second)).rejects.toMatchObject({
          problems: [
            { message: expect.stringMatching(/^the file is in the table already, as \//) },
          ],
        })
        await addFiles(table, second, { duplicates: 'allowed' })
        expect(await table.scan().count()).toBe(2n)
        await table.deleteWhere('id is not null')
      }
    })

    it('refuses what another commit added by another name', async () => {
      const { table, folder } = await linkedFiles()
      // Sets the name mapping, so that the next import changes nothing but files.
      await addFiles(table, join(folder, 'in/.b.parquet'))
      const plan = await planAddFiles(table, join(folder, 'link.parquet'))
      await addFiles(table, join(folder, 'in/a.parquet'))
      await expect(plan.run()).rejects.toMatchObject({
        kind: 'invalid',
        context: { path: join(folder, 'link.parquet') },
      })
      expect(await table.scan().count()).toBe(3n)
    })

    it('takes another file that is as long', async () => {
      const { table, folder } = await linkedFiles()
      await addFiles(table, join(folder, 'in/a.parquet'))
      await addFiles(table, join(folder, 'in/.alike.parquet'))
      expect(await table.scan().count()).toBe(2n)
    })
  })

  it('refuses what another commit added, and what it would then read otherwise', async () => {
    const lab = await labOf('id long')
    const location = await lab.put('lake/a.parquet', 'id long', [[1n]])
    const twice = [
      await planAddFiles(lab.table, location),
      await planAddFiles(lab.table, location, { duplicates: 'allowed' }),
    ]
    const evolving = await planAddFiles(lab.table, location)
    await addFiles(lab.table, location)
    const kinds = await Promise.all(
      [...twice, evolving].map((plan) =>
        plan.run().then(
          () => null,
          (error: unknown) => (error as { readonly kind: string }).kind,
        ),
      ),
    )
    // The mapping of the first is not what the others saw.
    expect(kinds).toEqual(['conflict', 'conflict', 'conflict'])
    const again = await lab.put('lake/b.parquet', 'id long', [[1n]])
    const plan = await planAddFiles(lab.table, again)
    await addFiles(lab.table, again)
    await expect(plan.run()).rejects.toMatchObject({ kind: 'invalid', context: { path: again } })
  })

  it('refuses what is gone or has changed since it was looked at', async () => {
    const lab = await labOf('id long')
    const { store } = lab.table.state.services
    const kept = await lab.put('lake/a.parquet', 'id long', [[1n]])
    const taken = await lab.put('lake/b.parquet', 'id long', [[2n]])
    const plan = await planAddFiles(lab.table, [kept, taken])
    await store.delete(taken)
    const refusal = { kind: 'invalid', context: { table: 'city.rides', path: taken } }
    await expect(plan.run()).rejects.toMatchObject({
      ...refusal,
      kind: 'not-found',
      message: expect.stringContaining('is gone'),
    })
    await lab.put('lake/b.parquet', 'id long, more string', [[2n, 'x']])
    await expect(plan.run()).rejects.toMatchObject({
      ...refusal,
      message: expect.stringContaining('has changed'),
    })
    await lab.table.refresh()
    expect(lab.table.currentSnapshot).toBeNull()
    await store.delete(taken)
    await lab.put('lake/b.parquet', 'id long', [[2n]])
    await plan.run()
    expect(await rowsOf(lab)).toHaveLength(2)
  })

  it('looks again whether files are there when an attempt loses to another commit', async () => {
    const lab = await labOf('id long')
    const { store } = lab.table.state.services
    const location = await lab.put('lake/a.parquet', 'id long', [[1n]])
    const twin = await lab.put('lake/b.parquet', 'id long', [[2n]])
    const plan = await planAddFiles(lab.table, location, { duplicates: 'allowed' })
    const head = store.head.bind(store)
    let looks = 0
    const spy = vi.spyOn(store, 'head').mockImplementation(async (path, options) => {
      const info = await head(path, options)
      if (path === location && ++looks === 1) {
        await lab.table.append([{ id: 3n }])
        await store.delete(location)
      }
      return info
    })
    await expect(plan.run()).rejects.toMatchObject({
      kind: 'not-found',
      context: { path: location },
    })
    spy.mockRestore()
    expect(looks).toBe(1)
    await addFiles(lab.table, twin)
    expect(await rowsOf(lab)).toHaveLength(2)
  })

  it('says of a file that is empty that it is', async () => {
    const lab = await labOf('id long')
    const location = await lab.putBytes('lake/a.parquet', new Uint8Array())
    await expect(planAddFiles(lab.table, location)).rejects.toMatchObject({
      kind: 'corrupt',
      message: expect.stringContaining('file is empty'),
      context: { path: location },
    })
  })

  it('names what is no Parquet file', async () => {
    const lab = await labOf('id long')
    const location = await lab.putBytes(
      'lake/a.parquet',
      new TextEncoder().encode('id\n1\n'.repeat(9)),
    )
    await expect(planAddFiles(lab.table, location)).rejects.toMatchObject({
      kind: 'corrupt',
      message: expect.stringContaining('is no parquet file'),
      context: { path: location },
    })
  })
})

describe('columns of imported files', () => {
  it.each<[table: string, file: string, row: ModelRows[number]]>([
    ['id long', 'id int', [1]],
    ['x double', 'x float', [1]],
    ['p decimal(20, 2)', 'p decimal(9, 2)', [100n]],
    ['s struct<a: long>', 's struct<a: int>', [[1]]],
    ['l list<long>', 'l list<int>', [[1]]],
    ['m map<string, double>', 'm map<string, float>', [[['a', 1]]]],
  ])('of %s may be %s', async (columns, stored, row) => {
    const lab = await labOf(columns)
    await addFiles(lab.table, await lab.put('lake/a.parquet', stored, [row]))
    expect(await rowsOf(lab)).toHaveLength(1)
  })

  it.each<[table: string, file: string, row: ModelRows[number], fault: string]>([
    ['id int', 'id long', [1n], 'the column is not stored as int, or a type that becomes one: id'],
    [
      'x float',
      'x double',
      [1],
      'the column is not stored as float, or a type that becomes one: x',
    ],
    ['t timestamp', 't timestamptz', [1n], 'the column is not stored as timestamp'],
    ['t timestamptz', 't timestamp', [1n], 'the column is not stored as timestamptz'],
    ['p decimal(9, 3)', 'p decimal(9, 2)', [1n], 'the column is not stored as decimal(9, 3)'],
    [
      's struct<a: int>',
      's struct<a: long>',
      [[1n]],
      'not stored as int, or a type that becomes one: s.a',
    ],
    ['s string', 's struct<a: long>', [[1n]], 'the column is not stored as string'],
    ['s struct<a: long>', 's string', ['x'], 'the column is not stored as struct'],
    ['l list<int>', 'l list<string>', [['x']], 'one: l.element'],
    ['id long', 'other long', [1n], 'the file has none of the columns of the table'],
    ['id long, n long not null', 'id long', [1n], 'the file does not have this required column: n'],
    ['id long, n long not null', 'id long, n long', [1n, null], 'a required column has a null: n'],
    [
      's struct<a: long not null>',
      's struct<a: long>',
      [[null]],
      'a required column has a null: s',
    ],
  ])('of %s are not %s', async (columns, stored, row, fault) => {
    const lab = await labOf(columns)
    const location = await lab.put('lake/a.parquet', stored, [row])
    const faults = await faultsOf(lab, location)
    expect(faults).toEqual([expect.stringContaining(fault)])
  })

  it.each<[stored: string, fault: string]>([
    ['id long, CITY string', 'the column CITY of the file, which has no field id, as the column'],
    ['id long, City string', 'the column City of the file, which has no field id, as the column'],
  ])('of id and city are not %s', async (stored, fault) => {
    const lab = await labOf('id long, city string')
    const location = await lab.put('lake/a.parquet', stored, [[1n, 'Oslo']])
    const faults = await faultsOf(lab, location)
    expect(faults).toEqual([expect.stringMatching(`${fault}.*: city$`)])
  })

  it('of text may be stored as bytes where these are text, wherever they are', async () => {
    const lab = await labOf('id long, tags list<string>')
    const put = (name: string, bytes: Uint8Array): Promise<string> =>
      lab.put(name, 'id long, tags list<binary>', [[1n, [null, bytes]]])
    await addFiles(lab.table, await put('lake/a.parquet', new TextEncoder().encode('São')))
    expect(await rowsOf(lab)).toEqual([{ id: 1n, tags: [null, 'São'] }])
    const broken = await put('lake/b.parquet', Uint8Array.of(0x53, 0xff))
    await expect(planAddFiles(lab.table, broken)).rejects.toMatchObject({
      kind: 'corrupt',
      context: { path: broken, field: expect.stringContaining('tags') },
    })
  })

  it('inside of others are not spelt in another case', async () => {
    const lab = await labOf('s struct<a: long, b: long>')
    const location = await lab.put('lake/a.parquet', 's struct<a: long, B: long>', [[[1n, 2n]]])
    expect(await faultsOf(lab, location)).toEqual([expect.stringMatching('the column B .*: s.b$')])
  })

  it('are not without an id where others have one', async () => {
    const lab = await labOf('id long, city string')
    const bytes = rawParquet(
      [
        {
          name: 'id',
          fieldId: 1,
          column: { type: PHYSICAL.int64, definitions: [1], values: int64s(7n) },
        },
        {
          name: 'city',
          converted: CONVERTED.utf8,
          column: { type: PHYSICAL.bytes, definitions: [1], values: texts('Oslo') },
        },
      ],
      1,
    )
    const location = await lab.putBytes('lake/a.parquet', bytes)
    expect(await faultsOf(lab, location)).toEqual([
      expect.stringMatching('the column city of the file, which has no field id, .*: city$'),
    ])
  })

  it('that some files lack are told of', async () => {
    const lab = await labOf('id long, city string, s struct<a: long, b: long>', {
      partitionBy: ['city'],
    })
    await lab.put('lake/city=Oslo/a.parquet', 'id long, s struct<a: long>', [[1n, [2n]]])
    await lab.put('lake/city=Oslo/b.parquet', 's struct<a: long, b: long>', [[[1n, 2n]]])
    const plan = await planAddFiles(lab.table, 'memory:/lake')
    expect(plan.missingColumns).toEqual(['s.b', 'id'])
    expect(plan.describe()).toContain(
      'columns that some files do not have, whose rows get the default or null: s.b, id',
    )
    const whole = await lab.put('lake/c.parquet', 'id long, city string', [[1n, 'Oslo']])
    expect((await planAddFiles(lab.table, whole)).missingColumns).toEqual(['s'])
  })

  it('that are required may be stored as optional where no null is', async () => {
    const lab = await labOf('id long not null, s struct<a: long not null>')
    const put = (name: string, statistics: boolean): Promise<string> =>
      lab.put(
        name,
        'id long, s struct<a: long>',
        [
          [1n, [2n]],
          [3n, null],
        ],
        { statistics },
      )
    await addFiles(lab.table, [await put('lake/a', true), await put('lake/b', false)])
    expect(await rowsOf(lab)).toHaveLength(4)
  })

  it('are not those of another table with other ids', async () => {
    const lab = await labOf('id long, fare long')
    const { bytes } = await writeParquet(schemaOf('fare long, id long'), [[[1n, 2n]]])
    const location = await lab.putBytes('lake/a.parquet', bytes)
    expect(await faultsOf(lab, location)).toEqual([
      'the field ids of the file are not those of the table: fare',
      'the field ids of the file are not those of the table: id',
    ])
  })
})

describe('metrics of imported files', () => {
  it('are counts and bounds of the footer over all row groups', async () => {
    const lab = await labOf('id long, city string, x double')
    const rows = [
      [3n, 'Oslo', 1.5],
      [-4n, null, -2],
      [7n, 'Bergen', null],
    ]
    const location = await lab.put('lake/a', 'id long, city string, x double', rows, {
      rowGroupRows: 1,
    })
    const file = await fileOf(lab, location)
    const { schema } = lab.table
    expect(boundsOf(file, schema, 'id')).toEqual([-4n, 7n])
    expect(boundsOf(file, schema, 'city')).toEqual(['Bergen', 'Oslo'])
    expect(boundsOf(file, schema, 'x')).toEqual([-2, 1.5])
    expect(file.metrics.nullCounts.get(2)).toBe(1n)
    expect(file.metrics.valueCounts.get(2)).toBe(3n)
    expect(file.splitOffsets).toHaveLength(3)
    await addFiles(lab.table, location)
    await auditSnapshot(lab.table.state, lab.table.currentSnapshot as never)
  })

  it('are not known where the footer does not tell', async () => {
    const lab = await labOf('id long, x double')
    const rows = [[1n, Number.NaN]]
    const none = await fileOf(
      lab,
      await lab.put('a', 'id long, x double', rows, { statistics: false }),
    )
    expect(boundsOf(none, lab.table.schema, 'id')).toEqual([null, null])
    expect(none.metrics.nullCounts.size).toBe(0)
    const some = await fileOf(lab, await lab.put('b', 'id long, x double', rows))
    expect(some.metrics.nanCounts.size).toBe(0)
    expect(boundsOf(some, lab.table.schema, 'x')).toEqual([null, null])
  })

  it('are as much as the table wants', async () => {
    const lab = await labOf('id long, a string, b string', {
      properties: {
        'write.metadata.metrics.column.id': 'none',
        'write.metadata.metrics.column.a': 'counts',
        'write.metadata.metrics.column.b': 'truncate(3)',
      },
    })
    const columns = 'id long, a string, b string'
    const file = await fileOf(lab, await lab.put('a', columns, [[1n, 'Oslo', 'Bergen']]))
    expect([...file.metrics.valueCounts.keys()]).toEqual([2, 3])
    expect([...file.metrics.lowerBounds.keys()]).toEqual([3])
    expect(boundsOf(file, lab.table.schema, 'b')).toEqual(['Ber', 'Bes'])
  })
})

describe('partitions of imported files', () => {
  const NOON = 1_769_860_800_000_000n
  const columns = 'id long, city string, ts timestamp, x double'

  it.each<[partitionBy: string, rows: ModelRows, statistics: boolean, value: unknown]>([
    [
      'city',
      [
        [1n, 'Oslo', 0n, 1],
        [2n, 'Oslo', 1n, 2],
      ],
      true,
      'Oslo',
    ],
    [
      'city',
      [
        [1n, 'Oslo', 0n, 1],
        [2n, 'Oslo', 1n, 2],
      ],
      false,
      'Oslo',
    ],
    ['city', [[1n, null, 0n, 1]], true, null],
    ['city', [[1n, null, 0n, 1]], false, null],
    [
      'day(ts)',
      [
        [1n, 'a', NOON, 1],
        [2n, 'b', NOON + 3_600_000_000n, 2],
      ],
      true,
      20484,
    ],
    ['bucket(4, id)', [[1n, 'a', 0n, 1]], true, 0],
    [
      'bucket(1, id)',
      [
        [1n, 'a', 0n, 1],
        [2n, 'a', 0n, 1],
      ],
      true,
      0,
    ],
    [
      'truncate(2, city)',
      [
        [1n, 'Oslo', 0n, 1],
        [1n, 'Osaka', 0n, 1],
      ],
      true,
      'Os',
    ],
    [
      'x',
      [
        [1n, 'a', 0n, 0],
        [1n, 'a', 0n, 0],
      ],
      true,
      0,
    ],
    ['x', [[1n, 'a', 0n, -0]], true, -0],
    ['x', [[1n, 'a', 0n, Number.NaN]], true, Number.NaN],
  ])('by %s are found', async (partitionBy, rows, statistics, value) => {
    const lab = await labOf(columns, { partitionBy: [partitionBy] })
    const location = await lab.put('lake/a', columns, rows, { statistics })
    expect((await fileOf(lab, location)).partition).toEqual([value])
    await addFiles(lab.table, location)
    await auditSnapshot(lab.table.state, lab.table.currentSnapshot as never)
  })

  it.each<[partitionBy: string, rows: ModelRows]>([
    [
      'city',
      [
        [1n, 'Oslo', 0n, 1],
        [2n, 'Bergen', 1n, 2],
      ],
    ],
    [
      'city',
      [
        [1n, 'Oslo', 0n, 1],
        [2n, null, 1n, 2],
      ],
    ],
    [
      'day(ts)',
      [
        [1n, 'a', -1n, 1],
        [2n, 'b', 0n, 2],
      ],
    ],
    [
      'bucket(16, id)',
      [
        [1n, 'a', 0n, 1],
        [3n, 'a', 0n, 1],
      ],
    ],
    [
      'x',
      [
        [1n, 'a', 0n, 0],
        [1n, 'a', 0n, -0],
      ],
    ],
    [
      'x',
      [
        [1n, 'a', 0n, 1],
        [1n, 'a', 0n, Number.NaN],
      ],
    ],
  ])('by %s are one for all rows of a file', async (partitionBy, rows) => {
    const lab = await labOf(columns, { partitionBy: [partitionBy] })
    const location = await lab.put('lake/a', columns, rows)
    expect(await faultsOf(lab, location)).toEqual([
      expect.stringContaining('the file has rows of several partitions'),
    ])
  })

  it('are told by folders where the column is in no file', async () => {
    const lab = await labOf('id long, city string, day date', { partitionBy: ['city', 'day'] })
    await lab.put('lake/city=S%C3%A3o%20Paulo/day=2026-01-31/a', 'id long', [[1n]])
    await lab.put('lake/city=__HIVE_DEFAULT_PARTITION__/day=2026-01-31/b', 'id long', [[2n]])
    await addFiles(lab.table, 'memory:/lake')
    expect(await rowsOf(lab)).toEqual([
      { id: 1n, city: 'São Paulo', day: '2026-01-31' },
      { id: 2n, city: null, day: '2026-01-31' },
    ])
    const { counts } = await lab.table.scan().where("city = 'São Paulo'").plan()
    expect(counts.filesPrunedByPartition + counts.filesPrunedByMetrics).toBe(1)
  })

  it('are told by the folder of the column, even of a null, before that of the partition field', async () => {
    const lab = await labOf('id long, city string', { partitionBy: ['city as town'] })
    const folders = 'lake/town=Oslo/city=__HIVE_DEFAULT_PARTITION__'
    const file = await fileOf(lab, await lab.put(`${folders}/a`, 'id long', [[1n]]))
    expect(file.partition).toEqual([null])
    const other = await fileOf(lab, await lab.put('lake/town=Oslo/b', 'id long', [[2n]]))
    expect(other.partition).toEqual(['Oslo'])
  })

  it('are not told by folders that name no value, or a column that readers would not find', async () => {
    const lab = await labOf('id long, day date, note string', { partitionBy: ['day'] })
    const wrong = await lab.put('lake/day=someday/a', 'id long', [[1n]])
    expect(await faultsOf(lab, wrong)).toEqual(['its folder names no value of the column: day'])
    const lost = await lab.put('lake/note=x/b', 'id long', [[1n]])
    expect(await faultsOf(lab, lost)).toEqual([
      'only its folder tells of a column that is no identity partition: note',
    ])
  })

  it.each([[['year']], [[]]])(
    'are refused where a folder spells the column in other case, with partitions %j',
    async (partitionBy) => {
      const lab = await labOf('id long, year int', { partitionBy })
      const location = await lab.put('lake/YEAR=2024/a.parquet', 'id long', [[1n]])
      expect(await faultsOf(lab, location)).toEqual([
        'the folder YEAR is spelt in other case than the column: year',
      ])
    },
  )

  it('are refused where a folder says otherwise than the rows', async () => {
    const lab = await labOf('id long, city string', { partitionBy: ['city'] })
    const location = await lab.put('lake/city=Oslo/a', 'id long, city string', [[1n, 'Bergen']])
    expect(await faultsOf(lab, location)).toEqual(['its folder says otherwise than its rows: city'])
  })

  it('are null where a file lacks the column and no folder tells', async () => {
    const lab = await labOf('id long, city string', { partitionBy: ['city', 'bucket(4, city)'] })
    const file = await fileOf(lab, await lab.put('lake/a', 'id long', [[1n]]))
    expect(file.partition).toEqual([null, null])
  })
})
