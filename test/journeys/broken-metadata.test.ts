/** Table metadata that is broken, or of a version to come: read and written to by nobody, and told of by its place. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { parseJson, stringifyJson } from '../../src/base/json-exact.ts'
import { openTable, openWarehouse, schema, t } from '../../src/index.ts'
import { frazil } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'

type Json = Record<string, unknown>

/** A table of one row in a folder of its own, with its newest metadata changed. */
async function brokenTable(
  formatVersion: 1 | 2 | 3,
  breakIt: (json: Json) => void,
): Promise<string> {
  const warehouse = temporaryFolder()
  const columns = schema({ id: t.long(), city: t.string().optional() })
  const table = await (
    await openWarehouse(warehouse, { workers: 0 })
  ).createTable('a.b', { schema: columns, formatVersion, partitionBy: ['city'] })
  await table.append([{ id: 1n, city: 'Oslo' }])
  const file = join(warehouse, 'a/b/metadata/v2.metadata.json')
  // Table metadata is an object.
  const json = parseJson(readFileSync(file, 'utf8')) as Json
  breakIt(json)
  writeFileSync(file, stringifyJson(json))
  return join(warehouse, 'a/b')
}

/** What makes a version; files of data that no version names are nobody's. */
function metadataOf(folder: string): readonly string[] {
  return readdirSync(join(folder, 'metadata')).sort()
}

function snapshotOf(json: Json): Json {
  // The table has a list of one.
  return (json['snapshots'] as Json[])[0] ?? {}
}

/** What version 1 says twice, so that readers from before find it, once. */
function asFirstWriters(json: Json): void {
  for (const name of ['schemas', 'current-schema-id', 'partition-specs', 'default-spec-id', 'refs'])
    delete json[name]
}

interface Case {
  readonly name: string
  readonly formatVersion: 1 | 2 | 3
  readonly breakIt: (json: Json) => void
  readonly kind: string
  /** What the error tells. */
  readonly told: unknown
}

function inVersionOne(
  name: string,
  told: unknown,
  breakIt: (json: Json) => void,
  kind = 'corrupt',
): Case {
  const breakOld = (json: Json): void => {
    asFirstWriters(json)
    breakIt(json)
  }
  return { name, formatVersion: 1, breakIt: breakOld, kind, told }
}

const at = (path: string): unknown => expect.objectContaining({ path })

const cases: readonly Case[] = [
  ...([1, 2, 3] as const).map((formatVersion): Case => ({
    name: `of version 4, once of ${formatVersion}`,
    formatVersion,
    breakIt: (json) => void (json['format-version'] = 4),
    kind: 'unsupported',
    told: expect.objectContaining({ formatVersion: 4 }),
  })),
  inVersionOne('without a version', at('format-version'), (json) => delete json['format-version']),
  inVersionOne('of a version in quotes', at('format-version'), (json) => {
    json['format-version'] = '1'
  }),
  inVersionOne('of half a version', at('format-version'), (json) => {
    json['format-version'] = 1.5
  }),
  inVersionOne('without a schema', at('schema'), (json) => delete json['schema']),
  inVersionOne('with a schema of no columns', at('schema.fields'), (json) => {
    json['schema'] = { type: 'struct' }
  }),
  inVersionOne('with a column of no type', at('schema.fields[0].type'), (json) => {
    json['schema'] = { type: 'struct', fields: [{ id: 1, name: 'id', required: true }] }
  }),
  inVersionOne('with a partition spec that is none', at('partition-spec'), (json) => {
    json['partition-spec'] = { fields: [] }
  }),
  inVersionOne('with a partition of no column', at('default-spec-id'), (json) => {
    json['partition-spec'] = [{ name: 'x', transform: 'identity', 'source-id': 77 }]
  }),
  inVersionOne('without a place', at('location'), (json) => delete json['location']),
  inVersionOne('with a current snapshot that is none', expect.anything(), (json) => {
    json['current-snapshot-id'] = 77
  }),
  inVersionOne('with a snapshot without an id', at('snapshots[0].snapshot-id'), (json) => {
    delete snapshotOf(json)['snapshot-id']
  }),
  inVersionOne('with a snapshot that lists nothing', at('snapshots[0].manifest-list'), (json) => {
    delete snapshotOf(json)['manifest-list']
  }),
  inVersionOne('with properties that are no texts', at('properties.a'), (json) => {
    json['properties'] = { a: 1 }
  }),
  inVersionOne(
    'with a list of manifests that is gone',
    expect.objectContaining({ manifestList: expect.stringContaining('gone.avro') }),
    (json) => {
      snapshotOf(json)['manifest-list'] = `${String(json['location'])}/metadata/gone.avro`
    },
    'not-found',
  ),
  inVersionOne(
    'with a manifest that is gone',
    expect.objectContaining({ manifest: expect.stringContaining('gone.avro') }),
    (json) => {
      delete snapshotOf(json)['manifest-list']
      snapshotOf(json)['manifests'] = [`${String(json['location'])}/metadata/gone.avro`]
    },
    'not-found',
  ),
]

describe('a table', () => {
  it.each(cases)(
    '$name is told of by its place, and nothing is written',
    async ({ formatVersion, breakIt, kind, told }) => {
      const folder = await brokenTable(formatVersion, breakIt)
      const files = metadataOf(folder)
      const opened = async () => openTable(folder, { workers: 0 })
      const read = async (): Promise<unknown> => (await opened()).scan().toArray()
      const append = async (): Promise<unknown> => (await opened()).append([{ id: 2n }])
      const overwrite = async (): Promise<unknown> =>
        (await opened()).overwritePartitions([{ id: 2n }])
      await expect(read()).rejects.toMatchObject({ kind, context: told })
      await expect(overwrite()).rejects.toMatchObject({ kind, context: told })
      await expect(append()).rejects.toMatchObject({ kind, context: told })
      expect(metadataOf(folder)).toEqual(files)
    },
  )

  it.each([cases[0], cases[6], cases.at(-1)])(
    '$name ends a command with exit code 5, and gives no row',
    async (broken) => {
      if (broken === undefined) throw new Error('there are cases')
      const folder = await brokenTable(broken.formatVersion, broken.breakIt)
      const files = metadataOf(folder)
      for (const args of [
        ['scan', folder],
        ['append', folder, '--overwrite-partitions'],
      ]) {
        const { code, stdout, stderr } = await frazil(args, { input: '{"id":2}' })
        expect({ code, stdout }).toEqual({ code: 5, stdout: '' })
        expect(stderr).toMatch(/^frazil: /)
        expect(stderr).not.toMatch(/\n\s+at /)
      }
      expect(metadataOf(folder)).toEqual(files)
    },
  )
})
