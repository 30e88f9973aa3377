import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { systemEnvironment } from '../../../../src/base/environment.ts'
import { rowsOf } from '../../../../src/formats/arrow/rows.ts'
import { createMemoryStore } from '../../../../src/io/memory-store.ts'
import { parseConfig } from '../../../../src/jobs/config.ts'
import { openLake } from '../../../../src/jobs/lake.ts'
import type { Lake } from '../../../../src/jobs/lake.ts'
import { createSourceLog } from '../../../../src/jobs/sources/source-log.ts'
import { streamSource } from '../../../../src/jobs/sources/stream-input.ts'
import { parseSchemaText } from '../../../../src/types/schema-text.ts'
import { temporaryFolder } from '../../../support/folders.ts'
import { jobOf } from '../../../support/jobs/job-text.ts'
import { inputOf, labLake } from '../../../support/jobs/sinks.ts'

const RIDES = 'dataset: "dataos://lake:city/rides"'

/** All rows that the only input of a job brings. */
async function valuesOf(lake: Lake, keys: string): Promise<readonly unknown[]> {
  const job = jobOf(`streaming: {checkpointLocation: "dataos://lake:chk/x?acl=rw"}
inputs: [{name: rides, isStream: true, ${keys}}]
outputs: [{name: rides, dataset: "dataos://lake:city/copies?acl=rw", options: {saveMode: append}}]`)
  const [input] = job.inputs
  if (input === undefined) throw new Error('the job has an input')
  const log = createSourceLog(createMemoryStore(), 'memory:/log')
  const source = await streamSource(input, lake)
  const stream = await source.open({ environment: systemEnvironment, log })
  const start = await stream.initialOffset()
  const next = await stream.nextOffset(start, 'all')
  const values: unknown[] = []
  if (next === null) return values
  for await (const batch of stream.read({ start, end: next.end })) {
    values.push(...rowsOf(batch, stream.schema))
  }
  return values
}

async function lakeWithBranch(): Promise<Lake> {
  const lake = labLake()
  const { dataset } = inputOf('dataos://lake:city/rides')
  const { warehouse, name } = await lake.locate(dataset)
  const rides = await warehouse.createTable(name, { schema: parseSchemaText('id int') })
  await rides.append([{ id: 1 }])
  await rides.transaction((tx) => {
    tx.updateRefs((refs) => refs.createBranch('audit'))
  })
  await rides.append([{ id: 2 }])
  return lake
}

describe('a streaming input', () => {
  it('follows a branch where it names one', async () => {
    const lake = await lakeWithBranch()
    expect(await valuesOf(lake, `${RIDES}, options: {onExpired: rescan}`)).toEqual([[1], [2]])
    expect(await valuesOf(lake, `${RIDES}, options: {branch: audit}`)).toEqual([[1]])
    await expect(valuesOf(lake, `${RIDES}, options: {branch: adit}`)).rejects.toMatchObject({
      kind: 'not-found',
    })
  })

  it('has documents of JSON for files where it says so', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'city/rides'), { recursive: true })
    writeFileSync(join(folder, 'city/rides/a.json'), '[\n  {"id": 1},\n  {"id": 2}\n]\n')
    const files =
      'dataset: "dataos://landing:city/rides", schemaType: spark, schemaString: "id INT"'
    const lake = labLake(folder)
    const keys = `${files}, format: json, options: {multiLine: "true"}`
    expect(await valuesOf(lake, keys)).toEqual([[1], [2]])
    for (const options of ['branch: audit', 'onExpired: rescan']) {
      await expect(valuesOf(lake, `${files}, options: {${options}}`)).rejects.toMatchObject({
        message: expect.stringContaining('files have no snapshots'),
      })
    }
  })

  it('has no option that is of another kind of source', async () => {
    const text = 'catalogs: {}\ndepots: {log: {kafka: {brokers: ["127.0.0.1:1"]}}}'
    const config = parseConfig(text, { folder: '/srv', variables: {} })
    const lake = openLake(config, { environment: systemEnvironment })
    const topic = 'dataset: "dataos://log:city/rides"'
    await expect(valuesOf(lake, `${topic}, options: {onExpired: rescan}`)).rejects.toMatchObject({
      kind: 'invalid',
      message: 'a topic has no snapshots',
    })
  })
})
