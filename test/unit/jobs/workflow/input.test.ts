import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Input } from '../../../../src/jobs/workflow/model.ts'
import type { ParseOptions } from '../../../../src/jobs/workflow/parse.ts'
import { jobFaults, jobOf, jobWarnings, OUTPUTS } from '../../../support/jobs/job-text.ts'

const DATASET = 'dataset: "dataos://lake:raw/calls"'

/** A job that reads `calls`, with these keys beside its name and dataset. */
function reading(keys: string, dataset: string = DATASET): string {
  return `inputs:\n- name: calls\n  ${dataset}\n${keys.replaceAll(/^(?=.)/gm, '  ')}\n${OUTPUTS}`
}

function inputOf(keys: string, options: ParseOptions = {}): Input | undefined {
  return jobOf(reading(keys), options).inputs[0]
}

describe('an input', () => {
  it('is a dataset under the name of a view', () => {
    expect(inputOf('')).toEqual({
      name: 'calls',
      dataset: {
        kind: 'dataset',
        depot: 'lake',
        collection: 'raw',
        dataset: 'calls',
        acl: 'r',
        params: new Map(),
      },
      metadataTable: null,
      format: null,
      selection: null,
      files: null,
      log: null,
      incremental: null,
      stream: null,
      place: expect.objectContaining({ line: 13 }),
    })
  })

  it.each([
    ['iceberg', 'iceberg'],
    ['Iceberg', 'iceberg'],
    ['PARQUET', 'parquet'],
    ['json', 'json'],
    ['ndjson', 'json'],
  ])('may say that it is %s', (word, format) => {
    expect(inputOf(`format: ${word}`)?.format).toBe(format)
  })

  it('takes isStream: false, which is what it is', () => {
    expect(inputOf('isStream: false')?.format).toBeNull()
  })

  it.each([
    ['query: select 1', 'query: query'],
    ['schemaId: 2', 'schemaId: schemaId'],
    ['format: ORC', 'format: format orc'],
    ['format: kafka', 'format: format kafka'],
    ['format: csv\noptions: {header: true, escape: x}', 'options.escape: escape'],
    [
      'format: csv\noptions: {header: true, multiLine: true}',
      'options.multiLine: multiLine for format csv',
    ],
    [
      'format: csv\noptions: {header: true, mode: PERMISSIVE}',
      'options.mode: mode other than FAILFAST',
    ],
  ])('refuses %s by name', (keys, fault) => {
    const line = keys.includes('\n') ? 5 : 4
    expect(jobFaults(reading(keys), 'unsupported')).toEqual([
      `${line} inputs[0].${fault} is not supported yet`,
    ])
  })

  it('has a format that there is', () => {
    expect(jobFaults(reading('format: ice'))).toEqual([
      '4 inputs[0].format: must be iceberg, parquet, csv, json or ndjson',
    ])
  })

  it.each([
    [
      'dataos://lake:raw/all/calls',
      'a dataset address is dataos://depot:collection/dataset, with one slash in it',
    ],
    ['lake:raw/calls', 'a dataset address begins with dataos://'],
    ['dataos://lake:raw/calls?acl=w', 'acl must be r or rw'],
    ['dataos://lake:raw/calls?acl=r?acl=r', 'a dataset address has one question mark at most'],
  ])('refuses the address %s', (address, message) => {
    expect(jobFaults(reading('', `dataset: "${address}"`))).toEqual([
      `3 inputs[0].dataset: ${message}`,
    ])
  })

  it('refuses parameters of an address by name', () => {
    const text = reading('', 'dataset: "dataos://lake:raw/calls?version=2"')
    expect(jobFaults(text, 'unsupported')).toEqual([
      '3 inputs[0].dataset: the parameter version is not supported yet',
    ])
  })

  it.each(['snapshots', 'files', 'partitions', 'history', 'refs', 'manifests', 'entries'])(
    'may be the %s of a table',
    (name) => {
      const { inputs } = jobOf(reading('', `dataset: "dataos://lake:raw/calls.${name}"`))
      expect(inputs[0]?.metadataTable).toMatchObject({ table: { dataset: 'calls' }, name })
    },
  )

  it.each(['calls.parts', 'snapshots', 'calls.'])('is no metadata table as %s', (name) => {
    const { inputs } = jobOf(reading('', `dataset: "dataos://lake:raw/${name}"`))
    expect(inputs[0]?.metadataTable).toBeNull()
  })

  it('warns when nothing names it', () => {
    const text = `inputs:\n- {name: spare, ${DATASET}}\n- {name: calls, ${DATASET}}\n${OUTPUTS}`
    expect(jobWarnings(text)).toContain(
      '2 inputs[0].name: no step or output names this input, so it is not read',
    )
  })

  it('has a name of its own, whatever its case', () => {
    const text = `inputs:\n- {name: calls, ${DATASET}}\n- {name: Calls, ${DATASET}}\n${OUTPUTS}`
    expect(jobFaults(text)).toEqual(['3 inputs[1].name: another input has this name'])
  })
})

