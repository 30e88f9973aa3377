// Spark's SQL here and in Spark: every spelling that is known, on random rows.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'

import { IcebergError } from '../../src/base/errors.ts'
import { createSqlEngine } from '../../src/jobs/sql/duckdb.ts'
import { rowsOf } from '../../src/formats/arrow/rows.ts'
import type { SqlSession } from '../../src/jobs/sql/engine.ts'
import type { Type } from '../../src/types/type.ts'
import { anyRowOf } from '../support/arbitraries/spelling-rows.ts'
import { canonicalRow, canonicalSchema } from '../support/canonical.ts'
import { runs } from '../support/runs.ts'
import { columns, viewOf } from '../support/sql/engine.ts'
import type { ValueRow } from '../support/sql/engine.ts'
import { describeWithEngines } from './support/oracle.ts'
import type { EngineRows } from './support/oracle.ts'
import { useSpark } from './support/spark.ts'
import type { Spark } from './support/spark.ts'
import { NEAR, QUERIES, SPELLINGS, SPELLING_COLUMNS } from './support/spark-spellings.ts'
import { sparkRows } from './support/sql.ts'

const schema = columns({ id: { kind: 'int' }, ...SPELLING_COLUMNS } satisfies Record<string, Type>)

/** What an engine answers; null when it refuses or fails. */
interface Answer {
  readonly schema: unknown
  readonly rows: readonly string[]
}

/** Rows that are few, so that an error of one hides little. */
const ROWS = 4

const anyRows: fc.Arbitrary<readonly ValueRow[]> = fc
  .array(anyRowOf(SPELLING_COLUMNS), { minLength: ROWS, maxLength: ROWS })
  .map((rows) => rows.map((row, id): ValueRow => [id, ...row]))

describeWithEngines('SQL of Spark', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frazil-dialect-'))
  const spark = useSpark(() => folder)
  const engine = createSqlEngine({ timeZone: 'UTC', nowMicros: 0n })
  afterAll(async () => engine.close())
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** What the two do not agree on; and, of what was asked, what was answered. */
  async function compare(
    rows: readonly ValueRow[],
    questions: readonly Question[],
    agree: (ours: Answer, theirs: Answer) => boolean,
  ): Promise<{ readonly differences: readonly unknown[]; readonly answered: readonly string[] }> {
    await showSpark(spark(), rows)
    const session = await engine.openSession(new Map([['v', viewOf(schema, rows)]]))
    try {
      const ours = new Map<Question, Answer | 'failed'>()
      for (const question of questions) {
        const answer = await askHere(session, question.sql)
        if (answer !== 'refused') ours.set(question, answer)
      }
      const answered = [...ours].flatMap(([question, answer]) =>
        answer === 'failed' ? [] : [question],
      )
      const failed = [...ours.keys()].filter((question) => !answered.includes(question))
      const theirs = new Map([
        ...(await askSparkTogether(spark(), answered)),
        ...(await askSparkEach(spark(), failed)),
      ])
      const differences = [...ours].flatMap(([question, answer]) => {
        const other = theirs.get(question) ?? 'failed'
        const isSame =
          answer === 'failed' || other === 'failed' ? answer === other : agree(answer, other)
        return isSame ? [] : [{ sql: question.sql, ours: answer, theirs: other }]
      })
      return { differences, answered: answered.map(({ sql }) => sql) }
    } finally {
      await session.close()
    }
  }

  it.each([
    ['expressions', SPELLINGS, equal],
    ['functions of mathematics', NEAR, nearlyEqual],
  ] as const)(
    '%s always give what Spark gives, of the same type, or are refused',
    async (_name, spellings, agree) => {
      const asked = spellings.map((expression): Question => ({
        expression,
        sql: `select id, ${expression} as x from v`,
      }))
      const unanswered = new Set(asked.map(({ sql }) => sql))
      await fc.assert(
        fc.asyncProperty(anyRows, async (rows) => {
          const { differences, answered } = await compare(rows, asked, agree)
          for (const sql of answered) unanswered.delete(sql)
          expect(differences).toEqual([])
        }),
        { ...runs(3), endOnFailure: true },
      )
      // Some have a row in each run that is refused; those that always had one would not have been compared at all.
      expect(unanswered.size).toBeLessThan(spellings.length / 10)
    },
  )

  it('queries always give the rows that Spark gives', async () => {
    const asked = QUERIES.map((sql): Question => ({ sql }))
    const unanswered = new Set(QUERIES)
    await fc.assert(
      fc.asyncProperty(fc.array(anyRows, { minLength: 4, maxLength: 4 }), async (groups) => {
        const rows = groups.flat().map((row, id): ValueRow => [id, ...row.slice(1)])
        const { differences, answered } = await compare(rows, asked, equalButForZeros)
        expect(differences).toEqual([])
        for (const sql of answered) unanswered.delete(sql)
      }),
      { ...runs(2), endOnFailure: true },
    )
    // One of two runs may have a sum that is too large, which is an error in both.
    expect(unanswered.size).toBeLessThan(3)
  })
})

