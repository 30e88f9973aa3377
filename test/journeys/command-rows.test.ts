/** Rows through the command: what it prints of every type, and that files of every kind come back as they were. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'

import { frazil, jsonLines, resultOf, shell } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'

const FLAT_SCHEMA = `id long not null, yes boolean, small int, single float, wide double, price decimal(38, 10), day date,
  at time, local timestamp, moment timestamptz, name string, key uuid, four fixed[4], raw binary`

const NESTED_SCHEMA = `id long not null, list list<double>, tags map<string, decimal(4, 2)>,
  deep struct<a: int, b: list<struct<c: string, d: map<int, list<binary>>>>>`

const NO_VALUES =
  '"yes":null,"small":null,"single":null,"wide":null,"price":null,"day":null,"at":null,"local":null,' +
  '"moment":null,"name":null,"key":null,"four":null,"raw":null'

/** Every type at its edges, spelled as the command must print it. */
const FLAT_LINES = [
  `{"id":-9223372036854775808,${NO_VALUES}}`,
  '{"id":9223372036854775807,"yes":true,"small":-2147483648,"single":-0.0,"wide":-0.0,' +
    '"price":"9999999999999999999999999999.9999999999","day":"0001-01-01","at":"00:00:00.000000",' +
    '"local":"1969-12-31T23:59:59.999999","moment":"0001-01-01T00:00:00.000000+00:00","name":"",' +
    '"key":"00000000-0000-0000-0000-000000000000","four":"00ff10ab","raw":""}',
  '{"id":9007199254740993,"yes":false,"small":2147483647,"single":"NaN","wide":"NaN",' +
    '"price":"-0.0000000001","day":"9999-12-31","at":"23:59:59.999999",' +
    '"local":"9999-12-31T23:59:59.999999","moment":"2026-01-31T12:00:00.000001+00:00",' +
    '"name":"a \\"quoted\\", line\\nand 𝄞 \\u0007","key":"f79c3e09-677c-4bbd-a479-3f349cb785e7",' +
    '"four":"00000000","raw":"00ff"}',
  '{"id":0,"yes":null,"small":0,"single":"Infinity","wide":"-Infinity","price":"0.0000000000",' +
    '"day":"1970-01-01","at":null,"local":null,"moment":null,"name":"null","key":null,"four":null,"raw":null}',
  '{"id":1,"yes":null,"small":null,"single":1.5,"wide":5e-324,"price":"-1.5000000000",' +
    '"day":"1969-12-31","at":null,"local":null,"moment":null,"name":" ","key":null,"four":null,"raw":null}',
  '{"id":2,"yes":null,"small":null,"single":null,"wide":1.7976931348623157e+308,"price":null,' +
    '"day":null,"at":null,"local":null,"moment":null,"name":"\\r\\n","key":null,"four":null,"raw":null}',
]

const NESTED_LINES = [
  '{"id":1,"list":null,"tags":null,"deep":null}',
  '{"id":2,"list":[],"tags":{"keys":[],"values":[]},"deep":{"a":null,"b":null}}',
  '{"id":3,"list":[-0.0,null,"NaN",1e+21],"tags":{"keys":["","keys"],"values":["-0.10",null]},' +
    '"deep":{"a":7,"b":[null,{"c":null,"d":null},{"c":"x","d":{"keys":[-1],"values":[["00",null,""]]}}]}}',
]

/** A folder with a table, and its rows as they are to be printed. */
async function tableOf(schema: string, lines: readonly string[]): Promise<string> {
  const folder = temporaryFolder()
  await resultOf(frazil(['create', 't', '--schema', schema], { cwd: folder }))
  await resultOf(frazil(['append', 't', '-'], { cwd: folder, input: lines.join('\n') }))
  return folder
}

/** Which file of a table is read first is nobody's promise. */
function inOrder(lines: string): string {
  return lines
    .split(/(?<=\n)/)
    .sort()
    .join('')
}

