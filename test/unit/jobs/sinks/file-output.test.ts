import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isKind } from '../../../../src/base/errors.ts'
import { createMemoryStore } from '../../../../src/io/memory-store.ts'
import type { ObjectStore } from '../../../../src/io/object-store.ts'
import type { Lake } from '../../../../src/jobs/lake.ts'
import { checkOutput, writeOutput } from '../../../../src/jobs/sinks/write-output.ts'
import type { OutputResult } from '../../../../src/jobs/sinks/write-output.ts'
import { openInput } from '../../../../src/jobs/sources/input-view.ts'
import type { FileOutput } from '../../../../src/jobs/workflow/model.ts'
import { isPrimitive } from '../../../../src/types/type.ts'
import { parseSchemaText } from '../../../../src/types/schema-text.ts'
import type { Schema } from '../../../../src/types/schema.ts'
import { anySchema } from '../../../support/arbitraries/schemas.ts'
import { anyRowOf } from '../../../support/arbitraries/values.ts'
import { temporaryFolder } from '../../../support/folders.ts'
import {
  CSV,
  fileOutput,
  inputOf,
  labLake,
  rowsAs,
  rowsOfValues,
  valuesIn,
} from '../../../support/jobs/sinks.ts'
import { runs } from '../../../support/runs.ts'

const RIDES = 'id long, city string'
const JOB = { jobId: 'public/wf/job' }

function write(
  lake: Lake,
  output: Partial<FileOutput>,
  rows: readonly object[],
  exportName?: string,
): Promise<OutputResult> {
  const named = exportName === undefined ? {} : { exportName }
  return writeOutput(fileOutput(output), rowsAs(RIDES, ...rows), { lake, ...JOB, ...named })
}

/** What a reader finds in the folder. */
async function ids(lake: Lake): Promise<readonly number[]> {
  const files = { schema: parseSchemaText(RIDES), csv: CSV, multiLine: false, inputFileName: null }
  const view = await openInput(inputOf('dataos://landing:city/rides', { files }), lake)
  return (await valuesIn(view)).map(([id]) => Number(id)).toSorted((left, right) => left - right)
}

const ride = (id: number): object => ({ id: BigInt(id), city: 'Oslo' })

describe('an output of files', () => {
  it.each([
    ['csv', 'id,city\n1,"a ""b"", c"\n2,\n3,""\n'],
    ['ndjson', '{"id":1,"city":"a \\"b\\", c"}\n{"id":2,"city":null}\n{"id":3,"city":""}\n'],
  ] as const)('is one file of %s', async (format, text) => {
    const folder = temporaryFolder()
    const lake = labLake(folder)
    const rows = [
      { id: 1n, city: 'a "b", c' },
      { id: 2n, city: null },
      { id: 3n, city: '' },
    ]
    const result = await write(lake, { format }, rows)
    const location = join(folder, 'city/rides', `part-00000.${format}`)
    expect(result).toEqual({
      kind: 'files',
      target: join(folder, 'city/rides'),
      file: { location, rows: 3n, sizeBytes: BigInt(text.length) },
    })
    expect(await readFile(location, 'utf8')).toBe(text)
    expect(await readdir(join(folder, 'city/rides'))).toEqual([`part-00000.${format}`])
  })

  it('has values told apart as the file says', async () => {
    const folder = temporaryFolder()
    const csv = { header: false, delimiter: ';', quote: "'", nullText: 'NULL' }
    const rows = [
      { id: 1n, city: "it's; NULL" },
      { id: null, city: 'NULL' },
    ]
    await write(labLake(folder), { format: 'csv', csv }, rows)
    const text = await readFile(join(folder, 'city/rides/part-00000.csv'), 'utf8')
    expect(text).toBe("1;'it''s; NULL'\nNULL;'NULL'\n")
  })

  it('has its rows in the order that the file asks for', async () => {
    const lake = labLake()
    const columns = [{ name: 'id', direction: 'desc', nullOrder: 'nulls-last' }] as const
    await write(lake, { sort: { mode: 'global', columns } }, [ride(1), ride(3), ride(2)])
    const files = {
      schema: parseSchemaText(RIDES),
      csv: CSV,
      multiLine: false,
      inputFileName: null,
    }
    const view = await openInput(inputOf('dataos://landing:city/rides', { files }), lake)
    expect((await valuesIn(view)).map(([id]) => id)).toEqual([3n, 2n, 1n])
  })

  it.each([
    ['csv', 'a struct<x int>', 'unsupported'],
    ['parquet', 'a unknown', 'unsupported'],
  ] as const)('of %s cannot hold %s', async (format, schema, kind) => {
    const lake = labLake()
    const rows = rowsAs(schema, { a: null })
    await expect(writeOutput(fileOutput({ format }), rows, { lake, ...JOB })).rejects.toMatchObject(
      { kind },
    )
    await expect(ids(lake)).rejects.toMatchObject({ kind: 'not-found' })
  })

  it('is refused before a row is read where it cannot be written', async () => {
    const output = fileOutput({ format: 'csv' })
    const { schema } = rowsAs('a list<int>')
    await expect(checkOutput(output, schema, { lake: labLake(), ...JOB })).rejects.toMatchObject({
      kind: 'unsupported',
      context: { column: 'a' },
    })
    const signs = fileOutput({ format: 'csv', csv: { ...CSV, delimiter: '"' } })
    await expect(
      checkOutput(signs, parseSchemaText(RIDES), { lake: labLake(), ...JOB }),
    ).rejects.toMatchObject({ kind: 'invalid', message: 'delimiter and quote must differ' })
  })

  it('belongs to a depot of files', async () => {
    const { dataset } = inputOf('dataos://lake:city/rides?acl=rw')
    await expect(write(labLake(), { dataset }, [ride(1)])).rejects.toMatchObject({
      kind: 'invalid',
      context: { dataset: 'dataos://lake:city/rides?acl=rw' },
    })
  })
})

