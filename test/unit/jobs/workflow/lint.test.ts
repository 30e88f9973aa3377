import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseConfig } from '../../../../src/jobs/config.ts'
import type { Config } from '../../../../src/jobs/config.ts'
import { lintWorkflow } from '../../../../src/jobs/workflow/lint.ts'
import type { Finding, LintRule } from '../../../../src/jobs/workflow/lint/finding.ts'
import { workflowOfJob } from '../../../support/jobs/job-text.ts'
import { edited, WORKFLOW_TEXT, workflowOf } from '../../../support/jobs/workflow-file.ts'
import { runs } from '../../../support/runs.ts'

const READ = 'workflow.dag[0].spec.flare.job.inputs[0].incremental'
const WINDOW = "arrived > '$|start|' and arrived <= '$|end|'"
const START = "select to_timestamp('2021-03-01 00:00:00')"
const END = "select to_timestamp('$|start|') + INTERVAL '1' MONTH"
const DAY = 'type: day'

type Edit = readonly [from: string, to: string]

const DEPOTS = 'catalogs: {c: {type: memory}}\ndepots:\n  lake: {catalog: c}\n'

/** What a table has and files have not. */
const ICEBERG: Edit = [/^ {16}iceberg:\n(?: {18,}.*\n)+/m.exec(WORKFLOW_TEXT)?.[0] ?? '', '']

function configOf(text: string): Config {
  return parseConfig(text, { folder: '/srv', variables: {} })
}

function lint(...edits: readonly Edit[]): readonly Finding[] {
  return lintWorkflow(workflowOf(edited(...edits)))
}

function finds(rule: LintRule, ...edits: readonly Edit[]): boolean {
  return lint(...edits).some((finding) => finding.rule === rule)
}

describe('lint', () => {
  it('says what, where and what to write instead', () => {
    expect(lintWorkflow(workflowOf(WORKFLOW_TEXT))).toEqual([
      {
        rule: 'boundary-loss',
        path: `${READ}.sql`,
        line: 30,
        column: 22,
        message: 'rows at the end of a window are lost: use arrived >= start AND arrived < end',
      },
      {
        rule: 'window-past-data',
        path: `${READ}.keys[1].name`,
        line: 34,
        column: 27,
        message:
          'a window may end beyond the data, and rows that arrive later are never read: set until to sourceMax or now',
      },
    ])
  })

  it('has nothing to say about a half-open window that waits for its data', () => {
    const until = [
      'context: every_call',
      'context: every_call\n                until: sourceMax',
    ] as const
    expect(lint([WINDOW, "arrived >= '$|start|' and arrived < '$|end|'"], until)).toEqual([])
  })

  it('has nothing to say where no window moves', () => {
    const state =
      '                state:\n                  - key: start\n                    value: end\n'
    expect(lint([state, ''])).toEqual([])
  })
})

describe('boundary-loss', () => {
  const rule = 'boundary-loss'

  it.each([
    "arrived > '$|start|' and arrived < '$|end|'",
    "'$|start|' < arrived and '$|end|' >= arrived",
    "arrived > to_timestamp('$|start|') and arrived <= timestamp '$|end|'",
    "every_call.arrived > '$|start|' and every_call.arrived <= '$|end|'",
    "ARRIVED > '$|start|' and Arrived <= '$|end|'",
  ])('is found in %s', (window) => {
    expect(finds(rule, [WINDOW, window])).toBe(true)
  })

  it.each([
    "arrived >= '$|start|' and arrived < '$|end|'",
    // The boundary is in both windows, and the later one replaces what the earlier one wrote of that day.
    "arrived between '$|start|' and '$|end|'",
    "arrived > '$|start|' and left <= '$|end|'",
    "arrived > '$|start|'",
    "arrived <= '$|end|'",
  ])('is not found in %s', (window) => {
    expect(finds(rule, [WINDOW, window])).toBe(false)
  })

  it.each(['hour', 'month', 'year', 'days'])('is found where partitions are by %s', (type) => {
    expect(finds(rule, [DAY, `type: ${type}`])).toBe(true)
  })

  it('is not found where equal values have a partition of their own', () => {
    expect(finds(rule, [DAY, 'type: identity'])).toBe(false)
  })

  it('is not found where another column makes the partitions', () => {
    expect(finds(rule, ['column: arrived', 'column: left_at'])).toBe(false)
  })

  it('is not found where rows are appended', () => {
    expect(finds(rule, ['saveMode: overwrite', 'saveMode: append'])).toBe(false)
  })
})

