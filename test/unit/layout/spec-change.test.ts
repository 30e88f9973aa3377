import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isKind } from '../../../src/base/errors.ts'
import { buildSpec } from '../../../src/layout/build-layout.ts'
import { parsePartitionFields } from '../../../src/layout/layout-text.ts'
import type { PartitionTerm } from '../../../src/layout/layout-text.ts'
import { equivalentSpecs } from '../../../src/layout/partition-spec.ts'
import type { PartitionSpec } from '../../../src/layout/partition-spec.ts'
import { changeSpec } from '../../../src/layout/spec-change.ts'
import type { ChangedSpec, SpecChangeBase, SpecEdit } from '../../../src/layout/spec-change.ts'
import { formatTransform } from '../../../src/layout/transform.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

const schema: Schema = {
  schemaId: 0,
  fields: [
    { id: 1, name: 'id', required: true, type: { kind: 'long' } },
    { id: 2, name: 'ts', required: true, type: { kind: 'timestamptz' } },
    { id: 3, name: 'city', required: false, type: { kind: 'string' } },
  ],
  identifierFieldIds: [],
}

function term(text: string): PartitionTerm {
  const [first] = parsePartitionFields(text)
  if (first === undefined) throw new Error('no term')
  return first
}

function tableOf(text: string, formatVersion = 2): SpecChangeBase {
  const spec = buildSpec(schema, parsePartitionFields(text), { specId: 0, lastPartitionId: 999 })
  const lastPartitionId = 999 + spec.fields.length
  return { formatVersion, schema, specs: [spec], specId: 0, lastPartitionId }
}

function after(
  base: SpecChangeBase,
  { spec, isNew, lastPartitionId }: ChangedSpec,
): SpecChangeBase {
  const specs = isNew ? [...base.specs, spec] : base.specs
  return { ...base, specs, specId: spec.specId, lastPartitionId }
}

function changed(base: SpecChangeBase, change: (edit: SpecEdit) => void): SpecChangeBase {
  return after(base, changeSpec(base, change))
}

/** As `1000 ts_day day`, field by field. */
function show({ specs, specId }: SpecChangeBase): string[] {
  const spec = specs.find((candidate) => candidate.specId === specId)
  return (spec?.fields ?? []).map(
    ({ fieldId, name, transform }) => `${fieldId} ${name} ${formatTransform(transform)}`,
  )
}

