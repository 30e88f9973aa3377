/**
 * A query of Spark's on its way to DuckDB: respelled, parsed, translated, spelled back, and prepared.
 *
 * What is spelled back is parsed again and compared with what was meant, so a fault in that spelling is found, never run; and
 * since both trees have the same nodes in the same order, a place that DuckDB names is one in the text as it was given.
 */
import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api'
import { assert } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { parseJson, stringifyJson } from '../../base/json-exact.ts'
import { sqlError } from './duckdb-errors.ts'
import { checkTypes, sparkColumnsOf } from './output-types.ts'
import type { PlacedText, Places } from './places.ts'
import { translate } from './spark-dialect.ts'
import type { DialectScope } from './spark-dialect.ts'
import { respell } from './spark-text.ts'
import type { RespelledSql } from './spark-text.ts'
import type { SparkColumn } from './spark-types.ts'
import { isNode, nodeIn, nodesBelow, nodesIn, textIn } from './syntax-tree.ts'
import type { ParsedQuery, SqlNode, SyntaxTree } from './syntax-tree.ts'

/** A query that can be run. */
export interface CompiledQuery {
  readonly statement: DuckDBPreparedStatement
  /** What is run, without the spaces before it. */
  readonly text: string
  /** Where it begins among the texts of the session. */
  readonly base: number
  /** The tree of what is run, and of what was written. */
  readonly root: SqlNode
  readonly written: SqlNode
  readonly columns: readonly SparkColumn[]
}

/** What a text is compiled for. */
export interface CompileContext {
  readonly scope: Omit<DialectScope, 'base'>
  readonly places: Places
  /** The view whose definition it is. */
  readonly view?: string
  /** Bytes that will stand before it. */
  readonly leastBase?: number
}

/** @throws IcebergError `invalid` or `unsupported` with the offset of what is wrong */
export async function parseQuery(connection: DuckDBConnection, sql: string): Promise<ParsedQuery> {
  const source = respell(sql)
  const root = rootOf(await serialize(connection, source.text), source)
  const offsets = new Map<SqlNode, number>()
  for (const node of nodesBelow(root)) {
    const byte = byteOf(node)
    if (byte !== undefined) offsets.set(node, source.offsetOf(byte))
  }
  return { root, offsets, depths: source.depths }
}

/** @throws IcebergError as {@link parseQuery}, and for what only binding finds: columns, types, arguments */
export async function compileQuery(
  connection: DuckDBConnection,
  sql: string,
  context: CompileContext,
): Promise<CompiledQuery> {
  const base = context.places.base(context.leastBase)
  const tree = await parseQuery(connection, sql)
  const { node: root, columns } = translate(tree, { ...context.scope, base })
  const text = await deserialize(connection, root)
  const spelled = rootOf(await serialize(connection, text), own(text))
  const offsetOf = placesOf(tree, root, spelled)
  addPlaces(context, { base, text, source: sql, offsetOf })
  const statement = await prepare(connection, text, base, context.places)
  checkTypes(statement, columns)
  return { statement, text, base, root, written: tree.root, columns }
}

/** A text of our own, as it stands. */
export async function compileOwn(
  connection: DuckDBConnection,
  text: string,
  context: Omit<CompileContext, 'scope'>,
): Promise<CompiledQuery> {
  const base = context.places.base(context.leastBase)
  const root = rootOf(await serialize(connection, text), own(text))
  addPlaces(context, { base, text, source: text, offsetOf: (byte) => byte })
  const statement = await prepare(connection, text, base, context.places)
  return { statement, text, base, root, written: root, columns: sparkColumnsOf(statement) }
}

function addPlaces(
  { places, view }: Omit<CompileContext, 'scope'>,
  text: Omit<PlacedText, 'view'>,
): void {
  places.add(view === undefined ? text : { ...text, view })
}

/** The query once more, over views that have changed. */
export async function prepareAgain(
  connection: DuckDBConnection,
  { statement, text, base }: CompiledQuery,
  places: Places,
): Promise<DuckDBPreparedStatement> {
  statement.destroySync()
  return await prepare(connection, text, base, places)
}

async function prepare(
  connection: DuckDBConnection,
  text: string,
  base: number,
  places: Places,
): Promise<DuckDBPreparedStatement> {
  try {
    return await connection.prepare(' '.repeat(base) + text)
  } catch (error) {
    throw sqlError(error, places)
  }
}

/** No place is known: the largest integer of 64 bits. */
const NOWHERE = 2 ** 53

