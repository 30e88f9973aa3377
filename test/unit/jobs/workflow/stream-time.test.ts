import { describe, expect, it } from 'vitest'

import type { StreamTime } from '../../../../src/jobs/workflow/model.ts'
import { lintWorkflow } from '../../../../src/jobs/workflow/lint.ts'
import { parseWorkflow } from '../../../../src/jobs/workflow/parse.ts'
import { jobFaults, jobOf, jobWarnings, workflowOfJob } from '../../../support/jobs/job-text.ts'

interface Parts {
  readonly streaming?: string
  readonly inputs?: string
  readonly items?: readonly string[]
  readonly outputs?: readonly string[]
}

const WATERMARK = 'watermark: {column: at, delay: 10 minutes}'
const CALLS = '{name: calls, isStream: true, dataset: "dataos://lake:raw/calls"}'
const SHIPS = '{name: ships, dataset: "dataos://lake:raw/ships"}'
const QUERY = 'name: clean, sql: select * from calls'
const MEASURES = 'measures: [{name: calls, fn: count}, {name: weight, fn: sum, column: tons}]'
const WINDOW = 'window: {column: at, size: 1 hour}'
const WINDOWS = `name: hours, aggregate: {${WINDOW}, by: [port], ${MEASURES}}`

function table(view: string, options = 'saveMode: append'): string {
  return `{name: ${view}, dataset: "dataos://lake:ports/${view}?acl=rw", options: {${options}}}`
}

/** Line 1 is `streaming`, 2 the inputs, 3 the outputs, and the items begin in line 6. */
function job({
  streaming = WATERMARK,
  inputs = CALLS,
  items = [QUERY, WINDOWS],
  outputs = [table('hours')],
}: Parts = {}): string {
  const steps = items.map((item) => `  - {${item}}\n`).join('')
  return `streaming: {checkpointLocation: "dataos://lake:chk/calls?acl=rw", ${streaming}}
inputs: [${inputs}]
outputs: [${outputs.join(', ')}]
${items.length === 0 ? '' : `steps:\n- sequence:\n${steps}`}`
}

function timeOf(parts?: Parts): StreamTime | null {
  return jobOf(job(parts)).stream?.time ?? null
}

function modesOf(parts: Parts): readonly unknown[] {
  return jobOf(job(parts)).outputs.map((output) => 'mode' in output && output.mode)
}

const ITEM = '7 steps[0].sequence[1].aggregate'