describe('window-past-data', () => {
  const rule = 'window-past-data'

  it.each(['now', 'sourceMax', '2021-12-31', 'select 1'])(
    'is not found with until: %s',
    (until) => {
      const edit = [
        'context: every_call',
        `context: every_call\n                until: ${until}`,
      ] as const
      expect(finds(rule, edit)).toBe(false)
    },
  )

  it('is found with until: none', () => {
    const edit = [
      'context: every_call',
      'context: every_call\n                until: none',
    ] as const
    expect(finds(rule, edit)).toBe(true)
  })

  it.each([
    'select current_timestamp()',
    'select now()',
    "select least(to_timestamp('$|start|') + INTERVAL '1' MONTH, current_date)",
  ])('is not found where a window ends at %s', (sql) => {
    expect(finds(rule, [END, sql])).toBe(false)
  })

  it('is found where a window ends at a fixed value', () => {
    expect(finds(rule, [`sql: ${END}`, 'default: 2021-12-31'])).toBe(true)
  })
})

describe('month-drift', () => {
  const rule = 'month-drift'
  const from = (date: string): Edit => [START, `select to_timestamp('${date} 00:00:00')`]

  it.each(['2021-01-29', '2021-01-31', '2020-12-30'])('is found from %s', (date) => {
    expect(finds(rule, from(date))).toBe(true)
    const start = lint(from(date)).find((finding) => finding.rule === rule)
    expect(start).toMatchObject({ path: `${READ}.keys[0].name`, line: 32 })
  })

  it('is not found from the 28th', () => {
    expect(finds(rule, from('2021-01-28'))).toBe(false)
  })

  it('is found in a default', () => {
    expect(finds(rule, [`sql: ${START}`, 'default: 2021-01-31'])).toBe(true)
  })

  it.each([
    "select to_timestamp('$|start|') + INTERVAL 1 MONTH",
    "select to_timestamp('$|start|') + INTERVAL '3 months'",
    "select add_months('$|start|', 1)",
  ])('is found in %s', (sql) => {
    expect(finds(rule, from('2021-01-31'), [END, sql])).toBe(true)
  })

  it('is not found in steps of days', () => {
    const days = "select to_timestamp('$|start|') + INTERVAL '30' DAY"
    expect(finds(rule, from('2021-01-31'), [END, days])).toBe(false)
  })
})

describe('closed-bounds', () => {
  const rule = 'closed-bounds'

  it.each([
    "arrived between '$|start|' and '$|end|'",
    "arrived >= '$|start|' and arrived <= '$|end|'",
    "'$|end|' >= to_date(arrived) and cast(arrived as date) >= '$|start|'",
  ])('is found in %s', (window) => {
    expect(lint([WINDOW, window])).toContainEqual({
      rule,
      path: `${READ}.sql`,
      line: 30,
      column: 22,
      message:
        'rows at the end of a window are read by the next one too: use arrived >= start AND arrived < end',
    })
  })

  it.each([
    "arrived >= '$|start|' and arrived < '$|end|'",
    "arrived > '$|start|' and arrived <= '$|end|'",
    "arrived >= '$|start|' and left_at <= '$|end|'",
  ])('is not found in %s', (window) => {
    expect(finds(rule, [WINDOW, window])).toBe(false)
  })

  it('is not found where the next window begins after the end of this one', () => {
    const next = `sql: ${END}\n                  - name: next\n                    sql: select to_timestamp('$|end|') + INTERVAL '1' SECOND`
    expect(
      finds(
        rule,
        [WINDOW, "arrived between '$|start|' and '$|end|'"],
        [`sql: ${END}`, next],
        ['value: end', 'value: next'],
      ),
    ).toBe(false)
  })
})

