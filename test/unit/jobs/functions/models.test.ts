/** Each function of a step beside a model of what it does to rows. */
import { createHash } from 'node:crypto'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../../src/base/errors.ts'
import { formatDate } from '../../../../src/types/temporal-text.ts'
import { applyFunction } from '../../../support/jobs/functions.ts'
import { runs } from '../../../support/runs.ts'
import { engineForTests } from '../../../support/sql/engine.ts'
import type { ValueRow } from '../../../support/sql/engine.ts'

const engine = engineForTests()

const COLUMNS =
  'id int, s string, t string, n int, l list<string>, d date, e date, p struct<a int, b: string>'

interface Row {
  /** Counted from 0, so that no two rows are equal. */
  readonly id: number
  readonly s: string | null
  readonly t: string | null
  readonly n: number | null
  readonly l: readonly (string | null)[] | null
  /** Days since 1970-01-01. */
  readonly d: number | null
  readonly e: number | null
  readonly p: readonly [a: number | null, b: string | null] | null
}

const anyText = fc.oneof(
  fc.string({ maxLength: 8 }).filter((text) => !text.includes('\0')),
  fc.constantFrom('', ' ', ' a b ', 'me@here.org', ' a@b', 'a@b@c', '31', 'x', 'x'),
)

const anyDay = fc.option(fc.integer({ min: -20_000, max: 40_000 }))

const anyRows: fc.Arbitrary<readonly Row[]> = fc
  .array(
    fc.record({
      s: fc.option(anyText),
      t: fc.option(anyText),
      n: fc.option(fc.integer({ min: -1000, max: 1000 })),
      l: fc.option(fc.array(fc.option(anyText), { maxLength: 3 })),
      d: anyDay,
      e: anyDay,
      p: fc.option(fc.tuple(fc.option(fc.nat(9)), fc.option(anyText))),
    }),
    { maxLength: 12 },
  )
  .map((rows) => rows.map((row, id) => ({ id, ...row })))

function valuesOf({ id, s, t, n, l, d, e, p }: Row): ValueRow {
  return [id, s, t, n, l, d, e, p]
}

/** The row with more columns after its own. */
function also(row: Row, ...values: readonly unknown[]): readonly unknown[] {
  return [...valuesOf(row), ...values]
}

function orNull<Value, Result>(value: Value | null, map: (value: Value) => Result): Result | null {
  return value === null ? null : map(value)
}

/** What becomes of a row: one, or as many as there are. */
type Model = (row: Row) => readonly (readonly unknown[])[]

function one(map: (row: Row) => readonly unknown[]): Model {
  return (row) => [map(row)]
}