describe('windows of a job', () => {
  it('are of the view before them', () => {
    expect(timeOf()).toEqual({
      eventTime: {
        watermark: { column: 'at', delayMicros: 600_000_000n, late: 'drop' },
        aggregate: {
          column: 'at',
          sizeMicros: 3_600_000_000n,
          by: ['port'],
          measures: [
            { name: 'calls', fn: 'count', column: null },
            { name: 'weight', fn: 'sum', column: 'tons' },
          ],
          output: 'append',
        },
      },
      judged: 'clean',
      result: 'hours',
      late: null,
      place: expect.objectContaining({ path: expect.stringMatching(/sequence\[1\]\.aggregate$/) }),
    })
    expect(jobWarnings(job())).toEqual([])
  })

  it('are of the only input where nothing is before them', () => {
    expect(timeOf({ items: [WINDOWS] })).toMatchObject({ judged: 'calls', result: 'hours' })
    const inputs = `${CALLS}, ${SHIPS}`
    expect(jobFaults(job({ inputs, items: [WINDOWS] }))).toContain(
      '6 steps[0].sequence[0].aggregate: which of the inputs has the event time? select its rows in a step',
    )
  })

  it('are the only ones that are complete where that is said, beside views that are appended', () => {
    const streaming = `${WATERMARK}, outputMode: complete`
    const outputs = [table('clean'), table('hours')]
    expect(modesOf({ streaming, outputs })).toEqual(['append', 'overwrite'])
    expect(timeOf({ streaming, outputs })?.eventTime.aggregate?.output).toBe('complete')
  })

  it('need no watermark where all are written with each batch', () => {
    const time = timeOf({ streaming: 'outputMode: complete' })
    expect(time?.eventTime).toMatchObject({ watermark: null, aggregate: { output: 'complete' } })
  })

  it.each<[fault: string, item: string]>([
    [': window is missing', `aggregate: {${MEASURES}}`],
    [': measures is missing', `aggregate: {${WINDOW}}`],
    ['.measures: must not be empty', `aggregate: {${WINDOW}, measures: []}`],
    ['.window: column is missing', `aggregate: {window: {size: 1 hour}, ${MEASURES}}`],
    ['.window: size is missing', `aggregate: {window: {column: at}, ${MEASURES}}`],
    [
      '.window.size: must be a number and a unit, such as 1 hour',
      `aggregate: {window: {column: at, size: hourly}, ${MEASURES}}`,
    ],
    ['.window.size: must be text', `aggregate: {window: {column: at, size: 60}, ${MEASURES}}`],
    [
      '.window.size: must be longer than nothing',
      `aggregate: {window: {column: at, size: 0 hours}, ${MEASURES}}`,
    ],
    [
      '.window.size: months do not all last as long: say it in units from milliseconds to weeks',
      `aggregate: {window: {column: at, size: 1 month}, ${MEASURES}}`,
    ],
    [
      '.window.column: the watermark is of another column: set streaming.watermark.column to this one',
      `aggregate: {window: {column: left, size: 1 hour}, ${MEASURES}}`,
    ],
    ['.by: must be a list', `aggregate: {${WINDOW}, by: port, ${MEASURES}}`],
    [
      '.measures[0].fn: must be sum, count, min, max or avg',
      `aggregate: {${WINDOW}, measures: [{name: a, fn: median, column: tons}]}`,
    ],
    ['.measures[0]: fn is missing', `aggregate: {${WINDOW}, measures: [{name: a}]}`],
    [
      '.measures[0].fn: only a count needs no column: say what it is the avg of',
      `aggregate: {${WINDOW}, measures: [{name: a, fn: avg}]}`,
    ],
    [
      '.measures[1].name: another column of windows has this name',
      `aggregate: {${WINDOW}, measures: [{name: a, fn: count}, {name: A, fn: count}]}`,
    ],
    [
      '.by[1]: another column of windows has this name',
      `aggregate: {${WINDOW}, by: [port, port], ${MEASURES}}`,
    ],
    [
      '.by[0]: another column of windows has this name',
      `aggregate: {${WINDOW}, by: [window_end], ${MEASURES}}`,
    ],
  ])('are refused: %s', (fault, item) => {
    expect(jobFaults(job({ items: [QUERY, `name: hours, ${item}`] }))).toEqual([`${ITEM}${fault}`])
  })

  it.each(['sql: select 1', 'sqlFile: a.sql', 'functions: [{name: snake_case}]', 'classpath: a.B'])(
    'stand for themselves, and not beside %s',
    (maker) => {
      const key = maker.split(':')[0]
      expect(jobFaults(job({ items: [QUERY, `${WINDOWS}, ${maker}`] }))).toEqual([
        `7 steps[0].sequence[1].${key}: windows are of the view before them: make that by this`,
      ])
    },
  )

  it('overlap in no job yet', () => {
    const sliding = WINDOWS.replace('size: 1 hour', 'size: 1 hour, slide: 1 minute')
    expect(jobFaults(job({ items: [QUERY, sliding] }), 'unsupported')).toEqual([
      `${ITEM}.window.slide: slide is not supported yet`,
    ])
  })

  it('come last', () => {
    const items = [QUERY, WINDOWS, 'name: days, sql: select * from hours']
    expect(jobFaults(job({ items, outputs: [table('days')] }))).toContain(
      `${ITEM}: windows come last: take the steps after them to a job that reads their table`,
    )
  })

  it('have a name of their own', () => {
    const items = [QUERY, WINDOWS.replace('hours', 'clean')]
    expect(jobFaults(job({ items, outputs: [table('clean')] }))).toContain(
      '7 steps[0].sequence[1].name: an earlier step has this name',
    )
  })

  it('are of streams', () => {
    const text = job({ inputs: CALLS.replace(' isStream: true,', '') })
    expect(jobFaults(text)).toEqual([
      `${ITEM}: windows of event time are of streams: set isStream: true for the input, or group by in sql`,
    ])
  })

  it('are over when a watermark says so', () => {
    expect(jobFaults(job({ streaming: '' }))).toEqual([
      `${ITEM}.window.column: a window is written when a watermark has passed its end: set streaming.watermark, or streaming.outputMode: complete for all windows with each batch`,
    ])
  })

  it('go to a table or files, and all of them at once to a table alone', () => {
    const shown = '{name: hours, format: console}'
    expect(jobFaults(job({ outputs: [shown, table('clean')] }))).toEqual([
      `${ITEM}: no table or file takes the view hours: name it in an output`,
    ])
    const file = table('hours', 'file: {outputType: CSV, saveMode: append}')
    expect(modesOf({ outputs: [file] })).toEqual(['append'])
    const streaming = `${WATERMARK}, outputMode: complete`
    expect(jobFaults(job({ streaming, outputs: [file] }))).toEqual([
      '3 outputs[0].name: each batch has all windows, and would add a file of them: use a table',
    ])
  })
})

