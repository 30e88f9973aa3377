import { resolve } from 'node:path'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../src/base/errors.ts'
import type { ErrorKind } from '../../../src/base/errors.ts'
import { parseDatasetAddress, parseTableAddress } from '../../../src/jobs/address.ts'
import { locateFolder, locateTable, parseConfig } from '../../../src/jobs/config.ts'
import type { Config } from '../../../src/jobs/config.ts'
import type { Variables } from '../../../src/jobs/yaml/variables.ts'
import { runs } from '../../support/runs.ts'

const FOLDER = resolve('/srv/harbour')

const CONFIG_TEXT = `timeZone: Europe/Oslo
strict: true
catalogs:
  trade: {type: file, warehouse: ./warehouse}
  scratch: {type: memory}
depots:
  lake: {catalog: trade}
  landing: {path: ./landing}
state: table
`

function configOf(text: string, variables: Variables = {}): Config {
  return parseConfig(text, { folder: FOLDER, variables })
}

/** `line path: message` for each fault of the kind. */
function faultsOf(
  text: string,
  kind: ErrorKind = 'invalid',
  variables: Variables = {},
): readonly string[] {
  try {
    configOf(text, variables)
  } catch (error) {
    if (!(error instanceof IcebergError)) throw error
    expect(error.kind).toBe(kind)
    return error.problems.map(({ line, path, message }) => `${line} ${path}: ${message}`)
  }
  throw new Error('the configuration has no faults')
}

