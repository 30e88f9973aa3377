/**
 * A query of Spark's as a tree of DuckDB that means the same. What the two spell alike and mean differently is rewritten;
 * whatever is not known to be the same is refused with its place, so a wrong answer would have to be written down here.
 *
 * 1. Names are looked up as Spark does (spark-scope.ts), so that the type of every column is known.
 * 2. Every expression gets the type that it has in Spark, and its operands the casts that Spark puts around them
 *    (spark-expressions.ts); functions, operators and casts are on lists, and what is on none is refused.
 * 3. The clock is put in as a constant.
 */
import type { SessionTime } from './clock.ts'
import { Expressions } from './spark-expressions.ts'
import type { ExpressionContext } from './spark-expressions.ts'
import { Faults } from './spark-faults.ts'
import { Sources } from './spark-sources.ts'
import type { NamedRows } from './spark-sources.ts'
import { Scope } from './spark-scope.ts'
import { commonOf } from './spark-call.ts'
import { explodedItem } from './spark-generators.ts'
import type { SparkColumn } from './spark-types.ts'
import { asColumns } from './select-node.ts'
import type { TranslatedQuery } from './select-node.ts'
import { isNode, nodeIn, nodesIn, textIn, textsIn } from './syntax-tree.ts'
import type { ParsedQuery, SqlNode } from './syntax-tree.ts'

/** What a query may see. */
export interface DialectScope {
  /** Columns of the views, by the names of the views. */
  readonly views: ReadonlyMap<string, readonly SparkColumn[]>
  /** What the clock says. */
  readonly now: SessionTime
  /** What is added to the offsets that stand in the translated query, so that its session knows which text they are of. */
  readonly base: number
}

/** @throws IcebergError `unsupported` or `invalid` with the offset of what is refused */
export function translate(parsed: ParsedQuery, scope: DialectScope): TranslatedQuery {
  const views = [...scope.views].map(([name, columns]) => [name.toLowerCase(), columns] as const)
  return new Queries(parsed, scope).query(parsed.root, new Map(views), null)
}

class Queries {
  readonly #faults: Faults
  readonly #now: SessionTime
  readonly #depths: ParsedQuery['depths']

  constructor(parsed: ParsedQuery, { now, base }: DialectScope) {
    this.#faults = new Faults(parsed, base)
    this.#now = now
    this.#depths = parsed.depths
  }

  /**
   * @param names what can be read
   * @param outer the names of the queries around it
   */
  query(node: SqlNode, names: NamedRows, outer: Scope | null): TranslatedQuery {
    const inner = new Map(names)
    const map = nodesIn(nodeIn(node, 'cte_map'), 'map').map((cte) => this.#cte(cte, inner))
    const withCtes = { ...node, cte_map: { map } }
    switch (node['type']) {
      case 'SELECT_NODE':
        return this.#select(withCtes, inner, outer)
      case 'SET_OPERATION_NODE':
        return this.#setOperation(withCtes, inner, outer)
      default:
        throw this.#faults.unsupported(
          'a query of this form is refused: it is not known to mean the same here as in Spark, so write a select over views',
          node,
        )
    }
  }

