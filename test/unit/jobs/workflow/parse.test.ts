import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../../src/base/errors.ts'
import { lintWorkflow } from '../../../../src/jobs/workflow/lint.ts'
import { parseWorkflow } from '../../../../src/jobs/workflow/parse.ts'
import { workflowOfJob } from '../../../support/jobs/job-text.ts'
import {
  edited,
  faultsOf,
  flareJobOf,
  warningsOf,
  WORKFLOW_TEXT,
  workflowOf,
} from '../../../support/jobs/workflow-file.ts'
import { runs } from '../../../support/runs.ts'

const JOB = 'workflow.dag[0].spec.flare.job'

describe('a workflow file', () => {
  it('becomes a workflow with its jobs in file order', () => {
    const workflow = workflowOf(WORKFLOW_TEXT)
    expect(workflow).toMatchObject({
      name: 'port-calls',
      workspace: 'public',
      title: 'Calls at ports',
      tags: ['Ports'],
      schedule: null,
    })
    expect(workflow.dag.map(({ kind, id, dependencies }) => ({ kind, id, dependencies }))).toEqual([
      { kind: 'flare', id: 'public/port-calls/monthly-calls', dependencies: [] },
      {
        kind: 'toolbox',
        id: 'public/port-calls/publish-calls',
        dependencies: ['monthly-calls'],
      },
    ])
  })

  it('keeps what a job is called, runs on and prints', () => {
    expect(flareJobOf(WORKFLOW_TEXT)).toMatchObject({
      title: 'Calls of a month',
      tags: ['Ports', 'Monthly'],
      stack: 'flare:3.0',
      explain: true,
      logLevel: 'WARN',
      retries: 0,
      place: { path: 'workflow.dag[0]', line: 9, column: 5 },
    })
  })

  it('is read the same with Windows line ends', () => {
    const { workflow } = parseWorkflow(WORKFLOW_TEXT.replaceAll('\n', '\r\n'))
    expect(workflow).toEqual(workflowOf(WORKFLOW_TEXT))
  })

  it('tells of all its faults at once, in file order', () => {
    const text = edited(
      ['name: port-calls', 'name: Port_Calls'],
      ['explain: true', 'explain: perhaps'],
      ['context: every_call', 'contxt: every_call'],
      ['column: arrived\n', 'colum: arrived\n'],
      ['value: latest', 'value: newest'],
    )
    const read = `${JOB}.inputs[0].incremental`
    const item = `${JOB}.outputs[0].options.iceberg.partitionSpec[0]`
    expect(faultsOf(text)).toEqual([
      '2 name: must be lowercase letters, digits and inner dashes, a letter first',
      `22 ${JOB}.explain: must be true or false`,
      `29 ${read}.contxt: unknown key contxt, did you mean context?`,
      `29 ${read}: context is missing`,
      `59 ${item}: column is missing`,
      `60 ${item}.colum: unknown key colum, did you mean column?`,
      '70 workflow.dag[1].spec.stackSpec.action.value: must be latest, or the name of a metadata file',
    ])
  })

  it('is unsupported only when nothing else is wrong with it', () => {
    const assertions = ['explain: true', 'assertions: []'] as const
    expect(faultsOf(edited(assertions), 'unsupported')).toEqual([
      `22 ${JOB}.assertions: assertions is not supported yet`,
    ])
    expect(faultsOf(edited(assertions, ['type: workflow', 'type: service']))).toHaveLength(2)
  })

  it('names itself in the error when told how', () => {
    const parse = (): unknown => parseWorkflow('a: 1', { file: 'calls.yaml' })
    expect(parse).toThrow(expect.objectContaining({ context: { file: 'calls.yaml' } }))
  })

  it('lists what is missing when it is empty', () => {
    expect(faultsOf('')).toEqual([
      '1 /: version is missing',
      '1 /: type is missing',
      '1 /: name is missing',
      '1 /: workflow is missing',
    ])
  })

  it('is refused when it is no YAML, with the place', () => {
    expect(faultsOf('version: v1\nname: [a\n')).toEqual([
      '3 /: flow sequence in block collection must be sufficiently indented and end with a ]',
    ])
  })
})

