/**
 * What stored table metadata must be for others to load it: the checks that Iceberg Java makes when it reads a table, and
 * some that it relies on. They look at nothing but the JSON, and share no code with the library but its reader.
 */
import { gunzipSync } from 'node:zlib'

import { parseJson } from '../../src/base/json-exact.ts'

type Json = Readonly<Record<string, unknown>>
type Check = (metadata: Json) => boolean

/** How far clocks of writers may be apart. */
const SKEW_MS = 60_000n

const CHECKS: Readonly<Record<string, Check>> = {
  'the version is known': ({ 'format-version': version }) =>
    [1n, 2n, 3n].includes(integer(version)),
  'the table has a uuid': ({ 'table-uuid': uuid }) => /^[0-9a-f-]{36}$/.test(String(uuid)),
  'the current schema is there': (metadata) =>
    idsOf(metadata, 'schemas', 'schema-id').includes(integer(metadata['current-schema-id'])),
  'the default spec is there': (metadata) =>
    idsOf(metadata, 'partition-specs', 'spec-id').includes(integer(metadata['default-spec-id'])),
  'the default sort order is there': (metadata) =>
    idsOf(metadata, 'sort-orders', 'order-id').includes(integer(metadata['default-sort-order-id'])),
  'ids of schemas are unique': (metadata) => areUnique(idsOf(metadata, 'schemas', 'schema-id')),
  'ids of specs are unique': (metadata) => areUnique(idsOf(metadata, 'partition-specs', 'spec-id')),
  'ids of orders are unique': (metadata) => areUnique(idsOf(metadata, 'sort-orders', 'order-id')),
  'ids of snapshots are unique': (metadata) =>
    areUnique(idsOf(metadata, 'snapshots', 'snapshot-id')),
  'the last column id is that of no other': (metadata) =>
    fieldIds(list(metadata, 'schemas')).every((id) => id <= integer(metadata['last-column-id'])),
  'the last partition id is that of no other': (metadata) =>
    list(metadata, 'partition-specs')
      .flatMap((spec) => idsOf(spec, 'fields', 'field-id'))
      .every((id) => id <= integer(metadata['last-partition-id'])),
  'snapshots have known schemas': (metadata) =>
    list(metadata, 'snapshots').every((snapshot) =>
      idsOf(metadata, 'schemas', 'schema-id').includes(integer(snapshot['schema-id'])),
    ),
  'snapshots say what they did and where': (metadata) =>
    list(metadata, 'snapshots').every(
      ({ summary, 'manifest-list': location }) =>
        typeof location === 'string' &&
        ['append', 'replace', 'overwrite', 'delete'].includes(String(object(summary)['operation'])),
    ),
  'sequence numbers strictly increase from version 2 on': (metadata) =>
    sequenceNumbers(metadata).every(
      (number, index, all) => number === 0n || number > (all[index - 1] ?? -1n),
    ),
  'the last sequence number is none before that of the last snapshot': (metadata) =>
    integer(metadata['last-sequence-number'] ?? 0n) >= (sequenceNumbers(metadata).at(-1) ?? 0n),
  'snapshots come after their parents': (metadata) =>
    list(metadata, 'snapshots').every(({ 'parent-snapshot-id': parent }, index, all) => {
      const place = all.findIndex((snapshot) => snapshot['snapshot-id'] === parent)
      return parent === undefined || parent === null || place < index
    }),
  'refs lead to snapshots': (metadata) =>
    Object.values(object(metadata['refs'] ?? {})).every((ref) =>
      idsOf(metadata, 'snapshots', 'snapshot-id').includes(integer(object(ref)['snapshot-id'])),
    ),
  'the current snapshot is that of main': (metadata) => {
    const main = object(metadata['refs'] ?? {})['main']
    const current = metadata['current-snapshot-id'] ?? -1n
    return current === (main === undefined ? -1n : object(main)['snapshot-id'])
  },
  'the log ends with the current snapshot': (metadata) => {
    const last = list(metadata, 'snapshot-log').at(-1)
    return (last?.['snapshot-id'] ?? -1n) === (metadata['current-snapshot-id'] ?? -1n)
  },
  'the log of snapshots goes forward': (metadata) => goesForward(metadata, 'snapshot-log'),
  'the log of metadata goes forward': (metadata) => goesForward(metadata, 'metadata-log'),
  'row ids are given once': (metadata) => {
    if (integer(metadata['format-version']) < 3n) return true
    let next = 0n
    for (const { 'first-row-id': first, 'added-rows': added } of list(metadata, 'snapshots')) {
      if (first === undefined) continue
      if (integer(first) < next) return false
      next = integer(first) + integer(added)
    }
    return next <= integer(metadata['next-row-id'])
  },
}

/** What is wrong with metadata as it is stored: nothing, if it is sound. */
export function metadataFaults(bytes: Uint8Array): readonly string[] {
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b
  const metadata = object(parseJson(new TextDecoder().decode(isPacked ? gunzipSync(bytes) : bytes)))
  return Object.entries(CHECKS).flatMap(([name, holds]) => (holds(metadata) ? [] : [name]))
}

function sequenceNumbers(metadata: Json): readonly bigint[] {
  return list(metadata, 'snapshots').map((snapshot) => integer(snapshot['sequence-number'] ?? 0n))
}

function goesForward(metadata: Json, name: string): boolean {
  const times = list(metadata, name).map((entry) => integer(entry['timestamp-ms']))
  const all = [...times, integer(metadata['last-updated-ms'])]
  return all.every((time, index) => time - (all[index - 1] ?? time) >= -SKEW_MS)
}

/** The ids of all fields, wherever they are nested. */
function fieldIds(value: unknown): readonly bigint[] {
  if (Array.isArray(value)) return value.flatMap(fieldIds)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, part]) =>
    ['id', 'element-id', 'key-id', 'value-id'].includes(name) ? integer(part) : fieldIds(part),
  )
}

function idsOf(parent: Json, name: string, id: string): readonly bigint[] {
  return list(parent, name).map((entry) => integer(entry[id]))
}

function areUnique(ids: readonly bigint[]): boolean {
  return new Set(ids).size === ids.length
}

function list(parent: Json, name: string): readonly Json[] {
  const value = parent[name] ?? []
  if (!Array.isArray(value)) throw new Error(`${name} is a list`)
  return value.map(object)
}

function object(value: unknown): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new Error('not an object')
}

function integer(value: unknown): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  throw new Error(`not an integer: ${String(value)}`)
}
