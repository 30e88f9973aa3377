import { describe, expect, it } from 'vitest'

import { parseDatasetAddress } from '../../../../src/jobs/address.ts'
import type { JobTable, Lake } from '../../../../src/jobs/lake.ts'
import { checkOutput, writeOutput } from '../../../../src/jobs/sinks/write-output.ts'
import type { OutputResult } from '../../../../src/jobs/sinks/write-output.ts'
import type { WriteContext } from '../../../../src/jobs/sinks/sink.ts'
import type { PartitionItem, TableOutput } from '../../../../src/jobs/workflow/model.ts'
import type { Commit } from '../../../../src/write/commit-report.ts'
import { labLake, rowsAs, tableOutput } from '../../../support/jobs/sinks.ts'
import { collect } from '../../../support/streams.ts'

const RIDES = 'id long not null, city string, ts timestamp'
const ADDRESS = parseDatasetAddress('dataos://lake:city/rides')

function ride(id: number, city: string, day = 1): object {
  return { id: BigInt(id), city, ts: `2026-01-0${day}T12:00:00` }
}

function write(
  lake: Lake,
  output: Partial<TableOutput>,
  rows: readonly object[],
  context: Partial<WriteContext> & { readonly schema?: string } = {},
): Promise<OutputResult> {
  const { schema = RIDES, ...rest } = context
  return writeOutput(tableOutput(output), rowsAs(schema, ...rows), {
    lake,
    jobId: 'public/wf/job',
    ...rest,
  })
}

function tableIn(lake: Lake): Promise<JobTable> {
  return lake.loadTable(ADDRESS)
}

async function ids(lake: Lake): Promise<readonly number[]> {
  const rows = await collect((await tableIn(lake)).scan())
  return rows.map(({ id }) => Number(id)).toSorted((left, right) => left - right)
}

const DAY: PartitionItem = { transform: { kind: 'day' }, column: 'ts', name: 'day' }
const CITY: PartitionItem = { transform: { kind: 'identity' }, column: 'city', name: 'city' }

/** A result's commit, of a table that was written to. */
function commitOf(result: OutputResult): Commit {
  if (result.kind !== 'table' || result.commit === null) throw new Error('nothing was written')
  return result.commit
}

describe('an output that is a table', () => {
  it('is made by its first rows, laid out and described as the file says', async () => {
    const lake = labLake()
    const result = await write(
      lake,
      {
        partitionSpec: [DAY],
        properties: new Map([['write.metadata.compression-codec', 'gzip']]),
        title: 'Rides',
        description: 'All rides',
        tags: ['PII', 'city'],
      },
      [ride(1, 'Oslo')],
    )
    expect(result).toMatchObject({ kind: 'table', target: 'city.rides', warnings: [] })
    const table = await tableIn(lake)
    expect(table.spec.fields).toMatchObject([{ name: 'day', transform: { kind: 'day' } }])
    expect(Object.fromEntries(table.properties)).toMatchObject({
      'write.metadata.compression-codec': 'gzip',
      comment: 'All rides',
      'frazil.title': 'Rides',
      'frazil.tags': '["PII","city"]',
    })
    expect(await ids(lake)).toEqual([1])
  })

  it('of columns that need format version 3 is of that version', async () => {
    const lake = labLake()
    await write(lake, {}, [{ at: '2026-01-01T00:00:00.000000001' }], {
      schema: 'at timestamp_ns',
    })
    expect((await tableIn(lake)).metadata.formatVersion).toBe(3)
  })

  it('gets the state of its job in the commit of the rows', async () => {
    const lake = labLake()
    await write(lake, {}, [ride(1, 'Oslo')], {
      describe: (tx) => {
        tx.setSummary({ window: 'first' })
        tx.setProperties({ state: 'first' })
      },
    })
    const table = await tableIn(lake)
    expect(table.currentSnapshot?.summary.get('window')).toBe('first')
    expect(table.properties.get('state')).toBe('first')
    const versions = table.metadata.metadataLog.length
    await write(lake, {}, [], { describe: (tx) => tx.setProperties({ state: 'second' }) })
    const after = await tableIn(lake)
    expect(after.metadata.metadataLog).toHaveLength(versions + 1)
    expect(after.properties.get('state')).toBe('second')
  })

  it('is written to at the version that the caller read: what was replaced since is a conflict', async () => {
    const lake = labLake()
    await write(lake, {}, [ride(1, 'Oslo')])
    const table = await tableIn(lake)
    await write(lake, {}, [ride(2, 'Oslo')])
    await expect(
      write(lake, { mode: 'overwrite' }, [ride(3, 'Oslo')], { table }),
    ).rejects.toMatchObject({ kind: 'conflict' })
    expect(await ids(lake)).toEqual([1, 2])
  })

  it('is not made, and not changed, by rows that fail', async () => {
    const lake = labLake()
    const fail = (): never => {
      throw new Error('no')
    }
    await write(lake, {}, [ride(1, 'Oslo')])
    const { metadataLocation } = await tableIn(lake)
    await expect(write(lake, { mode: 'overwrite' }, [], { describe: fail })).rejects.toThrow('no')
    expect((await tableIn(lake)).metadataLocation).toBe(metadataLocation)
  })
})

