/** What scripts and people are told when something is wrong: exit codes, places, and nothing on standard output. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { ended, frazil, jsonLines, resultOf, shell, startFrazil } from '../support/command.ts'
import type { CommandResult } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'

/** More than the pipe and the streams on the way hold: once it is taken, the command has opened its table. */
const MANY_ROWS = '{"id":1,"day":"2026-01-31"}\n'.repeat(20_000)

async function table(): Promise<string> {
  const folder = temporaryFolder()
  const create = ['create', 't', '--schema', 'id int, day date', '--partition', 'day']
  await resultOf(frazil(create, { cwd: folder }))
  return folder
}

async function rowCount(folder: string): Promise<number> {
  return jsonLines(await resultOf(frazil(['scan', 't'], { cwd: folder }))).length
}

/** One message for people, without a stack trace, and nothing for programs. */
function expectRefusal({ code, stdout, stderr }: CommandResult, message: string): void {
  expect(stderr).toContain(message)
  expect(stderr).toMatch(/^frazil: /)
  expect(stderr).not.toMatch(/\n\s+at /)
  expect({ message, code, stdout }).toEqual({ message, code: 5, stdout: '' })
}

describe('a command line that is wrong', () => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ['no command', [], 'Usage: frazil'],
    ['an unknown command', ['scna', 't'], 'unknown command'],
    ['an unknown option', ['scan', 't', '--were', 'x'], 'unknown option'],
    ['no table', ['scan'], "missing required argument 'table'"],
    ['too many arguments', ['scan', 't', 'u'], 'too many arguments'],
    ['an unknown format', ['files', 't', '--format', 'csv'], 'Allowed choices are ndjson, table'],
    ['no snapshot id', ['scan', 't', '--snapshot', '1.5'], 'A snapshot id is a whole number'],
    ['no number of rows', ['scan', 't', '--limit', '-1'], 'A limit is a whole number'],
    ['two versions', ['scan', 't', '--snapshot', '1', '--ref', 'main'], 'cannot be used with'],
    ['no schema', ['create', 't'], "required option '--schema <file|text>'"],
    [
      'a property without a value',
      ['create', 't', '--schema', 'a int', '--property', 'a'],
      '--property',
    ],
    ['a relocation of one side', ['scan', 't', '--relocate', '/x'], '--relocate'],
  ]
  it.each(cases)('%s is told of with exit code 2', async (_, args, message) => {
    const { code, stdout, stderr } = await frazil(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
  })
})

/** Commands in a folder that has a table `t` and nothing else, and what is told of each. */
const WRONG_CALLS: readonly (readonly [readonly string[], string])[] = [
  [['scan', 'nowhere'], 'nowhere'],
  [['scan', 't', '--where', 'id >'], 'expected a literal (position=5)'],
  [['scan', 't', '--where', 'idd > 1'], 'no such column (column=idd, nearest=id)'],
  [['scan', 't', '--where', "id = 'x'"], 'column=id, type=int'],
  [['scan', 't', '--select', 'idd'], 'no such column (column=idd, nearest=id'],
  [['scan', 't', '--snapshot', '-5'], 'snapshotId=-5'],
  [['scan', 't', '--ref', 'audit'], 'no such branch or tag (ref=audit)'],
  [['scan', 't', '--as-of', 'noon'], 'ISO 8601 with an offset'],
  [['scan', 'gs://bucket/t'], 'no store has locations of this scheme'],
  [['append', 't', 'none.ndjson'], 'there is no such file (file=none.ndjson)'],
  [['append', 't', 'none.csv'], 'there is no such file (file=none.csv)'],
  [['append', 't', 'none.parquet'], 'there is no such file (file=none.parquet)'],
  [['append', 't', 't'], 'a folder is no file of rows (file=t)'],
  [['append', 't', 'x.txt'], '.parquet (file=x.txt)'],
  [['create', 'u', '--schema', 'id lang'], 'type=lang'],
  [['create', 'u', '--schema', 'none.json'], 'no such schema file (file=none.json)'],
  [['create', 'u', '--schema', 'id int', '--partition', 'day(id)'], 'column=id'],
  [['run', 'none.yaml'], 'no such workflow file (file=none.yaml)'],
]