describe('partial-partitions', () => {
  const rule = 'partial-partitions'
  const step = (interval: string): Edit => [
    END,
    `select to_timestamp('$|start|') + INTERVAL ${interval}`,
  ]

  it('says what, where and what to do', () => {
    expect(lint([DAY, 'type: month'], step("'1' DAY"))).toContainEqual({
      rule,
      path: 'workflow.dag[0].spec.flare.job.outputs[0].name',
      line: 40,
      column: 21,
      message:
        'a window that is only part of a month replaces all of it: begin and end windows where a month does',
    })
  })

  it.each([
    ['hour', "'90' MINUTE"],
    ['day', "'12' HOUR"],
    ['day', '36 hours'],
    ['month', "'2 weeks'"],
    ['month', "'30' DAY"],
    ['year', "'1' MONTH"],
    ['year', "'2' QUARTERS"],
  ])('is found where partitions are by %s and windows of %s', (type, interval) => {
    expect(finds(rule, [DAY, `type: ${type}`], step(interval))).toBe(true)
  })

  it.each([
    ['hour', "'120' MINUTES"],
    ['day', '48 hours'],
    ['day', "'1' WEEK"],
    ['day', "'1' MONTH"],
    ['month', "'1' QUARTER"],
  ])('is not found where partitions are by %s and windows of %s', (type, interval) => {
    expect(finds(rule, [DAY, `type: ${type}`], step(interval))).toBe(false)
  })

  it.each([
    ['hour', '2021-03-01 00:30:00'],
    ['day', '2021-03-01 06:00:00'],
    ['month', '2021-03-02'],
    ['year', '2021-03-01'],
  ])('is found where partitions are by %s and windows begin at %s', (type, start) => {
    const edits = [[DAY, `type: ${type}`], step("'1' YEAR"), [START, `select '${start}'`]] as const
    expect(finds(rule, ...edits)).toBe(true)
  })

  it('is found where a window ends now, which is within a partition', () => {
    expect(finds(rule, [END, 'select current_timestamp()'])).toBe(true)
    expect(finds(rule, [END, "select date_trunc('day', current_timestamp())"])).toBe(false)
  })

  it.each([
    ['partitions are by another column', [['column: arrived', 'column: left_at']]],
    ['partitions are by a hash', [[DAY, 'type: bucket\n                      numBuckets: 4']]],
    ['the whole table is replaced', [['overwrite-mode: dynamic', 'overwrite-mode: static']]],
  ] as const)('is found where %s', (_, edits) => {
    expect(finds(rule, ...edits)).toBe(true)
  })

  it.each([
    ['each value has a partition of its own', [[DAY, 'type: identity']]],
    [
      'rows are appended',
      [
        ['saveMode: overwrite', 'saveMode: append'],
        [DAY, 'type: year'],
      ],
    ],
    [
      'steps come between',
      [
        [
          '          outputs:\n            - name: calls',
          '          steps: [{sequence: [{name: late, sql: select * from calls}]}]\n          outputs:\n            - name: late',
        ],
        [DAY, 'type: year'],
      ],
    ],
  ] as const)('is not found where %s', (_, edits) => {
    expect(finds(rule, ...edits)).toBe(false)
  })
})

