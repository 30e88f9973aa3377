/** Streams of workflow files, through the command. */
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import type { CommandResult } from '../support/command.ts'
import { ended, frazil, jsonLines, resultOf, startFrazil } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'

const CONFIG = `catalogs: {local: {type: file, warehouse: ./warehouse}}
depots:
  lake: {catalog: local}
  landing: {path: ./landing}
`

interface StreamText {
  readonly streaming?: string
  readonly options?: string
  readonly input?: string
  readonly sql?: string
  readonly saveMode?: string
  readonly others?: string
}

/** A job that takes files of rides into `bronze.rides`. */
function workflowOf({
  streaming = 'triggerMode: AvailableNow',
  options = 'maxFilesPerTrigger: 2, inputFileName: file',
  input = `dataset: "dataos://landing:in/rides", format: json, schemaType: spark, schemaString: "id BIGINT, at TIMESTAMP, stops ARRAY<STRUCT<name: STRING, seconds: INT>>"`,
  sql = 'select *, current_timestamp() as loaded from landing',
  saveMode = 'append',
  others = '',
}: StreamText = {}): string {
  return `version: v1
name: rides
type: workflow
workflow:
  dag:
    - name: bronze
      spec:
        stack: flare:5.0
        compute: runnable-default
        stackSpec:
          job:
            streaming: {${streaming}, checkpointLocation: "dataos://lake:raw/checkpoints/rides?acl=rw"}
            inputs:
              - {name: landing, isStream: true, ${input}, options: {${options}}}
${others}            outputs:
              - {name: rides, dataset: "dataos://lake:bronze/rides?acl=rw", format: Iceberg, options: {saveMode: ${saveMode}}}
            steps:
              - sequence:
                  - {name: rides, sql: "${sql}"}
`
}

function folderWith(text: string): string {
  const cwd = temporaryFolder()
  mkdirSync(join(cwd, 'landing/in/rides'), { recursive: true })
  writeFileSync(join(cwd, 'frazil.yaml'), CONFIG)
  writeFileSync(join(cwd, 'rides.yaml'), text)
  return cwd
}

const FIRST_ID = 9_007_199_254_740_993n

/** A file of three rides, whose ids no float can hold. */
function land(cwd: string, file: number, extra = ''): void {
  const lines = [0n, 1n, 2n].map((row) => {
    const id = FIRST_ID + BigInt(file) * 3n + row
    return `{"id":${id},"at":"2026-01-31T0${row}:00:00Z","stops":[{"name":"a","seconds":${row}}]}\n`
  })
  writeFileSync(join(cwd, `landing/in/rides/${file}.json`), lines.join('') + extra)
}

async function idsIn(cwd: string): Promise<readonly bigint[]> {
  const rows = await resultOf(frazil(['scan', 'local:bronze.rides'], { cwd }))
  const ids = jsonLines(rows).map((row) => BigInt(String(row['id'])))
  return ids.toSorted((left, right) => (left < right ? -1 : 1))
}

function idsOf(files: number): readonly bigint[] {
  return Array.from({ length: files * 3 }, (_, index) => FIRST_ID + BigInt(index))
}

