import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IcebergError } from '../../../src/base/errors.ts'
import { parseJson, stringifyJson } from '../../../src/base/json-exact.ts'
import { STRUCT_DEFAULT } from '../../../src/types/default-values.ts'
import { schemaVersionProblems } from '../../../src/types/format-support.ts'
import { canPromote } from '../../../src/types/promotion.ts'
import { MAX_FIELD_ID } from '../../../src/types/reserved-fields.ts'
import { changeSchema } from '../../../src/types/schema-change.ts'
import type { NumberedSchema, SchemaEdit } from '../../../src/types/schema-change.ts'
import { newSchemaProblems } from '../../../src/types/schema-check.ts'
import { schemaFromJson, schemaToJson } from '../../../src/types/schema-json.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { unionByName } from '../../../src/types/schema-union.ts'
import { allFields, findField, findFieldByPath, highestFieldId } from '../../../src/types/schema.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { formatType, isPrimitive } from '../../../src/types/type.ts'
import type { Field, Type } from '../../../src/types/type.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { anyType } from '../../support/arbitraries/types.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

function changed(
  base: Schema,
  change: (edit: SchemaEdit) => void,
  formatVersion = 3,
): NumberedSchema {
  return changeSchema({ schema: base, lastColumnId: highestFieldId(base), formatVersion }, change)
}

/** `1 id: required long`, a line a field. */
function linesOf({ schema }: NumberedSchema): string[] {
  return allFields(schema).map(
    ({ field, path }) =>
      `${field.id} ${path.join('.')}: ${field.required ? 'required ' : ''}${
        isPrimitive(field.type) ? formatType(field.type) : field.type.kind
      }`,
  )
}

const INT: Type = { kind: 'int' }
const LONG: Type = { kind: 'long' }

