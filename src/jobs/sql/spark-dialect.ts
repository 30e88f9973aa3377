/**
 * A query of Spark's as a tree of DuckDB that means the same. What the two spell alike and mean differently is rewritten;
 * whatever is not known to be the same is refused with its place, so a wrong answer would have to be written down here.
 *
 * 1. Classes of nodes, functions, operators and types of casts are on lists; what is on none is refused.
 * 2. Casts, comparisons and mixtures of types get a macro around an operand where the types decide (spark-macros.ts).
 * 3. The clock is put in as a constant.
 */
import { assert, unreachable } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import type { ErrorKind } from '../../base/errors.ts'
import { formatDate, formatTimestamp } from '../../types/temporal-text.ts'
import { literalOf } from './literals.ts'
import {
  AGGREGATES,
  BARE_FUNCTIONS,
  DATE_PARTS,
  TRUNCATION_UNITS,
  WINDOW_FUNCTIONS,
  formatPattern,
  functionRule,
} from './spark-functions.ts'
import type { FunctionRule, SpecialKind } from './spark-functions.ts'
import { MACRO_PREFIX } from './spark-macros.ts'
import {
  callNode,
  castNode,
  integerNode,
  isConstantOf,
  isNode,
  nodeIn,
  nodesBelow,
  nodesIn,
  operatorNode,
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
}

/** One moment, in the zone of the session where that makes a difference. */
export interface SessionTime {
  /** Microseconds since 1970-01-01T00:00:00 UTC. */
  readonly micros: bigint
  /** Days since 1970-01-01 of the date in the session zone. */
  readonly date: number
}

/** @throws IcebergError `unsupported` or `invalid` with the offset of what is refused */
export function translate(tree: SyntaxTree, scope: DialectScope): SqlNode {
  return new Translator(tree, scope).query(tree.root, lowerCased(scope.views.keys()))
}

const REF = { table: 'BASE_TABLE', query: 'SUBQUERY', join: 'JOIN', none: 'EMPTY' } as const

const TIMESTAMPTZ = 'TIMESTAMP WITH TIME ZONE'

/** Types of Spark by the name that DuckDB gives them, or by their own where it knows none. */
const CAST_TYPES: ReadonlyMap<string, string> = new Map([
  ['BOOLEAN', 'BOOLEAN'],
  ['TINYINT', 'TINYINT'],
  ['byte', 'TINYINT'],
  ['SMALLINT', 'SMALLINT'],
  ['INTEGER', 'INTEGER'],
  ['BIGINT', 'BIGINT'],
  ['FLOAT', 'FLOAT'],
  ['DOUBLE', 'DOUBLE'],
  ['DECIMAL', 'DECIMAL'],
  ['VARCHAR', 'VARCHAR'],
  ['BLOB', 'BLOB'],
  ['DATE', 'DATE'],
  ['TIME', 'TIME'],
  ['UUID', 'UUID'],
  ['TIMESTAMP', TIMESTAMPTZ],
  [TIMESTAMPTZ, TIMESTAMPTZ],
  ['timestamp_ltz', TIMESTAMPTZ],
  ['timestamp_ntz', 'TIMESTAMP'],
])

const INTERVALS: ReadonlyMap<string, 'days' | 'time'> = new Map([
  ['to_years', 'days'],
  ['to_months', 'days'],
  ['to_weeks', 'days'],
  ['to_days', 'days'],
  ['to_hours', 'time'],
  ['to_minutes', 'time'],
  ['to_seconds', 'time'],
])

const JOIN_TYPES: ReadonlySet<string> = new Set(['INNER', 'LEFT', 'RIGHT', 'OUTER'])

/** Text that reads as a number with a fraction: as an integer it would be rounded, in Spark cut off. */
const FRACTION = /^\s*[+-]?(?:\d+\.\d*|\.\d+|\d+(?:\.\d*)?[eE][+-]?\d+)\s*$/