describe('saveMode', () => {
  const modes = ['append', 'overwrite', 'overwrite-partitions', 'ignore'] as const
  it.each([
    ['append', [1, 2, 3]],
    ['overwrite', [3]],
    ['overwrite-partitions', [2, 3]],
    ['ignore', [1, 2]],
  ] as const)('%s leaves rows %j', async (mode, left) => {
    expect(modes).toContain(mode)
    const lake = labLake()
    await write(lake, { partitionSpec: [DAY] }, [ride(1, 'Oslo', 1), ride(2, 'Oslo', 2)])
    await write(lake, { mode }, [ride(3, 'Oslo', 1)])
    expect(await ids(lake)).toEqual(left)
  })

  it('overwrite by nothing empties the table', async () => {
    const lake = labLake()
    await write(lake, {}, [ride(1, 'Oslo')])
    await write(lake, { mode: 'overwrite' }, [])
    expect(await ids(lake)).toEqual([])
  })

  it.each(['error-if-exists', 'ignore'] as const)('%s writes where nothing is', async (mode) => {
    const lake = labLake()
    expect(commitOf(await write(lake, { mode }, [ride(1, 'Oslo')])).addedRows).toBe(1n)
    expect(await ids(lake)).toEqual([1])
  })

  it.each(['error-if-exists', 'ignore'] as const)(
    '%s writes to a table that a run made and did not come to write to',
    async (mode) => {
      const lake = labLake()
      const { warehouse, name } = await lake.locate(ADDRESS)
      await warehouse.createTable(name, { schema: rowsAs(RIDES).schema })
      await write(lake, { mode }, [ride(1, 'Oslo')])
      expect(await ids(lake)).toEqual([1])
    },
  )

  it('errorIfExists is an error where rows are, and says where the file asks for it', async () => {
    const lake = labLake()
    await write(lake, {}, [ride(1, 'Oslo')])
    await expect(write(lake, { mode: 'error-if-exists' }, [ride(2, 'Oslo')])).rejects.toMatchObject(
      {
        kind: 'invalid',
        message: 'the table exists, and saveMode is errorIfExists',
        context: { table: 'city.rides', line: 1 },
      },
    )
    await expect(
      checkOutput(tableOutput({ mode: 'error-if-exists' }), rowsAs(RIDES).schema, {
        lake,
        jobId: 'j',
      }),
    ).rejects.toMatchObject({ kind: 'invalid' })
    expect(await ids(lake)).toEqual([1])
  })

  it('of a backfill is the rows that it replaces', async () => {
    const lake = labLake()
    await write(lake, {}, [ride(1, 'Oslo', 1), ride(2, 'Oslo', 2)])
    await write(lake, {}, [ride(3, 'Oslo', 2)], { replaceWhere: "ts >= '2026-01-02T00:00:00'" })
    expect(await ids(lake)).toEqual([1, 3])
  })
})