describe('saveMode of files', () => {
  it.each([
    ['append', [1, 2, 3]],
    ['overwrite', [3]],
    ['ignore', [1, 2]],
  ] as const)('%s leaves rows %j', async (mode, left) => {
    const lake = labLake()
    await write(lake, { mode: 'append' }, [ride(1)])
    await write(lake, { mode: 'append' }, [ride(2)])
    await write(lake, { mode }, [ride(3)])
    expect(await ids(lake)).toEqual(left)
  })

  it('errorIfExists is an error where files are', async () => {
    const lake = labLake()
    await write(lake, { mode: 'error-if-exists' }, [ride(1)])
    await expect(write(lake, { mode: 'error-if-exists' }, [ride(2)])).rejects.toMatchObject({
      kind: 'invalid',
      message: 'there are files, and saveMode is errorIfExists',
    })
    expect(await ids(lake)).toEqual([1])
  })

  it('overwrite takes the place of the only file, and of files of another kind', async () => {
    const folder = temporaryFolder()
    const lake = labLake(folder)
    const names = (): Promise<readonly string[]> => readdir(join(folder, 'city/rides'))
    await write(lake, {}, [ride(1)])
    await write(lake, {}, [ride(2)])
    expect(await names()).toEqual(['part-00000.ndjson'])
    await write(lake, { format: 'csv' }, [ride(3)])
    expect(await names()).toEqual(['part-00001.csv'])
    expect(await ids(lake)).toEqual([3])
  })

  it('append joins files of its own format only', async () => {
    const lake = labLake()
    await write(lake, { mode: 'append' }, [ride(1)])
    await expect(write(lake, { mode: 'append', format: 'csv' }, [ride(2)])).rejects.toMatchObject({
      kind: 'invalid',
      message: 'files of another format are there, which these cannot join',
    })
    expect(await ids(lake)).toEqual([1])
  })

  it('append of the same export again replaces it', async () => {
    const lake = labLake()
    await write(lake, { mode: 'append' }, [ride(1)], 'job/1')
    await write(lake, { mode: 'append' }, [ride(2)], 'job/2')
    await write(lake, { mode: 'append' }, [ride(3)], 'job/2')
    expect(await ids(lake)).toEqual([1, 3])
  })
})

/** What is in a folder of a store, whatever happens to requests. */
function lakeOn(store: ObjectStore): Lake {
  return { ...labLake(), locateFiles: () => ({ store, location: 'memory:out/rides' }) }
}