const MODELS: readonly (readonly [text: string, model: Model])[] = [
  ['{name: add_column, column: x, value: 7, type: int}', one((row) => also(row, 7))],
  ['{name: set_column, column: x, value: "it\'s"}', one((row) => also(row, "it's"))],
  ['{name: copy, fromColumn: s, toColumn: x}', one((row) => also(row, row.s))],
  [
    '{name: set_variable, column: x, expression: "coalesce(n, 0) + id"}',
    one((row) => also(row, (row.n ?? 0) + row.id)),
  ],
  ['{name: swap, columnA: s, columnB: t}', one((row) => valuesOf({ ...row, s: row.t, t: row.s }))],
  ['{name: select, columns: [t, id]}', one(({ t, id }) => [t, id])],
  ['{name: drop, columns: [L, s, d, e, p]}', one(({ id, t, n }) => [id, t, n])],
  ['{name: rename, column: s, asColumn: x}', one(valuesOf)],
  ['{name: rename_all, columns: {s: t, t: s}}', one(valuesOf)],
  ['{name: change_column_case, case: upper}', one(valuesOf)],
  ['{name: cleanse_column_names}', one(valuesOf)],
  ['{name: snake_case}', one(valuesOf)],
  ["{name: columns_replace, sedExpression: 's/^/x/'}", one(valuesOf)],
  [
    '{name: merge, columns: [s, t], separator: "-", asColumn: x}',
    one((row) => also(row, [row.s, row.t].filter((text) => text !== null).join('-'))),
  ],
  [
    '{name: change_case, column: s, case: upper}',
    one((row) => valuesOf({ ...row, s: orNull(row.s, (text) => text.toUpperCase()) })),
  ],
  [
    '{name: change_case, column: s, case: lower}',
    one((row) => valuesOf({ ...row, s: orNull(row.s, (text) => text.toLowerCase()) })),
  ],
  [
    '{name: change_case, column: s, case: title}',
    one((row) =>
      valuesOf({
        ...row,
        s: orNull(row.s, (text) =>
          text.toLowerCase().replaceAll(/(?:^| )[a-z]/g, (start) => start.toUpperCase()),
        ),
      }),
    ),
  ],
  [
    '{name: cut_character, column: s, asColumn: x, startIndex: 2, endIndex: 4}',
    one((row) =>
      also(
        row,
        orNull(row.s, (text) => text.slice(1, 4)),
      ),
    ),
  ],
  [
    '{name: fill_null_or_empty, columns: {s: none}}',
    one((row) => valuesOf({ ...row, s: row.s === null || row.s === '' ? 'none' : row.s })),
  ],
  [
    '{name: mask_number, column: s, pattern: "#*-#"}',
    one((row) =>
      valuesOf({ ...row, s: orNull(row.s, (text) => `${text[0] ?? ''}*-${text[3] ?? ''}`) }),
    ),
  ],
  [
    '{name: trim, column: s, method: trim}',
    one((row) => valuesOf({ ...row, s: orNull(row.s, (text) => text.replaceAll(/^ +| +$/g, '')) })),
  ],
  [
    '{name: trim, column: s, method: rtrim}',
    one((row) => valuesOf({ ...row, s: orNull(row.s, (text) => text.replace(/ +$/, '')) })),
  ],
  [
    "{name: find_and_replace, column: s, sedExpression: 's/a/b/g'}",
    one((row) => valuesOf({ ...row, s: orNull(row.s, (text) => text.replaceAll('a', 'b')) })),
  ],
  [
    '{name: hash, column: s, algo: SHA-256}',
    one((row) =>
      valuesOf({
        ...row,
        s: orNull(row.s, (text) => createHash('sha256').update(text).digest('hex')),
      }),
    ),
  ],
  [
    '{name: split_email, column: s}',
    one((row) => {
      const [account, domain, ...more] = row.s?.trim().split('@') ?? []
      const isAddress = [account, domain].every((part) => /^[^\s]+$/.test(part ?? ''))
      return also(row, ...(isAddress && more.length === 0 ? [account, domain] : [null, null]))
    }),
  ],
  [
    '{name: diff_date, columnA: d, columnB: e, asColumn: x}',
    one((row) => also(row, row.d === null || row.e === null ? null : row.d - row.e)),
  ],
  [
    '{name: epoch_to_timestamp, column: n, asColumn: x}',
    one((row) =>
      also(
        row,
        orNull(row.n, (seconds) => BigInt(seconds) * 1_000_000n),
      ),
    ),
  ],
  [
    '{name: format_date, column: d, format: yyyy-MM-dd}',
    // A column of texts takes the place of the dates.
    one((row) => valuesOf(row).with(5, orNull(row.d, formatDate))),
  ],
  [
    "{name: format_unix_date, column: n, format: 'yyyy-MM-dd HH:mm:ss'}",
    one((row) =>
      valuesOf(row).with(
        3,
        orNull(row.n, (seconds) =>
          new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' '),
        ),
      ),
    ),
  ],
  [
    '{name: flatten, column: l, asColumn: x}',
    (row) => (row.l ?? []).map((element) => also(row, element)),
  ],
  [
    '{name: flatten_outer, column: l, asColumn: x}',
    (row) =>
      row.l === null || row.l.length === 0
        ? [also(row, null)]
        : row.l.map((element) => also(row, element)),
  ],
  ['{name: unfurl, expression: explode(l)}', (row) => (row.l ?? []).map((each) => also(row, each))],
  ['{name: unfurl, expression: p.*}', one((row) => also(row, ...(row.p ?? [null, null])))],
  [
    '{name: unpivot, columns: [id], pivotColumns: [s, t], keyColumnName: k, valueColumnName: v}',
    ({ id, s, t }) => [
      [id, 's', s],
      [id, 't', t],
    ],
  ],
]

