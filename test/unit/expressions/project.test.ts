import { describe, expect, it } from 'vitest'
import { bind } from '../../../src/expressions/bind.ts'
import type { BoundPredicate } from '../../../src/expressions/bound.ts'
import { describePredicate } from '../../../src/expressions/describe.ts'
import { parsePredicate } from '../../../src/expressions/parse.ts'
import { projectInclusive, projectStrict } from '../../../src/expressions/project.ts'
import { residualOf } from '../../../src/expressions/residual.ts'
import { buildSpec } from '../../../src/layout/build-layout.ts'
import { parsePartitionFields } from '../../../src/layout/layout-text.ts'
import type { PartitionSpec } from '../../../src/layout/partition-spec.ts'
import type { Schema } from '../../../src/types/schema.ts'

const schema: Schema = {
  schemaId: 0,
  fields: [
    { id: 1, name: 'ts', required: false, type: { kind: 'timestamp' } },
    { id: 2, name: 'city', required: false, type: { kind: 'string' } },
    { id: 3, name: 'born', required: false, type: { kind: 'date' } },
  ],
  identifierFieldIds: [],
}

function specOf(text: string): PartitionSpec {
  return buildSpec(schema, parsePartitionFields(text), { specId: 0, lastPartitionId: 999 })
}

/** As `name kind literal`, with `and` and `or` spelled out. */
function show(predicate: BoundPredicate): string {
  if (predicate.kind === 'and' || predicate.kind === 'or') {
    return predicate.children.map(show).join(` ${predicate.kind} `)
  }
  if (!('column' in predicate)) return predicate.kind
  const literals =
    'literal' in predicate ? [predicate.literal] : 'literals' in predicate ? predicate.literals : []
  return [predicate.column.path.join('.'), predicate.kind, ...literals].join(' ')
}

function inclusive(fields: string, text: string): string {
  return show(projectInclusive(bind(parsePredicate(text), schema), specOf(fields), schema))
}

function strict(fields: string, text: string): string {
  return show(projectStrict(bind(parsePredicate(text), schema), specOf(fields), schema))
}

describe('projection (spec: Partition Transforms)', () => {
  it('takes an open bound at midnight for the end of the day before', () => {
    expect(inclusive('day(ts)', "ts < '2026-01-31T00:00:00'")).toBe('ts_day lt-eq 20483')
    expect(inclusive('day(ts)', "ts <= '2026-01-31T00:00:00'")).toBe('ts_day lt-eq 20484')
    expect(strict('day(ts)', "ts < '2026-01-31T00:00:00'")).toBe('ts_day lt 20484')
    expect(strict('day(ts)', "ts >= '2026-01-31T00:00:00'")).toBe('ts_day gt 20483')
    expect(strict('day(ts)', "ts > '2026-01-31T00:00:00'")).toBe('ts_day gt 20484')
  })

  it('counts hours, months and years', () => {
    expect(inclusive('hour(ts)', "ts = '1970-01-02T01:59:59'")).toBe('ts_hour eq 25')
    expect(inclusive('month(ts)', "ts = '1971-02-28T00:00:00'")).toBe('ts_month eq 13')
    expect(inclusive('year(born)', "born = '2026-01-31'")).toBe('born_year eq 56')
  })

  it('looks one unit on where old writers rounded up', () => {
    expect(inclusive('day(ts)', "ts = '1969-12-31T10:00:00'")).toBe('ts_day in -1 0')
    expect(inclusive('day(ts)', "ts < '1969-12-31T10:00:00'")).toBe('ts_day lt-eq 0')
    expect(inclusive('day(ts)', "ts > '1969-12-31T10:00:00'")).toBe('ts_day gt-eq -1')
    expect(strict('day(ts)', "ts > '1969-12-31T10:00:00'")).toBe('ts_day gt 0')
    expect(strict('day(ts)', "ts != '1969-12-31T10:00:00'")).toBe('ts_day not-in -1 0')
  })

  it('passes tests of identity columns through', () => {
    expect(inclusive('city', "city like 'O%' and city is not null")).toBe(
      'city starts-with O and city not-null',
    )
    expect(strict('city', "not city in ('Oslo', 'Bergen')")).toBe('city not-in Oslo Bergen')
  })

  it('knows nothing of columns that the spec does not have, nor of void', () => {
    expect(inclusive('day(ts)', "city = 'Oslo'")).toBe('true')
    expect(strict('day(ts)', "city = 'Oslo'")).toBe('false')
    expect(inclusive('void(city)', "city = 'Oslo'")).toBe('true')
    expect(strict('void(city)', 'city is null')).toBe('false')
  })

  it('joins what several fields of a column say', () => {
    expect(inclusive('born, year(born)', "born < '1980-01-01'")).toBe(
      'born lt 3652 and born_year lt-eq 9',
    )
    expect(strict('born, year(born)', "born < '1980-01-01'")).toBe(
      'born lt 3652 or born_year lt 10',
    )
  })

  it('does not trust hours beyond 32 bits', () => {
    const far = "'+290000-01-01T00:00:00'"
    expect(inclusive('hour(ts)', `ts = ${far}`)).toBe('true')
    expect(inclusive('hour(ts)', `ts < ${far}`)).toBe('true')
    expect(strict('hour(ts)', `ts < ${far}`)).toBe('false')
    expect(strict('hour(ts)', `ts != ${far}`)).toBe('false')
  })
})

describe('residual', () => {
  const predicate = bind(parsePredicate("ts >= '2026-01-31T12:00:00' and city = 'Oslo'"), schema)
  const residual = residualOf(predicate, specOf('day(ts), city'), schema)

  it('leaves only what the partition does not decide', () => {
    expect(describePredicate(residual([20484, 'Oslo']))).toBe('ts >= ?')
    expect(residual([20485, 'Oslo'])).toEqual({ kind: 'true' })
    expect(residual([20485, 'Bergen'])).toEqual({ kind: 'false' })
    expect(residual([20483, 'Oslo'])).toEqual({ kind: 'false' })
    expect(residual([null, 'Oslo'])).toEqual({ kind: 'false' })
  })

  it('gives the same predicate back where nothing is decided', () => {
    expect(residualOf(predicate, specOf('born'), schema)([5])).toBe(predicate)
  })
})
