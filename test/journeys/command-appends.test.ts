/** Rows appended in a range, through the command. */
import { describe, expect, it } from 'vitest'

import { frazil, jsonLines, resultOf } from '../support/command.ts'
import type { CommandResult } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'

/** A folder with a table of three commits: rides 1 and 2, ride 3 in place of ride 2, ride 4. */
async function threeCommits(): Promise<{ readonly cwd: string; readonly ids: readonly string[] }> {
  const cwd = temporaryFolder()
  const schema = 'id long not null, city string'
  await resultOf(frazil(['create', 't', '--schema', schema, '--partition', 'city'], { cwd }))
  const append = (input: string, ...options: string[]): Promise<string> =>
    resultOf(frazil(['append', 't', '-', ...options], { cwd, input }))
  await append('{"id":1,"city":"Oslo"}\n{"id":2,"city":"Bergen"}')
  await append('{"id":3,"city":"Bergen"}', '--overwrite-partitions')
  await append('{"id":4,"city":"Oslo"}')
  const snapshots = jsonLines(await resultOf(frazil(['snapshots', 't'], { cwd })))
  return { cwd, ids: snapshots.map((snapshot) => String(snapshot['snapshot_id'])) }
}

describe('rows appended in a range, through the command', () => {
  it('prints them, by ids and by times, and lists their files', async () => {
    const { cwd, ids } = await threeCommits()
    const [first = '', second = '', third = ''] = ids
    const scan = (...options: string[]): Promise<string> =>
      resultOf(frazil(['scan', 't', '--select', 'id', ...options], { cwd }))
    expect(await scan('--since', second)).toBe('{"id":4}\n')
    expect(await scan('--since', second, '--until', second)).toBe('')
    expect(await scan('--since', first, '--until', third, '--overwrite-snapshots', 'added')).toBe(
      '{"id":4}\n{"id":3}\n',
    )
    const skip = ['--overwrite-snapshots', 'skip', '--ref', 'main', '--where', 'id > 1']
    expect(await scan('--since', '2000-01-01T00:00:00Z', ...skip)).toBe('{"id":2}\n{"id":4}\n')
    expect(await scan('--since', '0', '--until', '1', ...skip)).toBe('')
    const files = jsonLines(await resultOf(frazil(['files', 't', '--since', second], { cwd })))
    expect(files).toMatchObject([{ 'record-count': 1, partition: { city: 'Oslo' } }])
  })

  it('says what is wrong with a range, and what to do', async () => {
    const { cwd, ids } = await threeCommits()
    const [first = '', second = ''] = ids
    const fails = (...options: string[]): Promise<CommandResult> =>
      frazil(['scan', 't', ...options], { cwd })
    expect(await fails('--since', first)).toMatchObject({
      code: 5,
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(`overwrote rows.*skip.*\\(snapshotId=${second}, operation=overwrite\\)`),
      ),
    })
    expect(await fails('--since', second, '--until', first)).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('starts after it ends'),
    })
    expect(await fails('--since', '3051729675574597004')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('no snapshot such as the range starts at'),
    })
    expect(await fails('--since', 'yesterday')).toMatchObject({ code: 5 })
    for (const wrong of [
      ['--until', first],
      ['--delete-snapshots', 'skip'],
      ['--since', first, '--snapshot', first],
      ['--since', first, '--overwrite-snapshots', 'ignore'],
    ]) {
      expect(await fails(...wrong)).toMatchObject({ code: 2, stdout: '' })
    }
  })
})