describe('a field that is added (spec: Schema Evolution)', () => {
  const base = parseSchemaText('id long not null, s struct<a: int>, l list<struct<x: int>>')

  it('has an id that no field ever had, and those inside it too', () => {
    const result = changeSchema({ schema: base, lastColumnId: 20, formatVersion: 2 }, (edit) => {
      edit.add(['s', 'm'], parsedField('m map<string, struct<y: int, z: int>>'))
      edit.add(['l', 'element', 'last'], { type: INT })
      edit.add(['new'], { type: INT, doc: 'fresh' })
    })
    expect(linesOf(result)).toEqual([
      '1 id: required long',
      '2 s: struct',
      '4 s.a: int',
      '21 s.m: map',
      '22 s.m.key: required string',
      '23 s.m.value: struct',
      '24 s.m.value.y: int',
      '25 s.m.value.z: int',
      '3 l: list',
      '5 l.element: struct',
      '6 l.element.x: int',
      '26 l.element.last: int',
      '27 new: int',
    ])
    expect(result.lastColumnId).toBe(27)
    expect(findField(result.schema, 27)?.field.doc).toBe('fresh')
  })

  it('has its default both for rows that are there and for rows to come', () => {
    const { schema } = changed(base, (edit) =>
      edit.add(['n'], { type: INT, required: true, defaultValue: 7 }),
    )
    expect(findFieldByPath(schema, ['n'])?.field).toEqual({
      id: 7,
      name: 'n',
      required: true,
      type: INT,
      initialDefault: 7,
      writeDefault: 7,
    })
  })

  it.each<[string, (edit: SchemaEdit) => void, string]>([
    ['without a default', (edit) => edit.add(['n'], { type: INT, required: true }), 'n'],
    ['of a name that is there', (edit) => edit.add(['s'], { type: INT }), 's'],
    ['to what is no struct', (edit) => edit.add(['id', 'x'], { type: INT }), 'id'],
    ['to a list', (edit) => edit.add(['l', 'x'], { type: INT }), 'l'],
    ['to nothing', (edit) => edit.add(['gone', 'x'], { type: INT }), 'gone'],
    ['without a name', (edit) => edit.add([], { type: INT }), ''],
    [
      'inside a list with a default, with one of its own that is not whole',
      (edit) => {
        const item: Type = { kind: 'struct', fields: [] }
        const list: Type = { kind: 'list', elementId: 0, element: item, elementRequired: true }
        edit.add(['items'], { type: list, defaultValue: [[]] })
        const fields = [{ id: 0, name: 'x', required: true, type: INT }]
        const type: Type = { kind: 'struct', fields }
        edit.add(['items', 'element', 'n'], { type, required: true, defaultValue: STRUCT_DEFAULT })
      },
      'items.element.n',
    ],
  ])('is refused when required %s', (_, change, path) => {
    const error = thrownBy(() => changed(base, change))
    expect(error.kind).toBe('invalid')
    expect([error.context['path'], ...error.problems.map((problem) => problem.path)]).toContain(
      path,
    )
  })

  it('is refused where the format version has no such thing', () => {
    const withDefault = (edit: SchemaEdit): void => edit.add(['n'], { type: INT, defaultValue: 1 })
    const nanos = (edit: SchemaEdit): void => edit.add(['n'], { type: { kind: 'timestamp_ns' } })
    for (const change of [withDefault, nanos]) {
      expect(() => changed(base, change, 3)).not.toThrow()
      const error = thrownBy(() => changed(base, change, 2))
      expect(error.problems.map(({ path }) => path)).toEqual(['n'])
    }
  })

  it('is refused with a default that its type does not have', () => {
    const struct = parsedField('s struct<a: int not null>').type
    for (const [type, defaultValue] of [
      [{ kind: 'unknown' }, 1],
      [{ kind: 'geometry' }, new Uint8Array()],
      [struct, []],
    ] as const) {
      const error = thrownBy(() => changed(base, (edit) => edit.add(['n'], { type, defaultValue })))
      expect(error.problems.map(({ path }) => path)).toEqual(['n'])
    }
  })

  it('is refused when the ids are used up', () => {
    const full = { schema: base, lastColumnId: MAX_FIELD_ID - 1, formatVersion: 2 }
    const one = changeSchema(full, (edit) => edit.add(['n'], { type: INT }))
    expect(one.lastColumnId).toBe(MAX_FIELD_ID)
    const list: Type = { kind: 'list', elementId: 0, elementRequired: false, element: INT }
    expect(thrownBy(() => changeSchema(full, (edit) => edit.add(['n'], { type: list }))).kind).toBe(
      'limit',
    )
  })
})

