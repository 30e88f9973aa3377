/** A table is cleared of its past by the command, in scripts and by people. */
import { existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

import { describe, expect, it } from 'vitest'

import { parseJson } from '../../src/base/json-exact.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { parseSchemaText } from '../../src/types/schema-text.ts'
import { frazil, jsonLines, resultOf } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'

const AGO = new Date('2020-01-01T00:00:00Z')

interface Report {
  readonly files: readonly { readonly path: string; readonly kind: string }[]
  readonly 'snapshot-ids': readonly bigint[]
}

/** The folder of a table of three snapshots, each of which has replaced the row of the one before. */
async function rides(): Promise<string> {
  const folder = temporaryFolder()
  const warehouse = await openWarehouse(folder)
  const schema = parseSchemaText('id int, city string')
  const table = await warehouse.createTable('city.rides', { schema, partitionBy: ['city'] })
  for (const id of [1, 2, 3]) await table.overwritePartitions([{ id, city: 'Oslo' }])
  return join(folder, 'city/rides')
}

async function reportOf(args: readonly string[]): Promise<Report & Record<string, unknown>> {
  const text = await resultOf(frazil([...args, '--json']))
  return parseJson(text) as Report & Record<string, unknown>
}

async function idsOf(table: string): Promise<unknown[]> {
  return jsonLines(await resultOf(frazil(['snapshots', table]))).map((line) => line['snapshot_id'])
}

describe('frazil expire', () => {
  it('says what would go, takes exactly that, and finds nothing more', async () => {
    const table = await rides()
    const [first, second, third] = await idsOf(table)
    const args = ['expire', table, '--older-than', '0 days', '--retain-last', '1']
    const planned = await reportOf([...args, '--dry-run'])
    expect(planned).toMatchObject({ command: 'expire', 'dry-run': true, refs: [] })
    expect(planned['snapshot-ids']).toEqual([first, second])
    for (const { path } of planned.files) expect(existsSync(path)).toBe(true)
    expect(await idsOf(table)).toEqual([first, second, third])

    const done = await reportOf(args)
    expect(done).toMatchObject({ command: 'expire', 'dry-run': false, left: [], outside: [] })
    expect(done.files).toEqual(planned.files)
    for (const { path } of done.files) expect(existsSync(path)).toBe(false)
    expect(await idsOf(table)).toEqual([third])
    expect(await resultOf(frazil(['scan', table]))).toBe('{"id":3,"city":"Oslo"}\n')
    expect(await resultOf(frazil(args))).toBe('nothing to expire\n')
  })

  it('tells people in words', async () => {
    const table = await rides()
    const args = ['expire', table, '--older-than', '0 days']
    const planned = await resultOf(frazil([...args, '--dry-run']))
    expect(planned).toMatch(/^2 of 3 snapshots expire\n\d+ files \(\d+ bytes\) go with them\n/)
    expect(planned).toContain(`  data ${table}/data/city=Oslo/`)
    expect(await resultOf(frazil(args))).toMatch(
      /^2 snapshots expired, and \d+ files \(\d+ bytes\) went/,
    )
  })

  it('says why no file went where nobody knows which are needed', async () => {
    for (const inJson of [true, false]) {
      const table = await rides()
      const [list = ''] = jsonLines(await resultOf(frazil(['snapshots', table]))).map((line) =>
        String(line['manifest_list']),
      )
      writeFileSync(list, 'x')
      const args = ['expire', table, '--older-than', '0 days']
      if (inJson) {
        const unread = expect.stringContaining('Avro')
        expect(await reportOf([...args, '--dry-run'])).toMatchObject({ files: [], unread })
        expect(await reportOf(args)).toMatchObject({ files: [], left: [], unread })
      } else {
        expect(await resultOf(frazil(args))).toMatch(
          /^2 snapshots expired, and no file was removed, because .*: .*Avro/,
        )
      }
    }
  })

  it('takes snapshots by their ids, but for those that a ref leads to', async () => {
    const table = await rides()
    const [first, second, third] = await idsOf(table)
    const named = await reportOf(['expire', table, '--snapshot-id', String(second)])
    expect(named['snapshot-ids']).toEqual([second])
    const refused = await frazil(['expire', table, '--snapshot-id', String(third)])
    expect(refused).toMatchObject({ code: 5, stdout: '' })
    expect(refused.stderr).toContain('a branch or a tag leads to')
    expect(refused.stderr).toContain('main')
    expect(await idsOf(table)).toEqual([first, third])
  })

  it('ends as scripts expect where nothing can be done', async () => {
    const table = await rides()
    const ends = [
      [['--snapshot-id', 'x'], 2],
      [['--retain-last', '0'], 2],
      [['--older-than', 'soon'], 5],
      [['--snapshot-id', '77'], 5],
    ] as const
    for (const [options, code] of ends) {
      expect(await frazil(['expire', table, ...options])).toMatchObject({ code, stdout: '' })
    }
  })
})

describe('frazil orphans', () => {
  it('says what would go, takes exactly that, and nothing young', async () => {
    const table = await rides()
    const lost = join(table, 'data/lost.parquet')
    const unfinished = join(table, 'metadata/1f.tmp')
    for (const path of [lost, unfinished]) {
      writeFileSync(path, 'x')
      utimesSync(path, AGO, AGO)
    }
    writeFileSync(join(table, 'data/young.parquet'), 'x')
    const versions = readdirSync(join(table, 'metadata')).filter((name) => name.endsWith('.json'))
    for (const name of versions) utimesSync(join(table, 'metadata', name), AGO, AGO)

    const planned = await reportOf(['orphans', table, '--dry-run'])
    expect(planned).toMatchObject({ command: 'orphans', 'dry-run': true, 'other-tables': [] })
    expect(planned.files.map(({ path }) => path).toSorted()).toEqual([lost, unfinished])
    expect(existsSync(lost)).toBe(true)
    const done = await reportOf(['orphans', table])
    expect(done).toMatchObject({ 'dry-run': false, files: planned.files, left: [], kept: [] })
    expect([lost, unfinished].some((path) => existsSync(path))).toBe(false)
    expect(existsSync(join(table, 'data/young.parquet'))).toBe(true)
    for (const name of versions) expect(existsSync(join(table, 'metadata', name))).toBe(true)
    expect(await resultOf(frazil(['orphans', table]))).toBe('nothing was removed\n')
  })

  it('looks at a folder of the table alone, named from the working folder or in full', async () => {
    const table = await rides()
    const lost = join(table, 'data/lost.parquet')
    for (const path of [lost, join(table, 'metadata/1f.tmp')]) {
      writeFileSync(path, 'x')
      utimesSync(path, AGO, AGO)
    }
    for (const location of [join(table, 'data'), relative(process.cwd(), join(table, 'data'))]) {
      const { files } = await reportOf(['orphans', table, '--location', location, '--dry-run'])
      expect(files.map(({ path }) => path)).toEqual([lost])
    }
  })

  it('takes young files when it must, and says so when it will not', async () => {
    const table = await rides()
    const young = join(table, 'data/young.parquet')
    writeFileSync(young, 'x')
    const refused = await frazil(['orphans', table, '--older-than', '1 hour'])
    expect(refused).toMatchObject({ code: 5, stdout: '' })
    expect(refused.stderr).toContain('force')
    const options = ['--older-than', '0 seconds', '--force']
    expect(await resultOf(frazil(['orphans', table, ...options, '--dry-run']))).toContain(young)
    expect(await resultOf(frazil(['orphans', table, ...options]))).toBe('1 file (1 byte) removed\n')
    expect(await resultOf(frazil(['scan', table]))).toBe('{"id":3,"city":"Oslo"}\n')
  })
})