describe('the version of an input', () => {
  it.each([
    ['branch: audit', { kind: 'ref', name: 'audit', type: 'branch' }],
    ['tag: q1', { kind: 'ref', name: 'q1', type: 'tag' }],
    ['snapshot-id: 9223372036854775807', { kind: 'snapshot', snapshotId: 2n ** 63n - 1n }],
    ['snapshot-id: "-5"', { kind: 'snapshot', snapshotId: -5n }],
    ['as-of-timestamp: "1741987433222"', { kind: 'time', timestampMs: 1741987433222n }],
    [
      'start-snapshot-id: 1',
      { kind: 'appends', since: { kind: 'snapshot', snapshotId: 1n }, until: null },
    ],
    [
      'start-snapshot-id: 1, end-snapshot-id: 2',
      {
        kind: 'appends',
        since: { kind: 'snapshot', snapshotId: 1n },
        until: { kind: 'snapshot', snapshotId: 2n },
      },
    ],
    [
      'start-timestamp: 1, end-timestamp: 1',
      {
        kind: 'appends',
        since: { kind: 'time', timestampMs: 1n },
        until: { kind: 'time', timestampMs: 1n },
      },
    ],
  ])('is by %s', (options, selection) => {
    expect(inputOf(`options: {${options}}`)?.selection).toEqual(selection)
  })

  it.each([
    ['branch: a, tag: b', 'tag: branch and tag each select a version: give one of them'],
    [
      'snapshot-id: 1, as-of-timestamp: 1',
      'as-of-timestamp: snapshot-id and as-of-timestamp each select a version: give one of them',
    ],
    [
      'branch: a, start-timestamp: 1',
      'start-timestamp: branch and start-timestamp each select a version: give one of them',
    ],
    ['end-snapshot-id: 1', 'end-snapshot-id: needs start-snapshot-id beside it'],
    ['start-snapshot-id: 1, end-timestamp: 1', 'end-timestamp: needs start-timestamp beside it'],
    ['start-timestamp: 2, end-timestamp: 1', 'end-timestamp: must not be before start-timestamp'],
    ['snapshot-id: latest', 'snapshot-id: must be the id of a snapshot, a whole number'],
    [
      'snapshot-id: 9223372036854775808',
      'snapshot-id: must be the id of a snapshot, a whole number',
    ],
    [
      'as-of-timestamp: "2026-01-01"',
      'as-of-timestamp: must be milliseconds since 1970, a whole number',
    ],
    ['snapshotid: 1', 'snapshotid: unknown key snapshotid, did you mean snapshot-id?'],
    ['delimiter: ";"', 'delimiter: goes with format csv alone'],
  ])('cannot be by %s', (options, fault) => {
    expect(jobFaults(reading(`options: {${options}}`))).toEqual([`4 inputs[0].options.${fault}`])
  })

  it('is none of files', () => {
    expect(jobFaults(reading('format: parquet\noptions: {tag: a}'))).toEqual([
      '5 inputs[0].options.tag: goes with format iceberg alone',
    ])
  })

  it('says what has no effect', () => {
    expect(jobWarnings(reading('options: {split-size: 1, lookback: 2}'))).toContain(
      '4 inputs[0].options: these options have no effect here: split-size, lookback',
    )
  })

  it.each([
    ['options: {tag: a}', 'options: incremental over a selected version'],
    ['format: parquet', 'format: incremental over files'],
  ])('goes with no window: %s', (keys, fault) => {
    const incremental =
      'incremental: {context: c, sql: "select * from c where a > \'$|k|\'", keys: [{name: k, default: 1}]}'
    expect(jobFaults(reading(`${keys}\n${incremental}`), 'unsupported')).toEqual([
      `4 inputs[0].${fault} is not supported yet`,
    ])
  })
})

