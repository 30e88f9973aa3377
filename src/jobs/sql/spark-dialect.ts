/**
 * A query of Spark's as a tree of DuckDB that means the same. What the two spell alike and mean differently is rewritten;
 * whatever is not known to be the same is refused with its place, so a wrong answer would have to be written down here.
 *
 * 1. Classes of nodes, functions, operators and types of casts are on lists; what is on none is refused.
 * 2. Casts, comparisons and mixtures of types get a macro around an operand where the types decide (spark-macros.ts).
 * 3. The clock is put in as a constant.
 */
import type { IcebergError } from '../../base/errors.ts'
import { checkInterval, clockNode, translateCall } from './spark-calls.ts'
import type { SessionTime } from './spark-calls.ts'
import { INTERVALS, translateCast } from './spark-casts.ts'
import { AGGREGATES, BARE_FUNCTIONS, WINDOW_FUNCTIONS, functionRule } from './spark-functions.ts'
import type { FunctionRule } from './spark-functions.ts'
import { Guards } from './spark-guards.ts'
import type { Operands } from './spark-guards.ts'
import { MACRO_PREFIX } from './spark-macros.ts'
import {
  callNode,
  castNode,
  isNode,
  nodeIn,
  nodesIn,
  textConstant,
  textIn,
  textNode,
  textsIn,
  typeIdOf,
} from './syntax-tree.ts'
import type { SqlNode, SyntaxTree } from './syntax-tree.ts'

/** What a query may see. */
export interface DialectScope {
  /** Columns of the views, by the names of the views. */
  readonly views: ReadonlyMap<string, readonly string[]>
  /** What the clock says. */
  readonly now: SessionTime
  /** What is added to the offsets that stand in the translated query, so that its session knows which text they are of. */
  readonly base: number
}

/** @throws IcebergError `unsupported` or `invalid` with the offset of what is refused */
export function translate(tree: SyntaxTree, scope: DialectScope): SqlNode {
  return new Translator(tree, scope).query(tree.root, lowerCased(scope.views.keys()))
}

/** Names of views that may be read, in lower case. */
type Names = ReadonlySet<string>

const JOIN_TYPES: ReadonlySet<string> = new Set(['INNER', 'LEFT', 'RIGHT', 'OUTER'])

const SUBQUERY_TYPES: ReadonlySet<string> = new Set(['SCALAR', 'EXISTS', 'NOT_EXISTS'])

class Translator {
  readonly #guards: Guards
  readonly #now: SessionTime
  readonly #columns: ReadonlySet<string>

  constructor(tree: SyntaxTree, scope: DialectScope) {
    this.#guards = new Guards(tree, scope.base)
    this.#now = scope.now
    this.#columns = lowerCased([...scope.views.values()].flat())
  }

  query(node: SqlNode, names: Names): SqlNode {
    if (node['type'] !== 'SELECT_NODE') throw this.#guards.unsupported('set operation', node)
    if (node['sample'] !== null) throw this.#guards.unsupported('sample', node)
    const ctes = nodesIn(nodeIn(node, 'cte_map'), 'map')
    const inner = new Set(names)
    const map = ctes.map((cte) => {
      const translated = this.#cte(cte, inner)
      inner.add(textIn(cte, 'key').toLowerCase())
      return translated
    })
    return {
      ...node,
      cte_map: { map },
      modifiers: nodesIn(node, 'modifiers').map((modifier) => this.#modifier(modifier, inner)),
      select_list: this.#expressions(node, 'select_list', inner),
      from_table: this.#from(nodeIn(node, 'from_table'), inner),
      where_clause: this.#optional(node, 'where_clause', inner),
      group_expressions: this.#expressions(node, 'group_expressions', inner),
      having: this.#optional(node, 'having', inner),
      qualify: this.#optional(node, 'qualify', inner),
    }
  }

  #cte(cte: SqlNode, names: Names): SqlNode {
    const value = nodeIn(cte, 'value')
    const query = nodeIn(value, 'query')
    const node = this.query(nodeIn(query, 'node'), names)
    return { ...cte, value: { ...value, query: { ...query, node } } }
  }

