/**
 * What of a query a scan can do. A conjunct of the WHERE clause on a column and literals becomes a predicate that holds for
 * exactly the rows for which the conjunct is true in DuckDB; one that does not only stays with the query.
 *
 * The two differ on NaN: in DuckDB it is above all numbers and equal to itself, in a predicate no comparison holds for it.
 */
import type { Expression } from '../../expressions/predicate.ts'
import type { Schema } from '../../types/schema.ts'
import { isPrimitive } from '../../types/type.ts'
import type { Field, PrimitiveType, Type } from '../../types/type.ts'
import { isUtcZone } from '../time-zone.ts'
import { literalOf } from './literals.ts'
import type { Literal } from './literals.ts'
import { pushedLiteral } from './pushdown-literal.ts'
import {
  isNode,
  nodeIn,
  nodesBelow,
  nodesIn,
  textConstant,
  textIn,
  textsIn,
} from './syntax-tree.ts'
import type { SqlNode, SyntaxTree } from './syntax-tree.ts'

/** The part of a query that a scan of its view can do. */
export interface Pushdown {
  /** Holds for every row of the view that the query can use. */
  readonly expression: Expression
  /** Whether the query filters by nothing else. */
  readonly fully: boolean
  /**
   * Columns of the view, when the answer is these columns of the rows for which {@link expression} holds, in the order of
   * the scan and under their own names; null when the query has to be run.
   */
  readonly columns: readonly string[] | null
}

const EVERYTHING: Expression = { kind: 'true' }

/**
 * @param tree a query that an engine has parsed
 * @param view the view that the scan is for
 * @param schema its columns; no two names are the same without case
 * @param timeZone the session zone
 */
export function pushdownOf(
  tree: SyntaxTree,
  view: string,
  schema: Schema,
  timeZone: string,
): Pushdown {
  const table = onlyTable(tree.root, view)
  if (table === null) return { expression: EVERYTHING, fully: false, columns: null }
  const where = tree.root['where_clause']
  const names = { qualifier: (textIn(table, 'alias') || view).toLowerCase(), schema }
  const pushed = isNode(where)
    ? new Conjuncts(names, isUtcZone(timeZone)).push(where)
    : { expression: EVERYTHING, fully: true }
  return { ...pushed, columns: pushed.fully ? plainColumns(tree.root, names) : null }
}

/** The view where the query reads it, if it reads nothing else: a filter would thin another reading too. */
function onlyTable(root: SqlNode, view: string): SqlNode | null {
  const tables = [...nodesBelow(root)].filter((node) => node['type'] === 'BASE_TABLE')
  const [table] = tables
  const isOnly = tables.length === 1 && table === nodeIn(root, 'from_table')
  if (table === undefined || !isOnly || textsIn(table, 'column_name_alias').length > 0) return null
  return textIn(table, 'table_name').toLowerCase() === view.toLowerCase() ? table : null
}

/** How columns are spelled in the query. */
interface Names {
  /** What may stand before a column, in lower case. */
  readonly qualifier: string
  readonly schema: Schema
}

interface Column {
  readonly path: readonly string[]
  readonly type: Type
}

type Pushed = Pick<Pushdown, 'expression' | 'fully'>

/** Comparisons by the type of their node. */
const COMPARISONS: ReadonlyMap<string, Comparison> = new Map([
  ['COMPARE_EQUAL', 'eq'],
  ['COMPARE_NOTEQUAL', 'not-eq'],
  ['COMPARE_LESSTHAN', 'lt'],
  ['COMPARE_LESSTHANOREQUALTO', 'lt-eq'],
  ['COMPARE_GREATERTHAN', 'gt'],
  ['COMPARE_GREATERTHANOREQUALTO', 'gt-eq'],
])

type Comparison = 'eq' | 'not-eq' | 'lt' | 'lt-eq' | 'gt' | 'gt-eq'

const NEGATED: Readonly<Record<Comparison, Comparison>> = {
  eq: 'not-eq',
  'not-eq': 'eq',
  lt: 'gt-eq',
  'lt-eq': 'gt',
  gt: 'lt-eq',
  'gt-eq': 'lt',
}

const MIRRORED: Readonly<Record<Comparison, Comparison>> = {
  eq: 'eq',
  'not-eq': 'not-eq',
  lt: 'gt',
  'lt-eq': 'gt-eq',
  gt: 'lt',
  'gt-eq': 'lt-eq',
}

class Conjuncts {
  readonly #names: Names
  readonly #isUtc: boolean

  constructor(names: Names, isUtc: boolean) {
    this.#names = names
    this.#isUtc = isUtc
  }