describe('a field that is there', () => {
  const base = parseSchemaText(
    'id long not null, a int, b float not null, s struct<x: int, y: date>, ' +
      'm map<struct<k: int>, struct<v: int>>, l list<int not null>',
  )

  it('is dropped with what lies inside it, and its id with it', () => {
    const result = changed(base, (edit) => {
      edit.drop(['m'])
      edit.drop(['s', 'x'])
      edit.add(['m'], { type: INT })
    })
    expect(linesOf(result)).toEqual([
      '1 id: required long',
      '2 a: int',
      '3 b: required float',
      '4 s: struct',
      '8 s.y: date',
      '6 l: list',
      '13 l.element: required int',
      '14 m: int',
    ])
  })

  it('is called otherwise, and stays what it was', () => {
    const result = changed(base, (edit) => {
      edit.rename(['a'], 'c')
      edit.rename(['b'], 'a')
      edit.rename(['m', 'value', 'v'], 'w')
      edit.rename(['a'], 'a')
    })
    expect(findField(result.schema, 2)?.path).toEqual(['c'])
    expect(findField(result.schema, 3)?.path).toEqual(['a'])
    expect(findField(result.schema, 12)?.path).toEqual(['m', 'value', 'w'])
  })

  it('is moved among those of its struct', () => {
    const { schema } = changed(base, (edit) => {
      edit.move(['l'], 'first')
      edit.move(['id'], { after: 's' })
      edit.move(['b'], { before: 'a' })
      edit.move(['s', 'y'], { before: 'x' })
    })
    expect(schema.fields.map(({ name }) => name)).toEqual(['l', 'b', 'a', 's', 'id', 'm'])
    expect(findField(schema, 4)?.field.type).toMatchObject({
      fields: [{ name: 'y' }, { name: 'x' }],
    })
  })

  it('gets a wider type, also inside others', () => {
    const result = changed(base, (edit) => {
      edit.widen(['a'], LONG)
      edit.widen(['b'], { kind: 'double' })
      edit.widen(['s', 'y'], { kind: 'timestamp' })
      edit.widen(['m', 'value', 'v'], LONG)
      edit.widen(['l', 'element'], LONG)
    })
    expect(linesOf(result).filter((line) => /long|double|timestamp/.test(line))).toEqual([
      '1 id: required long',
      '2 a: long',
      '3 b: required double',
      '8 s.y: timestamp',
      '12 m.value.v: long',
      '13 l.element: required long',
    ])
  })

  it('takes its defaults along into its new type', () => {
    const { schema } = changed(base, (edit) => {
      edit.add(['n'], { type: INT, defaultValue: 1 })
      edit.setDefault(['n'], 2)
      edit.widen(['n'], LONG)
      edit.add(['d'], {
        type: parsedField('d list<struct<p: int, q: date>>').type,
        defaultValue: [[1, 2]],
      })
      edit.move(['d', 'element', 'q'], 'first')
      edit.widen(['d', 'element', 'p'], LONG)
      edit.add(['d', 'element', 'r'], { type: INT, defaultValue: 3 })
    })
    expect(findFieldByPath(schema, ['n'])?.field).toMatchObject({
      initialDefault: 1n,
      writeDefault: 2n,
    })
    expect(findFieldByPath(schema, ['d'])?.field).toMatchObject({
      initialDefault: [[2, 1n, 3]],
      writeDefault: [[2, 1n, 3]],
    })
  })

  it('stays a date where its default is beyond the timestamps', () => {
    const error = thrownBy(() =>
      changed(base, (edit) => {
        edit.setDefault(['s', 'y'], 2147483647)
        edit.widen(['s', 'y'], { kind: 'timestamp' })
      }),
    )
    expect(error).toMatchObject({ kind: 'invalid', context: { path: 's.y', type: 'timestamp' } })
  })

  it('becomes optional, and required again only on purpose', () => {
    const optional = changed(base, (edit) => {
      edit.makeOptional(['b'])
      edit.makeOptional(['l', 'element'])
    })
    expect(linesOf(optional)).toContain('3 b: float')
    expect(linesOf(optional)).toContain('13 l.element: int')
    expect(thrownBy(() => changed(optional.schema, (edit) => edit.require(['b'])))).toMatchObject({
      kind: 'invalid',
      context: { path: 'b' },
    })
    const again = changed(optional.schema, (edit) =>
      edit.require(['b'], { allowIncompatible: true }),
    )
    expect(linesOf(again)).toContain('3 b: required float')
    expect(() => changed(base, (edit) => edit.require(['b']))).not.toThrow()
  })

  it('may be required at once when it was added with a default just now', () => {
    const { schema } = changed(base, (edit) => {
      edit.add(['n'], { type: INT, defaultValue: 1 })
      edit.require(['n'])
    })
    expect(findFieldByPath(schema, ['n'])?.field.required).toBe(true)
    const { schema: old } = changed(base, (edit) => edit.add(['n'], { type: INT, defaultValue: 1 }))
    expect(thrownBy(() => changed(old, (edit) => edit.require(['n']))).kind).toBe('invalid')
  })

  it('gets a comment and a default for rows to come, and loses them', () => {
    const given = changed(base, (edit) => {
      edit.setDoc(['a'], 'x')
      edit.setDefault(['a'], 5)
    }).schema
    expect(findField(given, 2)?.field).toEqual({
      id: 2,
      name: 'a',
      required: false,
      type: INT,
      doc: 'x',
      writeDefault: 5,
    })
    const taken = changed(given, (edit) => {
      edit.setDoc(['a'], null)
      edit.setDefault(['a'], null)
    }).schema
    expect(taken).toEqual(base)
  })

  it('identifies rows, if it is told to, and is then not dropped or left out', () => {
    const { schema } = changed(base, (edit) => edit.identifierFields([['id'], ['id']]))
    expect(schema.identifierFieldIds).toEqual([1])
    for (const change of [
      (edit: SchemaEdit) => edit.drop(['id']),
      (edit: SchemaEdit) => edit.makeOptional(['id']),
    ]) {
      expect(thrownBy(() => changed(schema, change)).context).toEqual({ path: 'id' })
    }
    const renamed = changed(schema, (edit) => edit.rename(['id'], 'key')).schema
    expect(renamed.identifierFieldIds).toEqual([1])
    const freed = changed(schema, (edit) => {
      edit.identifierFields([])
      edit.drop(['id'])
    }).schema
    expect(freed.identifierFieldIds).toEqual([])
  })

  it('holds identifier fields inside it fast', () => {
    const nested = changed(parseSchemaText('s struct<id: int not null> not null, a int'), (edit) =>
      edit.identifierFields([['s', 'id']]),
    ).schema
    expect(thrownBy(() => changed(nested, (edit) => edit.drop(['s']))).kind).toBe('invalid')
    expect(thrownBy(() => changed(nested, (edit) => edit.makeOptional(['s']))).kind).toBe('invalid')
  })

  it.each<[string, (edit: SchemaEdit) => void, string]>([
    ['drop nothing', (edit) => edit.drop(['gone']), 'gone'],
    ['drop a list element', (edit) => edit.drop(['l', 'element']), 'l.element'],
    ['rename nothing', (edit) => edit.rename(['gone'], 'x'), 'gone'],
    ['rename to a name that is there', (edit) => edit.rename(['a'], 'b'), 'b'],
    ['rename a map value', (edit) => edit.rename(['m', 'value'], 'x'), 'm.value'],
    ['rename to nothing', (edit) => edit.rename(['a'], ''), ''],
    ['move beside itself', (edit) => edit.move(['a'], { after: 'a' }), 'a'],
    ['move beside nothing', (edit) => edit.move(['a'], { after: 'x' }), 'x'],
    ['move a list element', (edit) => edit.move(['l', 'element'], 'first'), 'l.element'],
    ['narrow a type', (edit) => edit.widen(['id'], INT), 'id'],
    ['change a type', (edit) => edit.widen(['a'], { kind: 'string' }), 'a'],
    ['widen a date to a moment', (edit) => edit.widen(['s', 'y'], { kind: 'timestamptz' }), 's.y'],
    ['widen in a map key', (edit) => edit.widen(['m', 'key', 'k'], LONG), 'm.key.k'],
    ['add to a map key', (edit) => edit.add(['m', 'key', 'n'], { type: INT }), 'm.key'],
    ['drop from a map key', (edit) => edit.drop(['m', 'key', 'k']), 'm.key.k'],
    ['make a map key optional', (edit) => edit.makeOptional(['m', 'key']), 'm.key'],
    ['comment a list element', (edit) => edit.setDoc(['l', 'element'], 'x'), 'l.element'],
    ['default a list element', (edit) => edit.setDefault(['l', 'element'], 1), 'l.element'],
    [
      'identify by an optional field',
      (edit) => edit.identifierFields([['a']]),
      'identifier-field-ids: 2',
    ],
    ['identify by nothing', (edit) => edit.identifierFields([['gone']]), 'gone'],
  ])('does not let one %s', (_, change, path) => {
    const error = thrownBy(() => changed(base, change))
    expect(error.kind).toBe('invalid')
    expect([error.context['path'], ...error.problems.map((problem) => problem.path)]).toContain(
      path,
    )
  })

  it('widens from a date only from version 3 on', () => {
    const widen = (edit: SchemaEdit): void => edit.widen(['s', 'y'], { kind: 'timestamp' })
    expect(thrownBy(() => changed(base, widen, 2)).context).toEqual({ path: 's.y' })
  })

  it('of unknown type becomes any other, with new ids inside', () => {
    const unknown = parseSchemaText('u unknown')
    const result = changed(unknown, (edit) =>
      edit.widen(['u'], parsedField('x struct<a: list<int>>').type),
    )
    expect(linesOf(result)).toEqual(['1 u: struct', '2 u.a: list', '3 u.a.element: int'])
  })

  it('is never one of two with the same name, not even until the next change', () => {
    const error = thrownBy(() =>
      changed(base, (edit) => {
        edit.rename(['a'], 'b')
        edit.drop(['b'])
      }),
    )
    expect(error.context).toEqual({ path: 'b' })
  })

  it('keeps what was amiss with it before', () => {
    const odd: Schema = {
      schemaId: 3,
      identifierFieldIds: [],
      fields: [{ id: 1, name: '', required: false, type: INT }],
    }
    const result = changed(odd, (edit) => edit.add(['n'], { type: INT }))
    expect(result.schema.schemaId).toBe(3)
    expect(result.schema.fields).toHaveLength(2)
  })
})

