import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { allFields } from '../../../src/types/schema.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { mergeFields, selectFields } from '../../../src/types/select-fields.ts'
import type { Field } from '../../../src/types/type.ts'
import { formatType } from '../../../src/types/type.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

const schema = parseSchemaText(
  'a int, s struct<x: int, y: struct<p: int, q: int>>, l list<struct<e: int>>, m map<string, int>',
)

/** Fields as `a, s<x, y<p>>`. */
function shape(fields: readonly Field[]): string {
  return fields
    .map(({ name, type }) => (type.kind === 'struct' ? `${name}<${shape(type.fields)}>` : name))
    .join(', ')
}

function selected(...paths: string[]): string {
  return shape(
    selectFields(
      schema,
      paths.map((path) => path.split('.')),
    ),
  )
}

/** Ids of the fields that have no fields of their own, and of lists and maps as a whole. */
function leafIds(fields: readonly Field[]): number[] {
  return fields.flatMap(({ id, type }) => (type.kind === 'struct' ? leafIds(type.fields) : [id]))
}

describe('selected fields', () => {
  it('come in the order in which they are mentioned first', () => {
    expect(selected('l', 'a')).toBe('l, a')
    expect(selected('s.x', 'a', 's.y.q', 'a')).toBe('s<x, y<q>>, a')
  })

  it('keep of a struct what is named, in its own order', () => {
    expect(selected('s.y.p')).toBe('s<y<p>>')
    expect(selected('s.y', 's.x')).toBe('s<x, y<p, q>>')
    expect(selected('s.y.q', 's.y.p')).toBe('s<y<p, q>>')
    expect(selected('s.y.p', 's')).toBe('s<x, y<p, q>>')
    expect(selected('s', 's.y.p')).toBe('s<x, y<p, q>>')
  })

  it('are none when none is named', () => {
    expect(selected()).toBe('')
  })

  it.each(['b', 's.z', 'a.x', 'l.element', 'l.element.e', 'm.key', ''])('are not %j', (path) => {
    expect(thrownBy(() => selected(path))).toMatchObject({
      kind: 'invalid',
      context: { column: path },
    })
  })

  it('always are those that the paths lead to, with all that is in them', () => {
    const anyChoice = anySchema({ formatVersion: 3 }).chain((any) => {
      const flat = allFields(any).filter((entry) => !entry.isRepeated)
      return fc.record({
        any: fc.constant<Schema>(any),
        entries: fc.array(fc.constantFrom(...flat), { maxLength: 5 }),
      })
    })
    fc.assert(
      fc.property(anyChoice, ({ any, entries }) => {
        const fields = selectFields(
          any,
          entries.map(({ path }) => path),
        )
        const expected = new Set(entries.flatMap(({ field }) => leafIds([field])))
        expect(new Set(leafIds(fields))).toEqual(expected)
        const roots = entries.map(({ ids }) => ids[0])
        expect(fields.map(({ id }) => id)).toEqual([...new Set(roots)])
      }),
      runs(200),
    )
  })
})

describe('merged fields', () => {
  it('add to the first what only the second has', () => {
    const first = selectFields(schema, [['s', 'y', 'q'], ['a']])
    const second = selectFields(schema, [['m'], ['s', 'x'], ['s', 'y', 'p']])
    expect(shape(mergeFields(first, second))).toBe('s<y<q, p>, x>, a, m')
    expect(mergeFields(first, first)).toEqual(first)
    expect(mergeFields([], first)).toEqual(first)
  })

  it('always hold both', () => {
    const anyPair = anySchema({ formatVersion: 3 }).chain((any) => {
      const flat = allFields(any).filter((entry) => !entry.isRepeated)
      const paths = fc.array(fc.constantFrom(...flat.map(({ path }) => path)), { maxLength: 4 })
      return fc.tuple(fc.constant(any), paths, paths)
    })
    fc.assert(
      fc.property(anyPair, ([any, one, other]) => {
        const first = selectFields(any, one)
        const second = selectFields(any, other)
        const merged = mergeFields(first, second)
        expect(new Set(leafIds(merged))).toEqual(new Set([...leafIds(first), ...leafIds(second)]))
        expect(merged.slice(0, first.length).map(({ id }) => id)).toEqual(first.map(({ id }) => id))
        expect(merged.every(({ type }) => formatType(type) !== '')).toBe(true)
      }),
      runs(200),
    )
  })
})