interface Question {
  readonly sql: string
  /** What it asks for each row, if it is no more than that. */
  readonly expression?: string
}

type Answers = readonly (readonly [Question, Answer | 'failed'])[]

/** All at once, and by halves where one of them fails: a question of its own for each takes as long as all. */
async function askSparkTogether(spark: Spark, questions: readonly Question[]): Promise<Answers> {
  if (questions.length < 2 || questions.some(({ expression }) => expression === undefined))
    return askSparkEach(spark, questions)
  const items = questions.map(({ expression }, index) => `${expression ?? ''} as x${index}`)
  try {
    const { schema: types, rows } = await spark.sql(`select id, ${items.join(', ')} from v`)
    return questions.map((question, index) => [question, columnOf(types, rows, index)])
  } catch {
    const half = questions.length >> 1
    return [
      ...(await askSparkTogether(spark, questions.slice(0, half))),
      ...(await askSparkTogether(spark, questions.slice(half))),
    ]
  }
}

function columnOf(types: EngineRows['schema'], rows: readonly unknown[], index: number): Answer {
  const [id, type] = [types[0], types[index + 1]]
  const answers = rows.map((row) => {
    const values = row as Readonly<Record<string, unknown>>
    return JSON.stringify({ id: values['id'], x: values[`x${index}`] })
  })
  return { schema: [id, ['x', type?.[1]]], rows: answers.sort() }
}

async function askSparkEach(spark: Spark, questions: readonly Question[]): Promise<Answers> {
  const answers: [Question, Answer | 'failed'][] = []
  for (const question of questions) answers.push([question, await askSpark(spark, question.sql)])
  return answers
}

async function showSpark(spark: Spark, rows: readonly ValueRow[]): Promise<void> {
  const names = schema.fields.map((field) => field.name).join(', ')
  const values = sparkRows(schema.fields, rows)
  await spark.sql(
    `CREATE OR REPLACE TEMPORARY VIEW v AS SELECT * FROM VALUES ${values} AS v(${names})`,
  )
}

async function askHere(session: SqlSession, sql: string): Promise<Answer | 'refused' | 'failed'> {
  try {
    const {
      schema: { fields },
      batches,
    } = await session.query(sql)
    const rows: string[] = []
    for await (const batch of batches)
      for (const row of rowsOf(batch, { fields })) rows.push(canonicalRow(fields, row))
    return { schema: canonicalSchema(fields), rows: sorted(sql, rows) }
  } catch (error) {
    if (!(error instanceof IcebergError)) throw error
    if (error.kind === 'unsupported') return 'refused'
    if (error.kind === 'invalid') return 'failed'
    throw error
  }
}

async function askSpark(spark: Spark, sql: string): Promise<Answer | 'failed'> {
  try {
    const { schema: types, rows } = await spark.sql(sql)
    return {
      schema: types,
      rows: sorted(
        sql,
        rows.map((row) => JSON.stringify(row)),
      ),
    }
  } catch {
    return 'failed'
  }
}

/** Where the query asks for an order, it counts. */
function sorted(sql: string, rows: readonly string[]): readonly string[] {
  return / order by [^)]*$/.test(sql) ? rows : [...rows].sort()
}

function equal(ours: Answer, theirs: Answer): boolean {
  return isDeepStrictEqual(withTypes(ours), withTypes(theirs))
}

/** Sorting and grouping make the two zeros one, each engine in its way. */
function equalButForZeros(ours: Answer, theirs: Answer): boolean {
  const unsigned = ({ schema: types, rows }: Answer): Answer => ({
    schema: types,
    rows: rows.map((row) => row.replaceAll('"-0"', '0')),
  })
  return equal(unsigned(ours), unsigned(theirs))
}

function withTypes({ schema: types, rows }: Answer): unknown {
  return { types: typesOf(types), rows }
}

/** Without what a query says nothing of: ids, and whether a value must be there. */
function typesOf(schemaJson: unknown): unknown {
  return JSON.parse(
    JSON.stringify(schemaJson, (key, value: unknown) =>
      /^(?:id|required|element-id|element-required|key-id|value-id|value-required)$/.test(key)
        ? undefined
        : value,
    ),
  )
}

function nearlyEqual(ours: Answer, theirs: Answer): boolean {
  const numbers = ({ rows }: Answer): number[] =>
    rows.map((row) => Number((JSON.parse(row) as { readonly x: unknown }).x ?? 0))
  const others = numbers(theirs)
  return numbers(ours).every((value, index) => {
    const other = others[index] ?? 0
    return Object.is(value, other) || Math.abs(value - other) <= Math.abs(other) * 1e-14
  })
}