describe('a configuration', () => {
  it('says where tables are and how SQL is run', () => {
    expect(configOf(CONFIG_TEXT)).toEqual({
      timeZone: 'Europe/Oslo',
      strict: true,
      catalogs: new Map([
        ['trade', { type: 'file', warehouse: resolve(FOLDER, 'warehouse') }],
        ['scratch', { type: 'memory' }],
      ]),
      depots: new Map([
        ['lake', { kind: 'catalog', catalog: 'trade' }],
        ['landing', { kind: 'folder', path: resolve(FOLDER, 'landing') }],
      ]),
      state: { kind: 'table' },
    })
  })

  it('may be empty', () => {
    expect(configOf('')).toEqual({
      timeZone: 'UTC',
      strict: false,
      catalogs: new Map(),
      depots: new Map(),
      state: { kind: 'table' },
    })
  })

  it.each([
    ['warehouse', resolve(FOLDER, 'warehouse')],
    ['../warehouse', resolve(FOLDER, '../warehouse')],
    ['/var/warehouse', resolve('/var/warehouse')],
    ['file:///var/warehouse', 'file:///var/warehouse'],
  ])('takes a warehouse at %s from its own folder', (warehouse, expected) => {
    const { catalogs } = configOf(`catalogs: {a: {type: file, warehouse: "${warehouse}"}}`)
    expect(catalogs.get('a')).toEqual({ type: 'file', warehouse: expected })
  })

  it('takes a warehouse in S3, and how to reach it', () => {
    const { catalogs } = configOf(`catalogs:
  a: {type: file, warehouse: "s3://bucket/prefix"}
  b:
    type: file
    warehouse: "s3a://bucket"
    s3: {region: eu-north-1, endpoint: "http://minio:9000", forcePathStyle: true, profile: lake}
`)
    expect([...catalogs.values()]).toEqual([
      { type: 'file', warehouse: 's3://bucket/prefix' },
      {
        type: 'file',
        warehouse: 's3a://bucket',
        s3: {
          region: 'eu-north-1',
          endpoint: 'http://minio:9000',
          forcePathStyle: true,
          profile: 'lake',
        },
      },
    ])
  })

  it('takes brokers of topics, and how they know who asks', () => {
    const { depots } = configOf(
      `depots:
  plain: {kafka: {brokers: "localhost:9092"}}
  safe:
    kafka:
      brokers: [a:9092, b:9092]
      schemaRegistryUrl: http://registry:8081
      tls: true
      sasl: {mechanism: scram-sha-256, username: frazil, password: "\${PASSWORD}"}
`,
      { PASSWORD: 'p' },
    )
    const nothing = { schemaRegistryUrl: null, tls: false, sasl: null }
    expect([...depots.values()]).toEqual([
      { kind: 'kafka', brokers: ['localhost:9092'], ...nothing },
      {
        kind: 'kafka',
        brokers: ['a:9092', 'b:9092'],
        schemaRegistryUrl: 'http://registry:8081',
        tls: true,
        sasl: { mechanism: 'SCRAM-SHA-256', username: 'frazil', password: 'p' },
      },
    ])
  })

  it.each([
    ['depots: {a: {kafka: {}}}', '1 depots.a.kafka: must be at least one host:port'],
    [
      'depots: {a: {kafka: {brokers: []}}}',
      '1 depots.a.kafka.brokers: must be at least one host:port',
    ],
    ['depots: {a: {kafka: {brokers: x, sasl: {}}}}', '1 depots.a.kafka.sasl: mechanism is missing'],
  ])('refuses %s', (text, fault) => {
    expect(faultsOf(text)).toContain(fault)
  })

  it('takes settings of S3 for nothing else, and no credentials', () => {
    const text = `catalogs:
  a: {type: file, warehouse: x, s3: {region: eu-north-1}}
  b: {type: memory, s3: {}}
  c: {type: file, warehouse: "s3://bucket", s3: {accessKeyId: X, forcePathStyle: "yes"}}
  d: {type: file, warehouse: "s3://X:Y@bucket"}
  e: {type: file, warehouse: "s3://bucket/../x"}
`
    expect(faultsOf(text)).toEqual([
      '2 catalogs.a.s3: the warehouse is not in S3',
      '3 catalogs.b.s3: the warehouse is not in S3',
      '4 catalogs.c.s3.accessKeyId: unknown key accessKeyId',
      '4 catalogs.c.s3.forcePathStyle: must be true or false',
      '5 catalogs.d.warehouse: must be s3://bucket/prefix, with no credentials in it',
      '6 catalogs.e.warehouse: must be s3://bucket/prefix, with no credentials in it',
    ])
  })

  it('takes depots of files, here and in S3', () => {
    const { depots } = configOf(`depots:
  a: {path: /srv/files/}
  b: {path: "file:///srv/files"}
  c: {path: "s3://bucket/prefix", s3: {region: eu-north-1}}
`)
    expect([...depots.values()]).toEqual([
      { kind: 'folder', path: resolve('/srv/files') },
      { kind: 'folder', path: 'file:///srv/files' },
      { kind: 'folder', path: 's3://bucket/prefix', s3: { region: 'eu-north-1' } },
    ])
  })

  it.each([
    ['state', resolve(FOLDER, 'state')],
    ['/var/state', resolve('/var/state')],
  ])('takes a folder for the state of jobs at %s from its own folder', (file, folder) => {
    expect(configOf(`state: {file: "${file}"}`).state).toEqual({ kind: 'file', folder })
  })

  it.each([
    ['state: {}', '1 state: file is missing'],
    ['state: {files: ./x}', '1 state.files: unknown key files, did you mean file?'],
  ])('knows no other place for state: %s', (text, fault) => {
    expect(faultsOf(text)).toContain(fault)
  })

  it('reads the environment', () => {
    const text = 'strict: ${STRICT}\ncatalogs: {a: {type: file, warehouse: "${ROOT:-/var}/lake"}}'
    const config = configOf(text, { STRICT: 'true' })
    expect(config.strict).toBe(true)
    expect(config.catalogs.get('a')).toEqual({ type: 'file', warehouse: resolve('/var/lake') })
  })

  it('tells of all its faults at once', () => {
    const text = `timezone: UTC
strict: maybe
catalogs:
  a: {type: files}
  b: {type: file}
  c d: {type: memory}
  e: {type: memory, warehouse: x}
depots:
  lake: {catalog: tade}
  pond: {}
  sea: {catalog: a, path: ./x}
  bay: {catalog: a, s3: {}}
  fjord: {path: ./x, s3: {region: eu-north-1}}
  strait: {path: "s3://X:Y@bucket"}
state: tables
`
    expect(faultsOf(text)).toEqual([
      '1 timezone: unknown key timezone, did you mean timeZone?',
      '2 strict: must be true or false',
      '4 catalogs.a.type: must be file or memory',
      '5 catalogs.b: warehouse is missing',
      '6 catalogs["c d"]: a name has letters, digits, dots, dashes and underscores',
      '7 catalogs.e.warehouse: a catalog in memory has no warehouse',
      '9 depots.lake.catalog: no catalog of that name is configured',
      '10 depots.pond: a depot needs a catalog, a path or a broker',
      '11 depots.sea.path: a depot is one of a catalog, a path or a broker',
      '12 depots.bay.s3: goes with a path in S3 alone',
      '13 depots.fjord.s3: the depot is not in S3',
      '14 depots.strait.path: must be s3://bucket/prefix, with no credentials in it',
      '15 state: must be table',
    ])
  })

  it('suggests a catalog', () => {
    const text = 'catalogs: {trade: {type: memory}}\ndepots: {lake: {catalog: tade}}'
    expect(faultsOf(text)).toEqual([
      '2 depots.lake.catalog: no catalog of that name is configured, did you mean trade?',
    ])
  })

  it.each([
    ['catalogs: {a: {type: rest}}', '1 catalogs.a.type: type rest'],
    ['catalogs: {a: {type: sql}}', '1 catalogs.a.type: type sql'],
    [
      'catalogs: {a: {type: file, warehouse: "gs://bucket/x"}}',
      '1 catalogs.a.warehouse: a warehouse that is neither in a local folder nor in S3',
    ],
    [
      'depots: {a: {path: "gs://bucket/x"}}',
      '1 depots.a.path: a depot that is neither in a local folder nor in S3',
    ],
    ['state: {file: "s3://bucket/x"}', '1 state.file: state outside of a local folder'],
  ])('refuses %s by name', (text, what) => {
    expect(faultsOf(text, 'unsupported')).toEqual([`${what} is not supported yet`])
  })

  it.each(['Mars/Olympus', '+01:00', 'utc+1'])('refuses the time zone %s', (zone) => {
    expect(faultsOf(`timeZone: "${zone}"`)).toEqual([
      '1 timeZone: must be a time zone such as UTC or Europe/Oslo',
    ])
  })

  it('needs the variables that it names', () => {
    expect(faultsOf('timeZone: ${ZONE}')).toContain(
      '1 timeZone: the environment has no variable ZONE',
    )
  })

  it('never shows a value, which may be a secret', () => {
    const secret = 's3cr3t-V4lue'
    const texts = fc.constantFrom(
      'timeZone: X',
      'strict: X',
      'state: X',
      'state: {file: X}',
      'catalogs: X',
      'catalogs: {a: X}',
      'catalogs: {a: {type: X}}',
      'catalogs: {a: {type: memory, secretKey: X}}',
      'catalogs: {a: {type: file, warehouse: "s3://X@bucket"}}',
      'depots: {a: {catalog: X}}',
      'depots: {a: {kafka: {password: X}}}',
      'depots: {a: {path: "s3://X@bucket"}}',
      'depots: {a: {path: "gs://X@bucket"}}',
      'catalogs: [a: X',
      'catalogs: "X',
      'password: !X y',
      'password: *X',
    )
    fc.assert(
      fc.property(texts, fc.boolean(), (text, fromEnvironment) => {
        const config = text.replace('X', fromEnvironment ? '${SECRET}' : secret)
        try {
          configOf(config, { SECRET: secret })
        } catch (error) {
          if (!(error instanceof IcebergError)) throw error
          const told = JSON.stringify([
            error.message,
            error.context,
            error.problems,
            String(error.cause),
          ])
          expect(told).not.toContain(secret)
        }
      }),
      runs(100),
    )
  })
})