describe('a partitionSpec that the table does not have', () => {
  it('becomes the table’s in the commit of the rows, and files stay where they are', async () => {
    const lake = labLake()
    await write(lake, { partitionSpec: [DAY] }, [ride(1, 'Oslo')])
    const versions = (await tableIn(lake)).metadata.metadataLog.length
    await write(lake, { partitionSpec: [CITY, DAY] }, [ride(2, 'Bergen')])
    const table = await tableIn(lake)
    expect(table.metadata.metadataLog).toHaveLength(versions + 1)
    expect(table.spec.fields.map(({ name }) => name)).toEqual(['city', 'day'])
    expect(await ids(lake)).toEqual([1, 2])
    await write(lake, { partitionSpec: [DAY] }, [ride(3, 'Oslo')])
    expect((await tableIn(lake)).spec.specId).toBe(0)
    expect(await ids(lake)).toEqual([1, 2, 3])
  })

  it('keeps partitions of the older one from being replaced, unless the file asks for that', async () => {
    const lake = labLake()
    await write(lake, { partitionSpec: [DAY] }, [ride(1, 'Oslo'), ride(2, 'Bergen')])
    const output = { mode: 'overwrite-partitions', partitionSpec: [CITY] } as const
    await expect(write(lake, output, [ride(3, 'Oslo')])).rejects.toMatchObject({
      kind: 'unsupported',
    })
    expect(await ids(lake)).toEqual([1, 2])
    await write(lake, { ...output, replacesAcrossSpecs: true }, [ride(3, 'Oslo')])
    expect(await ids(lake)).toEqual([2, 3])
  })

  it('of a column that is not there is refused with nothing changed', async () => {
    const lake = labLake()
    await write(lake, {}, [ride(1, 'Oslo')])
    const nowhere = { ...DAY, column: 'nowhere' }
    await expect(
      write(lake, { partitionSpec: [nowhere] }, [ride(2, 'Oslo')]),
    ).rejects.toMatchObject({
      kind: 'invalid',
    })
    expect(await ids(lake)).toEqual([1])
  })
})