describe('files of an input', () => {
  const csv = (options: string): string => `format: csv\noptions: {${options}}`

  it('are read as RFC 4180 has them unless the file says otherwise', () => {
    expect(inputOf(csv('header: true'))?.files).toEqual({
      schema: null,
      csv: { header: true, delimiter: ',', quote: '"', nullText: '' },
      multiLine: false,
      inputFileName: null,
    })
  })

  it('are read as the file says', () => {
    const options = `header: "false", sep: "|", quote: "'", nullValue: 'NULL', inputFileName: from_file`
    expect(inputOf(csv(options))?.files).toEqual({
      schema: null,
      csv: { header: false, delimiter: '|', quote: "'", nullText: 'NULL' },
      multiLine: false,
      inputFileName: 'from_file',
    })
  })

  it.each(["'\\t'", '"\\t"'])('may be divided by tabs: %s', (delimiter) => {
    expect(inputOf(csv(`header: true, delimiter: ${delimiter}`))?.files?.csv.delimiter).toBe('\t')
  })

  it('have a header, or say that they have none', () => {
    const message =
      '4 inputs[0].format: header is missing: the first line of a file is taken for the names of its columns'
    expect(jobWarnings(reading('format: csv'))).toContain(message)
    expect(jobFaults(reading('format: csv'), 'invalid', { strict: true })).toEqual([message])
  })

  it.each([
    ['header: 1', 'header: must be true or false'],
    ['header: true, delimiter: "::"', 'delimiter: must be one character, and no end of a line'],
    ['header: true, quote: ""', 'quote: must be one character, and no end of a line'],
    ['header: true, delimiter: "\\n"', 'delimiter: must be one character, and no end of a line'],
    ['header: true, delimiter: "\\""', 'delimiter: quote and delimiter must differ'],
    ['header: true, quote: ","', 'quote: quote and delimiter must differ'],
    [
      'header: true, sep: ";", delimiter: ";"',
      'sep: delimiter and sep are two words for one thing',
    ],
    [
      'header: true, startingOffsets: latest',
      'startingOffsets: goes with a log, which has no format alone',
    ],
  ])('cannot be read with %s', (options, fault) => {
    expect(jobFaults(reading(csv(options)))).toEqual([`5 inputs[0].options.${fault}`])
  })

  it('take what is so anyway', () => {
    const options = 'header: true, mode: failfast, inferSchema: false, encoding: utf-8'
    expect(inputOf(csv(options))?.format).toBe('csv')
  })

  describe('with a schema', () => {
    let folder = ''
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'workflow-'))
      writeFileSync(join(folder, 'calls.ddl'), 'id BIGINT NOT NULL, port STRING')
      writeFileSync(join(folder, 'bytes.ddl'), Uint8Array.of(0xff, 0xfe))
    })
    afterAll(() => rmSync(folder, { recursive: true }))
    const inFolder = (): ParseOptions => ({ file: join(folder, 'calls.yaml') })

    const SCHEMA = {
      schemaId: 0,
      identifierFieldIds: [],
      fields: [
        { id: 1, name: 'id', required: true, type: { kind: 'long' } },
        { id: 2, name: 'port', required: false, type: { kind: 'string' } },
      ],
    }

    it.each([
      ['schemaType: spark', 'id BIGINT NOT NULL, port STRING'],
      ['schemaType: Spark', 'struct<id: long not null, port: string>'],
      ['format: json', 'id BIGINT NOT NULL, port STRING'],
      [
        'schemaType: avro',
        '{"type":"record","name":"r","fields":[{"name":"id","type":"long"},{"name":"port","type":["null","string"]}]}',
      ],
    ])('%s, take it from its text', (keys, text) => {
      const format = keys.startsWith('format') ? '' : 'format: json\n'
      expect(inputOf(`${format}${keys}\nschemaString: '${text}'`)?.files?.schema).toEqual(SCHEMA)
    })

    it('take it from a file beside the workflow', () => {
      expect(inputOf('format: json\nschemaPath: calls.ddl', inFolder())?.files?.schema).toEqual(
        SCHEMA,
      )
    })

    it.each([
      ['schemaPath: none.ddl', 'schemaPath: there is no such file'],
      ['schemaPath: bytes.ddl', 'schemaPath: the file is no text in UTF-8'],
      ['schemaPath: .', 'schemaPath: the file cannot be read'],
      ['schemaString: id LONGISH', 'schemaString: Spark has no such type at character 4'],
      [
        'schemaString: id LONG\nschemaType: avro',
        'schemaString: an Avro schema is the JSON of a record',
      ],
      [
        'schemaString: a int\nschemaPath: b',
        'schemaPath: schemaString and schemaPath cannot both be given',
      ],
      ['schemaString: a int\nschemaType: xsd', 'schemaType: must be avro or spark'],
    ])('refuse %s', (keys, fault) => {
      const faults = jobFaults(reading(`format: json\n${keys}`), 'invalid', inFolder())
      expect(faults.map((text) => text.replace(/^\d+ /, ''))).toEqual([`inputs[0].${fault}`])
    })

    it('are found only from the place of the workflow', () => {
      expect(jobFaults(reading('format: json\nschemaPath: a.ddl'))).toEqual([
        '5 inputs[0].schemaPath: is found beside the workflow file, and this one is in no file',
      ])
    })

    it('leave tables to their own', () => {
      expect(jobFaults(reading('format: iceberg\nschemaString: a int'))).toEqual([
        '4 inputs[0].format: a table has its own schema',
      ])
    })
  })
})

