import { describe, expect, it } from 'vitest'

import type { IncrementalRead } from '../../../../src/jobs/workflow/model.ts'
import {
  edited,
  faultsOf,
  flareJobOf,
  warningsOf,
  WORKFLOW_TEXT,
} from '../../../support/jobs/workflow-file.ts'

const JOB = 'workflow.dag[0].spec.flare.job'
const INPUT = `${JOB}.inputs[0]`
const READ = `${INPUT}.incremental`

const SQL = "sql: select * from every_call where arrived > '$|start|' and arrived <= '$|end|'"
const START = "sql: select to_timestamp('2021-03-01 00:00:00')"
const END = "sql: select to_timestamp('$|start|') + INTERVAL '1' MONTH"
const STATE =
  '                state:\n                  - key: start\n                    value: end\n'

function readOf(text: string): IncrementalRead | null | undefined {
  return flareJobOf(text).inputs[0]?.incremental
}

describe('an incremental read', () => {
  it('keeps its query, keys and state as they are written', () => {
    expect(readOf(WORKFLOW_TEXT)).toMatchObject({
      context: 'every_call',
      sql: "select * from every_call where arrived > '$|start|' and arrived <= '$|end|'",
      keys: [
        { name: 'start', sql: "select to_timestamp('2021-03-01 00:00:00')", default: null },
        { name: 'end', sql: "select to_timestamp('$|start|') + INTERVAL '1' MONTH", default: null },
      ],
      state: [{ key: 'start', value: 'end' }],
      until: { kind: 'none' },
      place: { path: `${READ}.context`, line: 29 },
      sqlPlace: { path: `${READ}.sql`, line: 30 },
      untilPlace: { path: READ },
    })
  })

  it('needs a context', () => {
    expect(faultsOf(edited(['                context: every_call\n', '']))).toEqual([
      `29 ${READ}: context is missing`,
    ])
  })

  it.each(['calls', 'CALLS'])('has no context %s that is the name of an input', (context) => {
    const text = edited(
      ['context: every_call', `context: ${context}`],
      ['from every_call', `from ${context}`],
    )
    expect(faultsOf(text)).toEqual([
      `29 ${READ}.context: the context needs a name that no input has`,
    ])
  })

  describe('that shares its context with another', () => {
    const second = (state: string): string =>
      `            - name: more
              dataset: dataos://lake:raw/more
              incremental: {context: every_call, sql: "select * from every_call", keys: [{name: a, default: 1}]${state}}
          outputs:
`

    it('is legal without state', () => {
      const text = edited([STATE, ''], ['          outputs:\n', second('')])
      expect(flareJobOf(text).inputs).toHaveLength(2)
    })

    it.each([
      ['theirs', [STATE, ''], ', state: [{key: a, value: a}]'],
      ['ours', ['explain: true', 'explain: false'], ''],
    ] as const)('is refused with state of %s', (_, edit, state) => {
      const faults = faultsOf(edited(edit, ['          outputs:\n', second(state)]))
      expect(faults).toHaveLength(1)
      expect(faults[0]).toMatch('another input has this context, and one of them keeps state')
    })
  })

  it.each(['1 day', '90 minutes', '2 months', '100'])('begins %s earlier when told', (lag) => {
    const text = edited(['context: every_call', `context: every_call\n                lag: ${lag}`])
    expect(readOf(text)?.lag).toBe(lag)
  })

  it.each(['0 days', 'a while', '-1 day', '1 fortnight'])('refuses a lag of %s', (lag) => {
    const text = edited(['context: every_call', `context: every_call\n                lag: ${lag}`])
    expect(faultsOf(text)).toEqual([
      `30 ${READ}.lag: a step is a whole number above zero, with a unit from second to year or without one`,
    ])
  })

  it('has no lag where rows are appended, which would be there twice', () => {
    const text = edited(
      ['context: every_call', 'context: every_call\n                lag: 1 day'],
      ['saveMode: overwrite', 'saveMode: append'],
    )
    expect(faultsOf(text)).toEqual([
      `31 ${READ}.sql: with lag rows are read more than once, and an output appends them: replace partitions`,
    ])
  })

  it('says what snapshots that did not append are to it', () => {
    const text = edited([
      'context: every_call',
      'context: every_call\n                overwriteSnapshots: added\n                deleteSnapshots: Skip',
    ])
    expect(readOf(text)).toMatchObject({ overwriteSnapshots: 'added', deleteSnapshots: 'skip' })
    expect(faultsOf(text.replace('Skip', 'added'))).toEqual([
      `31 ${READ}.deleteSnapshots: must be throw or skip`,
    ])
  })
})

