import { gzipSync } from 'node:zlib'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'

import { describe, expect, it } from 'vitest'

import { exitCodeOf } from '../../../src/cli/exit-code.ts'
import { createProgram } from '../../../src/cli/program.ts'
import { jsonLines } from '../../support/command.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { recordedTerminal } from '../../support/terminal.ts'

/** What a command prints, run in this process. */
async function printed(args: readonly string[], input = ''): Promise<string> {
  const terminal = recordedTerminal({ input: Readable.from([Buffer.from(input)]) })
  await createProgram(terminal).parseAsync(args, { from: 'user' })
  return terminal.printed()
}

async function recordsOf(...args: readonly string[]): Promise<ReturnType<typeof jsonLines>> {
  return jsonLines(await printed(args))
}

/** A folder with a table of three rows, made by two commits. */
async function threeRows(): Promise<string> {
  const folder = join(temporaryFolder(), 'rides')
  const schema = 'id long not null, city string, fare decimal(9,2)'
  await printed(['create', folder, '--schema', schema, '--partition', 'city', '--sort', 'id'])
  const rows = '{"id":1,"city":"Oslo","fare":"1.50"}\n{"id":2,"city":"Oslo"}\n'
  await printed(['append', folder, '-'], rows)
  await printed(['append', folder, '-'], '{"id":3}\n')
  return folder
}

describe('commands that print metadata tables', () => {
  it('print the history and the refs of a table', async () => {
    const folder = await threeRows()
    const snapshots = await recordsOf('snapshots', folder)
    const ids = snapshots.map((snapshot) => snapshot['snapshot_id'])
    const history = await recordsOf('history', folder)
    expect(history.map((entry) => [entry['snapshot_id'], entry['parent_id']])).toEqual([
      [ids[0], null],
      [ids[1], ids[0]],
    ])
    expect(history.every((entry) => entry['is_current_ancestor'])).toBe(true)
    expect(await recordsOf('refs', folder)).toEqual([
      {
        name: 'main',
        type: 'BRANCH',
        snapshot_id: ids[1],
        max_reference_age_in_ms: null,
        min_snapshots_to_keep: null,
        max_snapshot_age_in_ms: null,
      },
    ])
  })

  it('print the manifests of a snapshot, the current one or another', async () => {
    const folder = await threeRows()
    const manifests = await recordsOf('manifests', folder)
    expect(manifests).toHaveLength(2)
    expect(manifests.find((line) => line['existing_data_files_count'] === 0)).toMatchObject({
      content: 0,
      partition_spec_id: 0,
      added_data_files_count: 1,
      added_delete_files_count: 0,
    })
    const summaries = manifests.map((manifest) => manifest['partition_summaries'])
    expect(summaries).toContainEqual([
      { contains_null: false, contains_nan: false, lower_bound: 'Oslo', upper_bound: 'Oslo' },
    ])
    const [first] = await recordsOf('snapshots', folder)
    const id = String(first?.['snapshot_id'])
    expect(await recordsOf('manifests', folder, '--snapshot', id)).toHaveLength(1)
  })

  it('print the entries of manifests, with what is known of each column', async () => {
    const folder = await threeRows()
    const entries = await recordsOf('entries', folder)
    const oslo = entries.find(
      (entry) => entry['sequence_number'] === 1n || entry['sequence_number'] === 1,
    )
    expect(oslo).toMatchObject({
      status: 1,
      data_file: {
        content: 0,
        file_format: 'PARQUET',
        partition: { city: 'Oslo' },
        null_value_counts: { 1: 0, 2: 0, 3: 1 },
      },
      readable_metrics: {
        id: { value_count: 2, lower_bound: 1, upper_bound: 2 },
        fare: { null_value_count: 1, lower_bound: '1.50', upper_bound: '1.50' },
      },
    })
  })

  it('print the partitions of a snapshot with their rows and files', async () => {
    const folder = await threeRows()
    const partitions = await recordsOf('partitions', folder)
    const places = partitions.map((one) => [
      one['partition'],
      one['record_count'],
      one['file_count'],
    ])
    expect(new Set(places)).toEqual(
      new Set([
        [{ city: 'Oslo' }, 2, 1],
        [{ city: null }, 1, 1],
      ]),
    )
    const snapshots = await recordsOf('snapshots', folder)
    const nowhere = partitions.find((one) => one['record_count'] === 1)
    expect(nowhere?.['last_updated_snapshot_id']).toBe(snapshots[1]?.['snapshot_id'])
    expect(nowhere?.['last_updated_at']).toBe(snapshots[1]?.['committed_at'])
  })

  it('print tables for people', async () => {
    const folder = await threeRows()
    for (const command of ['history', 'refs', 'manifests', 'entries', 'partitions']) {
      expect(await printed([command, folder, '--format', 'table'])).toMatch(/^┌/)
    }
  })

  it('say that there is no such snapshot', async () => {
    const folder = await threeRows()
    const failed = printed(['entries', folder, '--snapshot', '42']).catch(exitCodeOf)
    expect(await failed).toBe(5)
  })
})

describe('the scan command', () => {
  it('gives and filters by metadata columns', async () => {
    const folder = await threeRows()
    const rows = await recordsOf(
      'scan',
      folder,
      '--select',
      'id,_pos,_partition.city',
      '--where',
      '_pos = 1',
    )
    expect(rows).toEqual([{ id: 2, _pos: 1, _partition: { city: 'Oslo' } }])
    const [file] = await recordsOf('files', folder, '--where', "city = 'Oslo'")
    const ids = await recordsOf(
      'scan',
      folder,
      '--select',
      'id',
      '--where',
      `_file = '${String(file?.['path'])}'`,
    )
    expect(ids).toEqual([{ id: 1 }, { id: 2 }])
  })

  it('reads metadata that is compressed, and refuses that of versions to come', async () => {
    const folder = await threeRows()
    const current = join(folder, 'metadata/v3.metadata.json')
    const text = readFileSync(current, 'utf8')
    const zipped = join(folder, 'metadata/00003-copy.gz.metadata.json')
    writeFileSync(zipped, gzipSync(text))
    expect(await recordsOf('scan', zipped, '--select', 'id')).toHaveLength(3)
    rmSync(zipped)

    const later = join(folder, 'metadata/00003-later.metadata.json')
    writeFileSync(later, text.replace(/"format-version":\s*2/, '"format-version":4'))
    await expect(printed(['scan', later])).rejects.toMatchObject({ kind: 'unsupported' })
    rmSync(later)
  })
})