  /** As much as can be taken over; the rest is left out, which only lets more rows through. */
  push(node: SqlNode): Pushed {
    const whole = this.#exact(node, false)
    if (whole !== null) return { expression: whole, fully: true }
    if (node['type'] !== 'CONJUNCTION_AND') return { expression: EVERYTHING, fully: false }
    const parts = nodesIn(node, 'children').map((child) => this.push(child).expression)
    const known = parts.filter((part) => part.kind !== 'true')
    return { expression: combined('and', known), fully: false }
  }

  /** What holds exactly where the node, or its negation, is true; null when nothing is known to. */
  #exact(node: SqlNode, isNegated: boolean): Expression | null {
    switch (node['class']) {
      case 'CONJUNCTION':
        return this.#conjunction(node, isNegated)
      case 'COMPARISON':
        return this.#comparison(node, isNegated)
      case 'BETWEEN':
        return this.#between(node, isNegated)
      case 'OPERATOR':
        return this.#operator(node, isNegated)
      case 'FUNCTION':
        return this.#like(node, isNegated)
      case 'COLUMN_REF':
        return this.#flag(node, isNegated)
      case 'CAST':
        return constantCondition(node, isNegated)
      default:
        return null
    }
  }

  #conjunction(node: SqlNode, isNegated: boolean): Expression | null {
    const kind = (node['type'] === 'CONJUNCTION_AND') === isNegated ? 'or' : 'and'
    return all(
      kind,
      nodesIn(node, 'children').map((child) => this.#exact(child, isNegated)),
    )
  }

  #comparison(node: SqlNode, isNegated: boolean): Expression | null {
    const comparison = COMPARISONS.get(textIn(node, 'type'))
    if (comparison === undefined) return null
    const kind = isNegated ? NEGATED[comparison] : comparison
    const [left, right] = [nodeIn(node, 'left'), nodeIn(node, 'right')]
    return this.#compare(kind, left, right) ?? this.#compare(MIRRORED[kind], right, left)
  }

  #compare(kind: Comparison, columnNode: SqlNode, literalNode: SqlNode): Expression | null {
    const column = this.#primitive(columnNode)
    const literal = column === null ? null : this.#literal(column.type, literalNode)
    if (column === null || literal === null) return null
    // Truth values in an order are nobody's meaning.
    if (column.type.kind === 'boolean' && kind !== 'eq' && kind !== 'not-eq') return null
    const compared: Expression = { kind, column: column.path, literal }
    return kind === 'gt' || kind === 'gt-eq' || kind === 'not-eq'
      ? orNan(column, compared)
      : compared
  }

  #between(node: SqlNode, isNegated: boolean): Expression | null {
    const [input, lower, upper] = ['input', 'lower', 'upper'].map((key) => nodeIn(node, key))
    if (input === undefined || lower === undefined || upper === undefined) return null
    // All three meet in one type, as which a text is read when the other bound is none.
    if ((textConstant(lower) === null) !== (textConstant(upper) === null)) return null
    return isNegated
      ? all('or', [this.#compare('lt', input, lower), this.#compare('gt', input, upper)])
      : all('and', [this.#compare('gt-eq', input, lower), this.#compare('lt-eq', input, upper)])
  }

  #operator(node: SqlNode, isNegated: boolean): Expression | null {
    const [child = node, ...others] = nodesIn(node, 'children')
    switch (node['type']) {
      case 'OPERATOR_NOT':
        return this.#exact(child, !isNegated)
      case 'OPERATOR_IS_NULL':
        return this.#nullTest(child, isNegated)
      case 'OPERATOR_IS_NOT_NULL':
        return this.#nullTest(child, !isNegated)
      case 'COMPARE_IN':
        return this.#inSet(child, others, isNegated)
      case 'COMPARE_NOT_IN':
        return this.#inSet(child, others, !isNegated)
      default:
        return null
    }
  }

  #nullTest(node: SqlNode, isNegated: boolean): Expression | null {
    const column = this.#column(node)
    return column && { kind: isNegated ? 'not-null' : 'is-null', column: column.path }
  }

  /** All of one kind, so that it does not matter in which type they meet. */
  #inSet(node: SqlNode, items: readonly SqlNode[], isNegated: boolean): Expression | null {
    const column = this.#primitive(node)
    if (column === null || new Set(items.map((item) => literalOf(item)?.kind)).size !== 1)
      return null
    const literals = items.map((item) => this.#literal(column.type, item))
    if (literals.includes(null)) return null
    if (!isNegated) return { kind: 'in', column: column.path, literals }
    return orNan(column, { kind: 'not-in', column: column.path, literals })
  }

  /** A prefix, or a text without any pattern. */
  #like(node: SqlNode, isNegated: boolean): Expression | null {
    const [columnNode, patternNode] = nodesIn(node, 'children')
    const name = textIn(node, 'function_name')
    if (columnNode === undefined || patternNode === undefined) return null
    if (name !== '~~' && name !== '!~~') return null
    const column = this.#primitive(columnNode)
    const [, literal, wildcard] = /^([^%_\\]*)(%?)$/.exec(textConstant(patternNode) ?? '_') ?? []
    if (column?.type.kind !== 'string' || literal === undefined) return null
    const isPrefix = wildcard === '%'
    if ((name === '~~') === isNegated) {
      return { kind: isPrefix ? 'not-starts-with' : 'not-eq', column: column.path, literal }
    }
    return { kind: isPrefix ? 'starts-with' : 'eq', column: column.path, literal }
  }

  #flag(node: SqlNode, isNegated: boolean): Expression | null {
    const column = this.#primitive(node)
    if (column?.type.kind !== 'boolean') return null
    return { kind: 'eq', column: column.path, literal: !isNegated }
  }

  #literal(type: PrimitiveType, node: SqlNode): unknown {
    const literal: Literal | null = literalOf(node)
    return literal === null ? null : pushedLiteral(type, literal, this.#isUtc)
  }

  #primitive(
    node: SqlNode,
  ): { readonly path: readonly string[]; readonly type: PrimitiveType } | null {
    const column = this.#column(node)
    return column !== null && isPrimitive(column.type)
      ? { path: column.path, type: column.type }
      : null
  }

  #column(node: SqlNode): Column | null {
    return node['class'] === 'COLUMN_REF'
      ? findColumn(this.#names, textsIn(node, 'column_names'))
      : null
  }
}

