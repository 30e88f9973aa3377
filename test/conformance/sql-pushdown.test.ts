/**
 * What is pushed down from SQL holds for exactly the rows that DuckDB would keep. Random tables of all types, random
 * conditions on them.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IcebergError } from '../../src/base/errors.ts'
import { bind } from '../../src/expressions/bind.ts'
import { rowMatcher } from '../../src/expressions/match-row.ts'
import { pushdownOf } from '../../src/jobs/sql/pushdown.ts'
import type { Pushdown } from '../../src/jobs/sql/pushdown.ts'
import { nodeIn, nodesIn } from '../../src/jobs/sql/syntax-tree.ts'
import { formatDecimal } from '../../src/types/decimal-text.ts'
import { formatDate, formatTime, formatTimestamp } from '../../src/types/temporal-text.ts'
import type { Schema } from '../../src/types/schema.ts'
import type { PrimitiveType } from '../../src/types/type.ts'
import type { PrimitiveValue, Value } from '../../src/types/value.ts'
import { formatUuid } from '../../src/types/uuid-text.ts'
import { anyPrimitiveValueOf } from '../support/arbitraries/values.ts'
import { runs } from '../support/runs.ts'
import { columns, engineForTests, rowsOfQuery, viewOf } from '../support/sql/engine.ts'
import type { ValueRow } from '../support/sql/engine.ts'

const COLUMNS = {
  flag: { kind: 'boolean' },
  i: { kind: 'int' },
  l: { kind: 'long' },
  f: { kind: 'float' },
  d: { kind: 'double' },
  m: { kind: 'decimal', precision: 9, scale: 2 },
  big: { kind: 'decimal', precision: 38, scale: 10 },
  day: { kind: 'date' },
  clock: { kind: 'time' },
  local: { kind: 'timestamp' },
  moment: { kind: 'timestamptz' },
  s: { kind: 'string' },
  id: { kind: 'uuid' },
  bytes: { kind: 'binary' },
} as const satisfies Record<string, PrimitiveType>

type ColumnName = keyof typeof COLUMNS

const schema: Schema = columns({
  ...COLUMNS,
  nested: {
    kind: 'struct',
    fields: [{ id: 0, name: 'inner', required: false, type: { kind: 'int' } }],
  },
})

const names = Object.keys(COLUMNS) as ColumnName[]

/** Values near each other and near the literals, so that conditions hold for some rows and not for others. */
const SMALL: Readonly<Partial<Record<PrimitiveType['kind'], readonly PrimitiveValue[]>>> = {
  int: [-2, -1, 0, 1, 2, 3, 2147483647],
  long: [-2n, -1n, 0n, 1n, 2n, 3n, 9007199254740993n],
  float: [-1, -0, 0, 0.5, 1.5, 2, Number.NaN, Infinity, -Infinity, Math.fround(0.1)],
  double: [-1, -0, 0, 0.1, 0.5, 1.5, 2, Number.NaN, Infinity, -Infinity],
  decimal: [-150n, -1n, 0n, 1n, 50n, 100n, 150n, 200n],
  date: [18261, 18262, 18263, 18292, -1, 0],
  time: [0n, 36_000_000_000n, 36_000_000_001n],
  timestamp: [1577836800000000n, 1577836800000001n, 1577836799999999n, 1580515200000000n, -1n],
  timestamptz: [1577836800000000n, 1577836800000001n, 1577836799999999n, 1580515200000000n, -1n],
  string: ['', 'a', 'ab', 'a%b', 'b', "it's", 'a\\b', 'ß', '2020-01-01', '1', '1.5'],
}

function anyValue(type: PrimitiveType): fc.Arbitrary<PrimitiveValue> {
  const small = SMALL[type.kind] ?? []
  const any = anyPrimitiveValueOf(type)
  return small.length === 0
    ? any
    : fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...small) }, any)
}

const anyNested: fc.Arbitrary<Value> = fc.tuple(
  fc.option<Value>(anyValue({ kind: 'int' }), { freq: 4 }),
)

const anyRow: fc.Arbitrary<ValueRow> = fc.tuple(
  ...names.map((name) => fc.option<Value>(anyValue(COLUMNS[name]), { freq: 5 })),
  fc.option<Value>(anyNested, { freq: 4 }),
)

const NUMBERS = [
  '0',
  '1',
  '-1',
  '1.5',
  '0.1',
  '0.10',
  '1e0',
  '5e-1',
  '3000000000',
  '2.5',
  '9007199254740993',
  '0.30000000000000000001',
  '9007199254740993.5',
]
const TEXTS = ["'1'", "'1.5'", "'-2'", "'a'", "''", "'2020-01-01'", 'null', 'true']
const TIMES = [
  "'2020-01-01'",
  "'2020-01-01 00:00:00'",
  "'2020-01-01T12:00:00'",
  "'2020-01-01 00:00:00Z'",
  "'2020-01-01 02:00:00+02:00'",
  "'2020-02-30'",
  "date '2020-01-01'",
  "timestamp '2020-01-01 00:00:00'",
  "timestamp '2020-01-01 12:00:00'",
  "to_timestamp('2020-01-01 00:00:00')",
  "to_date('2020-01-01')",
  "cast('2020-01-01 00:00:00' as timestamp_ntz)",
  "cast('2020-01-01 00:00:00.5' as timestamp)",
]