describe('a stream as an input', () => {
  const STREAMING = 'streaming: {checkpointLocation: "dataos://lake:raw/a/b?acl=rw"}\n'
  const faultsIn = (keys: string): readonly string[] =>
    jobFaults(STREAMING + reading(`isStream: true\n${keys}`))

  it('takes no more at once than it may', () => {
    const job = jobOf(
      STREAMING +
        reading(
          'isStream: true\noptions: {maxFilesPerTrigger: "7", streaming-max-rows-per-micro-batch: 9, ignoreMissingFiles: true}',
        ),
    )
    expect(job?.inputs[0]?.stream).toEqual({
      maxFiles: 7,
      maxBytes: null,
      maxRows: 9,
      latestFirst: false,
      skipsMissing: true,
      fromTimestampMs: null,
      skipsDeletes: false,
      skipsOverwrites: false,
      rescans: false,
    })
  })

  it.each([
    ['options: {maxFilesPerTrigger: 0}', 'maxFilesPerTrigger: must be a whole number above zero'],
    ['options: {stream-from-timestamp: now}', 'must be milliseconds since the epoch'],
    ['options: {onExpired: skip}', 'onExpired: must be fail or rescan'],
    ['options: {tag: v1}', 'a stream reads what comes, and no version'],
    ['options: {snapshot-id: 7}', 'a stream reads what comes, and no version'],
  ])('refuses %s', (keys, fault) => {
    expect(faultsIn(keys)).toEqual([expect.stringContaining(fault)])
  })

  it('alone has limits', () => {
    expect(jobFaults(reading('options: {maxFilesPerTrigger: 7}'))).toEqual([
      '4 inputs[0].options.maxFilesPerTrigger: goes with isStream: true alone',
    ])
  })
})

describe('a log as an input', () => {
  it('begins somewhere, and may have its schemas elsewhere', () => {
    const keys =
      'schemaRegistryUrl: http://registry:8081\nisStream: false\noptions: {startingOffsets: Latest}'
    expect(inputOf(keys)?.log).toEqual({
      schemaRegistryUrl: 'http://registry:8081',
      startingOffsets: 'latest',
      valueFormat: null,
      keyFormat: null,
      envelope: null,
      messageColumns: [],
      maxOffsetsPerTrigger: null,
      failsOnDataLoss: true,
    })
  })

  it('begins at its beginning or its end', () => {
    expect(jobFaults(reading('options: {startingOffsets: later}'))).toEqual([
      '4 inputs[0].options.startingOffsets: must be earliest or latest',
    ])
  })

  it.each(['{"0": 12, 1: -2}', '\'{"0": 12, "1": -2}\'', '\'{"events": {"0": 12, "1": -2}}\''])(
    'begins at offsets of partitions: %s',
    (offsets) => {
      const log = inputOf(`options: {startingOffsets: ${offsets}}`)?.log
      expect(log?.startingOffsets).toEqual({ '0': 12n, '1': -2n })
    },
  )

  it.each(['{a: 1}', '{}', '\'{"0": x\'', '\'{"0": 1.5}\''])(
    'refuses to begin at %s',
    (offsets) => {
      const faults = jobFaults(reading(`options: {startingOffsets: ${offsets}}`))
      expect(faults.length).toBeGreaterThan(0)
      for (const fault of faults) expect(fault).toContain('inputs[0].options.startingOffsets')
    },
  )

  it('says how its messages are read', () => {
    const keys = `options:
  valueFormat: avro
  keyFormat: string
  envelope: debezium
  messageColumns: [_kafka_offset, _kafka_key]
  maxOffsetsPerTrigger: "1000"
  failOnDataLoss: "false"`
    expect(inputOf(keys)?.log).toEqual({
      schemaRegistryUrl: null,
      startingOffsets: 'earliest',
      valueFormat: 'avro',
      keyFormat: 'string',
      envelope: 'debezium',
      messageColumns: ['_kafka_offset', '_kafka_key'],
      maxOffsetsPerTrigger: 1000,
      failsOnDataLoss: false,
    })
  })

  it('has no columns but those that messages have', () => {
    expect(jobFaults(reading('options: {messageColumns: [_kafka_offest]}'))).toEqual([
      expect.stringContaining('must be some of _kafka_topic'),
    ])
  })
})