describe('columns of rows', () => {
  it('find those of the table by name, in any case and order, and widen safely', async () => {
    const lake = labLake()
    await write(lake, {}, [ride(1, 'Oslo')])
    await write(lake, {}, [{ CITY: 'Bergen', Id: 2 }], { schema: 'CITY string, Id int' })
    const rows = await collect((await tableIn(lake)).scan().where('id = 2'))
    expect(rows).toEqual([{ id: 2n, city: 'Bergen', ts: null }])
  })

  it('that do not fit are told all at once, before a row is read', async () => {
    const lake = labLake()
    await write(lake, {}, [ride(1, 'Oslo')])
    const rows = {
      schema: rowsAs('citty string, ts string, extra int').schema,
      batches: {
        [Symbol.asyncIterator]: () => {
          throw new Error('a row was read')
        },
      },
    }
    await expect(writeOutput(tableOutput(), rows, { lake, jobId: 'j' })).rejects.toMatchObject({
      kind: 'invalid',
      context: { table: 'city.rides' },
      problems: [
        {
          path: 'citty',
          message: 'the table has no such column: was city meant? mergeSchema would add it',
        },
        { path: 'ts', message: 'string is not safely cast to timestamp' },
        { path: 'extra', message: 'the table has no such column: mergeSchema would add it' },
        { path: 'id', message: 'the table requires this column, and the rows do not have it' },
      ],
    })
  })

  it('that must not be null are checked by their rows, for a query says nothing of that', async () => {
    const lake = labLake()
    await write(lake, {}, [ride(1, 'Oslo')])
    await expect(write(lake, {}, [{ id: null }], { schema: 'id long' })).rejects.toMatchObject({
      kind: 'invalid',
      context: { field: 'id' },
    })
    await write(lake, {}, [{ id: 2n }], { schema: 'id long' })
    expect(await ids(lake)).toEqual([1, 2])
  })

  it('are added and widened by mergeSchema in the commit of the rows, and stay required', async () => {
    const lake = labLake()
    const schema = 'id int not null, place struct<x int>, items list<struct<n int>>'
    const first = { id: 1, place: { x: 1 }, items: [{ n: 1 }] }
    await write(lake, {}, [first], { schema })
    const versions = (await tableIn(lake)).metadata.metadataLog.length
    const wider =
      'ID long, place struct<x long, y string>, items list<struct<n int, tag string>>, tip double'
    const second = { ID: 2n, place: { x: 2n, y: 'b' }, items: [{ n: 2, tag: 't' }], tip: 0.5 }
    await write(lake, { mergesSchema: true }, [second], { schema: wider })
    const table = await tableIn(lake)
    expect(table.metadata.metadataLog).toHaveLength(versions + 1)
    expect(table.schema.fields.map(({ name, required }) => [name, required])).toEqual([
      ['id', true],
      ['place', false],
      ['items', false],
      ['tip', false],
    ])
    const found = await collect(table.scan())
    expect(found.toSorted((left, right) => Number(left['id']) - Number(right['id']))).toEqual([
      { id: 1n, place: { x: 1n, y: null }, items: [{ n: 1, tag: null }], tip: null },
      { id: 2n, place: { x: 2n, y: 'b' }, items: [{ n: 2, tag: 't' }], tip: 0.5 },
    ])
    await write(lake, { mergesSchema: true }, [second], { schema: wider })
    expect((await tableIn(lake)).schema.schemaId).toBe(table.schema.schemaId)
  })

  it('that do not fit even merged are refused', async () => {
    const lake = labLake()
    await write(lake, {}, [ride(1, 'Oslo')])
    await expect(
      write(lake, { mergesSchema: true }, [{ id: 'x' }], { schema: 'id string' }),
    ).rejects.toMatchObject({ kind: 'invalid', context: { path: 'id' } })
  })
})

describe('sort', () => {
  const byCity = {
    mode: 'global',
    columns: [{ name: 'city', direction: 'desc', nullOrder: 'nulls-last' }],
  } as const

  it('orders the rows of files, and becomes the table’s order where the file says so', async () => {
    const lake = labLake()
    const rows = [ride(1, 'Bergen'), ride(2, 'Oslo')]
    await write(lake, { sort: byCity }, rows)
    expect((await collect((await tableIn(lake)).scan())).map(({ id }) => id)).toEqual([2n, 1n])
    expect((await tableIn(lake)).sortOrder.fields).toEqual([])
    await write(lake, { sort: byCity, persistsSort: true }, rows)
    const table = await tableIn(lake)
    expect(table.sortOrder.fields).toMatchObject([{ direction: 'desc', nullOrder: 'nulls-last' }])
    const versions = table.metadata.sortOrders.length
    await write(lake, { sort: byCity, persistsSort: true }, rows)
    expect((await tableIn(lake)).metadata.sortOrders).toHaveLength(versions)
  })
})

describe('what the file declares of a table', () => {
  it('compresses the files of this write only', async () => {
    const lake = labLake()
    await write(lake, { compression: 'snappy' }, [ride(1, 'Oslo')])
    const table = await tableIn(lake)
    expect(table.properties.has('write.parquet.compression-codec')).toBe(false)
    expect(await ids(lake)).toEqual([1])
  })

  it('sets only properties that differ', async () => {
    const lake = labLake()
    const properties = new Map([['owner', 'data']])
    await write(lake, { properties }, [ride(1, 'Oslo')])
    const { metadataLocation } = await tableIn(lake)
    await write(lake, { properties }, [])
    expect((await tableIn(lake)).metadataLocation).toBe(metadataLocation)
    await write(lake, { properties: new Map([['owner', 'ops']]) }, [])
    expect((await tableIn(lake)).properties.get('owner')).toBe('ops')
  })
})