describe('a schema united with another', () => {
  const base = parseSchemaText(
    'id int not null, b long, s struct<x: int, y: int not null>, l list<struct<p: float>>',
  )

  it('gains what the other has more', () => {
    const other = parseSchemaText(
      'n string not null, id long, b int, s struct<y: int, z: date not null>, ' +
        'l list<struct<p: double, q: int>>',
    )
    expect(linesOf(changed(base, (edit) => unionByName(edit, other)))).toEqual([
      '1 id: long',
      '2 b: long',
      '3 s: struct',
      '5 s.x: int',
      '6 s.y: int',
      '10 s.z: date',
      '4 l: list',
      '7 l.element: struct',
      '8 l.element.p: double',
      '11 l.element.q: int',
      '9 n: string',
    ])
  })

  it.each([
    ['id string', 'id'],
    ['s int', 's'],
    ['id struct<a: int>', 'id'],
    ['l list<struct<p: int>>', 'l.element.p'],
  ])('refuses %j', (text, path) => {
    expect(
      thrownBy(() => changed(base, (edit) => unionByName(edit, parseSchemaText(text)))),
    ).toMatchObject({ kind: 'invalid', context: { path } })
  })

  it('never changes when it has all of the other already', () => {
    fc.assert(
      fc.property(
        anySchema({ formatVersion: 3, carried: true }),
        anySchema({ formatVersion: 3, carried: true }),
        (schema, other) => {
          expect(changed(schema, (edit) => unionByName(edit, schema)).schema).toEqual(schema)
          let united: Schema
          try {
            united = changed(schema, (edit) => unionByName(edit, other)).schema
          } catch (error) {
            expect(error).toMatchObject({ kind: 'invalid' })
            return
          }
          expect(changed(united, (edit) => unionByName(edit, other)).schema).toEqual(united)
          for (const { path } of allFields(other)) {
            expect(findFieldByPath(united, path)).toBeDefined()
          }
        },
      ),
      runs(150),
    )
  })
})

