/** What a query reads from: views, queries and joins, and the names that they give to its columns. */
import { commonOf } from './spark-call.ts'
import type { TranslatedQuery } from './select-node.ts'
import { Expressions } from './spark-expressions.ts'
import type { ExpressionContext } from './spark-expressions.ts'
import { generated } from './spark-generators.ts'
import { Scope } from './spark-scope.ts'
import type { Relation } from './spark-scope.ts'
import { isSameType } from './spark-types.ts'
import type { SparkColumn } from './spark-types.ts'
import { isNode, nodeIn, nodesIn, textIn, textNode, textsIn, castNode } from './syntax-tree.ts'
import type { SqlNode } from './syntax-tree.ts'

/** Columns of what can be read, by name in lower case. */
export type NamedRows = ReadonlyMap<string, readonly SparkColumn[]>

interface Source {
  readonly node: SqlNode
  readonly relations: readonly Relation[]
}

const JOIN_TYPES: ReadonlySet<string> = new Set([
  'INNER',
  'LEFT',
  'RIGHT',
  'FULL',
  'OUTER',
  'SEMI',
  'ANTI',
])

export class Sources {
  readonly #context: ExpressionContext
  readonly #names: NamedRows
  readonly #query: (node: SqlNode, outer: Scope | null) => TranslatedQuery

  constructor(
    context: ExpressionContext,
    names: NamedRows,
    query: (node: SqlNode, outer: Scope | null) => TranslatedQuery,
  ) {
    this.#context = context
    this.#names = names
    this.#query = query
  }

  /** @throws IcebergError `unsupported` or `invalid` with the place of what is refused */
  translate(node: SqlNode, outer: Scope | null): Source {
    const { faults } = this.#context
    if (node['sample'] !== null)
      throw faults.unsupported(
        'a sample is refused: it would not hold the rows that Spark takes, so select rows by a condition',
        node,
      )
    switch (node['type']) {
      case 'EMPTY':
        return { node, relations: [] }
      case 'BASE_TABLE':
        return this.#table(node)
      case 'SUBQUERY':
        return this.#nested(node, outer)
      case 'JOIN':
        return this.#join(node, outer)
      default:
        throw faults.unsupported(
          'this source of rows is refused: a query reads nothing but views of its job, so name one of these',
          node,
        )
    }
  }

  #table(node: SqlNode): Source {
    const { faults } = this.#context
    const name = textIn(node, 'table_name')
    const isQualified = textIn(node, 'schema_name') !== '' || textIn(node, 'catalog_name') !== ''
    if (isNode(node['at_clause']))
      throw faults.unsupported(
        'time travel in SQL is refused: an input is read at one version, so select it in the options of the input',
        node,
      )
    const columns = isQualified ? undefined : this.#names.get(name.toLowerCase())
    if (columns === undefined) throw faults.invalid('no such view', node, { view: name })
    return { node, relations: [named(node, columns, name)] }
  }

  #nested(node: SqlNode, outer: Scope | null): Source {
    const subquery = nodeIn(node, 'subquery')
    const query = this.#query(nodeIn(subquery, 'node'), outer)
    return {
      node: { ...node, subquery: { ...subquery, node: query.node } },
      relations: [named(node, query.columns, '')],
    }
  }

  #join(node: SqlNode, outer: Scope | null): Source {
    const { faults } = this.#context
    const isPlain = node['ref_type'] === 'REGULAR' || node['ref_type'] === 'CROSS'
    const type = textIn(node, 'join_type')
    if (!isPlain || !JOIN_TYPES.has(type))
      throw faults.unsupported(
        'a join of this form is refused: it is not known to give the same rows as in Spark, so join on a condition',
        node,
      )
    const left = this.translate(nodeIn(node, 'left'), outer)
    const right =
      this.#lateralView(nodeIn(node, 'right'), new Scope(left.relations, outer)) ??
      this.translate(nodeIn(node, 'right'), outer)
    const both = [...left.relations, ...right.relations]
    const condition = new Expressions(this.#context, new Scope(both, outer))
    const joined = {
      ...node,
      left: left.node,
      right: right.node,
      condition: condition.optionalTruth(node, 'condition'),
    }
    const isFilter = type === 'SEMI' || type === 'ANTI'
    const using = textsIn(node, 'using_columns')
    if (using.length > 0) this.#checkUsing(node, using, left, right)
    if (isFilter) return { node: joined, relations: left.relations }
    const relations = using.length > 0 ? merged(using, left, right) : both
    return { node: 'isOuter' in right && right.isOuter ? leftJoin(joined) : joined, relations }
  }

  /** Both sides must have such a column, of one type. */
  #checkUsing(node: SqlNode, using: readonly string[], left: Source, right: Source): void {
    const { faults } = this.#context
    for (const name of using) {
      const [first, second] = [left, right].map(({ relations }) =>
        new Scope(relations).find([name]),
      )
      if (
        first === undefined ||
        second === undefined ||
        typeof first === 'string' ||
        typeof second === 'string'
      )
        throw faults.invalid('join using a column that is not on both sides', node, {
          column: name,
        })
      const types = [first.column.type, second.column.type] as const
      if (!isSameType(commonOf(faults, node, ...types), types[0]) || !isSameType(...types))
        throw faults.unsupported(
          'joining using columns of two types is refused: the type of the result is not known to be that of Spark, so cast one before',
          node,
          { column: name },
        )
    }
  }

  /** A generator beside the rows that it reads; null for anything else. */
  #lateralView(node: SqlNode, left: Scope): (Source & { readonly isOuter: boolean }) | null {
    if (node['type'] !== 'SUBQUERY') return null
    const subquery = nodeIn(node, 'subquery')
    const select = nodeIn(subquery, 'node')
    const [item, second] = nodesIn(select, 'select_list')
    const isLone = item !== undefined && second === undefined
    if (!isLone || nodeIn(select, 'from_table')['type'] !== 'EMPTY') return null
    const expressions = new Expressions(this.#context, left)
    const found = generated(this.#context.faults, item, (child) => expressions.translate(child))
    if (found === null) return null
    const { columns, isOuter } = found
    const inner = {
      ...select,
      select_list: columns.map((column) => ({ ...column.node, alias: column.name })),
    }
    return {
      node: { ...node, subquery: { ...subquery, node: inner } },
      relations: [named(node, columns, '')],
      isOuter,
    }
  }
}

function named(node: SqlNode, columns: readonly SparkColumn[], name: string): Relation {
  const aliases = textsIn(node, 'column_name_alias')
  return {
    qualifier: (textIn(node, 'alias') || name).toLowerCase(),
    columns: columns.map((column, index) => ({
      name: aliases[index] ?? column.name,
      type: column.type,
    })),
  }
}

/** The merged columns come first, and are found by themselves; those of the sides need their qualifier. */
function merged(using: readonly string[], left: Source, right: Source): Relation[] {
  const names = new Set(using.map((name) => name.toLowerCase()))
  const columns = using.flatMap((name) => {
    const found = new Scope(left.relations).find([name])
    return typeof found === 'string' ? [] : [found.column]
  })
  const sides = [...left.relations, ...right.relations].map((relation) => ({
    ...relation,
    merged: new Set([...(relation.merged ?? []), ...names]),
  }))
  return [{ qualifier: '', columns }, ...sides]
}

/** A generator that gives a row of nulls where it has none. */
function leftJoin(node: SqlNode): SqlNode {
  const always = castNode(node, textNode('t'), { id: 'BOOLEAN', type_info: null })
  return { ...node, join_type: 'LEFT', ref_type: 'REGULAR', condition: always }
}