const ODD: Readonly<Partial<Record<PrimitiveType['kind'], readonly string[]>>> = {
  int: NUMBERS,
  long: NUMBERS,
  float: [...NUMBERS, "cast('nan' as double)", "'0.1'"],
  double: [...NUMBERS, "cast('nan' as double)", "'0.1'"],
  decimal: NUMBERS,
  date: TIMES,
  timestamp: TIMES,
  timestamptz: TIMES,
}

/** A literal that someone might hold against a column of that type: a value of its own, or one of a kin, or neither. */
function anyLiteralFor(name: ColumnName): fc.Arbitrary<string> {
  const type = COLUMNS[name]
  const spell = (value: PrimitiveValue): string => spelled(type, value)
  const small = SMALL[type.kind] ?? []
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...(small.length === 0 ? TEXTS : small.map(spell))) },
    { weight: 1, arbitrary: anyPrimitiveValueOf(type).map(spell) },
    { weight: 3, arbitrary: fc.constantFrom(...(ODD[type.kind] ?? TEXTS)) },
    { weight: 1, arbitrary: fc.constantFrom(...TEXTS) },
  )
}

function spelled(type: PrimitiveType, value: PrimitiveValue): string {
  switch (type.kind) {
    case 'decimal':
      return formatDecimal(value as bigint, type.scale)
    case 'date':
      return `'${formatDate(value as number)}'`
    case 'time':
      return `'${formatTime(value as bigint)}'`
    case 'timestamp':
      return `'${formatTimestamp(value as bigint).replace('T', ' ')}'`
    case 'timestamptz':
      return `'${formatTimestamp(value as bigint)}'`
    case 'uuid':
      return `'${formatUuid(value as Uint8Array)}'`
    case 'string': {
      const text = (value as string).replaceAll('\0', '')
      return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
    }
    case 'fixed':
    case 'binary':
      return "'x'"
    case 'float':
    case 'double':
      return Number.isFinite(value) ? String(value) : "'nan'"
    default:
      return String(value)
  }
}

const anyColumn = fc.constantFrom(...names)
const anyComparison = fc.constantFrom('=', '<>', '<', '<=', '>', '>=', '!=', '==')

const anyLeaf: fc.Arbitrary<string> = anyColumn.chain((name) => {
  const literal = anyLiteralFor(name)
  const not = fc.constantFrom('', 'not ')
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(anyComparison, literal).map(([sign, text]) => `${name} ${sign} ${text}`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(anyComparison, literal)
        .map(([sign, text]) => `${text} ${sign} V.${name.toUpperCase()}`),
    },
    fc
      .tuple(not, literal, literal)
      .map(([no, low, high]) => `${name} ${no}between ${low} and ${high}`),
    fc
      .tuple(not, fc.array(literal, { minLength: 1, maxLength: 3 }))
      .map(([no, list]) => `${name} ${no}in (${list.join(', ')})`),
    not.map((no) => `${name} is ${no}null`),
    fc.constantFrom(
      "s like 'a%'",
      "s not like 'a%'",
      "s like 'ab'",
      "s not like '%'",
      "s like 'a_'",
      String.raw`s like 'a\%%'`,
      'flag',
      'not flag',
      'nested is null',
      'nested.inner >= 1',
      'v.nested.inner is not null',
      'i + 1 = 2',
      'true',
      'l = i',
    ),
  )
})

const { anyCondition } = fc.letrec<{ anyCondition: string }>((tie) => ({
  anyCondition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: anyLeaf },
    {
      weight: 3,
      arbitrary: fc
        .tuple(tie('anyCondition'), tie('anyCondition'))
        .map(([a, b]) => `(${a}) and (${b})`),
    },
    fc.tuple(tie('anyCondition'), tie('anyCondition')).map(([a, b]) => `(${a}) or (${b})`),
    tie('anyCondition').map((a) => `not (${a})`),
  ),
}))

/** Whether the zone of the session could matter. */
function isTemporal({ kind }: PrimitiveType): boolean {
  return kind === 'date' || kind === 'timestamp' || kind === 'timestamptz'
}

/** The second literal if both are text or neither is: together with another they would be refused. */
function kinOf(literal: string, other: string): string {
  return literal.startsWith("'") === other.startsWith("'") ? other : literal
}

