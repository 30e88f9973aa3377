// What is wrong with table metadata as it is stored, where our reader makes good what it finds or goes no further.
import type { Finding } from './finding.ts'
import { finding } from './finding.ts'

/**
 * Checks the JSON of a metadata file, of which nothing is known: what is misshapen is left to who reads it.
 *
 * @param path of the file, for the findings
 */
export function checkDocument(json: unknown, path: string): readonly Finding[] {
  const schemas = objectsAt(json, 'schemas')
  const specs = objectsAt(json, 'partition-specs')
  const partitionIds = specs.flatMap((spec) => objectsAt(spec, 'fields').map(idAt('field-id')))
  return [
    ...schemas.flatMap((schema) => duplicateIds(schema, path)),
    ...lowLastId(json, 'last-column-id', schemas.flatMap(columnIds), (context) =>
      finding('reused-column-id', path, context),
    ),
    ...lowLastId(json, 'last-partition-id', partitionIds, (context) =>
      finding('reused-partition-id', path, context),
    ),
  ]
}

function duplicateIds(schema: object, path: string): readonly Finding[] {
  const seen = new Set<number>()
  const twice = columnIds(schema).find((id) => seen.size === seen.add(id).size)
  if (twice === undefined) return []
  const schemaId = idAt('schema-id')(schema)
  return [finding('duplicate-field-id', path, { fieldId: twice, schemaId })]
}

/** An id that is stated and too low. One that is not stated is missed by who reads it. */
function lowLastId(
  json: unknown,
  name: string,
  ids: readonly number[],
  findingOf: (context: Readonly<Record<string, number>>) => Finding,
): readonly Finding[] {
  const last = fieldAt(json, name)
  const highest = ids.reduce((high, id) => Math.max(high, id), 0)
  if (typeof last !== 'number' || last >= highest) return []
  return [findingOf({ [name]: last, highest })]
}

/** The ids of all fields of a schema, wherever they are nested, in the order of the document. */
function columnIds(type: unknown): readonly number[] {
  if (Array.isArray(type)) return type.flatMap(columnIds)
  if (typeof type !== 'object' || type === null) return []
  return Object.entries(type).flatMap(([name, part]) => {
    if (FIELD_IDS.has(name)) return typeof part === 'number' ? [part] : []
    return TYPES.has(name) ? columnIds(part) : []
  })
}

const FIELD_IDS = new Set(['id', 'element-id', 'key-id', 'value-id'])
/** Where types are nested (spec: Schemas). Defaults are values, whatever they look like. */
const TYPES = new Set(['fields', 'type', 'element', 'key', 'value'])

function objectsAt(json: unknown, name: string): readonly object[] {
  const list = fieldAt(json, name)
  if (!Array.isArray(list)) return []
  return list.filter((item): item is object => typeof item === 'object' && item !== null)
}

/** -1 where there is none, which is no id. */
function idAt(name: string): (json: unknown) => number {
  return (json) => {
    const id = fieldAt(json, name)
    return typeof id === 'number' ? id : -1
  }
}

function fieldAt(json: unknown, name: string): unknown {
  if (typeof json !== 'object' || json === null) return undefined
  const entry = Object.entries(json).find(([own]) => own === name)
  return entry?.[1]
}
