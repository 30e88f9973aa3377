import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { parseCacheStatement } from '../../../../src/jobs/workflow/cache-statement.ts'
import type { Step } from '../../../../src/jobs/workflow/model.ts'
import { INPUTS, jobFaults, jobOf, jobWarnings, OUTPUTS } from '../../../support/jobs/job-text.ts'

/** A job with these items in its sequence, each on a line from the fourth on, whose output is the view `calls` or another. */
function sequence(items: readonly string[], output = 'calls'): string {
  const lines = items.map((item) => `  - {${item}}\n`).join('')
  return `${INPUTS}steps:\n- sequence:\n${lines}${OUTPUTS.replace('name: calls', `name: ${output}`)}`
}

function stepsOf(items: readonly string[], output?: string): readonly Step[] {
  return jobOf(sequence(items, output)).steps
}

const ALL = 'name: every, sql: select * from calls'

describe('the steps of a job', () => {
  it('are views of inputs and of each other', () => {
    expect(stepsOf([ALL, 'name: late, sql: select * from Every where late'], 'late')).toMatchObject(
      [
        {
          name: 'every',
          sql: 'select * from calls',
          functions: [],
          isCached: false,
          place: { line: 15 },
        },
        { name: 'late', sql: 'select * from Every where late', sqlPlace: { line: 16 } },
      ],
    )
  })

  it('are those of all sequences, one after the other', () => {
    const text = `${INPUTS}steps:
- sequence: [{${ALL}}]
- sequence: [{name: late, doc: late ones, sql: select * from every}]
${OUTPUTS.replace('name: calls', 'name: late')}`
    expect(jobOf(text).steps.map((step) => step.name)).toEqual(['every', 'late'])
  })

  it('are written by outputs, as inputs still may be', () => {
    const [output] = jobOf(sequence([ALL], 'every')).outputs
    expect(output?.name).toBe('every')
    expect(jobOf(sequence([ALL])).outputs[0]?.name).toBe('calls')
  })

  it('are warned of when nothing comes of them', () => {
    expect(jobWarnings(sequence([ALL]))).toContain(
      '4 steps[0].sequence[0].name: no later step or output names this step, so it is not run',
    )
  })

  it.each([
    ['name: calls, sql: select 1', 'name: an input has this name'],
    ['name: CALLS, sql: select 1', 'name: an input has this name'],
    ['sql: select 1', 'name is missing'],
    ['name: late', 'sql is missing'],
    ['name: late, sql: ""', 'sql: must not be empty'],
    ['name: late, sql: select * from later', 'sql: no input or step is named later'],
    [
      'name: late, sql: select * from cals',
      'sql: no input or step is named cals, did you mean calls?',
    ],
    ['name: late, sql: select * from late', 'sql: the view late cannot be made of itself'],
    ['name: late, sql: "select \'a from calls"', 'sql: quote is not closed at character 8'],
    [
      'name: late, sql: "select * from calls where a > \'$|start|\'"',
      'sql: $|start| has no value here: keys are for incremental.sql',
    ],
    [
      'name: late, classpath: org.harbour.Late',
      'classpath: names a class of a JVM, and there is none: use sql and functions',
    ],
    ['name: late, sql: select 1, sqlFile: a.sql', 'sqlFile: sql and sqlFile cannot both be given'],
    [
      'name: late, sqlFile: a.sql',
      'sqlFile: is found beside the workflow file, and this one is in no file',
    ],
    [
      'name: late, sql: select 1, function: []',
      'function: unknown key function, did you mean functions?',
    ],
  ])('refuse %s', (item, fault) => {
    const faults = jobFaults(sequence([item])).map((text) => text.replace(/^4 /, ''))
    const at = fault.includes(': ') ? '.' : ': '
    expect(faults).toContain(`steps[0].sequence[0]${at}${fault}`)
  })

  it('name each other in order', () => {
    expect(jobFaults(sequence(['name: late, sql: select * from every', ALL]))).toEqual([
      '4 steps[0].sequence[0].sql: the view every is made by a later step: steps are made in list order',
    ])
  })

  it('have names of their own', () => {
    expect(jobFaults(sequence([ALL, 'name: Every, sql: select 1']))).toEqual([
      '5 steps[0].sequence[1].name: an earlier step has this name',
    ])
  })

  it('leave the context of a window to its own query', () => {
    const input = `inputs:
- name: calls
  dataset: "dataos://lake:raw/calls"
  incremental: {context: raw, sql: "select * from raw where a > '$|k|'", keys: [{name: k, default: 1}]}
`
    const steps = (item: string): string => `${input}steps: [{sequence: [{${item}}]}]\n${OUTPUTS}`
    expect(jobFaults(steps('name: late, sql: select * from raw'))).toEqual([
      '5 steps[0].sequence[0].sql: raw is the context of an input, which only its own sql can read',
    ])
    expect(jobFaults(steps('name: raw, sql: select * from calls'))).toEqual([
      '5 steps[0].sequence[0].name: an incremental input has this name for its context',
    ])
  })

  it('refuse what is not built by name', () => {
    expect(jobFaults(sequence([`${ALL}, transform: mine`]), 'unsupported')).toEqual([
      '4 steps[0].sequence[0].transform: transform is not supported yet',
    ])
  })

  it('need a sequence', () => {
    const text = (steps: string): string => `${INPUTS}steps: ${steps}\n${OUTPUTS}`
    expect(jobFaults(text('[{}]'))).toEqual(['2 steps[0]: sequence is missing'])
    expect(jobFaults(text('[{sequence: []}]'))).toEqual(['2 steps[0].sequence: must not be empty'])
    expect(jobFaults(text('{sequence: []}'))).toEqual(['2 steps: must be a list'])
  })
})