/** Every kind of input, step and output, and what may be said of them. */
const EVERYTHING = workflowOfJob(`showPreviewLines: 3
streaming: {batchMode: true, triggerMode: Once, triggerDuration: 20 seconds}
inputs:
- name: calls
  dataset: "dataos://lake:raw/calls"
  incremental:
    context: every_call
    sql: select * from every_call where arrived > '$|start|' and arrived <= '$|end|'
    keys:
    - {name: start, default: 2021-03-01, updateFromKey: end}
    - {name: end, sql: "select to_timestamp('$|start|') + INTERVAL '1' MONTH"}
    until: select now()
    lag: 2 days
- name: ports
  dataset: "dataos://landing:raw/ports"
  format: csv
  schemaString: code STRING NOT NULL, name STRING
  options: {header: "true", sep: ";", quote: "'", nullValue: none, inputFileName: file}
- name: history
  dataset: "dataos://lake:raw/calls.snapshots"
  options: {start-snapshot-id: 1, end-snapshot-id: 2}
- name: events
  dataset: "dataos://kafka:default/events"
  options: {startingOffsets: earliest}
steps:
- sequence:
  - name: late
    sql: select * from calls join ports on calls.port = ports.code
    functions:
    - {name: set_type, columns: {delay: long}}
    - {name: rename, column: a, asColumn: b}
    commands: [{name: persist, sequenceName: late, mode: DISK_ONLY}]
  - {name: kept, sql: CACHE TABLE late}
  - {name: all_events, sql: "select *, uuid() as id from events"}
  sink:
  - {sequenceName: all_events, outputName: o1, datasetName: events, outputType: Iceberg, outputOptions: {saveMode: ignore}}
outputs:
- {name: o1, depot: "dataos://lake:ports?acl=rw"}
- name: late
  dataset: "dataos://lake:ports/late?acl=rw"
  options:
    saveMode: overwrite
    sort: {mode: global, persistSortOrder: true, columns: [{name: arrived, order: desc_nulls_first}]}
    compressionType: gzip
    extraOptions: {fanout-enabled: "true"}
    iceberg:
      properties: {overwrite-mode: dynamic, write.metadata.previous-versions-max: "10"}
      partitionSpec: [{type: bucket, column: port, numBuckets: 16, asColumn: b}, {type: day, column: arrived}]
  columnTags: [{columnName: zip, tags: [PII]}, {columnRegex: "city.*", tags: [Place]}]
- name: ports
  dataset: "dataos://landing:ports/copy?acl=rw"
  options: {file: {saveMode: Overwrite, outputType: CSV, delimiter: ";"}}
- {name: history, format: console, options: {numRows: 5}}
`)

