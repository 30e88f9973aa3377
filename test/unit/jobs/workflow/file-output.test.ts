import { describe, expect, it } from 'vitest'

import type { Output } from '../../../../src/jobs/workflow/model.ts'
import { INPUTS, jobFaults, jobOf, jobWarnings } from '../../../support/jobs/job-text.ts'

const DATASET = 'dataset: "dataos://landing:ports/calls?acl=rw"'

function writing(keys: string): string {
  return `${INPUTS}outputs:\n- name: calls\n${keys.replaceAll(/^(?=.)/gm, '  ')}\n`
}

function outputOf(keys: string): Output | undefined {
  return jobOf(writing(keys)).outputs[0]
}

const CSV = { header: true, delimiter: ',', quote: '"', nullText: '' }

describe('an output of files', () => {
  it.each([
    ['format: csv', 'csv'],
    ['format: CSV', 'csv'],
    ['format: json', 'ndjson'],
    ['format: ndjson', 'ndjson'],
    ['format: parquet', 'parquet'],
  ])('has the %s', (format, word) => {
    expect(outputOf(`${DATASET}\n${format}\noptions: {saveMode: overwrite}`)).toMatchObject({
      kind: 'files',
      name: 'calls',
      dataset: { depot: 'landing', collection: 'ports', dataset: 'calls', acl: 'rw' },
      format: word,
      mode: 'overwrite',
      sort: null,
      csv: CSV,
      compression: null,
    })
  })

  it('may be said by file, as syndication does', () => {
    const keys = `${DATASET}\noptions:\n  file: {saveMode: Overwrite, outputType: CSV, delimiter: ";", header: false}`
    expect(outputOf(keys)).toMatchObject({
      kind: 'files',
      format: 'csv',
      mode: 'overwrite',
      csv: { ...CSV, delimiter: ';', header: false },
    })
  })

  it.each([
    'options: {saveMode: append, nullValue: none, quote: "\'"}',
    'options: {saveMode: append, extraOptions: {nullValue: none, quote: "\'"}}',
    'options: {saveMode: append, file: {nullValue: none, quote: "\'"}}',
  ])('takes what is about CSV in %s', (options) => {
    const output = outputOf(`${DATASET}\nformat: csv\n${options}`)
    expect(output).toMatchObject({ csv: { ...CSV, nullText: 'none', quote: "'" } })
  })

  it('may be sorted and compressed', () => {
    const options =
      '{saveMode: ignore, compressionType: snappy, sort: {mode: global, columns: [{name: at}]}}'
    expect(outputOf(`${DATASET}\nformat: parquet\noptions: ${options}`)).toMatchObject({
      mode: 'ignore',
      compression: 'snappy',
      sort: {
        mode: 'global',
        columns: [{ name: 'at', direction: 'asc', nullOrder: 'nulls-first' }],
      },
    })
  })

  it('is appended to without a saveMode, which is warned of', () => {
    expect(outputOf(`${DATASET}\nformat: csv`)).toMatchObject({ mode: 'append' })
    expect(jobWarnings(writing(`${DATASET}\nformat: csv`))).toContain(
      '3 outputs[0]: saveMode is missing: rows are appended',
    )
  })

  it.each([
    [
      'format: csv\noptions: {saveMode: append, iceberg: {}}',
      'iceberg: goes with format iceberg alone',
    ],
    [
      'format: json\noptions: {saveMode: append, header: true}',
      'header: goes with format csv alone',
    ],
    [
      'format: csv\noptions: {saveMode: append, compressionType: gzip}',
      'compressionType: goes with format iceberg or parquet alone',
    ],
    [
      'format: parquet\noptions: {saveMode: append, extraOptions: {fanout-enabled: "true"}}',
      'extraOptions.fanout-enabled: goes with format iceberg alone',
    ],
    [
      'format: csv\noptions: {saveMode: append, file: {saveMode: append}}',
      'file.saveMode: is given in two places',
    ],
    [
      'format: csv\noptions: {saveMode: append, header: true, extraOptions: {sep: ";"}}',
      'extraOptions: what is about CSV stands in one place',
    ],
    [
      'format: csv\noptions: {file: {saveMode: append, outputType: json}}',
      'file.outputType: format says otherwise',
    ],
    [
      'format: csv\noptions: {saveMode: merge}',
      'saveMode: must be append, overwrite, errorIfExists, ignore or error',
    ],
    [
      'format: csv\noptions: {saveMode: append, persistSortOrder: true}',
      'persistSortOrder: goes with format iceberg alone',
    ],
  ])('refuses %s', (keys, fault) => {
    expect(jobFaults(writing(`${DATASET}\n${keys}`))).toContain(`6 outputs[0].options.${fault}`)
  })

  it('says what kind of file', () => {
    expect(jobFaults(writing(`${DATASET}\noptions: {file: {saveMode: append}}`))).toContain(
      '5 outputs[0].options.file: outputType is missing',
    )
  })

  it.each(['orc', 'avro', 'kafkaavro'])('refuses %s by name', (format) => {
    const text = writing(`${DATASET}\nformat: ${format}\noptions: {saveMode: append}`)
    expect(jobFaults(text, 'unsupported')).toEqual([
      `5 outputs[0].format: format ${format} is not supported yet`,
    ])
  })

  it('has a dataset', () => {
    expect(jobFaults(writing('format: csv\noptions: {saveMode: append}'))).toEqual([
      '3 outputs[0]: dataset is missing',
    ])
  })

  it('has no columns to tag', () => {
    const text = writing(`${DATASET}\nformat: csv\noptions: {saveMode: append}\ncolumnTags: []`)
    expect(jobFaults(text)).toEqual(['7 outputs[0].columnTags: goes with format iceberg alone'])
  })
})