async function rowsAfter(text: string, rows: readonly Row[]): Promise<readonly ValueRow[]> {
  const view = { columns: COLUMNS, rows: rows.map(valuesOf) }
  return (await applyFunction(engine, text, view)).rows
}

/** Rows in any order. */
function sorted(rows: readonly (readonly unknown[])[]): readonly string[] {
  return rows
    .map((row) => row.map((value) => (typeof value === 'bigint' ? `${value}n` : value)))
    .map((row) => JSON.stringify(row))
    .toSorted()
}

describe('a function of a step', () => {
  it.each(MODELS)('%s always does to rows what its model does', async (text, model) => {
    await fc.assert(
      fc.asyncProperty(anyRows, async (rows) => {
        expect(sorted(await rowsAfter(text, rows))).toEqual(sorted(rows.flatMap(model)))
      }),
      runs(4),
    )
  })

  it('that counts records always gives each a number of its own, from 1', async () => {
    await fc.assert(
      fc.asyncProperty(anyRows, async (rows) => {
        const counted = await rowsAfter('{name: increment_variable, column: x}', rows)
        expect(counted.map((row) => row.at(-1))).toEqual(rows.map((_, id) => BigInt(id + 1)))
      }),
      runs(4),
    )
  })

  it('that gives ids never gives one twice', async () => {
    await fc.assert(
      fc.asyncProperty(anyRows, async (rows) => {
        const named = await rowsAfter('{name: generate_uuid, asColumn: x}', rows)
        expect(new Set(named.map((row) => row.at(-1))).size).toBe(rows.length)
      }),
      runs(4),
    )
  })

  it('that drops duplicates always leaves one row of each key, and always the same', async () => {
    await fc.assert(
      fc.asyncProperty(anyRows, async (rows) => {
        const text = '{name: drop_duplicates, columns: [s]}'
        const left = sorted(await rowsAfter(text, rows))
        expect(left).toHaveLength(new Set(rows.map(({ s }) => s)).size)
        expect(sorted(rows.map(valuesOf))).toEqual(expect.arrayContaining([...left]))
        expect(sorted(await rowsAfter(text, rows.toReversed()))).toEqual(left)
      }),
      runs(4),
    )
  })

  it('that pivots always sums what each group has of each value', async () => {
    await fc.assert(
      fc.asyncProperty(anyRows, async (rows) => {
        const text =
          '{name: pivot, groupBy: [s], column: t, values: [x, "31"], aggregateExpression: sum(n) as total}'
        const sumOf = (group: string | null, value: string): bigint | null => {
          const numbers = rows
            .filter(({ s, t }) => s === group && t === value)
            .flatMap(({ n }) => n ?? [])
          return numbers.length === 0 ? null : BigInt(numbers.reduce((sum, n) => sum + n, 0))
        }
        const groups = [...new Set(rows.map(({ s }) => s))]
        expect(sorted(await rowsAfter(text, rows))).toEqual(
          sorted(groups.map((group) => [group, sumOf(group, 'x'), sumOf(group, '31')])),
        )
      }),
      runs(6),
    )
  })

  it('that finds dates and times always reads what ISO writes', async () => {
    const anyMoment = fc.date({
      min: new Date('1900-01-01'),
      max: new Date('2099-12-31'),
      noInvalidDate: true,
    })
    await fc.assert(
      fc.asyncProperty(fc.array(anyMoment, { maxLength: 8 }), async (moments) => {
        const rows = moments.map((moment): ValueRow => [moment.toISOString()])
        const found = async (text: string): Promise<readonly unknown[]> =>
          (await applyFunction(engine, text, { columns: 's string', rows })).rows.map(([, x]) => x)
        expect(await found('{name: any_date, column: s, asColumn: x}')).toEqual(
          moments.map((moment) => Math.floor(moment.getTime() / 86_400_000)),
        )
        const inUtc = '{name: any_timestamp, column: s, asColumn: x, timezone: UTC}'
        expect(await found(inUtc)).toEqual(
          moments.map((moment) => BigInt(moment.getTime()) * 1000n),
        )
      }),
      runs(6),
    )
  })

  it('that reads JSON always gives back what was written', async () => {
    const anyValue = fc.record({
      a: fc.option(fc.maxSafeInteger()),
      b: fc.option(anyText),
      c: fc.option(fc.array(fc.option(fc.boolean()), { maxLength: 3 })),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(anyValue, { maxLength: 8 }), async (values) => {
        const text =
          "{name: parse_as_json, column: j, asColumn: x, sparkSchema: 'a BIGINT, b STRING, c ARRAY<BOOLEAN>'}"
        const rows = values.map((value): ValueRow => [JSON.stringify(value)])
        const parsed = await applyFunction(engine, text, { columns: 'j string', rows })
        expect(parsed.rows.map((row) => row[1])).toEqual(
          values.map(({ a, b, c }) => [orNull(a, BigInt), b, c]),
        )
      }),
      runs(6),
    )
  })
})