/** A column by the way it is spelled; null when there is none, or more than one reading. */
function findColumn({ qualifier, schema }: Names, spelled: readonly string[]): Column | null {
  const [first = '', ...rest] = spelled.map((name) => name.toLowerCase())
  const isQualified = first === qualifier && rest.length > 0
  const own = schema.fields.find((field) => field.name.toLowerCase() === first)
  if (isQualified) return own === undefined ? descend(schema.fields, rest) : null
  return descend(schema.fields, [first, ...rest])
}

function descend(fields: readonly Field[], [name, ...rest]: readonly string[]): Column | null {
  const field = fields.find((candidate) => candidate.name.toLowerCase() === name)
  if (field === undefined) return null
  if (rest.length === 0) return { path: [field.name], type: field.type }
  if (field.type.kind !== 'struct') return null
  const inner = descend(field.type.fields, rest)
  return inner && { path: [field.name, ...inner.path], type: inner.type }
}

function orNan(
  column: { readonly path: readonly string[]; readonly type: PrimitiveType },
  expression: Expression,
): Expression {
  if (column.type.kind !== 'float' && column.type.kind !== 'double') return expression
  return { kind: 'or', children: [expression, { kind: 'is-nan', column: column.path }] }
}

function constantCondition(node: SqlNode, isNegated: boolean): Expression | null {
  const literal = literalOf(node)
  if (literal?.kind !== 'boolean') return null
  return { kind: literal.value === isNegated ? 'false' : 'true' }
}

function all(kind: 'and' | 'or', parts: readonly (Expression | null)[]): Expression | null {
  const known = parts.filter((part) => part !== null)
  return known.length === parts.length ? combined(kind, known) : null
}

function combined(kind: 'and' | 'or', children: readonly Expression[]): Expression {
  const [only, second] = children
  if (only === undefined) return { kind: kind === 'and' ? 'true' : 'false' }
  return second === undefined ? only : { kind, children }
}

/** The columns of a query that does nothing but choose among them; null when it does anything else. */
function plainColumns(root: SqlNode, names: Names): readonly string[] | null {
  const isPlain =
    nodesIn(root, 'modifiers').length === 0 &&
    nodesIn(root, 'group_expressions').length === 0 &&
    root['aggregate_handling'] === 'STANDARD_HANDLING' &&
    root['having'] === null &&
    root['qualify'] === null &&
    root['sample'] === null
  if (!isPlain || isGrouped(root)) return null
  const items = nodesIn(root, 'select_list')
  const [only] = items
  if (items.length === 1 && only?.['class'] === 'STAR') {
    const relation = textIn(only, 'relation_name').toLowerCase()
    const isAll = relation === '' || relation === names.qualifier
    return isAll ? names.schema.fields.map((field) => field.name) : null
  }
  const columns = items.map((item) => plainColumn(item, names))
  const found = columns.filter((column) => column !== null)
  return found.length === items.length && new Set(found).size === found.length ? found : null
}

function isGrouped(root: SqlNode): boolean {
  const sets = root['group_sets']
  return Array.isArray(sets) && sets.length > 0
}

/** A column of the view under its own name. */
function plainColumn(item: SqlNode, names: Names): string | null {
  if (item['class'] !== 'COLUMN_REF') return null
  const column = findColumn(names, textsIn(item, 'column_names'))
  const [name, inner] = column?.path ?? []
  if (name === undefined || inner !== undefined) return null
  const alias = textIn(item, 'alias')
  return alias === '' || alias === name ? name : null
}