/** The model: names in their order, with what is inside them. */
interface Named {
  name: string
  inner: Named[] | null
}

function namesOf(fields: readonly Field[]): Named[] {
  return fields.map(({ name, type }) => ({
    name,
    inner: type.kind === 'struct' ? namesOf(type.fields) : null,
  }))
}

interface NameStep {
  readonly kind: 'add' | 'drop' | 'rename' | 'first' | 'after' | 'before'
  readonly parent: readonly string[]
  readonly name: string
  readonly other: string
}

/** Whether the model lets it be done; then it is done. */
function stepModel(root: Named[], { kind, parent, name, other }: NameStep): boolean {
  let fields: Named[] | null | undefined = root
  for (const part of parent) fields = fields?.find((field) => field.name === part)?.inner
  if (fields === null || fields === undefined) return false
  const index = fields.findIndex((field) => field.name === name)
  const place = fields.findIndex((field) => field.name === other)
  const field = fields[index]
  if (kind === 'add') {
    if (index === -1) fields.push({ name, inner: null })
    return index === -1
  }
  if (field === undefined) return false
  if (kind === 'rename') {
    if (place === -1) field.name = other
    return place === -1 || place === index
  }
  if ((kind === 'after' || kind === 'before') && (place === -1 || place === index)) return false
  fields.splice(index, 1)
  const beside = fields.findIndex(({ name: known }) => known === other)
  if (kind === 'first') fields.unshift(field)
  if (kind === 'after') fields.splice(beside + 1, 0, field)
  if (kind === 'before') fields.splice(beside, 0, field)
  return true
}

