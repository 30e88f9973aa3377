import { describe, expect, it } from 'vitest'

import {
  edited,
  faultsOf,
  flareJobOf,
  tableOutputOf,
  warningsOf,
  WORKFLOW_TEXT,
} from '../../../support/jobs/workflow-file.ts'

const OUTPUT = 'workflow.dag[0].spec.flare.job.outputs[0]'
const OPTIONS = `${OUTPUT}.options`
const PROPERTIES = `${OPTIONS}.iceberg.properties`
const SPEC = `${OPTIONS}.iceberg.partitionSpec`

const DYNAMIC = 'overwrite-mode: dynamic'
const PARTITION =
  '- type: day\n                      column: arrived\n                      name: arrival_day'

describe('an output', () => {
  it('is a view, a table and how one is written to the other', () => {
    expect(tableOutputOf(WORKFLOW_TEXT)).toEqual({
      kind: 'table',
      name: 'calls',
      dataset: {
        kind: 'dataset',
        depot: 'lake',
        collection: 'ports',
        dataset: 'calls',
        acl: 'rw',
        params: new Map(),
      },
      mode: 'overwrite-partitions',
      replacesAcrossSpecs: false,
      mergesSchema: false,
      persistsSort: false,
      compression: null,
      columnTags: [],
      sort: {
        mode: 'global',
        columns: [{ name: 'arrived', direction: 'desc', nullOrder: 'nulls-last' }],
      },
      properties: new Map([
        ['write.format.default', 'parquet'],
        ['write.metadata.compression-codec', 'gzip'],
      ]),
      partitionSpec: [{ transform: { kind: 'day' }, column: 'arrived', name: 'arrival_day' }],
      title: 'Calls',
      description: 'Calls at ports by day',
      tags: ['Ports'],
      place: { path: `${OUTPUT}.name`, line: 40, column: 21 },
    })
  })

  it('names an input', () => {
    const text = edited([
      'outputs:\n            - name: calls',
      'outputs:\n            - name: call',
    ])
    expect(faultsOf(text)).toEqual([
      `40 ${OUTPUT}.name: no input or step is named call, did you mean calls?`,
    ])
  })

  it('should be addressed with acl=rw, and must be when strict', () => {
    const text = edited([
      'dataos://lake:ports/calls?acl=rw\n              format',
      'dataos://lake:ports/calls\n              format',
    ])
    const message = `41 ${OUTPUT}.dataset: a dataset that is written should be addressed with acl=rw`
    expect(warningsOf(text)).toContain(message)
    expect(faultsOf(text, 'invalid', { strict: true })).toEqual([message])
  })

  it('may be the input, which is warned of', () => {
    const text = edited(['dataos://lake:raw/all_calls', 'dataos://lake:ports/calls'])
    expect(warningsOf(text)).toContain(
      `40 ${OUTPUT}.name: the output is an input too; the run reads it as it was before`,
    )
  })

  it('may be one of several', () => {
    const text = edited([
      '          outputs:\n',
      '          outputs:\n            - {name: calls, dataset: "dataos://lake:ports/more?acl=rw", options: {saveMode: append}}\n',
    ])
    expect(flareJobOf(text).outputs.map((output) => output.name)).toEqual(['calls', 'calls'])
  })

  it('is the only one of its dataset', () => {
    const text = edited([
      '          outputs:\n',
      '          outputs:\n            - {name: calls, dataset: "dataos://lake:ports/calls?acl=rw", options: {saveMode: append}}\n',
    ])
    expect(faultsOf(text)).toEqual([
      '41 workflow.dag[0].spec.flare.job.outputs[1].name: another output writes this dataset',
    ])
  })
})