function own(text: string): RespelledSql {
  return { text, offsetOf: (byte) => byte, depths: new Map() }
}

function byteOf(node: SqlNode): number | undefined {
  const location = node['query_location']
  return typeof location === 'number' && location < NOWHERE ? location : undefined
}

async function serialize(connection: DuckDBConnection, text: string): Promise<SqlNode> {
  return treeOf(await ask(connection, 'SELECT json_serialize_sql($1::VARCHAR)', text))
}

async function deserialize(connection: DuckDBConnection, root: SqlNode): Promise<string> {
  const statement = { node: root, named_param_map: [] }
  const tree = stringifyJson({ error: false, statements: [statement] })
  return await ask(connection, 'SELECT json_deserialize_sql($1::JSON)', tree)
}

async function ask(connection: DuckDBConnection, question: string, text: string): Promise<string> {
  const answer = await connection.runAndReadAll(question, [text])
  const [value] = answer.getRows()[0] ?? []
  assert(typeof value === 'string', 'a tree is text')
  return value
}

function treeOf(json: string): SqlNode {
  const tree = parseJson(json)
  assert(isNode(tree), 'a tree is an object')
  return tree
}

function rootOf(tree: SqlNode, source: RespelledSql): SqlNode {
  if (tree['error'] === true) throw parseError(tree, source)
  const [statement, second] = nodesIn(tree, 'statements')
  if (statement === undefined) throw new IcebergError('invalid', 'no query')
  if (second !== undefined) throw new IcebergError('invalid', 'more than one query')
  return nodeIn(statement, 'node')
}

/** Spellings of Spark's that DuckDB has no syntax for. */
const ONLY_SPARK = /^(?:lateral|distribute|cluster|sort|cache|transform|tablesample)$/i

function parseError(tree: SqlNode, source: RespelledSql): IcebergError {
  const detail = textIn(tree, 'error_message')
  const byte = Number(tree['position'] ?? Number.NaN)
  if (Number.isNaN(byte)) {
    return new IcebergError(
      'unsupported',
      'anything but a query is refused: a job reads by SQL and writes by its outputs, so write a select',
      { context: { detail } },
    )
  }
  const spark = sparkWordNear(source.text, byte)
  return spark === undefined
    ? new IcebergError('invalid', 'SQL has a fault', {
        context: { detail, offset: source.offsetOf(byte) },
      })
    : new IcebergError(
        'unsupported',
        'this spelling of Spark is refused: it is not known here, so spell the query otherwise',
        {
          context: { word: spark.word, offset: source.offsetOf(spark.byte) },
        },
      )
}

/** The word at the place of a fault, or the one before, if only Spark knows it. */
function sparkWordNear(text: string, byte: number): { word: string; byte: number } | undefined {
  const bytes = Buffer.from(text)
  const [, before = '', gap = ''] = /(\w+)(\s+)$/.exec(bytes.subarray(0, byte).toString()) ?? []
  const [here = ''] = /^\w+/.exec(bytes.subarray(byte).toString()) ?? []
  return [
    { word: here, byte },
    { word: before, byte: byte - gap.length - before.length },
  ].find(({ word }) => ONLY_SPARK.test(word))
}

/** Pairs the nodes of what was meant with those of how it was spelled. */
function placesOf(
  tree: SyntaxTree,
  meant: SqlNode,
  spelled: SqlNode,
): (byte: number) => number | undefined {
  assert(sameTree(meant, spelled), 'a query is spelled back as it was meant')
  const starts = [...nodesBelow(tree.root)].flatMap((node) => {
    const [byte, offset] = [byteOf(node), tree.offsets.get(node)]
    return byte === undefined || offset === undefined ? [] : [[byte, offset] as const]
  })
  const offsets = new Map(starts)
  const places = new Map<number, number>()
  const spelledNodes = nodesBelow(spelled)
  for (const node of nodesBelow(meant)) {
    const other = spelledNodes.next()
    const [source, target] = [byteOf(node), other.done === true ? undefined : byteOf(other.value)]
    const offset = source === undefined ? undefined : offsets.get(source)
    if (offset !== undefined && target !== undefined && !places.has(target))
      places.set(target, offset)
  }
  return (byte) => places.get(byte)
}

/** The same but for places. */
function sameTree(left: unknown, right: unknown): boolean {
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => sameTree(item, right[index]))
    )
  }
  if (!isNode(left) || !isNode(right)) return left === right
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => key === 'query_location' || sameTree(left[key], right[key]))
  )
}
