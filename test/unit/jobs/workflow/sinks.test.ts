import { describe, expect, it } from 'vitest'

import { INPUTS, jobFaults, jobOf, jobWarnings } from '../../../support/jobs/job-text.ts'

const DEPOT = 'name: o1, depot: "dataos://lake:ports?acl=rw"'
const SINK =
  'sequenceName: late, outputName: o1, datasetName: late_calls, outputType: Iceberg, outputOptions: {saveMode: append}'

/** A job as older files have it: what is written stands beside the steps, where it goes among the outputs. */
function older(sinks: readonly string[], outputs: readonly string[] = [DEPOT]): string {
  return `${INPUTS}steps:
- sequence:
  - {name: late, sql: select * from calls}
  sink:
${sinks.map((sink) => `  - {${sink}}\n`).join('')}outputs:
${outputs.map((output) => `- {${output}}\n`).join('')}`
}

describe('a sink', () => {
  it('is the same output as a newer file has', () => {
    const newer = `${INPUTS}steps:
- sequence:
  - {name: late, sql: select * from calls}
outputs:
- {name: late, dataset: "dataos://lake:ports/late_calls?acl=rw", format: iceberg, options: {saveMode: append}, title: Late, tags: [Ports]}
`
    const [output] = jobOf(older([`${SINK}, title: Late, tags: [Ports]`])).outputs
    const [expected] = jobOf(newer).outputs
    expect({ ...output, place: null }).toEqual({ ...expected, place: null })
    expect(output?.place).toMatchObject({ line: 17, path: expect.stringMatching(/sequenceName$/) })
  })

  it('takes all that an output does', () => {
    const sink = `${SINK.replace('{saveMode: append}', '{saveMode: overwrite, sort: {columns: [{name: at}]}, compressionType: zstd, iceberg: {properties: {overwrite-mode: dynamic}, partitionSpec: [{type: day, column: at}]}}')}, columnTags: [{columnName: at, tags: [Time]}]`
    expect(jobOf(older([sink])).outputs).toMatchObject([
      {
        mode: 'overwrite-partitions',
        sort: { mode: 'partition' },
        compression: 'zstd',
        partitionSpec: [{ name: 'at_day' }],
        columnTags: [{ columns: { names: ['at'] }, tags: ['Time'] }],
      },
    ])
  })

  it('may share its depot with others, and stand beside newer outputs', () => {
    const more =
      'sequenceName: calls, outputName: O1, datasetName: all_calls, outputOptions: {saveMode: append}'
    const direct =
      'name: late, dataset: "dataos://lake:ports/more?acl=rw", options: {saveMode: append}'
    const { outputs } = jobOf(older([SINK, more], [DEPOT, direct]))
    expect(
      outputs.map((output) => (output.kind === 'table' ? output.dataset.dataset : '')),
    ).toEqual(['more', 'late_calls', 'all_calls'])
  })

  it.each([
    [
      'sequenceName: late',
      'sequenceName: lat',
      'sequenceName: no input or step is named lat, did you mean late?',
    ],
    ['outputName: o1', 'outputName: o2', 'outputName: no output is named o2, did you mean o1?'],
    ['outputName: o1', 'outputName: output', 'outputName: no output is named output'],
    [
      'datasetName: late_calls',
      'datasetName: late/calls',
      'datasetName: a name has letters, digits, dots, dashes and underscores',
    ],
    [
      'outputType: Iceberg',
      'outputType: Ice',
      'outputType: must be iceberg, parquet, csv, json, ndjson or console',
    ],
    [
      'saveMode: append',
      'savemode: append',
      'outputOptions.savemode: unknown key savemode, did you mean saveMode?',
    ],
    ['outputType: Iceberg', 'format: Iceberg', 'format: unknown key format'],
  ])('refuses %s as %s', (from, to, fault) => {
    expect(jobFaults(older([SINK.replace(from, to)]))).toEqual([`6 steps[0].sink[0].${fault}`])
  })

  it.each(['sequenceName', 'outputName', 'datasetName'])('needs its %s', (key) => {
    const faults = jobFaults(older([SINK.replace(new RegExp(`${key}: \\w+, `), '')]))
    expect(faults).toContain(`6 steps[0].sink[0]: ${key} is missing`)
  })

  it('writes a dataset that no other writes', () => {
    expect(jobFaults(older([SINK, SINK]))).toEqual([
      '7 steps[0].sink[1].sequenceName: another output writes this dataset',
    ])
  })
})

describe('an output that names a depot', () => {
  it.each([
    [
      'name: o1, depot: "dataos://lake:ports/calls?acl=rw"',
      'depot: a depot is dataos://depot:collection, without a dataset, which a sink names',
    ],
    ['name: o1, depot: lake', 'depot: a dataset address begins with dataos://'],
    [
      'name: o1, depot: "dataos://lake:ports", dataset: "dataos://lake:ports/a?acl=rw"',
      'depot: depot and dataset cannot both be given',
    ],
  ])('is refused as {%s}', (output, fault) => {
    expect(jobFaults(older([SINK], [output]))).toContain(`8 outputs[0].${fault}`)
  })

  it('should say that it is written to', () => {
    const text = older([SINK], ['name: o1, depot: "dataos://lake:ports"'])
    const message = '8 outputs[0].depot: a dataset that is written should be addressed with acl=rw'
    expect(jobWarnings(text)).toContain(message)
    expect(jobFaults(text, 'invalid', { strict: true })).toEqual([message])
  })

  it('is warned of when no sink names it', () => {
    const text = older([SINK], [DEPOT, DEPOT.replace('o1', 'o2')])
    expect(jobWarnings(text)).toContain(
      '9 outputs[1]: no sink names this output, so nothing is written to it',
    )
  })

  it('is no output of a dataset for a sink to add to', () => {
    const text = older(
      [SINK],
      ['name: o1, dataset: "dataos://lake:ports/a?acl=rw", options: {saveMode: append}'],
    )
    expect(jobFaults(text)).toContain(
      '6 steps[0].sink[0].outputName: the output o1 names no depot for a sink to write to',
    )
  })
})