describe('a damaged workflow file', () => {
  const anyText = fc.constantFrom(
    '',
    ' ',
    '- ',
    ': ',
    '[',
    '{}',
    '~',
    '7',
    '-1',
    'true',
    'a',
    "'",
    '"',
    '`',
    '$|',
    '&a ',
    '*a',
    '!x ',
    '#',
    '\n',
    '\0',
    '\ud800',
  )
  /** Sound YAML, and hardly ever what is asked for. */
  const anyValue = fc.constantFrom(
    '7',
    '-1',
    '2.5',
    'true',
    '~',
    '[]',
    '{}',
    '[x]',
    '{x: y}',
    'x',
    '""',
    '9223372036854775808',
  )
  const anyDamage = fc.record({
    line: fc.nat(),
    from: fc.nat(),
    length: fc.nat(12),
    text: anyText,
    how: fc.constantFrom('value', 'value', 'value', 'cut', 'drop', 'twice', 'indent', 'swap'),
    value: anyValue,
  })
  type Damage = typeof anyDamage extends fc.Arbitrary<infer Value> ? Value : never

  function damaged(
    lines: readonly string[],
    { line, from, length, text, how, value }: Damage,
  ): string[] {
    const at = line % lines.length
    const old = lines[at] ?? ''
    const next = lines[at + 1] ?? ''
    const start = from % (old.length + 1)
    const instead: Readonly<Record<Damage['how'], readonly string[]>> = {
      cut: [old.slice(0, start) + text + old.slice(start + length)],
      value: [withValue(old, from, value)],
      drop: [],
      twice: [old, old],
      indent: [`  ${old}`],
      swap: [next, old],
    }
    return lines.toSpliced(at, how === 'swap' ? 2 : 1, ...instead[how])
  }

  /** One of the line's single values, or its list or mapping, is another. */
  function withValue(line: string, pick: number, value: string): string {
    const found = [...line.matchAll(/: (\[.*?\]|"[^"]*"|[^,{}[\]]+)/g)]
    const match = found[pick % Math.max(found.length, 1)]
    if (match === undefined) return line
    return `${line.slice(0, match.index)}: ${value}${line.slice(match.index + match[0].length)}`
  }

  it('is whole before it is damaged', () => {
    const { outputs, steps } = flareJobOf(EVERYTHING)
    expect(outputs.map((output) => output.kind)).toEqual(['table', 'files', 'console', 'table'])
    expect(steps.map((step) => step.isCached)).toEqual([true, false])
  })

  it('never fails but by saying what and where', () => {
    const anyFile = fc.constantFrom(WORKFLOW_TEXT, EVERYTHING)
    const anyDamages = fc.array(anyDamage, { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(anyFile, anyDamages, fc.boolean(), (file, damages, strict) => {
        const lines = damages.reduce(damaged, file.split('\n'))
        try {
          lintWorkflow(parseWorkflow(lines.join('\n'), { strict }).workflow)
        } catch (error) {
          if (!(error instanceof IcebergError)) throw error
          expect(['invalid', 'unsupported']).toContain(error.kind)
          expect(error.problems.length).toBeGreaterThan(0)
          for (const { line, column, path, message } of error.problems) {
            expect(line).toBeGreaterThan(0)
            expect(column).toBeGreaterThan(0)
            expect(path).not.toBe('')
            expect(message).not.toBe('')
          }
        }
      }),
      runs(400),
    )
  })

  it('never tells the password of a schema registry, nor the parameters of an address', () => {
    const secret = 's3cr3t'
    const withSecrets = EVERYTHING.replace(
      'options: {startingOffsets: earliest}',
      `schemaRegistryUrl: http://me:${secret}@registry`,
    ).replaceAll('?acl=rw', `?acl=rw&key=${secret}`)
    fc.assert(
      fc.property(anyDamage, (damage) => {
        // Cut and glued it may become part of a name, which is told.
        const text = damaged(withSecrets.split('\n'), {
          ...damage,
          how: damage.how === 'cut' ? 'drop' : damage.how,
        })
        try {
          parseWorkflow(text.join('\n'))
        } catch (error) {
          if (!(error instanceof IcebergError)) throw error
          expect(JSON.stringify([error.message, error.context, error.problems])).not.toContain(
            secret,
          )
        }
      }),
      runs(100),
    )
  })
})

describe('the frame of a workflow', () => {
  it('needs a name', () => {
    expect(faultsOf(edited(['name: port-calls\n', '']))).toEqual(['1 /: name is missing'])
  })

  it('needs a type', () => {
    expect(faultsOf(edited(['type: workflow\n', '']))).toEqual(['1 /: type is missing'])
  })

  it('is of no other type', () => {
    expect(faultsOf(edited(['type: workflow', 'type: service']))).toEqual([
      '3 type: must be workflow',
    ])
  })

  it('is of no other version', () => {
    expect(faultsOf(edited(['version: v1', 'version: v3']))).toEqual(['1 version: must be v1'])
  })

  it('takes a name of 47 characters', () => {
    const name = `a${'b'.repeat(46)}`
    expect(workflowOf(edited(['name: port-calls', `name: ${name}`])).name).toBe(name)
  })

  it('refuses a name of 48 characters', () => {
    expect(faultsOf(edited(['name: port-calls', `name: a${'b'.repeat(47)}`]))).toEqual([
      '2 name: must have 47 characters at most',
    ])
  })

  it.each(['port_calls', 'Port', '9ports', 'ports-', '-ports', 'port.calls', 'häfen'])(
    'refuses the name %s',
    (name) => {
      expect(faultsOf(edited(['name: port-calls', `name: ${name}`]))).toHaveLength(1)
    },
  )

  it('refuses a name that YAML reads as a number', () => {
    expect(faultsOf(edited(['name: port-calls', 'name: 1234']))).toEqual(['2 name: must be text'])
  })

  it('takes owner and workspace, and puts the workspace into job ids', () => {
    const text = edited(['type: workflow', 'type: workflow\nowner: harbour\nworkspace: trade'])
    expect(workflowOf(text).dag[0]?.id).toBe('trade/port-calls/monthly-calls')
  })

  it('refuses a key it does not know, with the nearest one', () => {
    expect(faultsOf(edited(['tags:\n- Ports\nworkflow', 'tag:\n- Ports\nworkflow']))).toEqual([
      '4 tag: unknown key tag, did you mean tags?',
    ])
  })

  it('refuses a key that is given twice', () => {
    expect(faultsOf(edited(['type: workflow', 'type: workflow\nname: twice']))).toEqual([
      '4 name: is given twice',
    ])
  })

  it('leaves a schedule to the scheduler, and says so', () => {
    const text = edited([
      '  dag:\n',
      "  schedule: {cron: '0 3 1 * *', concurrencyPolicy: Forbid, timezone: Europe/Oslo}\n  dag:\n",
    ])
    expect(workflowOf(text).schedule).toEqual({
      cron: '0 3 1 * *',
      concurrencyPolicy: 'Forbid',
      endOn: null,
      timezone: 'Europe/Oslo',
    })
    expect(warningsOf(text)[0]).toMatch('schedule is left to the scheduler')
  })

  describe('left out', () => {
    const frame = WORKFLOW_TEXT.slice(0, WORKFLOW_TEXT.indexOf('  dag:'))
    const bare = WORKFLOW_TEXT.slice(frame.length).replaceAll(/^ {2}/gm, '')
    const message =
      'a dag without the frame of a workflow: version, name, type and workflow are missing'

    it('is warned of, and refused when strict', () => {
      expect(warningsOf(bare)).toContain(`1 /: ${message}`)
      expect(faultsOf(bare, 'invalid', { strict: true })).toContain(`1 /: ${message}`)
    })

    it('leaves the same jobs', () => {
      const names = workflowOf(bare).dag.map(({ id, kind }) => `${id} ${kind}`)
      expect(names).toEqual([
        'public/workflow/monthly-calls flare',
        'public/workflow/publish-calls toolbox',
      ])
    })

    it.each([
      ['jobs/Port calls.v2.yaml', 'port-calls-v2'],
      ['/srv/2021_calls.yml', 'calls'],
      ['港.yaml', 'workflow'],
      [`${'a'.repeat(60)}.yaml`, 'a'.repeat(47)],
      [`${'a'.repeat(46)}-b.yaml`, 'a'.repeat(46)],
    ])('is named by its file %s', (file, name) => {
      expect(workflowOf(bare, { file }).name).toBe(name)
    })

    it('may be named all the same', () => {
      expect(workflowOf(`name: port-calls\n${bare}`).name).toBe('port-calls')
    })

    it('knows its keys', () => {
      expect(faultsOf(`titl: x\n${bare}`)).toEqual([
        '1 titl: unknown key titl, did you mean title?',
      ])
    })
  })
})

describe('the jobs of a workflow', () => {
  it('are at least one', () => {
    const text = 'version: v1\nname: a\ntype: workflow\nworkflow:\n  dag: []\n'
    expect(faultsOf(text)).toEqual(['5 workflow.dag: must not be empty'])
  })

  it('have names of their own', () => {
    expect(faultsOf(edited(['name: publish-calls', 'name: monthly-calls']))).toContain(
      '62 workflow.dag[1].name: another job has this name',
    )
  })

  it('may name one dependency without a list', () => {
    const text = edited(['dependencies:\n      - monthly-calls', 'dependencies: monthly-calls'])
    expect(workflowOf(text).dag[1]?.dependencies).toEqual(['monthly-calls'])
  })

  it('wait only for jobs that are there', () => {
    expect(faultsOf(edited(['- monthly-calls', '- monthly-cals']))).toEqual([
      '72 workflow.dag[1].dependencies[0]: no job is named monthly-cals, did you mean monthly-calls?',
    ])
  })

  it('do not wait for each other', () => {
    const text = edited([
      'title: Calls of a month\n',
      'title: Calls of a month\n    dependencies: publish-calls\n',
    ])
    expect(faultsOf(text)).toEqual([
      '11 workflow.dag[0].dependencies: jobs wait for each other: monthly-calls, publish-calls, monthly-calls',
    ])
  })

  it('do not wait for themselves', () => {
    expect(faultsOf(edited(['- monthly-calls', '- publish-calls']))).toEqual([
      '72 workflow.dag[1].dependencies: jobs wait for each other: publish-calls, publish-calls',
    ])
  })

  it('are tried again as often as they say', () => {
    const text = edited(['- name: publish-calls', '- retry: {count: 2}\n    name: publish-calls'])
    expect(workflowOf(text).dag[1]?.retries).toBe(2)
  })

  it('say how often when they say that they are tried again', () => {
    const text = edited(['- name: publish-calls', '- retry: {}\n    name: publish-calls'])
    expect(faultsOf(text)).toEqual(['62 workflow.dag[1].retry: count is missing'])
  })

  it('are not told apart by where a container died', () => {
    const retry = '- retry: {count: 1, strategy: OnTransientError}\n    name: publish-calls'
    expect(faultsOf(edited(['- name: publish-calls', retry]), 'unsupported')).toEqual([
      '62 workflow.dag[1].retry.strategy: strategy OnTransientError is not supported yet',
    ])
  })
})

describe('the spec of a job', () => {
  it.each(['flare', 'flare:1.0', 'flare:7.0'])('takes the stack %s', (stack) => {
    expect(flareJobOf(edited(['stack: flare:3.0', `stack: ${stack}`])).stack).toBe(stack)
  })

  it.each(['spark', 'flare:latest', 'Flare:3.0'])('refuses the stack %s', (stack) => {
    expect(faultsOf(edited(['stack: flare:3.0', `stack: '${stack}'`]))).toEqual([
      '15 workflow.dag[0].spec.stack: must be flare or toolbox, with or without a version',
    ])
  })

  it('needs a stack', () => {
    expect(faultsOf(edited(['      stack: flare:3.0\n', '']))).toEqual([
      '12 workflow.dag[0].spec: stack is missing',
    ])
  })

  it('takes the body of a flare job under either key', () => {
    const text = edited(['      flare:\n', '      stackSpec:\n'])
    const strip = (json: string): string => json.replaceAll('spec.stackSpec', 'spec.flare')
    expect(strip(JSON.stringify(flareJobOf(text)))).toBe(JSON.stringify(flareJobOf(WORKFLOW_TEXT)))
  })

  it('takes the body of a toolbox job under either key', () => {
    const text = edited(['      stackSpec:\n', '      toolbox:\n'])
    expect(workflowOf(text).dag[1]).toEqual(workflowOf(WORKFLOW_TEXT).dag[1])
  })

  it('needs a body', () => {
    const text = edited(['      stackSpec:\n', '      envs:\n'])
    expect(faultsOf(text)).toContain('64 workflow.dag[1].spec: stackSpec is missing')
  })

  it('has no two bodies', () => {
    const text = edited(['      flare:\n', '      stackSpec: {job: {}}\n      flare:\n'])
    expect(faultsOf(text)).toEqual([
      '20 workflow.dag[0].spec.stackSpec: flare and stackSpec cannot both be given',
    ])
  })

  it('has no body of the other stack', () => {
    expect(faultsOf(edited(['      flare:\n', '      toolbox:\n']))).toEqual([
      '21 workflow.dag[0].spec.toolbox: the key toolbox does not fit the stack flare',
    ])
  })

  it('warns that environment variables have no effect, and never looks at their values', () => {
    expect(warningsOf(WORKFLOW_TEXT)).toEqual([
      '18 workflow.dag[0].spec.envs: envs have no effect here: FLARE_AUDIT_MODE, STORE_URL',
    ])
  })

  it('refuses an environment variable that is no text', () => {
    expect(faultsOf(edited(['FLARE_AUDIT_MODE: LOG', 'FLARE_AUDIT_MODE: 1']))).toEqual([
      '18 workflow.dag[0].spec.envs.FLARE_AUDIT_MODE: must be text',
    ])
  })

  it('warns when compute is missing, and no more', () => {
    const text = edited(['flare:3.0\n      compute: runnable-default\n', 'flare:3.0\n'])
    expect(warningsOf(text)).toContain(
      '12 workflow.dag[0].spec: compute is missing; it has no effect here',
    )
  })

  it('takes the sizes of a cluster with one warning', () => {
    const text = edited([
      '      flare:\n',
      '      flare:\n        driver: {cores: 1}\n        executor: {cores: 4}\n        sparkConf: []\n',
    ])
    expect(warningsOf(text)).toContain(
      '21 workflow.dag[0].spec.flare: there is no cluster to set up: driver, executor, sparkConf',
    )
  })
})

describe('a flare job', () => {
  it.each(['debug', 'INFO', 'Warn', 'error'])('takes the log level %s', (level) => {
    expect(flareJobOf(edited(['logLevel: WARN', `logLevel: ${level}`])).logLevel).toBe(
      level.toUpperCase(),
    )
  })

  it('refuses a log level that is none', () => {
    expect(faultsOf(edited(['logLevel: WARN', 'logLevel: VERBOSE']))).toEqual([
      `23 ${JOB}.logLevel: must be DEBUG, INFO, WARN or ERROR`,
    ])
  })

  it.each(['udfs: []', 'assertions: []'])('refuses %s by name', (text) => {
    const key = text.split(':')[0]
    expect(faultsOf(edited(['explain: true', text]), 'unsupported')).toEqual([
      `22 ${JOB}.${key}: ${key} is not supported yet`,
    ])
  })

  it('shows as many rows of each step as it is told', () => {
    expect(flareJobOf(edited(['explain: true', 'showPreviewLines: 5'])).previewRows).toBe(5)
    expect(faultsOf(edited(['explain: true', 'showPreviewLines: few']))).toEqual([
      `22 ${JOB}.showPreviewLines: must be a whole number, zero or more`,
    ])
  })

  it('takes variables, and says that they have no effect', () => {
    const text = edited(['explain: true', 'variables: {keepSystemColumns: "false"}'])
    expect(warningsOf(text)).toContain(
      `22 ${JOB}.variables: variables have no effect here: keepSystemColumns`,
    )
  })

  it('takes a key without a value for one that is not there', () => {
    expect(flareJobOf(edited(['explain: true', 'steps:'])).explain).toBe(false)
  })

  it('needs inputs', () => {
    const text = edited(
      ['explain: true', 'explain: true\n          inputs: []'],
      [
        'inputs:\n            - name: calls\n              dataset: dataos://lake:raw',
        'extra:\n            - name: calls\n              dataset: dataos://lake:raw',
      ],
    )
    expect(faultsOf(text)).toContain(`23 ${JOB}.inputs: must not be empty`)
  })

  it('needs a job in its body', () => {
    expect(faultsOf(edited(['        job:\n', '        jab:\n']))).toEqual([
      '21 workflow.dag[0].spec.flare.jab: unknown key jab, did you mean job?',
      '21 workflow.dag[0].spec.flare: job is missing',
    ])
  })
})

describe('a toolbox job', () => {
  const ACTION = 'workflow.dag[1].spec.stackSpec.action'

  it('sets the version of a table to the latest', () => {
    expect(workflowOf(WORKFLOW_TEXT).dag[1]).toMatchObject({
      kind: 'toolbox',
      dataset: { depot: 'lake', collection: 'ports', dataset: 'calls', acl: 'rw' },
      action: { name: 'set_version', value: 'latest' },
    })
  })

  it('says which version', () => {
    expect(faultsOf(edited(['          value: latest\n', '']))).toEqual([
      `69 ${ACTION}: value is missing`,
    ])
  })

  it('knows how a metadata file is called', () => {
    expect(faultsOf(edited(['value: latest', 'value: v9.json']))).toEqual([
      `70 ${ACTION}.value: must be latest, or the name of a metadata file`,
    ])
  })

  it.each([
    'v4.metadata.json',
    'v4.gz.metadata.json',
    '00004-5d8a4b6e-0f4c-4c9e-9b57-2f3f8f1f0c11.metadata.json',
  ])('sets the version of a table to %s', (value) => {
    expect(workflowOf(edited(['value: latest', `value: ${value}`])).dag[1]).toMatchObject({
      action: { name: 'set_version', value },
    })
  })

  it('has one action', () => {
    expect(faultsOf(edited(['name: set_version', 'name: expire']))).toEqual([
      `69 ${ACTION}.name: must be set_version`,
    ])
  })

  it('writes, so that its address should say so', () => {
    const text = edited([
      'dataos://lake:ports/calls?acl=rw\n        action',
      'dataos://lake:ports/calls\n        action',
    ])
    expect(warningsOf(text)).toContain(
      '67 workflow.dag[1].spec.stackSpec.dataset: a dataset that is written should be addressed with acl=rw',
    )
  })
})