describe('an output to the console', () => {
  it('needs nothing but a view', () => {
    expect(outputOf('format: console')).toMatchObject({ kind: 'console', name: 'calls', rows: 20 })
    expect(jobWarnings(writing('format: Console'))).toEqual([])
  })

  it.each(['numRows: 5', 'extraOptions: {numRows: 5, truncate: false}'])(
    'prints as many rows as told: %s',
    (options) => {
      expect(outputOf(`format: console\noptions: {${options}}`)).toMatchObject({ rows: 5 })
    },
  )

  it.each([
    ['numRows: some', 'numRows: must be a whole number, zero or more'],
    ['saveMode: append', 'saveMode: goes with format iceberg, parquet, csv or json alone'],
  ])('refuses %s', (options, fault) => {
    expect(jobFaults(writing(`format: console\noptions: {${options}}`))).toEqual([
      `5 outputs[0].options.${fault}`,
    ])
  })
})

describe('tags of columns', () => {
  const tagged = (entries: string): string =>
    writing(
      `dataset: "dataos://lake:ports/calls?acl=rw"\noptions: {saveMode: append}\ncolumnTags: ${entries}`,
    )

  it('are about one column, several or those of a pattern', () => {
    const text = tagged(
      '[{columnName: zip, tags: [PII.X]}, {columnNames: [a, b.c], tags: [T, U]}, {columnRegex: "city_*", tags: [T]}]',
    )
    expect(jobOf(text).outputs[0]).toMatchObject({
      columnTags: [
        { columns: { names: ['zip'] }, tags: ['PII.X'] },
        { columns: { names: ['a', 'b.c'] }, tags: ['T', 'U'] },
        { columns: { pattern: 'city_*' }, tags: ['T'] },
      ],
    })
  })

  it.each([
    ['{tags: [T]}', ': needs columnName, columnNames or columnRegex'],
    ['{columnName: a}', ': tags is missing'],
    ['{columnName: a, tags: []}', '.tags: must not be empty'],
    ['{columnNames: [], tags: [T]}', '.columnNames: must not be empty'],
    [
      '{columnName: a, columnRegex: b, tags: [T]}',
      '.columnRegex: columnName and columnRegex cannot both be given',
    ],
    ['{columnRegex: "(", tags: [T]}', '.columnRegex: must be a regular expression'],
    ['{columnName: a, tags: T}', '.tags: must be a list'],
    ['{column: a, tags: [T]}', '.column: unknown key column'],
  ])('refuse %s', (entry, fault) => {
    expect(jobFaults(tagged(`[${entry}]`))).toContain(`6 outputs[0].columnTags[0]${fault}`)
  })
})
