// The windows of an input of a workflow file: keys that SQL works out, bound into the query of the input.
import { IcebergError } from '../../base/errors.ts'
import { floorMod } from '../../base/integers.ts'
import type { Expression } from '../../expressions/predicate.ts'
import { commitSnapshotIdColumn, commitTimestampColumn } from '../../types/reserved-fields.ts'
import type { Schema } from '../../types/schema.ts'
import type { PrimitiveType } from '../../types/type.ts'
import { momentOf } from '../key-text.ts'
import type { JobTable } from '../lake.ts'
import { resolveKeys } from '../resolve-keys.ts'
import { placed } from '../error-place.ts'
import { bindHoles, boundText } from '../sql/holes.ts'
import type { ReplacedText } from '../sql/replaced-text.ts'
import type { SqlEngine } from '../sql/engine.ts'
import { pushdownOf } from '../sql/pushdown.ts'
import { quoteText } from '../sql/spark-tokens.ts'
import { quoteName } from '../sql/quotes.ts'
import { stateKey } from '../state-record.ts'
import { definitionsOf } from '../state.ts'
import { endsAfterNow, windowBackwards, windowBeyond } from '../until.ts'
import type { IncrementalRead } from '../workflow/model.ts'
import { holeComparisons } from '../workflow/sql-outline.ts'
import type { HoleComparison } from '../workflow/sql-outline.ts'
import { COMMIT_COLUMNS } from './commit-range.ts'
import { columnKind } from './column-kind.ts'
import { orderOfColumn } from './key-order.ts'
import type { KeyOrder, ToLocal } from './key-order.ts'
import { parseStep, shiftText } from './step.ts'
import type { Beginning, Cut } from './windowed-job.ts'

/** An input of which each run takes a window. */
export interface CutInput {
  readonly input: string
  readonly read: IncrementalRead
  /** As of now. */
  readonly source: JobTable
}

export function workflowCut(
  { input, read, source }: CutInput,
  {
    jobId,
    engine,
    signal,
  }: { readonly jobId: string; readonly engine: SqlEngine; readonly signal?: AbortSignal },
): Cut {
  const inQuery = { input, ...read.sqlPlace }
  const toLocal = (text: string): Promise<string> =>
    engine.evaluateKey(`select to_timestamp(${quoteText(text)})`)
  const orders = {
    orderOf: (key: string) => orderOf(key, { read, source, toLocal }),
    toLocal,
  }
  const end = { read, source, engine, ...orders, ...(signal === undefined ? {} : { signal }) }
  return {
    input,
    stateKey: stateKey(jobId, read.context),
    definitions: definitionsOf(read.keys),
    entries: read.state,
    values: (stored) =>
      placed({ input }, () => resolveKeys(read.keys, stored, (sql) => engine.evaluateKey(sql))),
    ...orders,
    beyond: async (values) =>
      (await placed(inQuery, () => windowBackwards({ ...end, values }))) ??
      placed({ input, ...read.untilPlace }, () => windowBeyond({ ...end, values })),
    oddities: (values) => endsAfterNow({ ...end, values }),
    rereads: read.lag !== null,
    begins: (values) => placed(inQuery, () => beginningOf(read, values, { source, engine })),
    range: (values, schema) =>
      placed(inQuery, () => rangeOf(read, laggedValues(read, values), { schema, engine })),
  }
}

/** By the column that the query compares the key with, or the one that it takes its next value from or gives it to. */
function orderOf(
  key: string,
  { read, source, toLocal }: Pick<CutInput, 'read' | 'source'> & { readonly toLocal: ToLocal },
): KeyOrder | null {
  const linked = read.state.flatMap((entry) =>
    entry.key === key ? entry.value : entry.value === key ? entry.key : [],
  )
  const compared = holeComparisons(read.sql)
  const column = [key, ...linked]
    .flatMap((name) => compared.find((comparison) => comparison.key === name) ?? [])
    .map(nameOf)[0]
  const type = column === undefined ? null : typeOf(source.schema, column)
  return type === null ? null : orderOfColumn(type, toLocal)
}

function typeOf(schema: Schema, column: string): PrimitiveType['kind'] | null {
  if (column === commitTimestampColumn.name) return 'timestamptz'
  return column === commitSnapshotIdColumn.name ? 'long' : columnKind(schema, column)
}

/** The query of a window, read from where its lag begins. */
export function boundQuery(
  read: IncrementalRead,
  sql: string,
  values: ReadonlyMap<string, string>,
): ReplacedText {
  return boundText(sql, laggedValues(read, values))
}

/** Values in which those that the state moves are earlier by the lag. */
function laggedValues(
  { lag, state }: IncrementalRead,
  values: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  if (lag === null) return values
  const step = parseStep(lag)
  const moved = new Set(state.map(({ key }) => key))
  return new Map(
    [...values].map(([key, value]) => [key, moved.has(key) ? shiftText(value, step, -1) : value]),
  )
}

async function beginningOf(
  read: IncrementalRead,
  values: ReadonlyMap<string, string>,
  { source, engine }: { readonly source: JobTable; readonly engine: SqlEngine },
): Promise<Beginning | null> {
  const key = read.state[0]?.key ?? ''
  const from = laggedValues(read, values).get(key) ?? ''
  const compared = holeComparisons(read.sql).find((comparison) => comparison.key === key)
  if (compared !== undefined && !COMMIT_COLUMNS.includes(nameOf(compared))) {
    const column = nameOf(compared)
    const type = columnKind(source.schema, column)
    return { from, instant: await instantOf(from, engine), column, type }
  }
  if (read.lag === null) return null
  throw new IcebergError(
    'invalid',
    'a lag needs a column of the source that the query compares with the start of the window',
    { context: { key } },
  )
}

/** The instant that the text of a moment names in the session zone. SQL counts whole seconds. */
async function instantOf(text: string, engine: SqlEngine): Promise<bigint | null> {
  const micros = momentOf(text)
  if (micros === null) return null
  const sql = `select cast(to_timestamp(${quoteText(text)}) as bigint)`
  const seconds = BigInt(await engine.evaluateKey(sql))
  return seconds * MICROS_PER_SECOND + floorMod(micros, MICROS_PER_SECOND)
}

const MICROS_PER_SECOND = 1_000_000n

/** The comparisons of the query on a table's own columns; null unless they are all there and mean the same there. */
async function rangeOf(
  { sql, state }: IncrementalRead,
  values: ReadonlyMap<string, string>,
  { schema, engine }: { readonly schema: Schema; readonly engine: SqlEngine },
): Promise<Expression | null> {
  const moved = new Set(state.flatMap(({ key, value }) => [key, value]))
  const comparisons = holeComparisons(sql).filter(({ key }) => moved.has(key))
  const names = new Map(schema.fields.map(({ name }) => [name.toLowerCase(), name]))
  const columns = new Set(comparisons.map(nameOf))
  const [column = ''] = columns
  const name = names.get(column)
  if (comparisons.length < 2 || columns.size !== 1 || name === undefined) return null
  const conjuncts = comparisons.map(
    ({ operator, key }) => `${quoteName(name, 'spark')} ${operator} '$|${key}|'`,
  )
  const query = bindHoles(`select * from target where ${conjuncts.join(' and ')}`, values)
  const tree = await engine.parse(query, new Map([['target', schema]]))
  const { expression, fully } = pushdownOf(tree, 'target', schema, engine.timeZone)
  return fully ? expression : null
}

function nameOf({ column }: HoleComparison): string {
  return column.split('.').at(-1)?.toLowerCase() ?? ''
}