/** Files that cannot be appended, and what is told of each. */
const WRONG_FILES: readonly (readonly [string, string | Uint8Array, string])[] = [
  ['a.ndjson', '{"id":1}\n\n{"id":1.5}\n', 'file=a.ndjson, line=3, path=id'],
  ['b.ndjson', '{"id":1}\n{"id"\n', 'no JSON (file=b.ndjson, line=2, column=6)'],
  ['c.ndjson', '[1]', 'no JSON object (file=c.ndjson, line=1)'],
  ['d.ndjson', '{"idd":1}', 'line=1, path=idd, nearest=id'],
  ['e.ndjson', Buffer.from('{}\n"\xff"', 'latin1'), 'UTF-8 (file=e.ndjson, line=2)'],
  ['a.csv', 'id,days\n1,\n', 'file=a.csv, line=1, column=days, nearest=day'],
  ['b.csv', 'id,id\n1,2\n', 'twice (file=b.csv, line=1, column=id)'],
  ['c.csv', 'id,day\n1,\n2\n', 'line=3, fields=1, columns=2'],
  ['d.csv', 'id,day\n1,\n"2\n', 'not closed (file=d.csv, line=3)'],
  ['e.csv', 'id,day\n"\n",1\n', 'file=e.csv, line=2, path=id'],
  ['a.parquet', 'PAR1 no more', 'file=a.parquet'],
]

/** Each is a process of its own. */
const MANY_COMMANDS_MS = 180_000

describe('a call that cannot be done', () => {
  it(
    'is told of with what is wrong, and exit code 5',
    async () => {
      const folder = await table()
      for (const [args, message] of WRONG_CALLS) {
        expectRefusal(await frazil(args, { cwd: folder }), message)
      }
      expect(existsSync(join(folder, 'u'))).toBe(false)
    },
    MANY_COMMANDS_MS,
  )

  it(
    'is told of with the file and the line, and no row of the file is in the table',
    async () => {
      const folder = await table()
      for (const [name, content, message] of WRONG_FILES) {
        writeFileSync(join(folder, name), content)
        expectRefusal(await frazil(['append', 't', name], { cwd: folder }), message)
      }
      expect(await rowCount(folder)).toBe(0)
    },
    MANY_COMMANDS_MS,
  )

  it('does not let a name speak to the terminal', async () => {
    const { stderr } = await frazil(['append', 'nowhere\u001b[2J', 'x'])
    expect(stderr).toContain(String.raw`nowhere\x1b[2J`)
    expect(stderr).not.toContain('\u001b')
    const unknown = await frazil(['scan\u001b[2J'])
    expect(unknown.code).toBe(2)
    expect(unknown.stderr).not.toContain('\u001b')
  })
})

describe('another writer', () => {
  it('is told of with exit code 3', async () => {
    const folder = await table()
    const again = await frazil(['create', 't', '--schema', 'id int'], { cwd: folder })
    expect(again).toMatchObject({ code: 3, stdout: '' })

    const slow = startFrazil(['append', 't', '--overwrite-partitions'], folder)
    const end = ended(slow)
    await new Promise((resolve) => slow.stdin.write(MANY_ROWS, resolve))
    const other = '{"id":2,"day":"2026-01-31"}'
    await resultOf(frazil(['append', 't'], { cwd: folder, input: other }))
    slow.stdin.end()
    const lost = await end
    expect(lost).toMatchObject({ code: 3, stdout: '' })
    expect(lost.stderr).toContain('another commit changed a partition')
    expect(await resultOf(frazil(['scan', 't'], { cwd: folder }))).toBe(`${other}\n`)
  })
})

describe('storage that fails', () => {
  it.skipIf(!existsSync('/dev/full'))('is told of with exit code 6', async () => {
    const folder = await table()
    await resultOf(frazil(['append', 't'], { cwd: folder, input: '{"id":1}' }))
    for (const command of ['scan', 'snapshots', 'files']) {
      const { code, stderr } = await shell(`frazil ${command} t > /dev/full`, folder)
      expect({ code, stderr }).toEqual({
        code: 6,
        stderr: expect.stringContaining('frazil: the results cannot be written'),
      })
    }
  })
})

describe('Ctrl-C', () => {
  it('leaves the table as it was, and exits with 130', async () => {
    const folder = await table()
    const append = startFrazil(['append', 't'], folder)
    const end = ended(append)
    await new Promise((resolve) => append.stdin.write(MANY_ROWS, resolve))
    append.kill('SIGINT')
    expect(await end).toEqual({ code: 130, stdout: '', stderr: '' })
    expect(await rowCount(folder)).toBe(0)
    await resultOf(frazil(['append', 't'], { cwd: folder, input: '{"id":1}' }))
    expect(await rowCount(folder)).toBe(1)
  })
})

describe('a reader of the results', () => {
  it('may go when it has seen enough', async () => {
    const folder = await table()
    await resultOf(frazil(['append', 't'], { cwd: folder, input: MANY_ROWS.repeat(5) }))
    const { code, stdout, stderr } = await shell(
      'set -o pipefail; frazil scan t | head -n 1',
      folder,
    )
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: '{"id":1,"day":"2026-01-31"}\n',
      stderr: '',
    })
  })
})