function stepSchema(edit: SchemaEdit, { kind, parent, name, other }: NameStep): void {
  const path = [...parent, name]
  if (kind === 'add') edit.add(path, { type: INT })
  else if (kind === 'drop') edit.drop(path)
  else if (kind === 'rename') edit.rename(path, other)
  else if (kind === 'first') edit.move(path, 'first')
  else if (kind === 'after') edit.move(path, { after: other })
  else edit.move(path, { before: other })
}

const anyName = fc.constantFrom('a', 'b', 'c', 'd', 'e')

const anyNameStep: fc.Arbitrary<NameStep> = fc.record({
  kind: fc.constantFrom('add', 'drop', 'rename', 'first', 'after', 'before'),
  parent: fc.oneof(
    fc.constant([]),
    anyName.map((name) => [name]),
  ),
  name: anyName,
  other: anyName,
})

describe('names of a schema that changes', () => {
  it('always are those that the model has, in its order', () => {
    const base = parseSchemaText('a int, b struct<a: int, c: int, d: int>, c struct<a: int>')
    fc.assert(
      fc.property(fc.array(anyNameStep, { maxLength: 20 }), (steps) => {
        const model = namesOf(base.fields)
        let state: NumberedSchema = { schema: base, lastColumnId: highestFieldId(base) }
        for (const step of steps) {
          const isDone = stepModel(model, step)
          try {
            state = changeSchema({ ...state, formatVersion: 2 }, (edit) => stepSchema(edit, step))
            expect(isDone).toBe(true)
          } catch (error) {
            if (!(error instanceof IcebergError)) throw error
            expect(isDone).toBe(false)
          }
          expect(namesOf(state.schema.fields)).toEqual(model)
        }
      }),
      runs(200),
    )
  })
})

/** One change, of fields that stand somewhere in the schema when it is made. */
type Step = (edit: SchemaEdit) => void

const anyPick: fc.Arbitrary<(schema: Schema) => readonly string[]> = fc
  .nat(40)
  .map((pick) => (schema) => {
    const entries = allFields(schema)
    return entries[pick % Math.max(1, entries.length)]?.path ?? ['gone']
  })

const WIDER: ReadonlyMap<unknown, Type> = new Map<Type['kind'], Type>([
  ['int', LONG],
  ['float', { kind: 'double' }],
  ['date', { kind: 'timestamp' }],
  ['unknown', parsedField('x struct<a: int, b: list<date>>').type],
])