describe('the mode of a write', () => {
  it('is append without a saveMode, which is warned of and refused when strict', () => {
    const text = edited(['                saveMode: overwrite\n', ''], [DYNAMIC, 'a: b'])
    const message = `40 ${OUTPUT}: saveMode is missing: rows are appended`
    expect(tableOutputOf(text).mode).toBe('append')
    expect(warningsOf(text)).toContain(message)
    expect(faultsOf(text, 'invalid', { strict: true })).toEqual([message])
  })

  it('is append without options', () => {
    const options = /^ {14}options:\n(?: {16}.*\n)+/m.exec(WORKFLOW_TEXT)?.[0] ?? ''
    expect(tableOutputOf(edited([options, '']))).toMatchObject({
      mode: 'append',
      sort: null,
      partitionSpec: null,
      properties: new Map(),
    })
  })

  it.each(['append', 'Append'])('is %s whatever its case', (mode) => {
    expect(tableOutputOf(edited(['saveMode: overwrite', `saveMode: ${mode}`])).mode).toBe('append')
  })

  it('takes dynamic in any case', () => {
    expect(tableOutputOf(edited([DYNAMIC, 'overwrite-mode: DYNAMIC'])).mode).toBe(
      'overwrite-partitions',
    )
  })

  it.each(['overwrite-mode: static', 'other: x'])('is of the whole table with %s', (property) => {
    expect(tableOutputOf(edited([DYNAMIC, property])).mode).toBe('overwrite')
  })

  it.each([
    ['errorIfExists', 'error-if-exists'],
    ['ERROR', 'error-if-exists'],
    ['ignore', 'ignore'],
  ])('takes %s', (word, mode) => {
    const text = edited(['saveMode: overwrite', `saveMode: ${word}`], [DYNAMIC, 'a: b'])
    expect(tableOutputOf(text).mode).toBe(mode)
  })

  it('is one of those that exist', () => {
    expect(faultsOf(edited(['saveMode: overwrite', 'saveMode: upsert']))).toEqual([
      `47 ${OPTIONS}.saveMode: must be append, overwrite, errorIfExists, ignore or error`,
    ])
    expect(faultsOf(edited([DYNAMIC, 'overwrite-mode: partial']))).toContain(
      `57 ${PROPERTIES}.overwrite-mode: must be dynamic or static`,
    )
  })

  it.each(['append', 'ignore', 'errorIfExists'])('warns of a dynamic %s', (mode) => {
    expect(warningsOf(edited(['saveMode: overwrite', `saveMode: ${mode}`]))).toContain(
      `47 ${OPTIONS}.saveMode: overwrite-mode has no effect on saveMode ${mode}`,
    )
  })

  it('warns that without partitions everything is replaced', () => {
    const text = edited([
      `                  partitionSpec:\n                    ${PARTITION}\n`,
      '',
    ])
    expect(tableOutputOf(text).partitionSpec).toBeNull()
    expect(warningsOf(text)).toContain(
      `40 ${OUTPUT}: without a partitionSpec a new table is replaced whole`,
    )
  })
})

