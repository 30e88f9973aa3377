import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  COMMIT_NUM_RETRIES,
  DATA_PATH,
  METADATA_COMPRESSION,
  METRICS_DEFAULT,
  PARQUET_COMPRESSION,
  ROW_GROUP_SIZE_BYTES,
  TARGET_FILE_SIZE_BYTES,
  metricsOfColumn,
  readProperty,
} from '../../../src/metadata/properties.ts'
import {
  checkProperties,
  checkWritable,
  unheededProperties,
} from '../../../src/metadata/property-rules.ts'
import { anyProperties } from '../../support/arbitraries/metadata.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

/** Numbers in every spelling that JavaScript takes, and texts that are none. */
const anyNumberText = fc.oneof(
  fc.nat().map(String),
  fc.double().map(String),
  fc.nat().map((value) => `0x${value.toString(16)}`),
  fc.nat().map((value) => ` ${value}`),
  fc.string(),
)

describe('table properties', () => {
  it('have their fallbacks when the table does not say', () => {
    const none = new Map<string, string>()
    expect(readProperty(none, COMMIT_NUM_RETRIES)).toBe(4)
    expect(readProperty(none, TARGET_FILE_SIZE_BYTES)).toBe(536_870_912)
    expect(readProperty(none, PARQUET_COMPRESSION)).toBe('zstd')
    expect(readProperty(none, DATA_PATH)).toBeNull()
    expect(readProperty(none, METRICS_DEFAULT)).toBeNull()
  })

  it('are read from their text', () => {
    const properties = new Map([
      ['commit.retry.num-retries', '10'],
      ['write.parquet.compression-codec', 'SNAPPY'],
      ['write.metadata.compression-codec', 'gzip'],
      ['write.metadata.metrics.default', 'truncate(4)'],
      ['write.metadata.metrics.column.a.b', 'counts'],
      ['write.target-file-size-bytes', '9223372036854775807'],
    ])
    expect(readProperty(properties, COMMIT_NUM_RETRIES)).toBe(10)
    expect(readProperty(properties, PARQUET_COMPRESSION)).toBe('snappy')
    expect(readProperty(properties, METADATA_COMPRESSION)).toBe('gzip')
    expect(readProperty(properties, METRICS_DEFAULT)).toEqual({ kind: 'truncate', length: 4 })
    expect(readProperty(properties, metricsOfColumn(['a', 'b']))).toEqual({ kind: 'counts' })
    expect(readProperty(properties, TARGET_FILE_SIZE_BYTES)).toBe(Number.MAX_SAFE_INTEGER)
  })

  it('go by a former name while the present one is not set', () => {
    const former: [string, string] = ['write.folder-storage.path', 's3://old/data/']
    expect(readProperty(new Map([former]), DATA_PATH)).toBe('s3://old/data')
    const both = new Map([former, ['write.data.path', 's3://new']])
    expect(readProperty(both, DATA_PATH)).toBe('s3://new')
  })

  it.each([
    '1e3',
    ' 5',
    '5 ',
    '0x10',
    '',
    '-1',
    '1.0',
    '٣',
    '9223372036854775808',
    'abc',
    '2147483648',
  ])('refuse %j as a number, by name', (text) => {
    const properties = new Map([['commit.retry.num-retries', text]])
    const error = thrownBy(() => readProperty(properties, COMMIT_NUM_RETRIES))
    expect(error).toMatchObject({
      kind: 'invalid',
      context: { property: 'commit.retry.num-retries' },
    })
  })

  it.each([
    [PARQUET_COMPRESSION, 'zip'],
    [ROW_GROUP_SIZE_BYTES, '0'],
    [METADATA_COMPRESSION, 'zstd'],
    [METRICS_DEFAULT, 'truncate(0)'],
    [METRICS_DEFAULT, 'truncate(16'],
    [METRICS_DEFAULT, 'all'],
    [DATA_PATH, '///'],
  ])('refuse what %o cannot be', (property, text) => {
    const properties = new Map([[property.name, text]])
    expect(thrownBy(() => readProperty<unknown>(properties, property)).kind).toBe('invalid')
  })

  it('are checked together before a table takes them on', () => {
    const properties = new Map([
      ['acme.batch', '1e3'],
      ['commit.retry.num-retries', '1e3'],
      ['write.metadata.metrics.column.city', 'some'],
      ['uuid', '1'],
    ])
    const error = thrownBy(() => checkProperties(properties))
    expect(error.kind).toBe('invalid')
    expect(error.problems.map((problem) => problem.path)).toEqual([
      'commit.retry.num-retries',
      'write.metadata.metrics.column.city',
      'uuid',
    ])
  })

  it('are told when this library does not heed them', () => {
    const properties = new Map([
      ['write.parquet.bloom-filter-enabled.column.id', 'true'],
      ['write.parquet.compression-level', '9'],
      ['write.parquet.page-version', 'v2'],
      ['write.object-storage.enabled', 'true'],
      ['write.wap.enabled', 'false'],
      ['write.format.default', 'orc'],
      ['commit.retry.num-retries', '5'],
      ['acme.write', 'x'],
    ])
    expect(unheededProperties(properties)).toEqual([
      { name: 'write.format.default', forbidsWriting: true },
      { name: 'write.parquet.bloom-filter-enabled.column.id', forbidsWriting: false },
      { name: 'write.parquet.compression-level', forbidsWriting: false },
      { name: 'write.parquet.page-version', forbidsWriting: false },
    ])
    expect(thrownBy(() => checkWritable(properties))).toMatchObject({
      kind: 'unsupported',
      context: { properties: 'write.format.default' },
    })
  })

  it.each(['write.wap.enabled', 'write.location-provider.impl', 'encryption.key-id'])(
    'forbid writing where it would not be what %s asks',
    (name) => {
      expect(thrownBy(() => checkWritable(new Map([[name, 'true']]))).kind).toBe('unsupported')
    },
  )

  it('say nothing where they ask for what is done anyway, or concern what is not done at all', () => {
    const properties = new Map([
      ['read.split.target-size', '134217728'],
      ['read.parquet.vectorization.enabled', 'false'],
      ['write.distribution-mode', 'hash'],
      ['write.delete.mode', 'merge-on-read'],
      ['write.orc.stripe-size-bytes', '1'],
      ['write.spark.fanout.enabled', 'true'],
      ['write.parquet.page-version', 'v1'],
      ['write.metadata.delete-after-commit.enabled', 'TRUE'],
      ['commit.manifest-merge.enabled', 'false'],
      ['commit.manifest.min-count-to-merge', '7'],
      ['comment', 'rides of the city'],
    ])
    expect(unheededProperties(properties)).toEqual([])
    const shredded = new Map([['write.parquet.shred-variants', 'true']])
    expect(unheededProperties(shredded)).toHaveLength(1)
  })

  it('are refused when they are no name mapping, or no flag', () => {
    const mapping = new Map([['schema.name-mapping.default', '[{"field-id":1,"names":["a"]}]']])
    expect(() => checkProperties(mapping)).not.toThrow()
    for (const [name, text] of [
      ['schema.name-mapping.default', '{'],
      ['write.object-storage.enabled', 'yes'],
      ['history.expire.max-ref-age-ms', '9223372036854775808'],
    ] as const) {
      expect(thrownBy(() => checkProperties(new Map([[name, text]]))).problems).toMatchObject([
        { path: name },
      ])
    }
  })

  it("never stand in the way when they are the user's own", () => {
    fc.assert(
      fc.property(anyProperties, (properties) => {
        expect(unheededProperties(properties)).toEqual([])
        expect(() => checkProperties(properties)).not.toThrow()
        expect(() => checkWritable(properties)).not.toThrow()
      }),
      runs(100),
    )
  })

  it('never give a number that their text does not spell', () => {
    fc.assert(
      fc.property(anyNumberText, (text) => {
        let value: number
        try {
          value = readProperty(new Map([['commit.retry.num-retries', text]]), COMMIT_NUM_RETRIES)
        } catch (error) {
          expect(error).toMatchObject({ kind: 'invalid' })
          return
        }
        expect(String(value)).toBe(text.replace(/^0+(?=\d)/, ''))
      }),
      runs(300),
    )
  })
})