describe('the query of an incremental read', () => {
  it.each(["sql: ''", 'sql: "  "'])('is not empty: %s', (sql) => {
    expect(faultsOf(edited([SQL, sql]))).toEqual([`30 ${READ}.sql: must not be empty`])
  })

  it('is not missing', () => {
    expect(faultsOf(edited([SQL, 'sql:']))).toEqual([`29 ${READ}: sql is missing`])
  })

  it('has holes for keys only', () => {
    const sql = "sql: select * from every_call where arrived > '$|strt|'"
    expect(faultsOf(edited([SQL, sql]))).toEqual([
      `30 ${READ}.sql: no key is named strt, did you mean start?`,
    ])
  })

  it('has no hole that is not closed', () => {
    const sql = "sql: select * from every_call where arrived > '$|start'"
    expect(faultsOf(edited([SQL, sql]))).toEqual([
      `30 ${READ}.sql: hole is not closed at character 43`,
    ])
  })

  it('reads no view but the context', () => {
    const sql = 'sql: select * from every_call join ports on true'
    expect(faultsOf(edited([SQL, sql]))).toEqual([
      `30 ${READ}.sql: there is no view ports here, only the context every_call`,
    ])
  })

  it('reads the context', () => {
    expect(faultsOf(edited([SQL, 'sql: select 1']))).toEqual([
      `30 ${READ}.sql: must read the context every_call`,
    ])
  })

  it('may be folded over lines, and may name the context in another case', () => {
    const sql =
      "sql: >\n                  select * from Every_Call\n                  where arrived > '$|start|'"
    expect(readOf(edited([SQL, sql]))?.sql).toBe(
      "select * from Every_Call where arrived > '$|start|'\n",
    )
  })
})

describe('the keys of an incremental read', () => {
  const KEYS = /^ {16}keys:\n(?: {18}.*\n)+/m

  function keysOf(keys: string): string {
    const block = KEYS.exec(WORKFLOW_TEXT)?.[0] ?? ''
    return edited([block, `                keys: ${keys}\n`])
  }

  it('are at least one', () => {
    expect(faultsOf(keysOf('[]'))).toContain(`31 ${READ}.keys: must not be empty`)
  })

  it('have names of their own', () => {
    const text = keysOf(
      '[{name: start, sql: select 1}, {name: end, sql: select 2}, {name: end, default: 3}]',
    )
    expect(faultsOf(text)).toEqual([`31 ${READ}.keys[2].name: another key has this name`])
  })

  it('have names that a hole can have', () => {
    expect(
      faultsOf(
        keysOf('[{name: "a|b", default: 1}, {name: start, default: 1}, {name: end, default: 1}]'),
      ),
    ).toEqual([`31 ${READ}.keys[0].name: a hole cannot name a key with a bar in it`])
  })

  it('have sql or a default', () => {
    expect(faultsOf(edited([START, 'sql:']))).toEqual([
      `32 ${READ}.keys[0]: a key needs sql or default`,
    ])
  })

  it('keep a default as it is written', () => {
    const text = keysOf('[{name: start, default: 2021-03-01}, {name: end, default: 1.50}]')
    expect(readOf(text)?.keys.map((key) => key.default)).toEqual(['2021-03-01', '1.50'])
  })

  it('have no use for a default beside sql', () => {
    const text = edited([START, `${START}\n                    default: x`])
    expect(warningsOf(text)).toContain(
      `34 ${READ}.keys[0].default: default is never used beside sql`,
    )
  })

  it('have sql that is not empty', () => {
    expect(faultsOf(edited([START, "sql: ''"]))).toEqual([
      `33 ${READ}.keys[0].sql: must not be empty`,
    ])
  })

  it.each(['start', 'end'])('do not refer to %s before it has a value', (name) => {
    const text = edited([START, `sql: select '$|${name}|'`])
    expect(faultsOf(text)).toEqual([
      `33 ${READ}.keys[0].sql: the key ${name} has no value here yet: keys get theirs in list order`,
    ])
  })

  it('do not refer to what is no key', () => {
    expect(faultsOf(edited([END, "sql: select '$|begin|'"]))).toEqual([
      `35 ${READ}.keys[1].sql: no key is named begin`,
    ])
  })

  it('may say themselves what the next run takes for them, as older files do', () => {
    const text = edited(
      [START, `default: 2021-03-01\n                    updateFromKey: end`],
      [STATE, ''],
    )
    expect(readOf(text)).toMatchObject({
      keys: [{ name: 'start', sql: null, default: '2021-03-01' }, { name: 'end' }],
      state: [{ key: 'start', value: 'end' }],
    })
  })

  it.each([
    ['ends', 'no key is named ends, did you mean end?'],
    ['end', 'another entry is about this key'],
  ])('refuse updateFromKey: %s beside state', (key, message) => {
    const text = edited([START, `${START}\n                    updateFromKey: ${key}`])
    expect(faultsOf(text)).toContain(`34 ${READ}.keys[0].updateFromKey: ${message}`)
  })
})