describe('the options of an output', () => {
  const option = (text: string): string =>
    edited(['saveMode: overwrite\n', `saveMode: overwrite\n                ${text}\n`])

  it.each(['merge: {}', 'createBranch: true'])('refuse %s by name', (text) => {
    const key = text.split(':')[0]
    expect(faultsOf(option(text), 'unsupported')).toEqual([
      `48 ${OPTIONS}.${key}: ${key} is not supported yet`,
    ])
  })

  it.each([
    ['compressionType: gzip', { compression: 'gzip' }],
    ['compressionType: SNAPPY', { compression: 'snappy' }],
    ['compressionType: none', { compression: 'uncompressed' }],
    ['extraOptions: {compression-codec: zstd}', { compression: 'zstd' }],
    ['mergeSchema: true', { mergesSchema: true }],
    ['extraOptions: {mergeSchema: "true"}', { mergesSchema: true }],
    ['extraOptions: {merge-schema: "false"}', { mergesSchema: false }],
    ['replaceAcrossSpecs: true', { replacesAcrossSpecs: true }],
    ['persistSortOrder: true', { persistsSort: true }],
    ['extraOptions: {fanout-enabled: "true"}', { compression: null }],
    ['extraOptions: {write-format: Parquet, check-nullability: true}', {}],
    ['triggerDuration: "20 seconds"', {}],
  ])('take %s', (text, output) => {
    expect(tableOutputOf(option(text))).toMatchObject(output)
  })

  it('take overwrite-mode among those of the writer too', () => {
    const text = edited(
      [DYNAMIC, 'a: b'],
      [
        'saveMode: overwrite\n',
        'saveMode: overwrite\n                extraOptions: {overwrite-mode: dynamic}\n',
      ],
    )
    expect(tableOutputOf(text).mode).toBe('overwrite-partitions')
  })

  it.each([
    ['extraOptions: {branch: audit}', 'extraOptions.branch: branch'],
    [
      'extraOptions: {distribution-mode: none}',
      'extraOptions.distribution-mode: distribution-mode',
    ],
    [
      'extraOptions: {write-format: orc}',
      'extraOptions.write-format: write-format other than parquet',
    ],
    [
      'extraOptions: {check-ordering: "false"}',
      'extraOptions.check-ordering: check-ordering other than true',
    ],
  ])('refuse %s by name', (text, fault) => {
    expect(faultsOf(option(text), 'unsupported')).toEqual([
      `48 ${OPTIONS}.${fault} is not supported yet`,
    ])
  })

  it.each([
    [
      'compressionType: zip',
      'compressionType: must be gzip, snappy, zstd, uncompressed, lz4, brotli or none',
    ],
    ['extraOptions: {fanout: true}', 'extraOptions.fanout: unknown key fanout'],
    ['extraOptions: {fanout-enabled: maybe}', 'extraOptions.fanout-enabled: must be true or false'],
    ['delimiter: ";"', 'delimiter: goes with format csv alone'],
    ['numRows: 5', 'numRows: goes with format console alone'],
    ['file: {outputType: csv}', 'file.outputType: format says otherwise'],
  ])('refuse %s', (text, fault) => {
    expect(faultsOf(option(text))).toContain(`48 ${OPTIONS}.${fault}`)
  })

  it('say once how files are compressed', () => {
    const text = option(
      'compressionType: gzip\n                extraOptions: {compression-codec: gzip}',
    )
    expect(faultsOf(text)).toEqual([
      `49 ${OPTIONS}.extraOptions.compression-codec: compressionType says how files are compressed already`,
    ])
  })

  it('warn of replaceAcrossSpecs where partitions are not replaced', () => {
    const text = option('replaceAcrossSpecs: true').replace(DYNAMIC, 'a: b')
    expect(warningsOf(text)).toContain(
      `48 ${OPTIONS}.replaceAcrossSpecs: replaceAcrossSpecs has an effect on overwrite-mode dynamic alone`,
    )
  })

  it('refuse a merge under iceberg by name', () => {
    const text = edited([
      '                  properties:\n',
      '                  merge: {onClause: a}\n                  properties:\n',
    ])
    expect(faultsOf(text, 'unsupported')).toEqual([
      `54 ${OPTIONS}.iceberg.merge: merge is not supported yet`,
    ])
  })

  it('refuse a partitionSpec that is not under iceberg, where it would have no effect', () => {
    const text = edited([
      'saveMode: overwrite\n',
      'saveMode: overwrite\n                partitionSpec: []\n',
    ])
    expect(faultsOf(text)).toEqual([
      `48 ${OPTIONS}.partitionSpec: partitionSpec belongs under iceberg`,
    ])
  })
})

describe('the sort of an output', () => {
  const ordered = (order: string): string => edited(['order: desc', order])

  it.each([
    ['order: asc', 'asc', 'nulls-first'],
    ['order: desc', 'desc', 'nulls-last'],
    ['order: DESC', 'desc', 'nulls-last'],
    ['order:', 'asc', 'nulls-first'],
    ['order: ASC_NULLS_FIRST', 'asc', 'nulls-first'],
    ['order: ASC_NULLS_LAST', 'asc', 'nulls-last'],
    ['order: desc_nulls_first', 'desc', 'nulls-first'],
    ['order: DESC_NULLS_LAST', 'desc', 'nulls-last'],
  ])('reads %s', (order, direction, nullOrder) => {
    expect(tableOutputOf(ordered(order)).sort?.columns).toEqual([
      { name: 'arrived', direction, nullOrder },
    ])
  })

  it('is within partitions unless it says otherwise', () => {
    expect(tableOutputOf(edited(['                  mode: global\n', ''])).sort?.mode).toBe(
      'partition',
    )
  })

  it.each([
    [
      'order: desc',
      'order: downward',
      `52 ${OPTIONS}.sort.columns[0].order: must be asc, desc, ASC_NULLS_FIRST, ASC_NULLS_LAST, DESC_NULLS_FIRST or DESC_NULLS_LAST`,
    ],
    ['mode: global', 'mode: local', `49 ${OPTIONS}.sort.mode: must be global or partition`],
    [
      'order: desc\n',
      'order: desc\n                    - name: arrived\n',
      `53 ${OPTIONS}.sort.columns[1].name: rows are sorted by this column already`,
    ],
    [
      '- name: arrived\n                      order: desc',
      '- order: desc',
      `51 ${OPTIONS}.sort.columns[0]: name is missing`,
    ],
    [
      'columns:\n                    - name: arrived\n                      order: desc',
      'columns: []',
      `50 ${OPTIONS}.sort.columns: must not be empty`,
    ],
  ])('refuses %j as %j', (from, to, fault) => {
    expect(faultsOf(edited([from, to]))).toEqual([fault])
  })
})

