/** `frazil explain`: what people and programs are told of what a filter leaves out. */
import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import { frazil, jsonLines, resultOf } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'
import { Ride } from '../support/rides.ts'

async function lake(): Promise<string> {
  const folder = temporaryFolder()
  const warehouse = await openWarehouse(folder, { workers: 0 })
  const rides = await warehouse.createTable('city.rides', { schema: Ride, partitionBy: ['city'] })
  await rides.append([
    { id: 1n, city: 'Oslo', fare: 5 },
    { id: 2n, city: 'Oslo', fare: 6 },
    { id: 3n, city: 'Bergen', fare: 50 },
  ])
  await rides.append([{ id: 4n, city: 'Moss', fare: 7 }])
  return folder
}

const WHERE = ['--where', "city = 'Oslo' and fare > 5.50"]

describe('a scan that is explained', () => {
  it('tells people what left out how much, with an example', async () => {
    const cwd = await lake()
    const args = ['explain', 'city/rides', ...WHERE, '--format', 'table']
    const lines = (await resultOf(frazil(args, { cwd }))).split('\n')
    expect(lines[0]).toMatch(/^snapshot \d+, where city = "Oslo" and fare > 5\.5$/)
    expect(lines[1]).toBe('manifests: 1 of 2 read')
    expect(lines[2]).toMatch(
      /^ {2}1 left out by the partitions in it: city = "Oslo", such as .*\.avro with city lower "Moss" upper "Moss" contains-null false contains-nan false$/,
    )
    expect(lines[3]).toBe('files: 1 of 2 read')
    expect(lines[4]).toMatch(/^ {2}1 left out by its partition: city = "Oslo", such as .*Bergen/)
    expect(lines.slice(5)).toEqual([
      'row groups: 1 of 1 read',
      expect.stringMatching(/^rows: 2 of 2 in the files that are read \(\d+ bytes\)$/),
      '',
    ])
  })

  it('tells programs of each manifest, file and row group, and what it comes to', async () => {
    const cwd = await lake()
    const records = jsonLines(await resultOf(frazil(['explain', 'city/rides', ...WHERE], { cwd })))
    expect(records.map(({ kind, read }) => [kind, read])).toEqual([
      ['manifest', false],
      ['manifest', true],
      ['file', true],
      ['row-group', true],
      ['file', false],
      ['totals', undefined],
    ])
    const files = jsonLines(await resultOf(frazil(['files', 'city/rides', ...WHERE], { cwd })))
    expect(files.map(({ path }) => path)).toEqual([records[2]?.['path']])
    expect(records[2]).toMatchObject({ 'record-count': 2, residual: 'fare > 5.5', because: [] })
    expect(records[4]).toMatchObject({
      'pruned-by': 'partition',
      because: [{ test: 'city = "Oslo"', column: 'city', known: { value: 'Bergen' } }],
    })
    expect(records.at(-1)).toMatchObject({ files: 2, 'rows-read': 2, 'row-groups': 1 })
  })

  it('says what is wrong with a filter', async () => {
    const cwd = await lake()
    const failed = await frazil(['explain', 'city/rides', '--where', 'fair > 1'], { cwd })
    expect(failed).toMatchObject({ code: 5, stdout: '' })
    expect(failed.stderr).toBe('frazil: no such column (column=fair)\n')
  })
})