describe('state-not-advanced', () => {
  const rule = 'state-not-advanced'

  it.each([
    ['the end is fixed', [[`sql: ${END}`, 'default: 2021-12-31']]],
    ['the end is a fixed query', [[END, "select '2021-12-31'"]]],
    ['a key follows itself', [['value: end', 'value: start']]],
    [
      'two keys follow each other',
      [['value: end', 'value: end\n                  - {key: end, value: start}']],
    ],
    [
      'the end follows itself',
      [['value: end', 'value: end\n                  - {key: end, value: end}']],
    ],
  ] as const)('is found where %s', (_, edits) => {
    expect(lint(...edits)).toContainEqual(
      expect.objectContaining({ rule, path: `${READ}.keys[0].name`, line: 32 }),
    )
  })

  it('is found where nothing reads what is kept', () => {
    const [finding] = lint(
      [WINDOW, "arrived <= '$|end|'"],
      [END, 'select current_timestamp()'],
    ).filter((other) => other.rule === rule)
    expect(finding?.message).toBe(
      'the state of start is kept and nothing reads it: use $|start| in the query',
    )
  })

  it.each([
    ['the end is computed of the start', []],
    ['the end is now', [[END, 'select current_timestamp()']]],
    [
      'the end is computed of what is computed',
      [
        [`sql: ${END}`, `sql: select '$|middle|'`],
        [
          `sql: ${START}`,
          `sql: ${START}\n                  - name: middle\n                    sql: select to_timestamp('$|start|') + INTERVAL '1' DAY`,
        ],
      ],
    ],
  ] as const)('is not found where %s', (_, edits) => {
    expect(finds(rule, ...edits)).toBe(false)
  })
})

describe('count-as-watermark', () => {
  it('is found where a key counts rows', () => {
    expect(lint([END, 'select count(*) from every_call'])).toContainEqual(
      expect.objectContaining({ rule: 'count-as-watermark', path: `${READ}.keys[1].name` }),
    )
  })

  it('is not found where a key is called so', () => {
    expect(finds('count-as-watermark', [END, 'select max(count) from every_call'])).toBe(false)
  })
})

describe('not-deterministic', () => {
  const rule = 'not-deterministic'

  it.each([
    ['rand', 'rand() < 0.1'],
    ['uuid', "uuid() > 'a'"],
    ['uuid', "UUID () > 'a'"],
    ['monotonically_increasing_id', 'monotonically_increasing_id() > 5'],
  ])('is found where the query of a window asks %s', (name, condition) => {
    expect(lint([WINDOW, `${WINDOW} and ${condition}`])).toContainEqual({
      rule,
      path: `${READ}.sql`,
      line: 30,
      column: 22,
      message: `${name} gives other rows when a run is tried again: derive its value from columns of the row`,
    })
  })

  const OUTPUTS = '          outputs:\n            - name: calls'
  const step = (item: string): Edit => [
    OUTPUTS,
    `          steps: [{sequence: [{name: late, ${item}}]}]\n          outputs:\n            - name: late`,
  ]

  it.each([
    'sql: "select *, uuid() as id from calls"',
    'sql: select * from calls tablesample (10 percent)',
    'sql: select * from calls, functions: [{name: generate_uuid, asColumn: id}]',
  ])('is found in a step of %s', (item) => {
    expect(finds(rule, step(item))).toBe(true)
  })

  it.each([
    'sql: "select uuid, `rand` from calls"',
    'sql: "select \'rand()\' from calls"',
    'sql: "select *, current_timestamp() as loaded from calls"',
    'sql: select * from calls tablesample (10 percent) repeatable (7)',
  ])('is not found in a step of %s', (item) => {
    expect(finds(rule, step(item))).toBe(false)
  })
})

describe('append-external-state', () => {
  const rule = 'append-external-state'
  const APPEND: Edit = ['saveMode: overwrite', 'saveMode: append']
  const lintWith = (state: string, ...edits: readonly Edit[]): boolean => {
    const config = configOf(`${DEPOTS}state: ${state}\n`)
    return lintWorkflow(workflowOf(edited(...edits)), { config }).some(
      (other) => other.rule === rule,
    )
  }

  it('is found where state is kept in files and rows are appended', () => {
    expect(lintWith('{file: ./state}', APPEND)).toBe(true)
    expect(finds(rule, APPEND)).toBe(false)
  })

  it('is not found where either is otherwise', () => {
    expect(lintWith('table', APPEND)).toBe(false)
    expect(lintWith('{file: ./state}')).toBe(false)
  })
})

