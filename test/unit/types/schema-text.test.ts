import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { DEFAULT_ALGORITHM, DEFAULT_CRS, formatType } from '../../../src/types/type.ts'
import type { Field, Type } from '../../../src/types/type.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

/** The text of fields, each name in quotes. */
function textOf(fields: readonly Field[]): string {
  return fields
    .map(
      ({ name, type, required }) =>
        `"${name.replaceAll('"', '""')}" ${typeText(type)}${notNull(required)}`,
    )
    .join(', ')
}

function typeText(type: Type): string {
  switch (type.kind) {
    case 'struct':
      return `struct<${textOf(type.fields)}>`
    case 'list':
      return `list<${typeText(type.element)}${notNull(type.elementRequired)}>`
    case 'map':
      return `map<${typeText(type.key)}, ${typeText(type.value)}${notNull(type.valueRequired)}>`
    case 'geometry':
      return `geometry(${quoted(type.crs ?? DEFAULT_CRS)})`
    case 'geography':
      return `geography(${quoted(type.crs ?? DEFAULT_CRS)}, ${type.algorithm ?? DEFAULT_ALGORITHM})`
    default:
      return formatType(type)
  }
}

function quoted(crs: string): string {
  return `'${crs.replaceAll("'", "''")}'`
}

function notNull(required: boolean): string {
  return required ? ' not null' : ''
}

function withoutDocs(type: Type): Type {
  switch (type.kind) {
    case 'struct':
      return { kind: 'struct', fields: type.fields.map(withoutDoc) }
    case 'list':
      return { ...type, element: withoutDocs(type.element) }
    case 'map':
      return { ...type, key: withoutDocs(type.key), value: withoutDocs(type.value) }
    default:
      return type
  }
}

function withoutDoc({ id, name, required, type }: Field): Field {
  return { id, name, required, type: withoutDocs(type) }
}

describe('schemas as people type them', () => {
  it('have columns, nested types and what must not be null', () => {
    const { schemaId, fields, identifierFieldIds } = parseSchemaText(
      'id long not null, ts timestamptz, fare decimal(9,2), ' +
        'items list<struct<sku: string, qty: int not null>>, tags map<string, string>',
    )
    expect(schemaId).toBe(0)
    expect(identifierFieldIds).toEqual([])
    expect(formatType({ kind: 'struct', fields })).toBe(
      'struct<1: id: required long, 2: ts: optional timestamptz, 3: fare: optional decimal(9, 2), ' +
        '4: items: optional list<struct<7: sku: optional string, 8: qty: required int>>, ' +
        '5: tags: optional map<string, string>>',
    )
  })

  it('take words in either case, and space anywhere', () => {
    const { fields } = parseSchemaText(' a\tLONG  NOT\nNULL ,b :Decimal ( 9 , 2 ),c fixed[ 16 ] ')
    expect(fields.map(({ type, required }) => `${formatType(type)} ${required}`)).toEqual([
      'long true',
      'decimal(9, 2) false',
      'fixed[16] false',
    ])
  })

  it('take any name in quotes, and letters of any script without', () => {
    const { fields } = parseSchemaText(
      '"a b" int, "qu""oted" int, "not" int, Straße int, 日付 date',
    )
    expect(fields.map(({ name }) => name)).toEqual(['a b', 'qu"oted', 'not', 'Straße', '日付'])
  })

  it('may require elements of a list and values of a map', () => {
    const { fields } = parseSchemaText('l list<int not null>, m map<int, int not null>')
    expect(fields.map(({ type }) => type)).toMatchObject([
      { elementRequired: true },
      { valueRequired: true },
    ])
  })

  it.each([
    ['', 1, 'expected a name'],
    ['id', 3, 'expected a type'],
    ['id long,', 9, 'expected a name'],
    ['id long name string', 9, 'expected the end of the text'],
    ['id long not', 9, 'expected the end of the text'],
    ['id bigint', 4, 'type is not one of the specification'],
    ['id decimal(39,2)', 4, 'type is not one of the specification'],
    ['id decimal(9)', 4, 'type is not one of the specification'],
    ['id decimal(9,-2)', 4, 'type is not one of the specification'],
    ['id decimal(a)', 4, 'type is not one of the specification'],
    ['id decimal(<', 12, 'expected a parameter of the type'],
    ['id decimal(9,2', 15, 'expected )'],
    ['id fixed[16)', 12, 'expected ]'],
    ['id list', 8, 'expected <'],
    ['id list<int', 12, 'expected >'],
    ['id map<int>', 11, 'expected ,'],
    ['id map<int not null, int>', 12, 'expected ,'],
    ['id struct<,>', 11, 'expected a name'],
    ['id "long"', 4, 'expected a type'],
    ['id ; long', 4, 'unexpected character'],
    ['"id long', 1, 'quote is not closed'],
    ['a int, decimal(9,2) int', 15, 'expected a type'],
  ])('of %j go wrong at %i: %s', (text, position, message) => {
    expect(thrownBy(() => parseSchemaText(text))).toMatchObject({
      kind: 'invalid',
      message,
      context: { position },
    })
  })

  it.each<[string, Type]>([
    ['timestamp_ns', { kind: 'timestamp_ns' }],
    ['TimestampTZ_ns', { kind: 'timestamptz_ns' }],
    ['unknown', { kind: 'unknown' }],
    ['variant', { kind: 'variant' }],
    ['geometry', { kind: 'geometry' }],
    ['geometry(srid:4326)', { kind: 'geometry', crs: 'srid:4326' }],
    ['geography (OGC:CRS84, vincenty)', { kind: 'geography', algorithm: 'vincenty' }],
    ["geometry('projjson:my-crs')", { kind: 'geometry', crs: 'projjson:my-crs' }],
  ])('have the types of version 3: %s', (text, type) => {
    expect(parseSchemaText(`x ${text}`).fields[0]?.type).toEqual(type)
  })

  it('list every fault of a schema that could be read', () => {
    const error = thrownBy(() => parseSchemaText('a int, a int, "" int, s struct<b int, b int>'))
    expect(error.kind).toBe('invalid')
    expect(error.problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'a: two fields have this name',
      's.b: two fields have this name',
      ': name is empty or not well-formed',
    ])
  })

  it('refuse nesting without end', () => {
    expect(thrownBy(() => parseSchemaText(`a ${'list<'.repeat(100_000)}`)).kind).toBe('limit')
  })

  it('always read back what is spelled out', () => {
    fc.assert(
      fc.property(anySchema({ maxDepth: 3, formatVersion: 3, carried: true }), ({ fields }) => {
        expect(parseSchemaText(textOf(fields)).fields).toEqual(fields.map(withoutDoc))
      }),
      runs(150),
    )
  })
})