/** Text that DuckDB takes for a date, and Spark does not. */
const ODD_DATE = /^\s*[+-]?(?:inf|epoch)/i

const DATE_TEXT = /^\s*[+-]?\d/

class Translator {
  readonly #tree: SyntaxTree
  readonly #scope: DialectScope
  readonly #columns: ReadonlySet<string>

  constructor(tree: SyntaxTree, scope: DialectScope) {
    this.#tree = tree
    this.#scope = scope
    this.#columns = lowerCased([...scope.views.values()].flat())
  }

  query(node: SqlNode, names: ReadonlySet<string>): SqlNode {
    if (node['type'] !== 'SELECT_NODE') throw this.#unsupported('set operation', node)
    if (node['sample'] !== null) throw this.#unsupported('sample', node)
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

  #cte(cte: SqlNode, names: ReadonlySet<string>): SqlNode {
    const value = nodeIn(cte, 'value')
    const query = nodeIn(value, 'query')
    const node = this.query(nodeIn(query, 'node'), names)
    return { ...cte, value: { ...value, query: { ...query, node } } }
  }

  #modifier(node: SqlNode, names: ReadonlySet<string>): SqlNode {
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
        throw this.#unsupported('distinct on', node)
      default:
        throw this.#unsupported('limit of this form', node)
    }
  }

  #orders(node: SqlNode, key: string, names: ReadonlySet<string>): SqlNode[] {
    return nodesIn(node, key).map((order) => ({
      ...order,
      expression: this.#expression(nodeIn(order, 'expression'), names),
    }))
  }

  #from(node: SqlNode, names: ReadonlySet<string>): SqlNode {
    if (node['sample'] !== null) throw this.#unsupported('sample', node)
    switch (node['type']) {
      case REF.none:
        return node
      case REF.table:
        return this.#table(node, names)
      case REF.query: {
        const subquery = nodeIn(node, 'subquery')
        return {
          ...node,
          subquery: { ...subquery, node: this.query(nodeIn(subquery, 'node'), names) },
        }
      }
      case REF.join:
        return this.#join(node, names)
      default:
        throw this.#unsupported('source of rows', node)
    }
  }

  #table(node: SqlNode, names: ReadonlySet<string>): SqlNode {
    const name = textIn(node, 'table_name')
    const isQualified = textIn(node, 'schema_name') !== '' || textIn(node, 'catalog_name') !== ''
    if (isNode(node['at_clause'])) throw this.#unsupported('time travel in SQL', node)
    if (!isQualified && names.has(name.toLowerCase())) return node
    throw this.#fault('invalid', 'no such view', node, { view: name })
  }

  #join(node: SqlNode, names: ReadonlySet<string>): SqlNode {
    const isPlain = node['ref_type'] === 'REGULAR' || node['ref_type'] === 'CROSS'
    if (!isPlain || !JOIN_TYPES.has(textIn(node, 'join_type'))) {
      throw this.#unsupported('join of this form', node)
    }
    // The columns may differ in type, which only a written condition lets us see.
    if (textsIn(node, 'using_columns').length > 0) throw this.#unsupported('join with using', node)
    return {
      ...node,
      left: this.#from(nodeIn(node, 'left'), names),
      right: this.#from(nodeIn(node, 'right'), names),
      condition: this.#optional(node, 'condition', names),
    }
  }

  #optional(node: SqlNode, key: string, names: ReadonlySet<string>): SqlNode | null {
    const value = node[key]
    return isNode(value) ? this.#expression(value, names) : null
  }

  #expressions(node: SqlNode, key: string, names: ReadonlySet<string>): SqlNode[] {
    return nodesIn(node, key).map((child) => this.#expression(child, names))
  }

  #expression(node: SqlNode, names: ReadonlySet<string>): SqlNode {
    switch (node['class']) {
      case 'CONSTANT':
        return this.#constant(node)
      case 'COLUMN_REF':
        return this.#column(node)
      case 'STAR':
        return this.#star(node)
      case 'CONJUNCTION':
        return { ...node, children: this.#expressions(node, 'children', names) }
      case 'COMPARISON': {
        const [left, right] = this.#compared(
          node,
          [nodeIn(node, 'left'), nodeIn(node, 'right')],
          names,
        )
        return { ...node, left, right }
      }
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
        throw this.#unsupported(`expression of class ${textIn(node, 'class').toLowerCase()}`, node)
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
        if (!Number.isFinite(value['value'])) throw this.#unsupported('number of this size', node)
        return castNode(node, textNode(String(value['value'])), 'DOUBLE')
      default:
        throw this.#unsupported('number of this size', node)
    }
  }

  #column(node: SqlNode): SqlNode {
    const [name = '', ...others] = textsIn(node, 'column_names').map((part) => part.toLowerCase())
    const bare = BARE_FUNCTIONS.get(name)
    if (others.length > 0 || bare === undefined || this.#columns.has(name)) return node
    if (bare === null) throw this.#unsupported('function', node, { function: name })
    return this.#clock(node, bare)
  }

  #star(node: SqlNode): SqlNode {
    const lists = ['exclude_list', 'replace_list', 'rename_list', 'qualified_exclude_list']
    const isPlain = node['columns'] === false && !isNode(node['expr'])
    if (isPlain && lists.every((key) => isEmpty(node[key]))) return node
    throw this.#unsupported('star of this form', node)
  }

  #clock(node: SqlNode, kind: 'now' | 'today'): SqlNode {
    const { micros, date } = this.#scope.now
    return kind === 'now'
      ? castNode(node, textNode(`${formatTimestamp(micros)}+00`), TIMESTAMPTZ)
      : castNode(node, textNode(formatDate(date)), 'DATE')
  }

  /** Operands that are held against each other. */
  #compared(at: SqlNode, operands: readonly SqlNode[], names: ReadonlySet<string>): SqlNode[] {
    const translated = operands.map((operand) => this.#expression(operand, names))
    return this.#guardCompared(at, operands, translated)
  }

  /**
   * DuckDB reads a literal as the type of what it is compared with, and a column of text as a number when compared with
   * one. Both round where Spark does not.
   */
  #guardCompared(
    at: SqlNode,
    operands: readonly SqlNode[],
    translated: readonly SqlNode[],
  ): SqlNode[] {
    const texts = operands.map(textConstant)
    if (texts.every((text) => text !== null)) return [...translated]
    if (texts.some((text) => text !== null)) {
      if (isMixed(operands.slice(1))) throw this.#unsupported('text beside another type', at)
      return translated.map((operand, index) =>
        texts[index] === null
          ? texts.reduce((guarded, text) => this.#besideText(at, guarded, text), operand)
          : operand,
      )
    }
    return this.#alike(at, operands, translated)
  }

  #besideText(at: SqlNode, operand: SqlNode, text: string | null): SqlNode {
    if (text === null) return operand
    if (FRACTION.test(text)) return this.#guard('not_number', at, operand)
    return ODD_DATE.test(text) ? this.#guard('not_time', at, operand) : operand
  }

  /** All of them text, or none, and no float beside a decimal that it may not be able to hold. */
  #alike(at: SqlNode, operands: readonly SqlNode[], translated: readonly SqlNode[]): SqlNode[] {
    const constants = operands.filter((operand) => operand['class'] === 'CONSTANT')
    const macro = constants.length > 0 && constants.every(isSingle) ? 'alike_text' : 'alike'
    return this.#against(macro, at, operands, translated)
  }

  /** A constant tells its own type, so it is what the others are held against, and stays as it is. */
  #against(
    macro: string,
    at: SqlNode,
    operands: readonly SqlNode[],
    translated: readonly SqlNode[],
  ): SqlNode[] {
    const isFree = operands.map((operand) => operand['class'] === 'CONSTANT')
    const fixed = Math.max(0, isFree.indexOf(true))
    const other = translated[fixed]
    assert(other !== undefined, 'there are operands')
    return translated.map((operand, index) =>
      index === fixed || isFree[index] === true
        ? operand
        : this.#guard(macro, at, operand, [other]),
    )
  }

  #between(node: SqlNode, names: ReadonlySet<string>): SqlNode {
    const operands = [nodeIn(node, 'input'), nodeIn(node, 'lower'), nodeIn(node, 'upper')]
    const [input, lower, upper] = this.#compared(node, operands, names)
    return { ...node, input, lower, upper }
  }

  #operator(node: SqlNode, names: ReadonlySet<string>): SqlNode {
    const children = nodesIn(node, 'children')
    switch (node['type']) {
      case 'OPERATOR_NOT':
      case 'OPERATOR_IS_NULL':
      case 'OPERATOR_IS_NOT_NULL':
        return { ...node, children: this.#expressions(node, 'children', names) }
      case 'COMPARE_IN':
      case 'COMPARE_NOT_IN':
        return { ...node, children: this.#compared(node, children, names) }
      case 'OPERATOR_COALESCE':
        return { ...node, children: this.#branches(node, children, names) }
      case 'ARRAY_EXTRACT':
        // A number would be a position, which counts from another start.
        if (textConstant(children[1] ?? node) === null) throw this.#unsupported('subscript', node)
        return { ...node, children: this.#expressions(node, 'children', names) }
      default:
        throw this.#unsupported('operator', node)
    }
  }

  /** Expressions one of which gives the value: Spark makes all of them text when one is, DuckDB the other way round. */
  #branches(at: SqlNode, branches: readonly SqlNode[], names: ReadonlySet<string>): SqlNode[] {
    const translated = branches.map((branch) => this.#expression(branch, names))
    if (branches.length < 2) return translated
    const hasText = branches.some((branch) => textConstant(branch) !== null)
    if (!hasText) return this.#against('alike', at, branches, translated)
    return translated.map((branch, index) => {
      const original = branches[index] ?? branch
      const isFree = textConstant(original) !== null || isConstantOf(original, 'NULL')
      return isFree ? branch : this.#guard('only_text', at, branch)
    })
  }

  #case(node: SqlNode, names: ReadonlySet<string>): SqlNode {
    const checks = nodesIn(node, 'case_checks')
    const otherwise = nodeIn(node, 'else_expr')
    const results = [...checks.map((check) => nodeIn(check, 'then_expr')), otherwise]
    const translated = this.#branches(node, results, names)
    return {
      ...node,
      case_checks: checks.map((check, index) => ({
        when_expr: this.#expression(nodeIn(check, 'when_expr'), names),
        then_expr: translated[index],
      })),
      else_expr: translated.at(-1),
    }
  }

  #subquery(node: SqlNode, names: ReadonlySet<string>): SqlNode {
    const kind = textIn(node, 'subquery_type')
    if (kind !== 'SCALAR' && kind !== 'EXISTS' && kind !== 'NOT_EXISTS') {
      throw this.#unsupported('comparison with a subquery', node)
    }
    const subquery = nodeIn(node, 'subquery')
    return { ...node, subquery: { ...subquery, node: this.query(nodeIn(subquery, 'node'), names) } }
  }

  #window(node: SqlNode, names: ReadonlySet<string>): SqlNode {
    const type = textIn(node, 'type')
    const rule = AGGREGATES.get(textIn(node, 'function_name').toLowerCase())
    const isAggregate = type === 'WINDOW_AGGREGATE' && rule !== undefined
    if (!isAggregate && !WINDOW_FUNCTIONS.has(type)) throw this.#unknownFunction(node)
    // A default is of the type of the column in DuckDB, whatever its own.
    if (isNode(node['default_expr'])) throw this.#unsupported('default of a window function', node)
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

  #function(node: SqlNode, names: ReadonlySet<string>): SqlNode {
    const name = textIn(node, 'function_name')
    if (INTERVALS.has(name)) return this.#interval(node)
    const rule = functionRule(name)
    if (rule === undefined) throw this.#unknownFunction(node)
    const operands = nodesIn(node, 'children')
    const [least, most] = rule.arity
    if (operands.length < least || operands.length > most) {
      throw this.#unsupported('number of arguments', node, { function: name })
    }
    const children = operands.map((operand) => this.#expression(operand, names))
    if (rule.kind === 'aggregate') {
      return {
        ...node,
        children: this.#guardArguments(rule, node, children),
        filter: this.#optional(node, 'filter', names),
        order_bys: this.#noOrder(node),
      }
    }
    if (node['distinct'] === true || isNode(node['filter'])) {
      throw this.#unsupported('aggregate', node, { function: name })
    }
    this.#noOrder(node)
    if (rule.kind === 'same') return { ...node, children }
    if (rule.kind === 'macro') return callNode(node, MACRO_PREFIX + rule.macro, children)
    return this.#special(rule.kind, node, { operands, children })
  }

  #noOrder(node: SqlNode): SqlNode {
    const order = nodeIn(node, 'order_bys')
    if (nodesIn(order, 'orders').length > 0) throw this.#unsupported('ordered aggregate', node)
    return order
  }

  #guardArguments(rule: FunctionRule, at: SqlNode, children: readonly SqlNode[]): SqlNode[] {
    const { guard } = rule.kind === 'aggregate' ? rule : {}
    return children.map((child) => (guard === undefined ? child : this.#guard(guard, at, child)))
  }

  #special(kind: SpecialKind, node: SqlNode, { operands, children }: Arguments): SqlNode {
    const [first = node, second = node] = children
    const [firstOperand = node, secondOperand = node] = operands
    switch (kind) {
      case 'concat':
        return children
          .map((child) => this.#toText(node, child))
          .reduce((left, right) => operatorNode(node, '||', [left, right]))
      case 'divide':
        return this.#macro('divide', node, [first, second])
      case 'arithmetic':
        return this.#arithmetic(node, { operands, children })
      case 'plus-minus':
        return this.#plusMinus(node, { operands, children })
      case 'like':
        return this.#like(node, { operands, children })
      case 'coalesce':
        return this.#coalesce(node, { operands, children })
      case 'nullif':
        return { ...node, children: this.#guardCompared(node, operands, children) }
      case 'cast-timestamp':
        return this.#castTo(TIMESTAMPTZ, node, firstOperand, first)
      case 'cast-date':
        return this.#castTo('DATE', node, firstOperand, first)
      case 'date-trunc':
        return this.#dateTrunc(node, firstOperand, second)
      case 'date-part':
        return this.#datePart(node, firstOperand, second)
      case 'date-format':
        return this.#dateFormat(node, secondOperand, first)
      case 'now':
      case 'today':
        return this.#clock(node, kind)
      default:
        return unreachable(kind)
    }
  }

  #toText(at: SqlNode, child: SqlNode): SqlNode {
    return textConstant(child) === null ? this.#guard('text', at, child) : child
  }

  #arithmetic(node: SqlNode, { operands, children }: Arguments): SqlNode {
    return { ...node, children: this.#against('alike_float', node, operands, children) }
  }

  /** Days and months moved by a date stay a date in Spark, and become a timestamp in DuckDB. */
  #plusMinus(node: SqlNode, { operands, children }: Arguments): SqlNode {
    const sides = operands.map((operand) => INTERVALS.get(textIn(operand, 'function_name')))
    const side = sides.findIndex((kind) => kind !== undefined)
    if (side < 0) return this.#arithmetic(node, { operands, children })
    const isMinus = node['function_name'] === '-'
    const moved = children[1 - side]
    const interval = children[side]
    if (moved === undefined || interval === undefined || (isMinus && side === 0)) {
      throw this.#unsupported('arithmetic of intervals', node)
    }
    if (textConstant(moved) !== null) throw this.#unsupported('interval beside text', node)
    const verb = isMinus ? 'subtract' : 'add'
    return callNode(node, `${MACRO_PREFIX}${verb}_${sides[side]}`, [moved, interval])
  }

  /** An interval of a whole number, as the parser makes it. */
  #interval(node: SqlNode): SqlNode {
    const [child = node] = nodesIn(node, 'children')
    const constant = innermost(child)
    const text = textConstant(constant)
    const isWhole =
      text === null ? isConstantOf(constant, 'INTEGER') : /^\s*[+-]?\d+\s*$/.test(text)
    if (isWhole) return node
    throw this.#unsupported('interval of this form', node)
  }

  #like(node: SqlNode, { operands, children }: Arguments): SqlNode {
    const pattern = textConstant(operands[1] ?? node)
    if (pattern !== null && !pattern.includes('\\')) return { ...node, children }
    const name = node['function_name'] === '~~' ? 'like_escape' : 'not_like_escape'
    return callNode(node, name, [...children, textNode('\\')])
  }

  #coalesce(node: SqlNode, { operands, children }: Arguments): SqlNode {
    const [first, second] = operands
    assert(first !== undefined && second !== undefined, 'two arguments')
    const hasText = operands.some((operand) => textConstant(operand) !== null)
    const guarded = hasText
      ? children.map((child) =>
          textConstant(child) === null ? this.#guard('only_text', node, child) : child,
        )
      : this.#against('alike', node, operands, children)
    return {
      class: 'OPERATOR',
      type: 'OPERATOR_COALESCE',
      alias: textIn(node, 'alias'),
      query_location: node['query_location'],
      children: guarded,
    }
  }

  #dateTrunc(node: SqlNode, unit: SqlNode, child: SqlNode): SqlNode {
    const known = TRUNCATION_UNITS.get(textConstant(unit)?.toLowerCase() ?? '')
    if (known === undefined) throw this.#unsupported('unit of date_trunc', node)
    return callNode(node, `${MACRO_PREFIX}date_trunc`, [textNode(known), child])
  }

  #datePart(node: SqlNode, part: SqlNode, child: SqlNode): SqlNode {
    const known = textConstant(part)?.toLowerCase() ?? ''
    if (!DATE_PARTS.has(known)) throw this.#unsupported('part of a date', node)
    return callNode(node, MACRO_PREFIX + known, [child])
  }

  #dateFormat(node: SqlNode, pattern: SqlNode, child: SqlNode): SqlNode {
    const format = formatPattern(textConstant(pattern) ?? 'unknown')
    if (format === null) throw this.#unsupported('pattern of a date', node)
    return callNode(node, `${MACRO_PREFIX}date_format`, [child, textNode(format)])
  }

  #cast(node: SqlNode, names: ReadonlySet<string>): SqlNode {
    if (node['try_cast'] === true) throw this.#unsupported('try_cast', node)
    const type = nodeIn(node, 'cast_type')
    const operand = nodeIn(node, 'child')
    if (type['id'] === 'INTERVAL') return this.#intervalText(node, operand)
    const info = type['type_info']
    const name =
      type['id'] === 'UNBOUND' && isNode(info) ? textIn(info, 'name').toLowerCase() : type['id']
    const known = CAST_TYPES.get(String(name))
    if (known === undefined) throw this.#unsupported('type of a cast', node)
    const child = this.#expression(operand, names)
    if (known === 'DECIMAL') return { ...node, child: this.#guard('not_float', node, child) }
    return this.#castTo(known, node, operand, child)
  }

  #castTo(type: string, node: SqlNode, operand: SqlNode, child: SqlNode): SqlNode {
    switch (type) {
      case 'TINYINT':
      case 'SMALLINT':
      case 'INTEGER':
      case 'BIGINT':
        return this.#macro(type.toLowerCase(), node, [child])
      case 'VARCHAR':
        return this.#macro('text', node, [child])
      case 'BLOB':
        return callNode(node, `${MACRO_PREFIX}binary`, [child])
      case 'DATE':
      case 'TIMESTAMP':
      case TIMESTAMPTZ:
        return castNode(node, this.#dated(node, operand, child), type)
      default:
        return castNode(node, child, type)
    }
  }

  #dated(node: SqlNode, operand: SqlNode, child: SqlNode): SqlNode {
    const text = textConstant(operand)
    if (text === null) return this.#guard('dated', node, child)
    if (DATE_TEXT.test(text)) return child
    throw this.#fault('invalid', 'text is no date', operand)
  }

  #intervalText(node: SqlNode, operand: SqlNode): SqlNode {
    const text = textConstant(operand)
    const [, count, unit] = /^\s*([+-]?\d+)\s+([a-z]+?)s?\s*$/i.exec(text ?? '') ?? []
    const name = `to_${unit?.toLowerCase()}s`
    if (count === undefined || !INTERVALS.has(name))
      throw this.#unsupported('interval of this form', node)
    return callNode(node, name, [castNode(node, textNode(count), 'INTEGER')])
  }

  /** A macro around an operand that refuses it at the place of `at`, or gives it back. */
  #guard(macro: string, at: SqlNode, operand: SqlNode, others: readonly SqlNode[] = []): SqlNode {
    return { ...this.#macro(macro, at, [operand, ...others]), alias: '' }
  }

  /** A macro in place of a node, which may refuse what it is given. */
  #macro(macro: string, node: SqlNode, operands: readonly SqlNode[]): SqlNode {
    const place = integerNode(this.#offsetOf(node) ?? 0)
    return callNode(node, MACRO_PREFIX + macro, [...operands, place])
  }

  /** Of the node, or of the first below it: DuckDB keeps no place for some. */
  #offsetOf(node: SqlNode): number | undefined {
    for (const part of nodesBelow(node)) {
      const offset = this.#tree.offsets.get(part)
      if (offset !== undefined) return offset
    }
    return undefined
  }

  #unknownFunction(node: SqlNode): IcebergError {
    return this.#unsupported('function', node, { function: textIn(node, 'function_name') })
  }

  #unsupported(
    message: string,
    node: SqlNode,
    context: Readonly<Record<string, string>> = {},
  ): IcebergError {
    return this.#fault('unsupported', message, node, context)
  }

  #fault(
    kind: ErrorKind,
    message: string,
    node: SqlNode,
    context: Readonly<Record<string, string>> = {},
  ): IcebergError {
    const offset = this.#offsetOf(node)
    return new IcebergError(kind, message, {
      context: { ...context, ...(offset === undefined ? {} : { offset }) },
    })
  }
}