describe('locateTable', () => {
  const config = configOf(CONFIG_TEXT)

  it('finds the table of a dataset through its depot', () => {
    expect(locateTable(config, parseDatasetAddress('dataos://lake:north.ports/calls'))).toEqual({
      catalogName: 'trade',
      catalog: { type: 'file', warehouse: resolve(FOLDER, 'warehouse') },
      identifier: { namespace: ['north', 'ports'], name: 'calls' },
    })
  })

  it('finds the table of a catalog address', () => {
    expect(locateTable(config, parseTableAddress('scratch:ports.calls'))).toEqual({
      catalogName: 'scratch',
      catalog: { type: 'memory' },
      identifier: { namespace: ['ports'], name: 'calls' },
    })
  })

  it.each([
    ['dataos://lak:ports/calls', 'no such depot is configured, did you mean lake?'],
    ['dataos://ocean:ports/calls', 'no such depot is configured'],
    ['trad:ports.calls', 'no such catalog is configured, did you mean trade?'],
    ['dataos://lake:ports/a.b', 'name is not allowed in a catalog'],
    ['dataos://landing:ports/calls', 'a depot of files has no tables'],
  ])('refuses %s', (text, message) => {
    const locate = (): unknown => locateTable(config, parseTableAddress(text))
    expect(locate).toThrow(expect.objectContaining({ kind: 'invalid', message }))
  })
})

describe('locateFolder', () => {
  const config = configOf(`${CONFIG_TEXT.replace('state: table', '')}
  bucket: {path: "s3://bucket/prefix/", s3: {region: eu-north-1}}
`)
  const locate = (text: string): unknown => locateFolder(config, parseDatasetAddress(text))

  it('finds collections and datasets as folders of a depot', () => {
    expect(locate('dataos://landing:ports/calls')).toEqual({
      location: resolve(FOLDER, 'landing/ports/calls'),
    })
    expect(locate('dataos://bucket:ports/calls')).toEqual({
      location: 's3://bucket/prefix/ports/calls',
      s3: { region: 'eu-north-1' },
    })
  })

  it('takes the collection none for what it says', () => {
    expect(locate('dataos://landing:none/none')).toEqual({
      location: resolve(FOLDER, 'landing/none'),
    })
  })

  it('finds no folder in a depot of tables', () => {
    expect(locate('dataos://lake:ports/calls')).toBeNull()
  })

  it('knows the depots that are configured', () => {
    expect(() => locate('dataos://lading:ports/calls')).toThrow(
      'no such depot is configured, did you mean landing?',
    )
  })
})