describe('a stream of files', () => {
  it('goes on as before where the engine is told to wait, after a hundred batches, and the engine does not complain', async () => {
    const files = 105
    const cwd = folderWith(workflowOf({ options: 'maxFilesPerTrigger: 1' }))
    for (let file = 0; file < files; file += 1) land(cwd, file)
    const { code, stdout, stderr } = await frazil(['run', 'rides.yaml'], { cwd })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`bronze: read ${files * 3} rows in ${files} batches`)
    expect(await idsIn(cwd)).toEqual(idsOf(files))
  })

  it('takes each file once, however often it is run', async () => {
    const cwd = folderWith(workflowOf())
    for (const file of [0, 1, 2, 3, 4]) land(cwd, file)
    const first = await resultOf(frazil(['run', 'rides.yaml'], { cwd }))
    expect(first.split('\n').filter((line) => line.includes(' batch '))).toEqual([
      expect.stringMatching(/^bronze batch 1: wrote 6 rows in 1 file to bronze\.rides/),
      expect.stringMatching(/^bronze batch 2: wrote 6 rows in 1 file to bronze\.rides/),
      expect.stringMatching(/^bronze batch 3: wrote 3 rows in 1 file to bronze\.rides/),
    ])
    expect(first).toContain('bronze: read 15 rows in 3 batches')
    expect(await idsIn(cwd)).toEqual(idsOf(5))
    expect(await resultOf(frazil(['run', 'rides.yaml'], { cwd }))).toBe('bronze: nothing new\n')
    land(cwd, 5)
    const record = JSON.parse(await resultOf(frazil(['run', 'rides.yaml', '--json'], { cwd })))
    expect(record).toEqual({
      workflow: 'rides',
      jobs: [
        {
          job: 'bronze',
          kind: 'streamed',
          batches: 1,
          rows: 3,
          'bad-records': 0,
          'late-rows': 0,
          'last-epoch': 4,
        },
      ],
    })
    expect(await idsIn(cwd)).toEqual(idsOf(6))
    const [row] = jsonLines(await resultOf(frazil(['scan', 'local:bronze.rides'], { cwd })))
    expect(row).toMatchObject({ file: expect.stringMatching(/landing\/in\/rides\/\d\.json$/) })
    const tables = await resultOf(frazil(['run', 'rides.yaml', '--catch-up'], { cwd }))
    expect(tables).toBe('bronze: nothing new\n')
  })

  it('runs until Ctrl-C, and goes on where it was', async () => {
    const cwd = folderWith(
      workflowOf({ streaming: 'triggerMode: ProcessingTime, triggerDuration: 50 milliseconds' }),
    )
    land(cwd, 0)
    for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
      const child = startFrazil(['run', 'rides.yaml'], cwd)
      const result = ended(child)
      await once(child.stdout, 'data')
      child.kill(signal)
      const { code: exit, stdout, stderr } = await result
      expect({ exit, stderr }).toEqual({ exit: code, stderr: '' })
      expect(stdout).toMatch(/bronze: read 3 rows in 1 batch\n$/)
      land(cwd, 1)
    }
    expect(await idsIn(cwd)).toEqual(idsOf(2))
  })

  it('puts records aside that are no rows, up to a limit, and else ends with where they are', async () => {
    const cwd = folderWith(workflowOf({ streaming: 'triggerMode: Once, maxBadRecords: 1' }))
    land(cwd, 0, '{"id": "seven"}\n')
    const output = await resultOf(frazil(['run', 'rides.yaml'], { cwd }))
    expect(output).toContain('put 1 record aside that are no rows')
    expect(await idsIn(cwd)).toEqual(idsOf(1))
    const folder = join(cwd, 'warehouse/.checkpoints/raw/checkpoints/rides/bad')
    const [bad] = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
    expect(JSON.parse(bad ?? '')).toEqual({
      place: expect.stringMatching(/0\.json:4$/),
      reason: expect.any(String),
      record: '{"id": "seven"}',
    })
    land(cwd, 1, 'no json\nno json either\n')
    const refused = await frazil(['run', 'rides.yaml'], { cwd })
    expect(refused.code).toBe(5)
    expect(refused.stderr).toContain('more records of a batch are no rows than may be put aside')
    expect(await idsIn(cwd)).toEqual(idsOf(1))
  })

  it('goes on after a file was mended, which comes under another name then', async () => {
    const cwd = folderWith(workflowOf())
    const run = (): Promise<CommandResult> => frazil(['run', 'rides.yaml'], { cwd })
    land(cwd, 0, 'no json\n')
    expect(await run()).toMatchObject({ code: 5, stderr: expect.stringContaining('no JSON') })
    land(cwd, 0)
    const message = 'not what it was when it was found'
    expect(await run()).toMatchObject({ code: 5, stderr: expect.stringContaining(message) })
    rmSync(join(cwd, 'landing/in/rides/0.json'))
    const gone = 'set onMissingFile (in job files ignoreMissingFiles)'
    expect(await run()).toMatchObject({ code: 5, stderr: expect.stringContaining(gone) })
    const lenient = workflowOf({ options: 'ignoreMissingFiles: true, inputFileName: file' })
    writeFileSync(join(cwd, 'rides.yaml'), lenient)
    land(cwd, 0)
    renameSync(join(cwd, 'landing/in/rides/0.json'), join(cwd, 'landing/in/rides/0-mended.json'))
    expect(await run()).toMatchObject({ code: 0 })
    expect(await idsIn(cwd)).toEqual(idsOf(1))
  })

  it('says where it stands, and begins anew when it is told to', async () => {
    const cwd = folderWith(workflowOf())
    const status = (...more: readonly string[]): Promise<string> =>
      resultOf(frazil(['stream', 'status', 'rides.yaml', 'bronze', ...more], { cwd }))
    expect(await status()).toMatch(/^bronze\.rides: no batch yet\ncheckpoint .*: no batch yet\n$/)
    for (const file of [0, 1, 2]) land(cwd, file)
    await resultOf(frazil(['run', 'rides.yaml'], { cwd }))
    expect(await status()).toMatch(/^bronze\.rides: batch 2 of .*; next of landing \{"log":2,/)
    const before = JSON.parse(await status('--json'))
    expect(before).toMatchObject({ stream: 'public/rides/bronze', tables: [{ batch: 2 }] })
    const misspelt = [
      'stream',
      'reset',
      'rides.yaml',
      'bronze',
      '--offsets',
      '{"lending":{"log":1}}',
    ]
    const { code, stderr } = await frazil(misspelt, { cwd })
    expect([code, stderr]).toEqual([5, expect.stringContaining('no input of that name')])
    expect(JSON.parse(await status('--json'))).toEqual(before)
    const reset = await resultOf(frazil(['stream', 'reset', 'rides.yaml', 'bronze'], { cwd }))
    expect(reset).toContain('bronze.rides: no batch yet')
    await resultOf(frazil(['run', 'rides.yaml'], { cwd }))
    expect(await idsIn(cwd)).toHaveLength(18)
  })

  it('says what it would read, and writes nothing, when it is run dry', async () => {
    const cwd = folderWith(workflowOf())
    for (const file of [0, 1, 2]) land(cwd, file)
    const dry = ['run', 'rides.yaml', '--dry-run']
    const before = readdirSync(cwd, { recursive: true })
    expect(await resultOf(frazil(dry, { cwd }))).toBe(
      'bronze: would write to bronze.rides, from batch 1 on\n' +
        `  landing, files of ${join(cwd, 'landing/in/rides')}: 3 files to read, from {"log":0}\n`,
    )
    expect(readdirSync(cwd, { recursive: true })).toEqual(before)
    await resultOf(frazil(['run', 'rides.yaml'], { cwd }))
    expect(await resultOf(frazil(dry, { cwd }))).toContain(': nothing new, from {"log":2,')
    land(cwd, 3)
    const after = readdirSync(cwd, { recursive: true })
    const { jobs } = JSON.parse(await resultOf(frazil([...dry, '--json'], { cwd })))
    expect(jobs).toEqual([
      {
        job: 'bronze',
        kind: 'stream-planned',
        'next-batch': 3,
        sources: [expect.objectContaining({ name: 'landing', amount: { count: 1, unit: 'file' } })],
        outputs: [
          { kind: 'table', name: 'rides', target: 'bronze.rides', commit: null, plan: null },
        ],
      },
    ])
    expect(readdirSync(cwd, { recursive: true })).toEqual(after)
  })

  it('is no job by windows', async () => {
    const cwd = folderWith(workflowOf())
    const state = await frazil(['state', 'show', 'rides.yaml', 'bronze'], { cwd })
    expect(state.code).toBe(5)
    expect(state.stderr).toContain('the job is a stream: `frazil stream` shows and resets it')
  })

  it('never keeps its checkpoint in a table that it writes', async () => {
    const cwd = folderWith(workflowOf())
    land(cwd, 0)
    await resultOf(frazil(['run', 'rides.yaml'], { cwd }))
    writeFileSync(join(cwd, 'frazil.yaml'), `${CONFIG}  folders: {path: ./warehouse}\n`)
    const text = workflowOf().replace(
      'lake:raw/checkpoints/rides',
      'folders:bronze/rides/checkpoint',
    )
    writeFileSync(join(cwd, 'rides.yaml'), text)
    const { code, stderr } = await frazil(['run', 'rides.yaml'], { cwd })
    expect(code).toBe(5)
    expect(stderr).toContain('a checkpoint lies outside of the tables')
  })

  it('never makes its table among the files that it reads', async () => {
    const cwd = folderWith(workflowOf())
    land(cwd, 0)
    const within = CONFIG.replace('./warehouse', './landing/in/rides/warehouse')
    writeFileSync(join(cwd, 'frazil.yaml'), within)
    const before = readdirSync(cwd, { recursive: true })
    for (const more of [[], ['--dry-run']]) {
      const { code, stderr } = await frazil(['run', 'rides.yaml', ...more], { cwd })
      expect(code).toBe(5)
      expect(stderr).toContain('lie where it keeps its own')
    }
    expect(readdirSync(cwd, { recursive: true })).toEqual(before)
  })

  it('never overwrites what earlier batches brought', async () => {
    const cwd = folderWith(workflowOf({ saveMode: 'overwrite' }))
    const { code, stderr } = await frazil(['run', 'rides.yaml'], { cwd })
    expect(code).toBe(5)
    expect(stderr).toContain('in a stream only the last batch would stay')
  })
})

