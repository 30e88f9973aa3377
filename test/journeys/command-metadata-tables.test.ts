/** The metadata tables as commands: under their own names, and as other engines call them. */
import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import { frazil, jsonLines, resultOf } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'
import { Ride } from '../support/rides.ts'

async function lake(): Promise<string> {
  const folder = temporaryFolder()
  const warehouse = await openWarehouse(folder, { workers: 0 })
  const rides = await warehouse.createTable('city.rides', { schema: Ride, partitionBy: ['city'] })
  await rides.append([{ id: 1n, city: 'Oslo', fare: 5 }])
  await rides.overwritePartitions([{ id: 2n, city: 'Oslo', fare: 7 }])
  return folder
}

describe('metadata tables as commands', () => {
  it.each([
    ['data-files', 1],
    ['delete-files', 0],
    ['position-deletes', 0],
    ['metadata-log-entries', 3],
    ['all-manifests', 3],
    ['all-entries', 3],
    ['all-files', 2],
    ['all-data-files', 2],
    ['all-delete-files', 0],
  ])('%s has %i lines', async (command, count) => {
    const cwd = await lake()
    const lines = await resultOf(frazil([command, 'city/rides'], { cwd }))
    expect(jsonLines(lines)).toHaveLength(count)
    const other = command.replaceAll('-', '_')
    expect(await resultOf(frazil([other, 'city/rides'], { cwd }))).toBe(lines)
  })

  it('are of the snapshot that is named, where they are of one', async () => {
    const cwd = await lake()
    const [first] = jsonLines(await resultOf(frazil(['snapshots', 'city/rides'], { cwd })))
    const args = ['data-files', 'city/rides', '--snapshot', String(first?.['snapshot_id'])]
    const [file] = jsonLines(await resultOf(frazil(args, { cwd })))
    expect(file).toMatchObject({ readable_metrics: { fare: { lower_bound: 5 } } })
    const ofAll = ['all-files', 'city/rides', '--snapshot', '1']
    expect(await frazil(ofAll, { cwd })).toMatchObject({ code: 2, stdout: '' })
  })
})
