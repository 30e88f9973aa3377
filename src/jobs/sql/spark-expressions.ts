/** Expressions: each with its type, and made of nothing but what is known to mean the same. */
import { assert } from '../../base/assert.ts'
import { clockNode } from './clock.ts'
import type { SessionTime } from './clock.ts'
import { asColumns } from './select-node.ts'
import type { TranslatedQuery } from './select-node.ts'
import { AGGREGATES, aggregateMaker, windowMaker } from './spark-aggregates.ts'
import { checkArity, commonOf, unify, unknownFunction } from './spark-call.ts'
import type { SparkCall, Translated } from './spark-call.ts'
import { castTo, namedType } from './spark-casts.ts'
import type { TypedNode } from './spark-expression.ts'
import type { Faults } from './spark-faults.ts'
import { translateCall } from './spark-functions.ts'
import { intervalNode, intervalOfText } from './spark-intervals.ts'
import { bindsAlike } from './spark-precedence.ts'
import type { Scope } from './spark-scope.ts'
import { field, subscript } from './spark-collections.ts'
import { coalesce } from './spark-specials.ts'
import { decimal, duckdbTypeNode, formatSparkType, isSameType } from './spark-types.ts'
import type { DecimalType, SparkType } from './spark-types.ts'
import { WINDOW_FUNCTIONS, checkFrame } from './spark-windows.ts'
import {
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
import type { SqlNode } from './syntax-tree.ts'

/** What expressions of one query have in common. */
export interface ExpressionContext {
  readonly faults: Faults
  readonly now: SessionTime
  /** How many brackets are open where a node stands. */
  readonly depthOf: (node: SqlNode) => number | undefined
  /** A query inside of an expression, which sees the names around it. */
  readonly subquery: (node: SqlNode, scope: Scope) => TranslatedQuery
}

const BOOLEAN: SparkType = { kind: 'boolean' }

/** Functions without brackets, where no column has the name; null for those that are not known here. */
const BARE_FUNCTIONS: ReadonlyMap<string, 'timestamp' | 'date' | null> = new Map([
  ['current_timestamp', 'timestamp'],
  ['current_date', 'date'],
  ['current_time', null],
  ['localtime', null],
  ['localtimestamp', null],
  ['current_user', null],
  ['session_user', null],
  ['user', null],
  ['current_catalog', null],
  ['current_schema', null],
])

export class Expressions {
  readonly #context: ExpressionContext
  readonly #faults: Faults
  readonly #scope: Scope

  constructor(context: ExpressionContext, scope: Scope) {
    this.#context = context
    this.#faults = context.faults
    this.#scope = scope
  }

  /** @throws IcebergError `unsupported` or `invalid` with the place of what is refused */
  translate(source: SqlNode): TypedNode {
    if (!bindsAlike(source, this.#context.depthOf)) {
      throw this.#faults.unsupported(
        'operators in this order are refused: Spark binds them otherwise, so set brackets',
        source,
      )
    }
    const { node, type } = this.#translated(source)
    return { node: { ...node, alias: textIn(source, 'alias') }, type, source }
  }

  /** A condition. */
  truth(source: SqlNode): SqlNode {
    return castTo(this.#faults, source, this.translate(source), BOOLEAN)
  }

  /** The condition under a key; null when there is none. */
  optionalTruth(node: SqlNode, key: string): SqlNode | null {
    const value = node[key]
    return isNode(value) ? this.truth(value) : null
  }

  orders(node: SqlNode, key: string): SqlNode[] {
    return nodesIn(node, key).map((order) => ({
      ...order,
      expression: this.translate(nodeIn(order, 'expression')).node,
    }))
  }

  #all(nodes: readonly SqlNode[]): TypedNode[] {
    return nodes.map((node) => this.translate(node))
  }

  #translated(node: SqlNode): Translated {
    switch (node['class']) {
      case 'CONSTANT':
        return this.#constant(node)
      case 'COLUMN_REF':
        return this.#column(node)
      case 'CONJUNCTION':
        return {
          node: { ...node, children: nodesIn(node, 'children').map((child) => this.truth(child)) },
          type: BOOLEAN,
        }
      case 'COMPARISON':
        return this.#comparison(node, ['left', 'right'])
      case 'BETWEEN':
        return this.#comparison(node, ['input', 'lower', 'upper'])
      case 'OPERATOR':
        return this.#operator(node)
      case 'FUNCTION':
        return this.#function(node)
      case 'CAST':
        return this.#cast(node)
      case 'CASE':
        return this.#case(node)
      case 'SUBQUERY':
        return this.#subquery(node)
      case 'WINDOW':
        return this.#window(node)
      default:
        throw this.#faults.unsupported(
          'this expression is refused: it is not known to mean the same here as in Spark, so write the query without it',
          node,
          { class: textIn(node, 'class').toLowerCase() },
        )
    }
  }

  #constant(node: SqlNode): Translated {
    const value = nodeIn(node, 'value')
    switch (typeIdOf(value)) {
      case 'NULL':
        return { node, type: { kind: 'void' } }
      case 'INTEGER':
        return { node, type: { kind: 'int' } }
      case 'BIGINT':
        return { node, type: { kind: 'long' } }
      case 'BOOLEAN':
        return { node, type: BOOLEAN }
      case 'VARCHAR':
        return { node, type: { kind: 'string' } }
      case 'DECIMAL': {
        const type = literalDecimal(value)
        return { node: castNode(node, node, duckdbTypeNode(type)), type }
      }
      case 'DOUBLE': {
        // DuckDB would spell it back as a decimal.
        const type: SparkType = { kind: 'double' }
        if (!Number.isFinite(value['value']))
          throw this.#faults.unsupported(
            'a number of this size is refused: Spark gives it another type, so cast it from a text',
            node,
          )
        return {
          node: castNode(node, textNode(String(value['value'])), duckdbTypeNode(type)),
          type,
        }
      }
      default:
        throw this.#faults.unsupported(
          'a number of this size is refused: Spark gives it another type, so cast it from a text',
          node,
        )
    }
  }

  #column(node: SqlNode): Translated {
    const names = textsIn(node, 'column_names')
    const found = this.#scope.find(names)
    if (found === 'ambiguous')
      throw this.#faults.invalid('name of two columns', node, { column: names.join('.') })
    if (found === 'none') return this.#bareFunction(node, names)
    const { column, nameCount } = found
    const own: TypedNode = {
      node: { ...node, alias: '', column_names: names.slice(0, nameCount) },
      type: column.type,
      source: node,
    }
    const path = names.slice(nameCount)
    const { node: value, type } = path.reduce<TypedNode>((outer, name) => {
      const inner = field(this.#call(node, '', []), outer, name)
      return { ...inner, source: node }
    }, own)
    return { node: value, type }
  }

  #bareFunction(node: SqlNode, names: readonly string[]): Translated {
    const [name = '', ...others] = names
    const kind = others.length === 0 ? BARE_FUNCTIONS.get(name.toLowerCase()) : undefined
    if (kind === null)
      throw this.#faults.unsupported(
        'this function is refused: it is not known to mean the same here as in Spark, so write the query without it',
        node,
        { function: name },
      )
    if (kind !== undefined)
      return { node: clockNode(node, this.#context.now, kind), type: { kind } }
    throw this.#faults.invalid('no such column', node, { column: names.join('.') })
  }

  #comparison(node: SqlNode, keys: readonly string[]): Translated {
    const operands = this.#all(keys.map((key) => nodeIn(node, key)))
    const nodes = this.#comparable(node, operands)
    const entries = keys.map((key, index) => [key, nodes[index]] as const)
    return { node: { ...node, ...Object.fromEntries(entries) }, type: BOOLEAN }
  }

  #comparable(node: SqlNode, operands: readonly TypedNode[]): readonly SqlNode[] {
    const { type, nodes } = unify(this.#faults, node, operands)
    if (type.kind !== 'map' && !type.kind.startsWith('interval')) return nodes
    throw this.#faults.unsupported(
      'comparing such values is refused: Spark has no order for them, so compare their parts',
      node,
      {
        type: formatSparkType(type),
      },
    )
  }

  #operator(node: SqlNode): Translated {
    const children = nodesIn(node, 'children')
    switch (node['type']) {
      case 'OPERATOR_NOT':
        return {
          node: { ...node, children: children.map((child) => this.truth(child)) },
          type: BOOLEAN,
        }
      case 'OPERATOR_IS_NULL':
      case 'OPERATOR_IS_NOT_NULL':
        return {
          node: { ...node, children: this.#all(children).map((child) => child.node) },
          type: BOOLEAN,
        }
      case 'COMPARE_IN':
      case 'COMPARE_NOT_IN':
        return {
          node: { ...node, children: this.#comparable(node, this.#all(children)) },
          type: BOOLEAN,
        }
      case 'OPERATOR_COALESCE':
        return coalesce(this.#call(node, 'coalesce', children))
      case 'ARRAY_EXTRACT':
        return subscript(this.#call(node, 'subscript', children))
      case 'STRUCT_EXTRACT': {
        const [value = node, name = node] = children
        return field(this.#call(node, 'field', []), this.translate(value), textConstant(name) ?? '')
      }
      default:
        throw this.#faults.unsupported(
          'this operator is refused: it is not known to mean the same here as in Spark, so write the query without it',
          node,
        )
    }
  }

  #case(node: SqlNode): Translated {
    const checks = nodesIn(node, 'case_checks')
    const results = this.#all([
      ...checks.map((check) => nodeIn(check, 'then_expr')),
      nodeIn(node, 'else_expr'),
    ])
    const { type, nodes } = unify(this.#faults, node, results)
    const cases = checks.map((check, index) => ({
      when_expr: this.truth(nodeIn(check, 'when_expr')),
      then_expr: nodes[index],
    }))
    return { node: { ...node, case_checks: cases, else_expr: nodes.at(-1) }, type }
  }

  #cast(node: SqlNode): Translated {
    const type = nodeIn(node, 'cast_type')
    if (type['id'] === 'INTERVAL') return intervalOfText(this.#faults, node)
    const target = namedType(type)
    if (target === null)
      throw this.#faults.unsupported(
        'a cast to this type is refused: it is no type of Spark that is known here, so cast to one such as bigint or string',
        node,
      )
    const child = nodeIn(node, 'child')
    const truth = textConstant(child)
    // It is how the parser spells TRUE and FALSE.
    const isTruth = target.kind === 'boolean' && (truth === 't' || truth === 'f')
    if (isTruth) return { node, type: target }
    const operand = this.translate(child)
    const misfit = node['try_cast'] === true ? 'null' : 'error'
    const value = castTo(this.#faults, node, operand, target, misfit)
    return { node: isSameType(operand.type, target) ? { ...value } : value, type: target }
  }

  #subquery(node: SqlNode): Translated {
    const query = nodeIn(node, 'subquery')
    const inner = this.#context.subquery(nodeIn(query, 'node'), this.#scope)
    const around = (translated: SqlNode): SqlNode => ({
      ...node,
      subquery: { ...query, node: translated },
    })
    const [column, second] = inner.columns
    const kind = textIn(node, 'subquery_type')
    if (kind === 'EXISTS' || kind === 'NOT_EXISTS')
      return { node: around(inner.node), type: BOOLEAN }
    if (column === undefined || second !== undefined)
      throw this.#faults.invalid('subquery of more than one column', node)
    if (kind === 'SCALAR') return { node: around(inner.node), type: column.type }
    if (kind !== 'ANY' || node['comparison_type'] !== 'COMPARE_EQUAL')
      throw this.#faults.unsupported(
        'comparing with a subquery this way is refused: Spark has no such spelling, so use in or exists',
        node,
      )
    const child = this.translate(nodeIn(node, 'child'))
    const type = commonOf(this.#faults, node, child.type, column.type)
    const list = asColumns(this.#faults, inner, [{ name: column.name, type }])
    const value = castTo(this.#faults, child.source, child, type)
    return { node: { ...around(list), child: value }, type: BOOLEAN }
  }

  #function(node: SqlNode): Translated {
    const name = textIn(node, 'function_name').toLowerCase()
    const interval = intervalNode(this.#faults, node, name)
    if (interval !== null) return interval
    this.#checkUnordered(node)
    const aggregate = AGGREGATES.get(name)
    const call = this.#call(node, name, nodesIn(node, 'children'))
    if (aggregate !== undefined) {
      const make = aggregateMaker(node, this.optionalTruth(node, 'filter'))
      return aggregate({ ...call, make })
    }
    if (node['distinct'] === true || isNode(node['filter'])) throw unknownFunction(call)
    return translateCall(call)
  }

  #checkUnordered(node: SqlNode): void {
    const orders = nodesIn(nodeIn(node, 'order_bys'), 'orders')
    if (orders.length > 0)
      throw this.#faults.unsupported(
        'an order within an aggregate is refused: Spark has no such spelling, so use min_by, max_by or row_number',
        node,
      )
  }

  #window(source: SqlNode): Translated {
    checkFrame(this.#faults, source)
    const name = textIn(source, 'function_name').toLowerCase()
    const node = {
      ...source,
      partitions: nodesIn(source, 'partitions').map((each) => this.translate(each).node),
      orders: this.orders(source, 'orders'),
      filter_expr: this.optionalTruth(source, 'filter_expr'),
    }
    const call = this.#call(node, name, nodesIn(source, 'children'))
    const aggregate = AGGREGATES.get(name)
    if (aggregate !== undefined && source['type'] === 'WINDOW_AGGREGATE') {
      return aggregate({ ...call, make: windowMaker(node) })
    }
    const rule = WINDOW_FUNCTIONS.get(textIn(source, 'type'))
    if (rule === undefined) throw unknownFunction(call)
    const [least, most] = rule.arity
    checkArity(call, least, most)
    return rule.type === 'SAME'
      ? this.#valueWindow(node, call)
      : this.#rankWindow(node, call, rule.type)
  }

  #rankWindow(node: SqlNode, call: SparkCall, type: SparkType): Translated {
    const ranked = { ...node, children: call.args.map((argument) => argument.node) }
    return { node: castNode(node, ranked, duckdbTypeNode(type)), type }
  }

  /** A value of another row, or a default. */
  #valueWindow(node: SqlNode, call: SparkCall): Translated {
    const [value] = call.args
    if (value === undefined) throw unknownFunction(call)
    const [offset, otherwise] = ['offset_expr', 'default_expr'].map((key) => {
      const given = node[key]
      return isNode(given) ? this.translate(given) : null
    })
    const { type } = value
    const fallback = otherwise ? castTo(this.#faults, otherwise.source, otherwise, type) : null
    const children = [value.node, ...call.args.slice(1).map((argument) => argument.node)]
    const offsets = { offset_expr: offset?.node ?? null, default_expr: fallback }
    return { node: { ...node, children, ...offsets }, type }
  }

  #call(node: SqlNode, name: string, args: readonly SqlNode[]): SparkCall {
    const { faults, now } = this.#context
    return { name, node, args: this.#all(args), faults, now }
  }
}

/** As many digits as there are, where DuckDB counts a zero before the point. */
function literalDecimal(value: SqlNode): DecimalType {
  const scale = Number(nodeIn(nodeIn(value, 'type'), 'type_info')['scale'])
  const digits = wholeNumber(value['value']).toString().replace('-', '').length
  return decimal(Math.max(digits, scale), scale)
}

/** Up to 128 bits, in two parts where 64 do not hold it. */
function wholeNumber(value: unknown): bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return BigInt(value)
  assert(isNode(value), 'a decimal is a whole number')
  const [upper, lower] = [value['upper'], value['lower']].map(wholeNumber)
  return ((upper ?? 0n) << 64n) + (lower ?? 0n)
}