describe('a watermark of a job', () => {
  it('is of the last view', () => {
    const outputs = [table('clean')]
    expect(timeOf({ items: [QUERY], outputs })).toMatchObject({
      eventTime: { aggregate: null },
      judged: 'clean',
      result: 'clean',
      place: { path: expect.stringMatching(/streaming\.watermark$/) },
    })
    expect(timeOf({ items: [], outputs: [table('calls')] })).toMatchObject({ judged: 'calls' })
  })

  it.each([
    ['column: at', ': delay is missing'],
    ['delay: 1 hour', ': column is missing'],
    ['column: at, delay: later', '.delay: must be a number and a unit, such as 10 minutes'],
    ['column: at, delay: -1 hours', '.delay: must be a number and a unit, such as 10 minutes'],
    [
      'column: at, delay: 1 month',
      '.delay: months do not all last as long: say it in units from milliseconds to weeks',
    ],
    ['column: at, delay: 1 hour, late: lose', '.late: must be drop, keep or aside'],
    [
      'column: at, delay: 1 hour, late: keep',
      '.late: a window that was written takes no late rows: use drop or aside, or streaming.outputMode: complete',
    ],
    [
      'column: at, delay: 1 hour, late: aside',
      '.late: no table or file takes late rows: name lateRows in an output, or use drop',
    ],
    ['column: at, delay: 1 hour, lat: drop', '.lat: unknown key lat, did you mean late?'],
  ])('is refused: %s', (watermark, fault) => {
    const text = job({ streaming: `watermark: {${watermark}}` })
    expect(jobFaults(text)).toEqual([`1 streaming.watermark${fault}`])
  })

  it('sets late rows aside as a view, which is appended whatever else is complete', () => {
    const watermark = 'watermark: {column: at, delay: 1 hour, late: aside}'
    const outputs = [table('hours'), table('lateRows')]
    expect(timeOf({ streaming: watermark, outputs })?.late).toBe('lateRows')
    const streaming = `${watermark}, outputMode: complete`
    expect(modesOf({ streaming, outputs })).toEqual(['overwrite', 'append'])
    const alone = { items: [QUERY], outputs: [table('clean'), table('lateRows')] }
    expect(modesOf({ streaming, ...alone })).toEqual(['overwrite', 'append'])
    expect(jobFaults(job({ outputs }))).toEqual([
      '3 outputs[1].name: late rows are a view where streaming.watermark.late is aside',
    ])
    const inputs = `${CALLS}, {name: laterows, dataset: "dataos://lake:raw/late"}`
    expect(jobFaults(job({ streaming: watermark, inputs, outputs }))).toEqual([
      '1 streaming.watermark.late: the view of late rows is lateRows: give the other view another name',
    ])
  })
})

describe('lint', () => {
  it('finds windows that every batch adds the same rows to', () => {
    const rulesOf = (query: string): readonly string[] => {
      const items = [`name: clean, sql: ${query}`, WINDOWS]
      const text = workflowOfJob(job({ inputs: `${CALLS}, ${SHIPS}`, items }))
      return lintWorkflow(parseWorkflow(text).workflow).map(({ rule }) => rule)
    }
    expect(rulesOf('select * from ships')).toEqual(['timed-without-stream'])
    expect(rulesOf('select * from ships join calls using (id)')).toEqual([])
  })
})
