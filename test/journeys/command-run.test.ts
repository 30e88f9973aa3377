/** Jobs through the command: a window a run, until nothing is left, told to people or to programs. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { parseJson } from '../../src/base/json-exact.ts'
import { frazil, jsonLines, resultOf } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/flights/', import.meta.url))

/** The example with three months of flights, the last of which is not over. */
async function flights(): Promise<string> {
  const cwd = temporaryFolder()
  for (const name of ['flights.yaml', 'frazil.yaml'])
    copyFileSync(join(EXAMPLE, name), join(cwd, name))
  const columns =
    'date timestamp not null, delay long, distance long, origin string, destination string'
  await resultOf(frazil(['create', 'local:air.flights', '--schema', columns], { cwd }))
  const days = ['2001-01-01', '2001-01-31', '2001-02-28', '2001-03-01']
  const input = days.map((day) => `{"date":"${day}T00:00:00"}`).join('\n')
  await resultOf(frazil(['append', 'local:air.flights'], { cwd, input }))
  return cwd
}

describe('a workflow file', () => {
  it('is run window by window, and then has nothing to do', async () => {
    const cwd = await flights()
    const run = (...options: string[]): Promise<string> =>
      resultOf(frazil(['run', 'flights.yaml', ...options], { cwd }))

    const planned = await run('--dry-run')
    expect(planned).toContain('flights-by-day [start 2001-01-01')
    expect(planned).toContain('would write to')
    expect((await frazil(['scan', 'local:air.flights_by_day'], { cwd })).code).toBe(5)

    const first = await run()
    expect(first).toMatch(/wrote 2 rows in 2 files to .*, replaced 0 rows/)
    expect(first).toContain('where ')
    expect(first).toContain('publish: ')
    const rest = await run('--catch-up')
    expect(rest).toMatch(
      /wrote 1 row in 1 file[^]*nothing to do: the window would end at 2001-04-01/,
    )
    expect(await run()).toContain('nothing to do')
    const rows = await resultOf(frazil(['scan', 'dataos://lake:air/flights_by_day'], { cwd }))
    expect(jsonLines(rows)).toHaveLength(3)
  })

  it('is reported to programs as one JSON document', async () => {
    const cwd = await flights()
    const output = await resultOf(frazil(['run', 'flights.yaml', '--catch-up', '--json'], { cwd }))
    const window = { warnings: [] }
    expect(parseJson(output)).toMatchObject({
      workflow: 'flights',
      jobs: [
        {
          job: 'flights-by-day',
          kind: 'windows',
          windows: [
            {
              ...window,
              outcome: 'written',
              run: 1,
              outputs: [{ commit: { 'added-records': 2, 'deleted-records': 0 } }],
            },
            {
              ...window,
              outcome: 'written',
              run: 2,
              outputs: [{ commit: { 'added-records': 1, 'deleted-records': 0 } }],
            },
            { ...window, outcome: 'nothing-to-do', run: null, outputs: [{ commit: null }] },
          ],
        },
        { job: 'publish', kind: 'published', 'metadata-location': expect.any(String) },
      ],
    })
    const nothing = await resultOf(frazil(['run', 'flights.yaml', '--json'], { cwd }))
    expect(nothing.match(/\n/g)).toHaveLength(1)
  })

  it('warns on standard error, once, and says of a job that fails which and why', async () => {
    const cwd = await flights()
    const text = readFileSync(join(cwd, 'flights.yaml'), 'utf8')
    // Both ends of the window are open: the lint sees it, the job runs.
    writeFileSync(join(cwd, 'loses.yaml'), text.replace("date >= '$|start|'", "date > '$|start|'"))
    const warned = await frazil(['run', 'loses.yaml', '--catch-up', '--json'], { cwd })
    expect(warned.code).toBe(0)
    expect(warned.stderr.match(/frazil: warning: line \d+/g)).toHaveLength(1)
    expect(parseJson(warned.stdout)).toMatchObject({ workflow: 'flights' })

    writeFileSync(join(cwd, 'fails.yaml'), text.replace('air/flights\n', 'air/nothing\n'))
    const failed = await frazil(['run', 'fails.yaml', '--json'], { cwd })
    expect(failed.code).toBe(5)
    expect(failed.stderr).toMatch(/^frazil: .*nothing/)
    expect(parseJson(failed.stdout)).toMatchObject({
      jobs: [
        {
          job: 'flights-by-day',
          kind: 'failed',
          'error-kind': 'not-found',
          error: expect.stringContaining('nothing'),
        },
        { job: 'publish', kind: 'skipped', because: 'flights-by-day' },
      ],
    })

    writeFileSync(
      join(cwd, 'wrong.yaml'),
      text.replace('saveMode: overwrite', 'saveMode: overwrit'),
    )
    const wrong = await frazil(['run', 'wrong.yaml'], { cwd })
    expect(wrong).toMatchObject({ code: 5, stdout: '' })
    expect(wrong.stderr).toMatch(
      /^frazil: the workflow file has faults \(file=wrong.yaml\)\n {2}line \d+, column \d+: /,
    )
  })
})