describe('a function of names', () => {
  const anyNames = fc.uniqueArray(
    fc.oneof(
      fc.string({ minLength: 1, maxLength: 6 }).filter((name) => !/["\0]/.test(name)),
      fc.constantFrom('orderId', 'HTTPServer', 'order-id', 'order id', ' a '),
    ),
    { minLength: 1, maxLength: 4, selector: (name) => name.toLowerCase() },
  )

  it.each<[text: string, model: (name: string) => string]>([
    ['{name: change_column_case, case: upper}', (name) => name.toUpperCase()],
    ['{name: change_column_case, case: lower}', (name) => name.toLowerCase()],
    [
      '{name: cleanse_column_names}',
      (name) =>
        name
          .trim()
          .toLowerCase()
          .replaceAll(/[^a-z0-9_]/g, '_'),
    ],
    ["{name: columns_replace, sedExpression: 's/d/-/g'}", (name) => name.replaceAll('d', '-')],
  ])('%s always calls columns what its model calls them, or is refused', async (text, model) => {
    await fc.assert(
      fc.asyncProperty(anyNames, async (names) => {
        const modelled = names.map(model)
        const isFine =
          new Set(modelled.map((name) => name.toLowerCase())).size === names.length &&
          modelled.every((name) => name !== '')
        const named = namesAfter(text, names)
        if (isFine) expect(await named).toEqual(modelled)
        else await expect(named).rejects.toBeInstanceOf(IcebergError)
      }),
      runs(8),
    )
  })

  it('that makes snakes always gives small letters without spaces, and nothing more the second time', async () => {
    await fc.assert(
      fc.asyncProperty(anyNames, async (names) => {
        const snakes = await namesAfter('{name: snake_case}', names).catch((error: unknown) => {
          expect(error).toBeInstanceOf(IcebergError)
          return null
        })
        if (snakes === null) return
        for (const name of snakes) expect(name).toMatch(/^[^A-Z\s-]+$/)
        expect(await namesAfter('{name: snake_case}', snakes)).toEqual(snakes)
      }),
      runs(8),
    )
  })

  async function namesAfter(text: string, names: readonly string[]): Promise<readonly string[]> {
    const columns = names.map((name) => `"${name}" int`).join(', ')
    const { schema } = await applyFunction(engine, text, { columns, rows: [] })
    return schema.fields.map(({ name }) => name)
  }
})