describe('a query in a file', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'workflow-'))
    writeFileSync(join(folder, 'late.sql'), 'select *\nfrom calls\n')
    writeFileSync(join(folder, 'empty.sql'), '\n')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('is found beside the workflow', () => {
    const text = sequence(['name: late, sqlFile: ./late.sql'], 'late')
    const [step] = jobOf(text, { file: join(folder, 'calls.yaml') }).steps
    expect(step?.sql).toBe('select *\nfrom calls\n')
    expect(step?.sqlPlace.path).toMatch(/sqlFile$/)
  })

  it.each([
    ['none.sql', 'there is no such file'],
    ['empty.sql', 'the file has no query in it'],
  ])('is refused as %s', (path, message) => {
    const text = sequence([`name: late, sqlFile: ${path}`], 'late')
    expect(jobFaults(text, 'invalid', { file: join(folder, 'calls.yaml') })).toContain(
      `4 steps[0].sequence[0].sqlFile: ${message}`,
    )
  })
})

describe('views that are kept', () => {
  const LATE = 'name: late, sql: select * from every'

  it.each([
    'name: c, sql: CACHE TABLE every',
    'name: c, sql: cache lazy table `every`',
    "name: c, sql: \"CACHE TABLE every OPTIONS ('storageLevel' = 'DISK_ONLY')\"",
    'name: c, sql: select 1, commands: [{name: persist, sequenceName: every, mode: MEMORY_AND_DISK}]',
    'name: c, sql: select 1, commands: [{name: persist, sequenceName: EVERY}]',
  ])('are so by %s', (item) => {
    const kept = stepsOf([ALL, item, LATE], 'late').filter((step) => step.isCached)
    expect(kept.map((step) => step.name)).toEqual(['every'])
  })

  it('may be made where they are kept', () => {
    const item = 'name: c, sql: CACHE TABLE every OPTIONS (a (b)) AS select * from calls'
    expect(stepsOf([item, LATE], 'late')).toMatchObject([
      { name: 'every', sql: 'select * from calls', isCached: true },
      { name: 'late', isCached: false },
    ])
  })

  it('may keep themselves, and inputs, which are', () => {
    const item =
      'name: late, sql: select * from calls, commands: [{name: persist, sequenceName: late}, {name: persist, sequenceName: calls}]'
    expect(stepsOf([item], 'late').map((step) => step.isCached)).toEqual([true])
  })

  it.each(['name: c, sql: UNCACHE TABLE IF EXISTS every', 'name: c, sql: CLEAR CACHE'])(
    'are let go at the end of a run in any case: %s',
    (item) => {
      expect(stepsOf([ALL, item, LATE], 'late').map((step) => step.name)).toEqual(['every', 'late'])
    },
  )

  it('are none of the steps that keep them', () => {
    const text = sequence([
      ALL,
      'name: c, sql: CACHE TABLE every',
      'name: late, sql: select * from c',
    ])
    expect(jobFaults(text)).toEqual(['6 steps[0].sequence[2].sql: no input or step is named c'])
  })

  it.each([
    ['name: c, sql: CACHE TABLE evry', 'sql: no input or step is named evry, did you mean every?'],
    [
      'name: c, sql: CACHE TABLE late',
      'sql: the view late is made by a later step: steps are made in list order',
    ],
    [
      'name: c, sql: CACHE TABLE every, functions: [{name: snake_case}]',
      'functions: this step makes no view to apply functions to',
    ],
    [
      'name: c, sql: select 1, commands: [{name: keep, sequenceName: every}]',
      'commands[0].name: must be persist or unpersist',
    ],
    [
      'name: c, sql: select 1, commands: [{name: persist, sequenceName: late}]',
      'commands[0].sequenceName: the view late is made by a later step: steps are made in list order',
    ],
    ['name: c, sql: select 1, commands: [{name: persist}]', 'commands[0]: sequenceName is missing'],
  ])('are refused by %s', (item, fault) => {
    expect(jobFaults(sequence([ALL, item, LATE]))).toEqual([`5 steps[0].sequence[1].${fault}`])
  })

  it('know the storage levels of Spark', () => {
    const item =
      'name: c, sql: select 1, commands: [{name: persist, sequenceName: every, mode: RAM}]'
    expect(jobFaults(sequence([ALL, item]))[0]).toMatch('commands[0].mode: must be NONE, DISK_ONLY')
  })
})