const anyStep: fc.Arbitrary<Step> = fc.oneof<fc.Arbitrary<Step>[]>(
  fc
    .tuple(anyPick, anyName, anyType({ formatVersion: 3, carried: true }), fc.boolean())
    .map(([pick, name, type, inside]) => (edit) => {
      const near = pick(edit.schema)
      edit.add([...(inside ? near : near.slice(0, -1)), name], { type })
    }),
  anyPick.map((pick) => (edit) => edit.drop(pick(edit.schema))),
  fc.tuple(anyPick, anyName).map(
    ([pick, name]) =>
      (edit) =>
        edit.rename(pick(edit.schema), name),
  ),
  fc
    .tuple(anyPick, anyPick, fc.constantFrom('first', 'after', 'before'))
    .map(([pick, other, where]) => (edit) => {
      const name = other(edit.schema).at(-1) ?? ''
      if (where === 'first') edit.move(pick(edit.schema), 'first')
      else if (where === 'after') edit.move(pick(edit.schema), { after: name })
      else edit.move(pick(edit.schema), { before: name })
    }),
  fc.nat(40).map((pick) => (edit) => {
    const entries = allFields(edit.schema).filter(({ field }) => WIDER.has(field.type.kind))
    const entry = entries[pick % Math.max(1, entries.length)]
    const wider = WIDER.get(entry?.field.type.kind)
    if (entry !== undefined && wider !== undefined) edit.widen(entry.path, wider)
  }),
  anyPick.map((pick) => (edit) => edit.makeOptional(pick(edit.schema))),
  anyPick.map((pick) => (edit) => edit.require(pick(edit.schema))),
  anyPick.map((pick) => (edit) => edit.setDoc(pick(edit.schema), 'doc')),
  anyPick.map((pick) => (edit) => edit.identifierFields([pick(edit.schema)])),
)

/** Makes the steps one by one, passing over those that are refused. */
function walk(base: NumberedSchema, steps: readonly Step[]): NumberedSchema[] {
  const states = [base]
  for (const step of steps) {
    const last = states.at(-1) ?? base
    try {
      states.push(changeSchema({ ...last, formatVersion: 3 }, step))
    } catch (error) {
      if (!(error instanceof IcebergError)) throw error
      expect(error.kind).toBe('invalid')
    }
  }
  return states
}

describe('any changes of a schema', () => {
  const anyWalk = fc
    .tuple(
      anySchema({ formatVersion: 3, carried: true }),
      fc.array(anyStep, { minLength: 1, maxLength: 12 }),
    )
    .map(([schema, steps]) => walk({ schema, lastColumnId: highestFieldId(schema) }, steps))

  it('always leave fields their ids, and never give an id a second time', () => {
    fc.assert(
      fc.property(anyWalk, (states) => {
        for (const [index, after] of states.entries()) {
          const before = states[index - 1] ?? after
          expect(after.lastColumnId).toBeGreaterThanOrEqual(before.lastColumnId)
          expect(highestFieldId(after.schema)).toBeLessThanOrEqual(after.lastColumnId)
          for (const { field, ids } of allFields(after.schema)) {
            const known = findField(before.schema, field.id)
            if (known === undefined) expect(field.id).toBeGreaterThan(before.lastColumnId)
            else expect(ids).toEqual(known.ids)
          }
        }
      }),
      runs(200),
    )
  })

  it('always change a type to one that holds its values', () => {
    fc.assert(
      fc.property(anyWalk, (states) => {
        for (const [index, { schema }] of states.entries()) {
          for (const { field } of allFields(schema)) {
            const before = findField(states[index - 1]?.schema ?? schema, field.id)?.field.type
            if (before === undefined || before.kind === field.type.kind) continue
            expect(canPromote(before, field.type, 3)).toBe(true)
          }
        }
      }),
      runs(150),
    )
  })

  it('always give a schema that a new table could have, defaults included', () => {
    fc.assert(
      fc.property(anyWalk, (states) => {
        for (const { schema } of states) {
          expect(newSchemaProblems(schema)).toEqual([])
          expect(schemaVersionProblems(schema, 3)).toEqual([])
          const text = stringifyJson(schemaToJson(schema))
          expect(schemaFromJson(parseJson(text), '')).toStrictEqual(schema)
        }
      }),
      runs(150),
    )
  })
})

function parsedField(text: string): Field {
  const [field] = parseSchemaText(text).fields
  if (field === undefined) throw new Error('no field')
  return field
}