describe('misplaced-dataset', () => {
  const rule = 'misplaced-dataset'
  const messages = (config: string, ...edits: readonly Edit[]): readonly string[] =>
    lintWorkflow(workflowOf(edited(...edits)), { config: configOf(config) })
      .filter((other) => other.rule === rule)
      .map(({ line, message }) => `${line} ${message}`)

  it('is not found where the configuration has a depot for every address', () => {
    expect(messages(DEPOTS)).toEqual([])
  })

  it('is found where it has none', () => {
    expect(messages(DEPOTS, ['dataos://lake:raw', 'dataos://lak:raw'])).toEqual([
      '25 no such depot is configured, did you mean lake?',
    ])
    const none = 'no such depot is configured'
    expect(messages('')).toEqual([`25 ${none}`, `40 ${none}`, `62 ${none}`])
  })

  it('is found where tables are files, or files tables', () => {
    const files = 'depots: {lake: {path: ./files}}'
    const none = 'a depot of files has no tables'
    expect(messages(files)).toEqual([`25 ${none}`, `40 ${none}`, `62 ${none}`])
    expect(messages(DEPOTS, ['format: Iceberg', 'format: parquet'], ICEBERG)).toEqual([
      '40 the depot holds tables, not files',
    ])
  })

  it.each(['', ', options: {startingOffsets: earliest, valueFormat: json}'])(
    'is found for a topic where the depot has none: dataset%s',
    (options) => {
      const text = workflowOfJob(
        `inputs: [{name: events, dataset: "dataos://logs:default/events"${options}}]
outputs: [{name: events, dataset: "dataos://lake:ports/events?acl=rw", options: {saveMode: append}}]
`,
      )
      const found = (depot: string): readonly string[] =>
        lintWorkflow(workflowOf(text), { config: configOf(`${DEPOTS}  logs: {${depot}}\n`) })
          .filter((other) => other.rule === rule)
          .map(({ message }) => message)
      expect(found('kafka: {brokers: "localhost:9092"}')).toEqual([])
      expect(found('path: ./logs')).toEqual(options === '' ? [] : ['the depot holds no logs'])
    },
  )

  it('is found where a name is none that a table can have', () => {
    const input: Edit = ['dataos://lake:raw/all_calls', 'dataos://lake:raw/all.calls']
    expect(messages(DEPOTS, input)).toEqual(['25 name is not allowed in a catalog'])
    const metadata: Edit = ['dataos://lake:raw/all_calls', 'dataos://lake:raw/all_calls.files']
    expect(messages(DEPOTS, metadata)).toEqual([])
  })
})

describe('log-reread', () => {
  const rule = 'log-reread'
  const log = (
    options: string,
  ): string => `inputs: [{name: events, dataset: "dataos://kafka:default/events", options: {startingOffsets: earliest}}]
steps: [{sequence: [{name: late, sql: select * from events}]}]
outputs:
- name: late
  dataset: "dataos://lake:ports/events?acl=rw"
  options: ${options}
`
  const finding = (options: string): Finding | undefined =>
    lintWorkflow(workflowOf(workflowOfJob(log(options)))).find((other) => other.rule === rule)

  it('is found where the partitions of a log are replaced', () => {
    const options =
      '{saveMode: overwrite, iceberg: {properties: {overwrite-mode: dynamic}, partitionSpec: [{type: hour, column: at}]}}'
    expect(finding(options)).toMatchObject({
      line: 15,
      message:
        'once the log has let go of the first rows of a partition, the next run replaces it by the rest: append, or merge',
    })
  })

  it('is not found where rows are appended', () => {
    expect(finding('{saveMode: append}')).toBeUndefined()
  })
})