describe('parseCacheStatement', () => {
  it.each([
    ['select * from cache', null],
    ['with cache as (select 1) select * from cache', null],
    ['cache table a', { kind: 'keep', view: 'a', query: null }],
    ['  CACHE\n TABLE `a b` select 1', { kind: 'keep', view: 'a b', query: 'select 1' }],
    [
      'cache table a as with b as (select 1) select * from b',
      { kind: 'keep', view: 'a', query: 'with b as (select 1) select * from b' },
    ],
    ['uncache table a', { kind: 'release', view: 'a' }],
    ['clear cache', { kind: 'release', view: null }],
  ])('reads %s', (sql, statement) => {
    expect(parseCacheStatement(sql)).toEqual(statement)
  })
})

describe('the functions of a step', () => {
  const withFunctions = (functions: string): string =>
    sequence([`name: late, sql: select * from calls, functions: ${functions}`], 'late')

  it('are those of the catalogue, with their arguments', () => {
    const text = withFunctions('[{name: set_type, columns: {at: timestamp}}, {name: snake_case}]')
    const names = jobOf(text).steps[0]?.functions.map((call) => [call.name, call.place.path])
    expect(names).toEqual([
      ['set_type', expect.stringMatching(/functions\[0\]$/)],
      ['snake_case', expect.stringMatching(/functions\[1\]$/)],
    ])
  })

  it('tell the names that there are for one that is none', () => {
    const [fault] = jobFaults(withFunctions('[{name: set_typ, cols: 1}]'))
    expect(fault).toMatch(
      '4 steps[0].sequence[0].functions[0].name: no function is named set_typ, did you mean set_type?; there are add_column, any_date,',
    )
  })

  it.each([
    ['[{}]', 'functions[0]: name is missing'],
    [
      '[{name: set_type, column: {a: int}}]',
      'functions[0].column: unknown key column, did you mean columns?',
    ],
    ['{name: snake_case}', 'functions: must be a list'],
    ['[snake_case]', 'functions[0]: must be a mapping'],
  ])('refuse %s', (functions, fault) => {
    expect(jobFaults(withFunctions(functions))).toContain(`4 steps[0].sequence[0].${fault}`)
  })

  it('refuse what is known and not built by name', () => {
    expect(jobFaults(withFunctions('[{name: parse_html, column: a}]'), 'unsupported')).toEqual([
      '4 steps[0].sequence[0].functions[0].name: the function parse_html is not supported yet',
    ])
  })
})