/** The arguments of a call, as they were and as they have become. */
interface Arguments {
  readonly operands: readonly SqlNode[]
  readonly children: readonly SqlNode[]
}

/** Whether constants of text stand among others: each makes DuckDB read the others in its way. */
function isMixed(operands: readonly SqlNode[]): boolean {
  const constants = operands.filter(
    (operand) => operand['class'] === 'CONSTANT' && !isConstantOf(operand, 'NULL'),
  )
  const texts = constants.filter((constant) => textConstant(constant) !== null)
  return texts.length > 0 && texts.length < constants.length
}

/** Whether a constant is the same as a float: then it does not matter in which type it is compared. */
function isSingle(node: SqlNode): boolean {
  const literal = literalOf(node)
  if (literal?.kind !== 'exact') return true
  const value = Number(literal.text)
  return Math.fround(value) === value
}

/** What the casts and the truncation around the number of an interval hold. */
function innermost(node: SqlNode): SqlNode {
  const child = node['class'] === 'CAST' ? nodeIn(node, 'child') : nodesIn(node, 'children')[0]
  return child === undefined ? node : innermost(child)
}

function isEmpty(value: unknown): boolean {
  return !Array.isArray(value) || value.length === 0
}

function lowerCased(names: Iterable<string>): ReadonlySet<string> {
  return new Set([...names].map((name) => name.toLowerCase()))
}