describe('rows through the command', () => {
  it('prints every value exactly as it reads it', async () => {
    const [flat, nested] = await Promise.all([
      tableOf(FLAT_SCHEMA, FLAT_LINES),
      tableOf(NESTED_SCHEMA, NESTED_LINES),
    ])
    const scan = (cwd: string): Promise<string> => resultOf(frazil(['scan', 't'], { cwd }))
    expect((await scan(flat)).split('\n')).toEqual([...FLAT_LINES, ''])
    expect((await scan(nested)).split('\n')).toEqual([...NESTED_LINES, ''])
  })

  it('reads its own output of each form as the same rows', async () => {
    const folder = await tableOf(FLAT_SCHEMA, FLAT_LINES)
    const copy = async (name: string, line: string): Promise<string> => {
      await resultOf(frazil(['create', name, '--schema', FLAT_SCHEMA], { cwd: folder }))
      await resultOf(shell(line, folder).then(({ stderr, code }) => ({ stderr, code, stdout: '' })))
      return resultOf(frazil(['scan', name], { cwd: folder }))
    }
    const expected = `${FLAT_LINES.join('\n')}\n`
    expect(await copy('a', 'frazil scan t | frazil append a -')).toBe(expected)
    expect(await copy('b', 'frazil scan t --format csv > t.csv && frazil append b t.csv')).toBe(
      expected,
    )
    expect(await copy('c', 'frazil append c t/data/*.parquet')).toBe(expected)
  })

  it('prints CSV that keeps null and the empty text apart, and refuses nested columns', async () => {
    const folder = await tableOf('a string, b string, "c,d" int', [
      '{"a":"","b":null,"c,d":1}',
      '{"a":"say \\"hi\\"","b":"x,y","c,d":null}',
      '{"a":"two\\r\\nlines","b":" plain ","c,d":-1}',
    ])
    const csv = await resultOf(frazil(['scan', 't', '--format', 'csv'], { cwd: folder }))
    expect(csv).toBe('a,b,"c,d"\n"",,1\n"say ""hi""","x,y",\n"two\r\nlines", plain ,-1\n')

    const nested = await tableOf(NESTED_SCHEMA, NESTED_LINES)
    const refused = await frazil(['scan', 't', '--format', 'csv'], { cwd: nested })
    expect(refused).toMatchObject({ code: 5, stdout: '' })
    expect(refused.stderr).toContain('--select (column=list)')
    const some = frazil(['scan', 't', '--format', 'csv', '--select', 'id'], { cwd: nested })
    expect(await resultOf(some)).toBe('id\n1\n2\n3\n')
  })

  it('reads CSV as others write it', async () => {
    const folder = temporaryFolder()
    await resultOf(
      frazil(['create', 't', '--schema', 'id int, name string, at date'], { cwd: folder }),
    )
    // A byte order mark, the line ends of Windows, columns in another order, one left out, no end of the last line.
    writeFileSync(join(folder, 'a.csv'), '\ufeffname,id\r\n"a\r\nb",1\r\n,2\r\n"",3')
    writeFileSync(join(folder, 'b.csv'), 'at,id,name\n2026-01-31,4,"""q"""\n')
    writeFileSync(join(folder, 'c.csv'), 'id,name,at\n')
    await resultOf(frazil(['append', 't', 'a.csv', 'b.csv', 'c.csv'], { cwd: folder }))
    expect(await resultOf(frazil(['scan', 't'], { cwd: folder }))).toBe(
      '{"id":1,"name":"a\\r\\nb","at":null}\n{"id":2,"name":null,"at":null}\n' +
        '{"id":3,"name":"","at":null}\n{"id":4,"name":"\\"q\\"","at":"2026-01-31"}\n',
    )
  })

  it('takes Parquet files that know nothing of field ids', async () => {
    const folder = temporaryFolder()
    const instance = await DuckDBInstance.create()
    const connection = await instance.connect()
    await connection.run(`copy (
      select range::bigint as id, 'n' || range as name, (range / 4)::decimal(9, 2) as fare,
        timestamptz '2026-01-01 00:00:00+00' + range * interval 1 hour as ts, [range::int] as list,
        {a: range::int} as pair from range(3)
    ) to '${join(folder, 'duck.parquet')}'`)
    connection.closeSync()
    instance.closeSync()
    const schema =
      'id long not null, name string, fare decimal(9, 2), ts timestamptz, list list<int>, pair struct<a: int>'
    await resultOf(frazil(['create', 't', '--schema', schema], { cwd: folder }))
    await resultOf(frazil(['append', 't', 'duck.parquet'], { cwd: folder }))
    const lines = jsonLines(await resultOf(frazil(['scan', 't'], { cwd: folder })))
    expect(lines).toHaveLength(3)
    expect(lines[2]).toEqual({
      id: 2,
      name: 'n2',
      fare: '0.50',
      ts: '2026-01-01T02:00:00.000000+00:00',
      list: [2],
      pair: { a: 2 },
    })
  })

  it('chooses rows, columns and versions', async () => {
    const folder = await tableOf('id int, city string, fare decimal(4, 2), "a.b" int', [
      '{"id":1,"city":"Oslo","fare":"12.50"}',
      '{"id":2,"city":"Bergen","fare":"2.50"}',
    ])
    const between = new Date().toISOString()
    await resultOf(
      frazil(['append', 't'], { cwd: folder, input: '{"id":3,"city":null,"a.b":4}\n\n' }),
    )
    const scan = async (...options: string[]): Promise<string> =>
      resultOf(frazil(['scan', 't', ...options], { cwd: folder }))
    const [first] = jsonLines(await resultOf(frazil(['snapshots', 't'], { cwd: folder })))
    const results = await Promise.all([
      scan('--where', "city = 'Oslo' or fare < 5", '--select', 'fare,id'),
      scan('--where', '"a.b" is not null', '--select', '"a.b"'),
      scan('--snapshot', String(first?.['snapshot_id']), '--select', 'id'),
      scan('--as-of', between, '--select', 'id'),
      scan('--as-of', String(Date.parse(between)), '--select', 'id'),
      scan('--ref', 'main', '--where', 'id > 1', '--limit', '2', '--select', 'id').then(inOrder),
      scan('--limit', '0'),
    ])
    expect(results).toEqual([
      '{"fare":"12.50","id":1}\n{"fare":"2.50","id":2}\n',
      '{"a.b":4}\n',
      '{"id":1}\n{"id":2}\n',
      '{"id":1}\n{"id":2}\n',
      '{"id":1}\n{"id":2}\n',
      '{"id":2}\n{"id":3}\n',
      '',
    ])
    expect(jsonLines(await scan('--limit', '2'))).toHaveLength(2)
  })

  it('draws a table on a terminal, and only there', async () => {
    const folder = await tableOf('id int, city string', ['{"id":1,"city":"\\u001b[31mOslo"}'])
    const onTerminal = await shell(
      `SHELL=$(which bash) script -qec 'frazil scan t' /dev/null`,
      folder,
    )
    expect(await resultOf(frazil(['scan', 't'], { cwd: folder }))).toMatch(/^\{"id":1/)
    expect(onTerminal.stdout).toContain('│ id │ city')
    // A value cannot speak to the terminal.
    expect(onTerminal.stdout).toContain('\\x1b[31mOslo')
  })
})

describe('the files of a table', () => {
  it('are listed with their partitions, a line each, without those that cannot match', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'w'))
    const schema = 'id long, ts timestamptz, score double'
    const partition = 'day(ts), score'
    await resultOf(
      frazil(['create', 'w/t', '--schema', schema, '--partition', partition], { cwd: folder }),
    )
    const input =
      '{"id":1,"ts":"2026-01-31T12:00:00Z","score":"NaN"}\n{"id":2,"ts":null,"score":-0.0}\n' +
      '{"id":3,"ts":"2026-01-31T13:00:00+02:00","score":"NaN"}'
    await resultOf(frazil(['append', 'w/t'], { cwd: folder, input }))
    const files = jsonLines(await resultOf(frazil(['files', 'w/t'], { cwd: folder })))
    const bySize = [...files].sort(
      (left, right) => Number(left['record-count']) - Number(right['record-count']),
    )
    const [paths, sizes] = [expect.stringMatching(/\.parquet$/), expect.any(Number)]
    const common = { path: paths, format: 'parquet', 'spec-id': 0, 'file-size': sizes }
    const written = { deletes: [], 'sequence-number': 1 }
    expect(bySize).toEqual([
      { ...common, partition: { ts_day: null, score: -0 }, 'record-count': 1, ...written },
      {
        ...common,
        partition: { ts_day: '2026-01-31', score: 'NaN' },
        'record-count': 2,
        ...written,
      },
    ])
    const some = frazil(['files', 'w/t', '--where', "ts >= '2026-01-01T00:00:00Z'"], {
      cwd: folder,
    })
    expect(jsonLines(await resultOf(some))).toEqual([bySize[1]])
    expect(readdirSync(join(folder, 'w/t/data'))).toHaveLength(2)
  })
})