/** A store that fails at its n-th request, before or after it is done, and at all that come after, as when the process ends. */
function dyingStore(store: ObjectStore, dies: { at: number; isDone: boolean }): ObjectStore {
  let count = 0
  const step = async <Result>(request: () => Promise<Result>): Promise<Result> => {
    count += 1
    if (count < dies.at) return request()
    if (count === dies.at && dies.isDone) await request()
    throw new Error('the process ended')
  }
  return {
    listNames: (folder) => store.listNames(folder),
    put: (location, body, mode) => step(() => store.put(location, body, mode)),
    get: (location, range) => step(() => store.get(location, range)),
    head: (location) => step(() => store.head(location)),
    async *list(prefix) {
      yield* await step(async () => {
        const all = []
        for await (const info of store.list(prefix)) all.push(info)
        return all
      })
    },
    delete: (location) => step(() => store.delete(location)),
    async deleteAll(locations) {
      for (const location of locations) await step(() => store.delete(location))
      return []
    },
  }
}

describe('an export that is cut short at any request', () => {
  it('never shows a reader anything but the rows before it or those after it, and is done by the next', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('append', 'overwrite'), { maxLength: 3 }),
        fc.constantFrom('append', 'overwrite'),
        fc.constantFrom<FileOutput['format']>('ndjson', 'csv', 'parquet'),
        fc.record({ at: fc.integer({ min: 1, max: 14 }), isDone: fc.boolean() }),
        async (earlier, mode, format, dies) => {
          const store = createMemoryStore()
          const whole = lakeOn(store)
          for (const [index, each] of earlier.entries()) {
            await write(whole, { mode: each, format: 'ndjson' }, [ride(index)])
          }
          const before = earlier.length === 0 ? [] : await idsNow(whole, 'json')
          const expected = mode === 'append' ? [...before, 100] : [100]
          const output = mode === 'append' ? { mode } : { mode, format }
          const isDead = await write(lakeOn(dyingStore(store, dies)), output, [ride(100)]).then(
            () => false,
            () => true,
          )
          const after = await idsNow(whole, null)
          if (isDead) expect([before, expected]).toContainEqual(after)
          else expect(after).toEqual(expected)
          await write(whole, { mode: 'overwrite', format }, [ride(200)])
          expect(await idsNow(whole, null)).toEqual([200])
          const names = []
          for await (const { location } of store.list('memory:out/rides')) names.push(location)
          expect(names).toHaveLength(1)
        },
      ),
      runs(200),
    )
  })
})

/** The rows of all files, which may be of several kinds. */
async function idsNow(lake: Lake, format: 'json' | null): Promise<readonly number[]> {
  const files = { schema: parseSchemaText(RIDES), csv: CSV, multiLine: false, inputFileName: null }
  try {
    const view = await openInput(inputOf('dataos://landing:city/rides', { files, format }), lake)
    return (await valuesIn(view)).map(([id]) => Number(id)).toSorted((a, b) => a - b)
  } catch (error) {
    if (isKind(error, 'not-found')) return []
    throw error
  }
}

describe('what an output of files wrote', () => {
  const flat = (schema: Schema): Schema => ({
    ...schema,
    identifierFieldIds: [],
    fields: schema.fields.filter(({ type }) => isPrimitive(type)),
  })
  const anyTable = (format: FileOutput['format']): fc.Arbitrary<[Schema, unknown[][]]> =>
    anySchema({ maxFields: 4 })
      .map((schema) => (format === 'csv' ? flat(schema) : schema))
      .filter(({ fields }) => fields.length > 0)
      .chain((schema) =>
        fc.tuple(
          fc.constant(schema),
          fc.array(
            anyRowOf(schema).map((row) => [...row]),
            { maxLength: 5 },
          ),
        ),
      )

  it.each(['parquet', 'csv', 'ndjson'] as const)(
    'is always read back from %s as it was, over all types',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(anyTable(format), async ([schema, rows]) => {
          const lake = lakeOn(createMemoryStore())
          const view = rowsOfValues(schema, rows as never)
          await writeOutput(fileOutput({ format }), view, { lake, ...JOB })
          const files = { schema, csv: CSV, multiLine: false, inputFileName: null }
          const back = await openInput(inputOf('dataos://landing:city/rides', { files }), lake)
          expect(await valuesIn(back)).toEqual(rows)
        }),
        runs(60),
      )
    },
  )
})