  /** Adds it to the names. */
  #cte(cte: SqlNode, names: Map<string, readonly SparkColumn[]>): SqlNode {
    const value = nodeIn(cte, 'value')
    const query = nodeIn(value, 'query')
    const { node, columns } = this.query(nodeIn(query, 'node'), names, null)
    const aliases = textsIn(value, 'aliases')
    const named = columns.map((column, index) => ({
      ...column,
      name: aliases[index] ?? column.name,
    }))
    names.set(textIn(cte, 'key').toLowerCase(), named)
    return { ...cte, value: { ...value, query: { ...query, node } } }
  }

  #select(node: SqlNode, names: NamedRows, outer: Scope | null): TranslatedQuery {
    if (node['sample'] !== null)
      throw this.#faults.unsupported(
        'a sample is refused: it would not hold the rows that Spark takes, so select rows by a condition',
        node,
      )
    if (node['qualify'] !== null)
      throw this.#faults.unsupported(
        'qualify is refused: not every Spark has it, so filter around a subquery that has the window function',
        nodeIn(node, 'qualify'),
      )
    const context = this.#context(names)
    const sources = new Sources(context, names, (query, scope) => this.query(query, names, scope))
    const { node: from, relations } = sources.translate(nodeIn(node, 'from_table'), outer)
    const scope = new Scope(relations, outer)
    const { items, columns } = this.#items(node, context, scope)
    const read = new Expressions(context, scope)
    const grouped = new Expressions(context, scope.withOwn(columns, 'last'))
    const translated = {
      ...node,
      select_list: items,
      from_table: from,
      where_clause: read.optionalTruth(node, 'where_clause'),
      group_expressions: nodesIn(node, 'group_expressions').map(
        (each) => grouped.translate(each).node,
      ),
      having: grouped.optionalTruth(node, 'having'),
      modifiers: this.#modifiers(node, context, scope.withOwn(columns, 'first')),
    }
    return { node: translated, columns }
  }

  /** Later items may use the names of earlier ones, where no column that is read has them. */
  #items(
    node: SqlNode,
    context: ExpressionContext,
    scope: Scope,
  ): { readonly items: readonly SqlNode[]; readonly columns: readonly SparkColumn[] } {
    const items: SqlNode[] = []
    const columns: SparkColumn[] = []
    let generators = 0
    for (const item of nodesIn(node, 'select_list')) {
      if (item['class'] === 'STAR') {
        const star = this.#star(item, scope)
        items.push(...star.items)
        columns.push(...star.columns)
        continue
      }
      const expressions = new Expressions(context, scope.withOwn(columns, 'last'))
      const exploded = explodedItem(this.#faults, item, (child) => expressions.translate(child))
      generators += exploded === null ? 0 : 1
      if (generators > 1)
        throw this.#faults.unsupported(
          'two generators of rows in one select are refused: Spark allows one alone, so use lateral view',
          item,
        )
      const { node: translated, type } = exploded ?? expressions.translate(item)
      const name = nameOf(item)
      items.push(underOwnName(translated, name))
      columns.push({ name, type })
    }
    return { items, columns }
  }

  /** As it stands, but where a join has merged columns: Spark puts these first. */
  #star(
    node: SqlNode,
    scope: Scope,
  ): { readonly items: readonly SqlNode[]; readonly columns: readonly SparkColumn[] } {
    const lists = ['exclude_list', 'replace_list', 'rename_list', 'qualified_exclude_list']
    const isPlain = node['columns'] === false && !isNode(node['expr'])
    if (!isPlain || lists.some((key) => !isEmpty(node[key])))
      throw this.#faults.unsupported(
        'a star of this form is refused: it is not known to stand for the same columns as in Spark, so list the columns',
        node,
      )
    const qualifier = textIn(node, 'relation_name').toLowerCase()
    const relations =
      qualifier === ''
        ? scope.relations
        : scope.relations.filter((relation) => relation.qualifier === qualifier)
    if (relations.length === 0)
      throw this.#faults.invalid('no such view', node, { view: qualifier })
    const isMerged = relations.some(({ merged }) => merged !== undefined)
    if (isMerged && qualifier !== '')
      throw this.#faults.unsupported(
        'a star of this form is refused: it is not known to stand for the same columns as in Spark, so list the columns',
        node,
      )
    const shown = relations.flatMap((relation) =>
      relation.columns
        .filter((column) => relation.merged?.has(column.name.toLowerCase()) !== true)
        .map((column) => ({ relation, column })),
    )
    const columns = shown.map(({ column }) => column)
    if (!isMerged) return { items: [node], columns }
    const items = shown.map(({ relation, column }) => ({
      class: 'COLUMN_REF',
      type: 'COLUMN_REF',
      alias: '',
      query_location: node['query_location'],
      column_names: relation.qualifier === '' ? [column.name] : [relation.qualifier, column.name],
    }))
    return { items, columns }
  }

  #setOperation(node: SqlNode, names: NamedRows, outer: Scope | null): TranslatedQuery {
    if (!/^(?:UNION|EXCEPT|INTERSECT)$/.test(textIn(node, 'setop_type')))
      throw this.#faults.unsupported(
        'this set operation is refused: Spark has no such spelling, so use union, intersect or except',
        node,
      )
    const left = this.query(nodeIn(node, 'left'), names, outer)
    const right = this.query(nodeIn(node, 'right'), names, outer)
    if (left.columns.length !== right.columns.length)
      throw this.#faults.invalid('set operation of queries with other numbers of columns', node)
    const columns = left.columns.map(({ name, type }, index) => ({
      name,
      type: commonOf(this.#faults, node, type, right.columns[index]?.type ?? type),
    }))
    const scope = new Scope([{ qualifier: '', columns }])
    return {
      node: {
        ...node,
        left: asColumns(this.#faults, left, columns),
        right: asColumns(this.#faults, right, columns),
        modifiers: this.#modifiers(node, this.#context(names), scope),
      },
      columns,
    }
  }

  #modifiers(node: SqlNode, context: ExpressionContext, scope: Scope): SqlNode[] {
    const expressions = new Expressions(context, scope)
    return nodesIn(node, 'modifiers').map((modifier) => {
      switch (modifier['type']) {
        case 'ORDER_MODIFIER':
          return { ...modifier, orders: expressions.orders(modifier, 'orders') }
        case 'LIMIT_MODIFIER':
          return {
            ...modifier,
            limit: optional(expressions, modifier, 'limit'),
            offset: optional(expressions, modifier, 'offset'),
          }
        case 'DISTINCT_MODIFIER':
          if (nodesIn(modifier, 'distinct_on_targets').length === 0) return modifier
          throw this.#faults.unsupported(
            'distinct on is refused: Spark has no such spelling, so use row_number or the function drop_duplicates',
            modifier,
          )
        default:
          throw this.#faults.unsupported(
            'a limit of this form is refused: Spark has no such spelling, so limit to a number of rows',
            modifier,
          )
      }
    })
  }

  #context(names: NamedRows): ExpressionContext {
    return {
      faults: this.#faults,
      now: this.#now,
      depthOf: (node) => {
        const offset = this.#faults.ownOffsetOf(node)
        return offset === undefined ? undefined : this.#depths.get(offset)
      },
      subquery: (query, scope) => this.query(query, names, scope),
    }
  }
}

function optional(expressions: Expressions, node: SqlNode, key: string): SqlNode | null {
  const value = node[key]
  return isNode(value) ? expressions.translate(value).node : null
}

/** The name of an item; empty when it has none that could be said. */
function nameOf(item: SqlNode): string {
  const alias = textIn(item, 'alias')
  if (alias !== '') return alias
  return item['class'] === 'COLUMN_REF' ? (textsIn(item, 'column_names').at(-1) ?? '') : ''
}

/** An item under its own name: DuckDB would call a field of a struct by the function that takes it out. */
function underOwnName(item: SqlNode, name: string): SqlNode {
  const hasName = item['class'] === 'COLUMN_REF' || textIn(item, 'alias') !== ''
  return hasName || name === '' ? item : { ...item, alias: name }
}

function isEmpty(value: unknown): boolean {
  return !Array.isArray(value) || value.length === 0
}
