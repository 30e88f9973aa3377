/** Where jobs stand, through the command: shown, moved, forgotten; ranges and runs done again; Ctrl-C. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { parseJson } from '../../src/base/json-exact.ts'
import { ended, frazil, jsonLines, resultOf, startFrazil } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/flights/', import.meta.url))

/** The example with flights of two months and a day, the months taken. */
async function takenFlights(): Promise<string> {
  const cwd = temporaryFolder()
  for (const name of ['flights.yaml', 'frazil.yaml'])
    copyFileSync(join(EXAMPLE, name), join(cwd, name))
  const columns =
    'date timestamp not null, delay long, distance long, origin string, destination string'
  await resultOf(frazil(['create', 'local:air.flights', '--schema', columns], { cwd }))
  await arrive(cwd, '2001-01-01', '2001-01-31', '2001-02-28', '2001-03-01')
  await resultOf(frazil(['run', 'flights.yaml', '--catch-up'], { cwd }))
  return cwd
}

async function arrive(cwd: string, ...days: readonly string[]): Promise<void> {
  const input = days.map((day) => `{"date":"${day}T00:00:00"}`).join('\n')
  await resultOf(frazil(['append', 'local:air.flights'], { cwd, input }))
}

async function countOf(cwd: string): Promise<number> {
  return jsonLines(await resultOf(frazil(['scan', 'local:air.flights_by_day'], { cwd }))).length
}

const JOB = ['flights.yaml', 'flights-by-day'] as const

describe('where a job stands', () => {
  it('is shown, moved and forgotten, and remembers who moved it', async () => {
    const cwd = await takenFlights()
    expect(await resultOf(frazil(['state', 'show', ...JOB], { cwd }))).toMatch(
      /^air.flights_by_day, flights: run 2, window start 2001-02-01.*; the next run takes start 2001-03-01/,
    )
    const moved = await resultOf(
      frazil(['state', 'set', ...JOB, 'start=2001-02-01 00:00:00'], { cwd }),
    )
    expect(moved).toMatch(
      /run 3, moved by hand; the next run takes start 2001-02-01[^]*set: start 2001-03-01 00:00:00 became start 2001-02-01/,
    )
    expect(await resultOf(frazil(['run', 'flights.yaml', '--json'], { cwd }))).toContain('"run":4')
    await resultOf(frazil(['state', 'reset', ...JOB], { cwd }))
    const shown = parseJson(await resultOf(frazil(['state', 'show', ...JOB, '--json'], { cwd })))
    expect(shown).toMatchObject({
      job: 'flights-by-day',
      places: [
        {
          place: 'air.flights_by_day',
          inputs: [{ input: 'flights', run: 5, state: {}, 'moved-by-hand': true }],
          audit: [{ action: 'reset' }, { action: 'set' }],
        },
      ],
    })
  })

  it('goes with a job that was renamed, when somebody says so', async () => {
    const cwd = await takenFlights()
    const text = readFileSync(join(cwd, 'flights.yaml'), 'utf8')
    writeFileSync(join(cwd, 'renamed.yaml'), text.replaceAll('flights-by-day', 'daily-flights'))
    const set = ['state', 'set', 'renamed.yaml', 'daily-flights', '--from-job', 'flights-by-day']
    await resultOf(frazil(set, { cwd }))
    expect(await resultOf(frazil(['run', 'renamed.yaml'], { cwd }))).toContain('nothing to do')
  })

  it('is left alone by what is wrong, which is said', { timeout: 120_000 }, async () => {
    const cwd = await takenFlights()
    for (const [exitCode, args, message] of REFUSED) {
      const { code, stderr } = await frazil(args, { cwd })
      expect([args, code, stderr]).toEqual([args, exitCode, expect.stringContaining(message)])
    }
    expect(await resultOf(frazil(['state', 'show', ...JOB], { cwd }))).toContain('run 2, window')
  })
})

const REFUSED: readonly (readonly [code: number, args: readonly string[], message: string])[] = [
  [5, ['state', 'set', ...JOB, 'strat=2001-02-01'], 'the state has no such key'],
  [5, ['state', 'set', ...JOB, 'start=abc'], 'a value of this key is a date or a timestamp'],
  [5, ['state', 'set', ...JOB, 'start=2001-02-01T00:00:00Z'], 'has no zone'],
  [2, ['state', 'set', ...JOB], 'say either key=value or --from-job'],
  [2, ['state', 'set', ...JOB, 'start=2001-02-01', '--from-job', 'x'], 'say either key=value'],
  [2, ['state', 'set', ...JOB, 'start'], 'two sides with = between them'],
  [2, ['state', 'set', ...JOB, 'start=2001-02-01', 'start=2001-03-01'], 'A key has one value'],
  [5, ['state', 'set', ...JOB, '--from-job', 'nobody'], 'that job has left no state'],
  [5, ['state', 'show', 'flights.yaml', 'flights-by-dy'], 'did you mean flights-by-day?'],
  [5, ['replay', ...JOB, '99'], 'no snapshot of the job’s tables remembers this run'],
  [
    5,
    ['backfill', ...JOB, '--from', '2001-02-01', '--to', '2001-1-9'],
    'a backfill ends after it begins',
  ],
  [5, ['backfill', ...JOB, '--from', '9', '--to', '10'], 'a value of this key is a date'],
]

describe('what was done', () => {
  it('is done again for a range, or for a run, in place of what is there', async () => {
    const cwd = await takenFlights()
    await arrive(cwd, '2001-01-15', '2001-02-15')
    const range = ['--from', '2001-01-01', '--to', '2001-03-01']
    const planned = await resultOf(frazil(['backfill', ...JOB, ...range, '--dry-run'], { cwd }))
    expect(planned).toContain('backfill: would write to air.flights_by_day')
    expect(await countOf(cwd)).toBe(3)
    const output = await resultOf(frazil(['backfill', ...JOB, ...range, '--json'], { cwd }))
    expect(parseJson(output)).toMatchObject({
      jobs: [{ windows: [{ kind: 'backfill', outcome: 'written' }, { kind: 'backfill' }] }],
    })
    expect(await countOf(cwd)).toBe(5)
    // As it was before those came late.
    expect(await resultOf(frazil(['replay', ...JOB, '1'], { cwd }))).toContain(
      'replay: wrote 2 rows',
    )
    expect(await countOf(cwd)).toBe(4)
    expect(await resultOf(frazil(['run', 'flights.yaml'], { cwd }))).toContain('nothing to do')
  })
})

describe('Ctrl-C', () => {
  it('ends a run with 130, and leaves a table from which the next one goes on', async () => {
    const cwd = await takenFlights()
    await resultOf(frazil(['state', 'reset', ...JOB], { cwd }))
    const child = startFrazil(['run', 'flights.yaml', '--catch-up'], cwd)
    child.stdout.once('data', () => child.kill('SIGINT'))
    const { code } = await ended(child)
    expect(code).toBe(130)
    expect(await frazil(['run', 'flights.yaml', '--catch-up'], { cwd })).toMatchObject({ code: 0 })
    expect(await countOf(cwd)).toBe(3)
  })
})