describe('the properties of a table', () => {
  const property = (text: string): string => edited(['write.format.default: parquet', text])

  it.each([
    ['a.b: 10', '10'],
    ['a.b: 1.10', '1.10'],
    ['a.b: 9007199254740993', '9007199254740993'],
    ['a.b: "10"', '10'],
    ['a.b: True', 'true'],
    ['a.b: yes', 'yes'],
    ['a.b: ""', ''],
  ])('are texts: %s', (text, value) => {
    expect(tableOutputOf(property(text)).properties.get('a.b')).toBe(value)
  })

  it.each(['a.b: [1]', 'a.b: {c: 1}', 'a.b:', 'a.b: ~'])('are single values: %s', (text) => {
    expect(faultsOf(property(text))).toEqual([`55 ${PROPERTIES}["a.b"]: must be a single value`])
  })

  it('leave out what is about the write or the making of the table', () => {
    const names = [...(tableOutputOf(property('format-version: 2')).properties.keys() ?? [])]
    expect(names).toEqual(['write.metadata.compression-codec'])
  })

  it.each([
    ['write.format.default: orc', 'write.format.default orc'],
    ['write.format.default: Avro', 'write.format.default avro'],
    ['format-version: 3', 'format-version 3'],
  ])('refuse %s by name', (text, name) => {
    expect(faultsOf(property(text), 'unsupported')[0]).toMatch(`${name} is not supported yet`)
  })

  it('know no snappy for metadata', () => {
    expect(faultsOf(edited(['compression-codec: gzip', 'compression-codec: snappy']))).toEqual([
      `56 ${PROPERTIES}["write.metadata.compression-codec"]: must be none or gzip`,
    ])
  })

  it.each([
    ['write.metadata.previous-versions-max: many', 'write.metadata.previous-versions-max'],
    ['write.target-file-size-bytes: -1', 'write.target-file-size-bytes'],
    ['uuid: x', 'uuid'],
  ])('are such as a table can have, unlike %s', (text, name) => {
    const faults = faultsOf(property(text))
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(`55 ${PROPERTIES}`)
    expect(faults[0]).toContain(name)
  })

  it('are not ours to be set', () => {
    expect(faultsOf(property('frazil.incremental.a: b'))).toEqual([
      `55 ${PROPERTIES}["frazil.incremental.a"]: names that begin with frazil. are kept for the state of jobs`,
    ])
  })
})