/** Hours of a time line, and what a job makes of a row in each of them. */
describe('windows over a time line', () => {
  const HOURS_PER_DAY = 24
  const anyJob = fc.record({
    lower: fc.constantFrom('>', '>='),
    upper: fc.constantFrom('<', '<='),
    mode: fc.constantFrom('append', 'static', 'dynamic'),
    cut: fc.constantFrom('hour', 'day', 'identity', 'none'),
    firstHour: fc.constantFrom(0, 5, 24),
    step: fc.constantFrom(1, 6, 12, 24, 36, 48),
  })
  type Job = typeof anyJob extends fc.Arbitrary<infer Value> ? Value : never

  const WINDOWS = 4

  /** How often each hour is in the table in the end, between the first window's start and the last one's end. */
  function hoursWritten(job: Job): ReadonlyMap<number, number> {
    const partition = (hour: number): number => {
      if (job.cut === 'none') return 0
      return job.cut === 'day' ? Math.floor(hour / HOURS_PER_DAY) : hour
    }
    let table: number[] = []
    for (let window = 0; window < WINDOWS; window += 1) {
      const start = job.firstHour + window * job.step
      const end = start + job.step
      const first = job.lower === '>' ? start + 1 : start
      const last = job.upper === '<' ? end - 1 : end
      const rows = Array.from(
        { length: Math.max(last - first + 1, 0) },
        (_, index) => first + index,
      )
      const replaced = new Set(rows.map(partition))
      if (job.mode === 'static') table = []
      if (job.mode === 'dynamic') table = table.filter((hour) => !replaced.has(partition(hour)))
      table = [...table, ...rows]
    }
    const counts = new Map<number, number>()
    const end = job.firstHour + WINDOWS * job.step
    for (let hour = job.firstHour + 1; hour < end; hour += 1) counts.set(hour, 0)
    for (const hour of table) {
      if (counts.has(hour)) counts.set(hour, (counts.get(hour) ?? 0) + 1)
    }
    return counts
  }

  function fileOf(job: Job): string {
    const day = String(1 + Math.floor(job.firstHour / HOURS_PER_DAY)).padStart(2, '0')
    const hour = String(job.firstHour % HOURS_PER_DAY).padStart(2, '0')
    const item =
      job.cut === 'none' ? 'type: identity, column: port' : `type: ${job.cut}, column: at`
    return workflowOfJob(`inputs:
- name: calls
  dataset: "dataos://lake:raw/calls"
  incremental:
    context: c
    sql: select * from c where at ${job.lower} '$|start|' and at ${job.upper} '$|end|'
    keys:
    - {name: start, sql: "select to_timestamp('2021-03-${day} ${hour}:00:00')"}
    - {name: end, sql: "select to_timestamp('$|start|') + INTERVAL ${job.step} HOURS"}
    state: [{key: start, value: end}]
    until: now
outputs:
- name: calls
  dataset: "dataos://lake:ports/calls?acl=rw"
  options:
    saveMode: ${job.mode === 'append' ? 'append' : 'overwrite'}
    iceberg: {properties: {overwrite-mode: ${job.mode === 'dynamic' ? 'dynamic' : 'static'}}, partitionSpec: [{${item}}]}
`)
  }

  it('are never passed over in silence when they lose rows or repeat them', () => {
    fc.assert(
      fc.property(anyJob, (job) => {
        const counts = [...hoursWritten(job).values()]
        if (counts.every((count) => count === 1)) return
        expect(lintWorkflow(workflowOf(fileOf(job)))).not.toEqual([])
      }),
      runs(500),
    )
  })

  it('are never found fault with when they are half-open and write every row once', () => {
    fc.assert(
      fc.property(anyJob, (job) => {
        const halfOpen = { ...job, lower: '>=', upper: '<' } as const
        if ([...hoursWritten(halfOpen).values()].some((count) => count !== 1)) return
        expect(lintWorkflow(workflowOf(fileOf(halfOpen)))).toEqual([])
      }),
      runs(500),
    )
  })
})