describe('a stream of what is appended to a table', () => {
  it('joins it with a table as that is, and takes each row once', async () => {
    const cwd = folderWith(
      workflowOf({
        input: 'dataset: "dataos://lake:raw/rides", format: iceberg',
        options: 'maxFilesPerTrigger: 1',
        sql: 'select landing.id, name from landing join drivers on landing.driver = drivers.id',
        others: '              - {name: drivers, dataset: "dataos://lake:raw/drivers"}\n',
      }),
    )
    const append = (table: string, rows: string): Promise<string> =>
      resultOf(frazil(['append', `local:raw.${table}`], { cwd, input: rows }))
    const create = (table: string, schema: string): Promise<string> =>
      resultOf(frazil(['create', `local:raw.${table}`, '--schema', schema], { cwd }))
    await create('rides', 'id long, driver int')
    await create('drivers', 'id int, name string')
    await append('drivers', '{"id":1,"name":"Ada"}\n{"id":2,"name":"Bo"}\n')
    await append('rides', '{"id":10,"driver":1}\n')
    await append('rides', '{"id":11,"driver":2}\n{"id":12,"driver":3}\n')
    const output = await resultOf(frazil(['run', 'rides.yaml'], { cwd }))
    expect(output).toContain('bronze: read 3 rows in 2 batches')
    await append('rides', '{"id":13,"driver":1}\n')
    await resultOf(frazil(['run', 'rides.yaml'], { cwd }))
    const rows = jsonLines(await resultOf(frazil(['scan', 'local:bronze.rides'], { cwd })))
    expect(rows.map(({ id, name }) => `${String(id)} ${String(name)}`).sort()).toEqual([
      '10 Ada',
      '11 Bo',
      '13 Ada',
    ])
  })
})