describe('the partitions of an output', () => {
  const spec = (items: string): string => edited([PARTITION, items])

  it.each([
    ['identity', 'port', { kind: 'identity' }, 'port'],
    ['year', 'at', { kind: 'year' }, 'at_year'],
    ['month', 'at', { kind: 'month' }, 'at_month'],
    ['day', 'at', { kind: 'day' }, 'at_day'],
    ['hour', 'at', { kind: 'hour' }, 'at_hour'],
    ['days', 'at', { kind: 'day' }, 'at_day'],
    ['HOURS', 'at', { kind: 'hour' }, 'at_hour'],
    ['bucket, numBuckets: 16', 'id', { kind: 'bucket', numBuckets: 16 }, 'id_bucket'],
    [
      'Bucket, bucket_count: 2147483647',
      'id',
      { kind: 'bucket', numBuckets: 2147483647 },
      'id_bucket',
    ],
    ['truncate, width: 1', 'port', { kind: 'truncate', width: 1 }, 'port_trunc'],
    ['void', 'port', { kind: 'void' }, 'port_null'],
  ])('by %s have a name without being given one', (type, column, transform, name) => {
    expect(tableOutputOf(spec(`- {type: ${type}, column: ${column}}`)).partitionSpec).toEqual([
      { transform, column, name },
    ])
  })

  it('may be named by either word, not by both', () => {
    const named = (text: string): string => spec(`- {type: day, column: at, ${text}}`)
    expect(tableOutputOf(named('asColumn: d')).partitionSpec?.[0]?.name).toBe('d')
    expect(tableOutputOf(named('asColumn: d, name: d')).partitionSpec?.[0]?.name).toBe('d')
    expect(faultsOf(named('asColumn: d, name: e'))).toEqual([
      `59 ${SPEC}[0].asColumn: name and asColumn are two words for one thing`,
    ])
  })

  it('keep the order they are given in', () => {
    const text = spec(
      '- {type: identity, column: port}\n                    - {type: day, column: at}',
    )
    expect(tableOutputOf(text).partitionSpec?.map((item) => item.name)).toEqual(['port', 'at_day'])
  })

  it('may be of the name of a column where they are that column', () => {
    expect(tableOutputOf(spec('- {type: identity, column: a, name: a}')).partitionSpec).toEqual([
      { transform: { kind: 'identity' }, column: 'a', name: 'a' },
    ])
  })

  it('may be none', () => {
    const text = edited([`partitionSpec:\n                    ${PARTITION}`, 'partitionSpec: []'])
    expect(tableOutputOf(text).partitionSpec).toEqual([])
  })

  it.each([
    ['{column: a}', `59 ${SPEC}[0]: type is missing`],
    ['{type: day}', `59 ${SPEC}[0]: column is missing`],
    [
      '{type: week, column: a}',
      `59 ${SPEC}[0].type: must be identity, bucket, truncate, year, month, day, hour, years, months, days, hours or void`,
    ],
    ['{type: bucket, column: a}', `59 ${SPEC}[0]: numBuckets is missing`],
    ['{type: truncate, column: a}', `59 ${SPEC}[0]: width is missing`],
    [
      '{type: bucket, column: a, numBuckets: 0}',
      `59 ${SPEC}[0].numBuckets: must be in [1, 2147483647]`,
    ],
    [
      '{type: truncate, column: a, width: 2147483648}',
      `59 ${SPEC}[0].width: must be in [1, 2147483647]`,
    ],
    [
      '{type: bucket, column: a, bucket_count: 1.5}',
      `59 ${SPEC}[0].bucket_count: must be a whole number, zero or more`,
    ],
    [
      '{type: bucket, column: a, numBuckets: 4, bucket_count: 4}',
      `59 ${SPEC}[0].bucket_count: numBuckets and bucket_count are two words for one thing`,
    ],
    [
      '{type: truncate, column: a, width: 4, numBuckets: 4}',
      `59 ${SPEC}[0].numBuckets: goes with type bucket alone`,
    ],
    ['{type: day, column: a, width: 4}', `59 ${SPEC}[0].width: goes with type truncate alone`],
    [
      '{type: day, column: a, name: a}',
      `59 ${SPEC}[0].name: a partition cannot have the name of a column`,
    ],
    [
      '{type: day, column: a, asColumn: a}',
      `59 ${SPEC}[0].asColumn: a partition cannot have the name of a column`,
    ],
  ])('refuse %s', (item, fault) => {
    expect(faultsOf(spec(`- ${item}`))).toEqual([fault])
  })

  it.each([
    ['{type: day, column: b, name: x}', 'name: another partition has this name'],
    ['{type: month, column: a}', 'type: rows are partitioned by this column already'],
    ['{type: day, column: b, name: a}', 'name: a partition cannot have the name of a column'],
    ['{type: identity, column: b, name: a}', 'name: a partition cannot have the name of a column'],
  ])('refuse a second %s', (item, fault) => {
    const text = spec(`- {type: day, column: a, name: x}\n                    - ${item}`)
    expect(faultsOf(text)).toEqual([`60 ${SPEC}[1].${fault}`])
  })

  it('refuse the same of one column twice, whatever it is called', () => {
    const item = 'type: bucket, column: a, numBuckets: 4'
    const text = spec(`- {${item}}\n                    - {${item}, name: x}`)
    expect(faultsOf(text)).toEqual([
      `60 ${SPEC}[1].type: rows are partitioned by this column already`,
    ])
  })

  it.each(['type: identity', 'type: bucket, numBuckets: 4', 'type: truncate, width: 4'])(
    'may be by %s of a column and by its time',
    (other) => {
      const text = spec(
        `- {${other}, column: at, name: x}\n                    - {type: day, column: at}`,
      )
      expect(tableOutputOf(text).partitionSpec).toHaveLength(2)
    },
  )
})