describe('changes of a spec (spec: Partition Evolution)', () => {
  it('add, drop and rename fields, which keep their ids', () => {
    const table = changed(tableOf('day(ts), city'), (edit) => {
      edit.drop('ts_day')
      edit.add(term('hour(ts)'))
      edit.add(term('bucket(16, id) as shard'))
      edit.rename('city', 'town')
    })
    expect(show(table)).toEqual([
      '1001 town identity',
      '1002 ts_hour hour',
      '1003 shard bucket[16]',
    ])
    expect(table).toMatchObject({ specId: 1, lastPartitionId: 1003 })
  })

  it('give a field that comes back the id and the name it had', () => {
    const without = changed(tableOf('day(ts), bucket(4, id) as shard'), (edit) => {
      edit.drop('shard')
    })
    const back = changed(without, (edit) => edit.add(term('bucket(4, id)')))
    expect(show(back)).toEqual(['1000 ts_day day', '1001 shard bucket[4]'])
    expect(back.specId).toBe(0)
    const renamed = changed(without, (edit) => edit.add(term('bucket(4, id) as part')))
    expect(show(renamed)).toEqual(['1000 ts_day day', '1001 part bucket[4]'])
    expect(renamed).toMatchObject({ specId: 2, lastPartitionId: 1001 })
    const other = changed(without, (edit) => edit.add(term('bucket(8, id)')))
    expect(show(other)).toEqual(['1000 ts_day day', '1002 id_bucket_8 bucket[8]'])
  })

  it('leave void in the place of what version 1 drops, and number on', () => {
    const dropped = changed(tableOf('day(ts), city', 1), (edit) => edit.drop('ts_day'))
    expect(show(dropped)).toEqual(['1000 ts_day void', '1001 city identity'])
    const back = changed(dropped, (edit) => edit.add(term('day(ts)')))
    expect(show(back)).toEqual(['1000 ts_day_1000 void', '1001 city identity', '1002 ts_day day'])
    expect(thrownBy(() => changed(dropped, (edit) => edit.drop('ts_day')))).toMatchObject({
      kind: 'invalid',
      message: 'no such partition field',
    })
  })

  it('take a drop back in the same change', () => {
    for (const version of [1, 2]) {
      const table = tableOf('day(ts)', version)
      const same = changeSpec(table, (edit) => {
        edit.drop('ts_day')
        edit.add(term('day(ts)'))
      })
      expect(same).toMatchObject({ isNew: false, spec: { specId: 0 }, lastPartitionId: 1000 })
    }
    const renamed = changed(tableOf('day(ts), city', 1), (edit) => {
      edit.drop('ts_day')
      edit.add(term('day(ts) as date'))
    })
    expect(show(renamed)).toEqual(['1000 date day', '1001 city identity'])
  })

  it('drop what was void when a table of version 1 became one of version 2', () => {
    const voided = changed(tableOf('day(ts), city', 1), (edit) => edit.drop('ts_day'))
    const upgraded = { ...voided, formatVersion: 2 }
    expect(show(changed(upgraded, (edit) => edit.drop('ts_day')))).toEqual(['1001 city identity'])
    const back = changed(upgraded, (edit) => edit.add(term('day(ts)')))
    expect(show(back).at(-1)).toBe('1002 ts_day day')
  })

  it('pass over no id for a field that is added and dropped', () => {
    const table = changed(tableOf('day(ts)', 1), (edit) => {
      edit.add(term('city'))
      edit.add(term('id'))
      edit.drop('city')
    })
    expect(show(table)).toEqual(['1000 ts_day day', '1001 id identity'])
    expect(table.lastPartitionId).toBe(1001)
  })

  it('leave no field behind when all are dropped', () => {
    expect(show(changed(tableOf('day(ts)'), (edit) => edit.drop('ts_day')))).toEqual([])
  })

  it('are refused when they cannot be', () => {
    const refusals: readonly (readonly [(edit: SpecEdit) => void, string])[] = [
      [(edit) => edit.drop('town'), 'no such partition field'],
      [(edit) => edit.rename('town', 'x'), 'no such partition field'],
      [
        (edit) => edit.rename('ts_day', 'city'),
        'partition field has the name of a column: give it another',
      ],
      [(edit) => edit.rename('ts_day', 'shard'), 'two partition fields have one name'],
      [(edit) => edit.rename('ts_day', ''), 'partition field needs a name'],
      [(edit) => edit.add(term('day(ts)')), 'two partition fields have one name'],
      [
        (edit) => edit.add(term('day(ts) as d')),
        'partition fields are redundant: keep the finer one',
      ],
      [(edit) => edit.add(term('hour(ts)')), 'partition fields are redundant: keep the finer one'],
      [
        (edit) => edit.add(term('truncate(4, city) as shard')),
        'two partition fields have one name',
      ],
      [
        (edit) => edit.add(term('truncate(4, ts)')),
        'transform does not take the type of this column',
      ],
      [(edit) => edit.add(term('town')), 'no such column'],
    ]
    for (const [change, message] of refusals) {
      const table = tableOf('day(ts), bucket(4, id) as shard')
      expect(thrownBy(() => changeSpec(table, change))).toMatchObject({ kind: 'invalid', message })
    }
    const unknown: PartitionTerm = { column: ['id'], transform: { kind: 'unknown', name: 'z' } }
    expect(thrownBy(() => changeSpec(tableOf('city'), (edit) => edit.add(unknown)))).toMatchObject({
      kind: 'unsupported',
    })
  })

  const TERMS = [
    'id',
    'bucket(2, id)',
    'bucket(4, id) as shard',
    'truncate(10, id)',
    'city',
    'truncate(2, city) as shard',
    'day(ts)',
    'hour(ts) as shard',
    'year(ts) as when',
  ]
  const anyEdit: fc.Arbitrary<(edit: SpecEdit) => void> = fc.oneof(
    fc.constantFrom(...TERMS).map((text) => (edit: SpecEdit) => edit.add(term(text))),
    fc
      .constantFrom('id', 'shard', 'city', 'ts_day', 'when', 'new', 'id_bucket_2')
      .map((name) => (edit: SpecEdit) => edit.drop(name)),
    fc.tuple(fc.constantFrom('id', 'shard', 'ts_day', 'when'), fc.constantFrom('new', 'shard')).map(
      ([name, to]) =>
        (edit: SpecEdit) =>
          edit.rename(name, to),
    ),
  )

  /** Tables after each of many changes; those that are refused leave the table as it is. */
  function history(
    base: SpecChangeBase,
    edits: readonly (readonly ((edit: SpecEdit) => void)[])[],
  ) {
    const tables = [base]
    for (const group of edits) {
      const table = tables.at(-1) ?? base
      try {
        tables.push(changed(table, (edit) => group.forEach((change) => change(edit))))
      } catch (error) {
        if (!isKind(error, 'invalid')) throw error
      }
    }
    return tables
  }

  const anyHistory = fc
    .record({
      version: fc.constantFrom(1, 2, 3),
      edits: fc.array(fc.array(anyEdit, { minLength: 1, maxLength: 3 }), { maxLength: 12 }),
    })
    .map(({ version, edits }) => history(tableOf('day(ts)', version), edits))

  it('never make two specs that are the same, and never change one', () => {
    fc.assert(
      fc.property(anyHistory, (tables) => {
        const last = tables.at(-1)
        for (const [index, spec] of (last?.specs ?? []).entries()) {
          const later = last?.specs.slice(index + 1) ?? []
          expect(later.some((other) => equivalentSpecs(spec, other))).toBe(false)
          expect(later.some(({ specId }) => specId === spec.specId)).toBe(false)
          for (const table of tables) expect([undefined, spec]).toContain(table.specs[index])
        }
      }),
      runs(200),
    )
  })

  it('never let one id stand for two things, but for void', () => {
    fc.assert(
      fc.property(anyHistory, (tables) => {
        const derived = new Map<number, string>()
        for (const spec of tables.at(-1)?.specs ?? []) {
          const ids = spec.fields.map(({ fieldId }) => fieldId)
          const names = spec.fields.map(({ name }) => name)
          expect(new Set(ids).size).toBe(ids.length)
          expect(new Set(names).size).toBe(names.length)
          for (const { fieldId, sourceId, transform } of spec.fields) {
            if (transform.kind === 'void') continue
            const what = `${sourceId} ${formatTransform(transform)}`
            expect(derived.get(fieldId) ?? what).toBe(what)
            derived.set(fieldId, what)
          }
        }
      }),
      runs(200),
    )
  })

  it('never move or lose a field of version 1', () => {
    fc.assert(
      fc.property(anyHistory, (tables) => {
        const specs: readonly PartitionSpec[] = tables.at(-1)?.specs ?? []
        if (tables[0]?.formatVersion !== 1) return
        for (const { fields } of specs) {
          expect(fields.map(({ fieldId }) => fieldId)).toEqual(fields.map((_, at) => 1000 + at))
        }
      }),
      runs(200),
    )
  })
})