  #modifier(node: SqlNode, names: Names): SqlNode {
    switch (node['type']) {
      case 'ORDER_MODIFIER':
        return { ...node, orders: this.#orders(node, 'orders', names) }
      case 'LIMIT_MODIFIER':
        return {
          ...node,
          limit: this.#optional(node, 'limit', names),
          offset: this.#optional(node, 'offset', names),
        }
      case 'DISTINCT_MODIFIER':
        if (nodesIn(node, 'distinct_on_targets').length === 0) return node
        throw this.#guards.unsupported('distinct on', node)
      default:
        throw this.#guards.unsupported('limit of this form', node)
    }
  }

  #orders(node: SqlNode, key: string, names: Names): SqlNode[] {
    return nodesIn(node, key).map((order) => ({
      ...order,
      expression: this.#expression(nodeIn(order, 'expression'), names),
    }))
  }

  #from(node: SqlNode, names: Names): SqlNode {
    if (node['sample'] !== null) throw this.#guards.unsupported('sample', node)
    switch (node['type']) {
      case 'EMPTY':
        return node
      case 'BASE_TABLE':
        return this.#table(node, names)
      case 'SUBQUERY':
        return this.#nested(node, names)
      case 'JOIN':
        return this.#join(node, names)
      default:
        throw this.#guards.unsupported('source of rows', node)
    }
  }

  #table(node: SqlNode, names: Names): SqlNode {
    const name = textIn(node, 'table_name')
    const isQualified = textIn(node, 'schema_name') !== '' || textIn(node, 'catalog_name') !== ''
    if (isNode(node['at_clause'])) throw this.#guards.unsupported('time travel in SQL', node)
    if (!isQualified && names.has(name.toLowerCase())) return node
    throw this.#guards.fault('invalid', 'no such view', node, { view: name })
  }

  #join(node: SqlNode, names: Names): SqlNode {
    const isPlain = node['ref_type'] === 'REGULAR' || node['ref_type'] === 'CROSS'
    if (!isPlain || !JOIN_TYPES.has(textIn(node, 'join_type'))) {
      throw this.#guards.unsupported('join of this form', node)
    }
    // The columns may differ in type, which only a written condition lets us see.
    if (textsIn(node, 'using_columns').length > 0)
      throw this.#guards.unsupported('join with using', node)
    return {
      ...node,
      left: this.#from(nodeIn(node, 'left'), names),
      right: this.#from(nodeIn(node, 'right'), names),
      condition: this.#optional(node, 'condition', names),
    }
  }

  #optional(node: SqlNode, key: string, names: Names): SqlNode | null {
    const value = node[key]
    return isNode(value) ? this.#expression(value, names) : null
  }

  #expressions(node: SqlNode, key: string, names: Names): SqlNode[] {
    return nodesIn(node, key).map((child) => this.#expression(child, names))
  }

  #expression(node: SqlNode, names: Names): SqlNode {
    switch (node['class']) {
      case 'CONSTANT':
        return this.#constant(node)
      case 'COLUMN_REF':
        return this.#column(node)
      case 'STAR':
        return this.#star(node)
      case 'CONJUNCTION':
        return { ...node, children: this.#expressions(node, 'children', names) }
      case 'COMPARISON':
        return this.#comparison(node, names)
      case 'BETWEEN':
        return this.#between(node, names)
      case 'OPERATOR':
        return this.#operator(node, names)
      case 'FUNCTION':
        return this.#function(node, names)
      case 'CAST':
        return this.#cast(node, names)
      case 'CASE':
        return this.#case(node, names)
      case 'SUBQUERY':
        return this.#subquery(node, names)
      case 'WINDOW':
        return this.#window(node, names)
      default:
        throw this.#guards.unsupported(
          `expression of class ${textIn(node, 'class').toLowerCase()}`,
          node,
        )
    }
  }

  #constant(node: SqlNode): SqlNode {
    const value = nodeIn(node, 'value')
    switch (typeIdOf(value)) {
      case 'NULL':
      case 'INTEGER':
      case 'BIGINT':
      case 'DECIMAL':
      case 'VARCHAR':
        return node
      case 'DOUBLE':
        // DuckDB would spell it back as a decimal.
        if (!Number.isFinite(value['value']))
          throw this.#guards.unsupported('number of this size', node)
        return castNode(node, textNode(String(value['value'])), 'DOUBLE')
      default:
        throw this.#guards.unsupported('number of this size', node)
    }
  }

  #column(node: SqlNode): SqlNode {
    const [name = '', ...others] = textsIn(node, 'column_names').map((part) => part.toLowerCase())
    const bare = BARE_FUNCTIONS.get(name)
    if (others.length > 0 || bare === undefined || this.#columns.has(name)) return node
    if (bare === null) throw this.#guards.unsupported('function', node, { function: name })
    return clockNode(bare, node, this.#now)
  }

  #star(node: SqlNode): SqlNode {
    const lists = ['exclude_list', 'replace_list', 'rename_list', 'qualified_exclude_list']
    const isPlain = node['columns'] === false && !isNode(node['expr'])
    if (isPlain && lists.every((key) => isEmpty(node[key]))) return node
    throw this.#guards.unsupported('star of this form', node)
  }

  #operands(before: readonly SqlNode[], names: Names): Operands {
    return { before, after: before.map((operand) => this.#expression(operand, names)) }
  }

  #comparison(node: SqlNode, names: Names): SqlNode {
    const operands = this.#operands([nodeIn(node, 'left'), nodeIn(node, 'right')], names)
    const [left, right] = this.#guards.compared(node, operands)
    return { ...node, left, right }
  }

  #between(node: SqlNode, names: Names): SqlNode {
    const before = [nodeIn(node, 'input'), nodeIn(node, 'lower'), nodeIn(node, 'upper')]
    const [input, lower, upper] = this.#guards.compared(node, this.#operands(before, names))
    return { ...node, input, lower, upper }
  }

  #operator(node: SqlNode, names: Names): SqlNode {
    const children = nodesIn(node, 'children')
    switch (node['type']) {
      case 'OPERATOR_NOT':
      case 'OPERATOR_IS_NULL':
      case 'OPERATOR_IS_NOT_NULL':
        return { ...node, children: this.#expressions(node, 'children', names) }
      case 'COMPARE_IN':
      case 'COMPARE_NOT_IN':
        return { ...node, children: this.#guards.compared(node, this.#operands(children, names)) }
      case 'OPERATOR_COALESCE':
        return { ...node, children: this.#guards.branches(node, this.#operands(children, names)) }
      case 'ARRAY_EXTRACT':
        // A number would be a position, which counts from another start.
        if (textConstant(children[1] ?? node) === null)
          throw this.#guards.unsupported('subscript', node)
        return { ...node, children: this.#expressions(node, 'children', names) }
      default:
        throw this.#guards.unsupported('operator', node)
    }
  }

  #case(node: SqlNode, names: Names): SqlNode {
    const checks = nodesIn(node, 'case_checks')
    const otherwise = nodeIn(node, 'else_expr')
    const results = [...checks.map((check) => nodeIn(check, 'then_expr')), otherwise]
    const translated = this.#guards.branches(node, this.#operands(results, names))
    return {
      ...node,
      case_checks: checks.map((check, index) => ({
        when_expr: this.#expression(nodeIn(check, 'when_expr'), names),
        then_expr: translated[index],
      })),
      else_expr: translated.at(-1),
    }
  }

  #subquery(node: SqlNode, names: Names): SqlNode {
    if (SUBQUERY_TYPES.has(textIn(node, 'subquery_type'))) return this.#nested(node, names)
    throw this.#guards.unsupported('comparison with a subquery', node)
  }

  /** A node around a query. */
  #nested(node: SqlNode, names: Names): SqlNode {
    const subquery = nodeIn(node, 'subquery')
    return { ...node, subquery: { ...subquery, node: this.query(nodeIn(subquery, 'node'), names) } }
  }

  #window(node: SqlNode, names: Names): SqlNode {
    const type = textIn(node, 'type')
    const rule = AGGREGATES.get(textIn(node, 'function_name').toLowerCase())
    const isAggregate = type === 'WINDOW_AGGREGATE' && rule !== undefined
    if (!isAggregate && !WINDOW_FUNCTIONS.has(type)) throw this.#unknownFunction(node)
    // A default is of the type of the column in DuckDB, whatever its own.
    if (isNode(node['default_expr']))
      throw this.#guards.unsupported('default of a window function', node)
    const children = this.#expressions(node, 'children', names)
    return {
      ...node,
      children: isAggregate ? this.#guardArguments(rule, node, children) : children,
      partitions: this.#expressions(node, 'partitions', names),
      orders: this.#orders(node, 'orders', names),
      arg_orders: this.#orders(node, 'arg_orders', names),
      start_expr: this.#optional(node, 'start_expr', names),
      end_expr: this.#optional(node, 'end_expr', names),
      offset_expr: this.#optional(node, 'offset_expr', names),
      filter_expr: this.#optional(node, 'filter_expr', names),
    }
  }

  #function(node: SqlNode, names: Names): SqlNode {
    const name = textIn(node, 'function_name')
    if (INTERVALS.has(name)) return checkInterval(this.#guards, node)
    const rule = functionRule(name)
    if (rule === undefined) throw this.#unknownFunction(node)
    const operands = this.#operands(nodesIn(node, 'children'), names)
    const [least, most] = rule.arity
    if (operands.before.length < least || operands.before.length > most) {
      throw this.#guards.unsupported('number of arguments', node, { function: name })
    }
    if (rule.kind === 'aggregate') return this.#aggregate(rule, node, operands.after, names)
    if (node['distinct'] === true || isNode(node['filter'])) {
      throw this.#guards.unsupported('aggregate', node, { function: name })
    }
    this.#checkUnordered(node)
    if (rule.kind === 'same') return { ...node, children: operands.after }
    if (rule.kind === 'macro') return callNode(node, MACRO_PREFIX + rule.macro, operands.after)
    return translateCall(rule.kind, { guards: this.#guards, now: this.#now }, node, operands)
  }

  #aggregate(
    rule: FunctionRule,
    node: SqlNode,
    children: readonly SqlNode[],
    names: Names,
  ): SqlNode {
    this.#checkUnordered(node)
    return {
      ...node,
      children: this.#guardArguments(rule, node, children),
      filter: this.#optional(node, 'filter', names),
    }
  }

  #checkUnordered(node: SqlNode): void {
    const orders = nodesIn(nodeIn(node, 'order_bys'), 'orders')
    if (orders.length > 0) throw this.#guards.unsupported('ordered aggregate', node)
  }

  #guardArguments(rule: FunctionRule, at: SqlNode, children: readonly SqlNode[]): SqlNode[] {
    const { guard } = rule.kind === 'aggregate' ? rule : {}
    return children.map((child) =>
      guard === undefined ? child : this.#guards.guard(guard, at, child),
    )
  }

  #cast(node: SqlNode, names: Names): SqlNode {
    const before = nodeIn(node, 'child')
    return translateCast(this.#guards, node, { before, after: this.#expression(before, names) })
  }

  #unknownFunction(node: SqlNode): IcebergError {
    return this.#guards.unsupported('function', node, { function: textIn(node, 'function_name') })
  }
}

function isEmpty(value: unknown): boolean {
  return !Array.isArray(value) || value.length === 0
}

function lowerCased(names: Iterable<string>): ReadonlySet<string> {
  return new Set([...names].map((name) => name.toLowerCase()))
}