describe('the state of an incremental read', () => {
  it('may be missing, which is warned of', () => {
    const text = edited([STATE, ''])
    expect(readOf(text)?.state).toEqual([])
    expect(warningsOf(text)).toContain(
      `29 ${READ}: without state every run computes the same window`,
    )
  })

  it.each([
    [
      '- key: start\n                    value: end',
      '- value: end',
      `37 ${READ}.state[0]: key is missing`,
    ],
    [
      '- key: start\n                    value: end',
      '- key: start',
      `37 ${READ}.state[0]: value is missing`,
    ],
    ['- key: start', '- key: begin', `37 ${READ}.state[0].key: no key is named begin`],
    [
      'value: end',
      'value: ende',
      `38 ${READ}.state[0].value: no key is named ende, did you mean end?`,
    ],
  ])('names keys: %j as %j', (from, to, fault) => {
    expect(faultsOf(edited([from, to]))).toEqual([fault])
  })

  it('has one entry for a key', () => {
    const text = edited([
      'value: end\n',
      'value: end\n                  - {key: start, value: start}\n',
    ])
    expect(faultsOf(text)).toEqual([`39 ${READ}.state[1].key: another entry is about this key`])
  })
})

describe('until', () => {
  const until = (text: string): string =>
    edited(['context: every_call', `context: every_call\n                until: ${text}`])

  it.each([
    ['none', { kind: 'none' }],
    ['now', { kind: 'now' }],
    ['sourceMax', { kind: 'source-max' }],
    ['SOURCEMAX', { kind: 'source-max' }],
    ['2021-12-31', { kind: 'value', text: '2021-12-31' }],
    ['1000', { kind: 'value', text: '1000' }],
    ['selected', { kind: 'value', text: 'selected' }],
    ["select date '2021-12-31'", { kind: 'sql', sql: "select date '2021-12-31'" }],
    [
      'WITH x AS (select 1) select * from x',
      { kind: 'sql', sql: 'WITH x AS (select 1) select * from x' },
    ],
  ])('may be %s', (text, expected) => {
    expect(readOf(until(text))?.until).toEqual(expected)
  })

  it('is taken for a value where it is nearly a word, which is warned of', () => {
    const warning = `30 ${READ}.until: windows end before the value sorceMax, did you mean sourceMax?`
    expect(readOf(until('sorceMax'))?.until).toEqual({ kind: 'value', text: 'sorceMax' })
    expect(warningsOf(until('sorceMax'))).toContain(warning)
    expect(warningsOf(until('2021-12-31')).join()).not.toContain('until')
  })

  it('may refer to keys', () => {
    const sql = "select least('$|end|', '2021-12-31')"
    expect(readOf(until(sql))?.until).toEqual({ kind: 'sql', sql })
    expect(faultsOf(until("select '$|ends|'"))).toEqual([
      `30 ${READ}.until: no key is named ends, did you mean end?`,
    ])
  })
})