/** Every form of a condition on a column, a literal, and another. */
function conditionsOn(column: string, literal: string, other: string): string[] {
  const plain = ['=', '<>', '<', '<=', '>', '>='].flatMap((sign) => [
    `${column} ${sign} ${literal}`,
    `${literal} ${sign} ${column}`,
  ])
  const sets = [
    `${column} in (${literal})`,
    `${column} in (${literal}, ${other})`,
    `${column} between ${literal} and ${other}`,
    `${column} between ${other} and ${literal}`,
    `${column} is null`,
  ]
  return [...plain, ...sets].flatMap((condition) => [
    condition,
    // The parser turns a plain comparison round by itself.
    `not (${condition} and true)`,
  ])
}

describe.each(['UTC', 'America/New_York'])('pushing conditions down in %s', (timeZone) => {
  const engine = engineForTests({ timeZone })

  it.each(names.filter((name) => timeZone === 'UTC' || isTemporal(COLUMNS[name])))(
    'agrees with DuckDB on every plain condition on %s',
    async (name) => {
      const type = COLUMNS[name]
      const own = columns({ [name]: type })
      const values = SMALL[type.kind] ?? [
        ...fc.sample(anyPrimitiveValueOf(type), { numRuns: 10, seed: 1 }),
      ]
      const rows: ValueRow[] = [[null], ...values.map((value) => [value])]
      const literals = [
        ...values.map((value) => spelled(type, value)),
        ...(ODD[type.kind] ?? TEXTS),
      ]
      let exact = 0
      for (const literal of new Set(literals)) {
        const conditions = conditionsOn(
          name,
          literal,
          kinOf(literal, spelled(type, values[1] ?? '')),
        )
        const flags = await flagsOf(own, rows, conditions)
        if (flags === null) continue
        for (const [index, pushed] of (await pushedEach(conditions, own)).entries()) {
          const kept = flags.map((row) => row[index] === 1)
          const matches = rows.map(rowMatcher(bind(pushed.expression, own)))
          // What is not taken over as a whole may let more rows through.
          const expected = pushed.fully ? kept : kept.map((isKept, row) => isKept || matches[row])
          expect({ condition: conditions[index], matches }).toEqual({
            condition: conditions[index],
            matches: expected,
          })
          if (pushed.fully) exact += 1
        }
      }
      expect(exact).toBeGreaterThan(0)
    },
  )

  /** Which conditions hold for each row, as 0 and 1; null when the engine refuses one. */
  async function flagsOf(
    own: Schema,
    rows: readonly ValueRow[],
    conditions: readonly string[],
  ): Promise<ValueRow[] | null> {
    const items = conditions.map(
      (condition, at) => `case when ${condition} then 1 else 0 end as c${at}`,
    )
    return answered(`select ${items.join(', ')} from v`, own, rows)
  }

  /** What is pushed of each condition by itself; all are parsed at once, for speed. */
  async function pushedEach(conditions: readonly string[], own: Schema): Promise<Pushdown[]> {
    const all = conditions.map((condition) => `(${condition})`).join(' and ')
    const tree = await engine.parse(`select * from v where ${all}`, new Map([['v', own]]))
    return nodesIn(nodeIn(tree.root, 'where_clause'), 'children').map((where_clause) =>
      pushdownOf({ ...tree, root: { ...tree.root, where_clause } }, 'v', own, timeZone),
    )
  }

  it('never changes the answer, and is the answer when nothing else is left', async () => {
    const seen = { pushed: 0, direct: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyRow, { maxLength: 40 }),
        anyCondition,
        async (rows, condition) => {
          const sql = `select * from v where ${condition}`
          const answer = await answered(sql, schema, rows)
          if (answer === null) {
            seen.refused += 1
            return
          }
          const pushed = pushdownOf(
            await engine.parse(sql, new Map([['v', schema]])),
            'v',
            schema,
            timeZone,
          )
          const kept = rows.filter(rowMatcher(bind(pushed.expression, schema)))
          if (pushed.expression.kind !== 'true') seen.pushed += 1
          expect(await answered(sql, schema, kept)).toEqual(answer)
          expect(pushed.columns === null).toBe(!pushed.fully)
          if (!pushed.fully) return
          seen.direct += 1
          expect(kept).toEqual(answer)
        },
      ),
      runs(120),
    )
    expect(seen.pushed).toBeGreaterThan(30)
    expect(seen.direct).toBeGreaterThan(20)
  })

  /** null when the engine refuses the query, or cannot compare what the rows hold. */
  async function answered(
    sql: string,
    own: Schema,
    rows: readonly ValueRow[],
  ): Promise<ValueRow[] | null> {
    try {
      return await rowsOfQuery(engine, sql, viewOf(own, rows, 16))
    } catch (error) {
      if (
        error instanceof IcebergError &&
        (error.kind === 'invalid' || error.kind === 'unsupported')
      )
        return null
      throw error
    }
  }
})
