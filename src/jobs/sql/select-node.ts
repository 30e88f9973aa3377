import { castTo } from './spark-casts.ts'
import type { Faults } from './spark-faults.ts'
import { isSameType } from './spark-types.ts'
import type { SparkColumn } from './spark-types.ts'
import type { SqlNode } from './syntax-tree.ts'

/** A query that has been translated, and its columns. */
export interface TranslatedQuery {
  readonly node: SqlNode
  readonly columns: readonly SparkColumn[]
}

/** The rows of a query as columns of other types and names. @throws IcebergError as {@link castTo} does */
export function asColumns(
  faults: Faults,
  { node, columns }: TranslatedQuery,
  wanted: readonly SparkColumn[],
): SqlNode {
  const isSame = columns.every(({ type }, index) => isSameType(type, wanted[index]?.type ?? type))
  if (isSame) return node
  return selectFrom(
    node,
    columns.map(({ name, type }, index) => (column) => {
      const target = wanted[index] ?? { name, type }
      const value = castTo(faults, node, { node: column, type, source: column }, target.type)
      return { ...value, alias: target.name }
    }),
  )
}

/** A `SELECT` over another query, whose columns are taken one by one. */
function selectFrom(query: SqlNode, items: readonly ((column: SqlNode) => SqlNode)[]): SqlNode {
  const names = items.map((_item, index) => `column ${index}`)
  return {
    ...EMPTY_SELECT,
    select_list: items.map((item, index) =>
      item({
        class: 'COLUMN_REF',
        type: 'COLUMN_REF',
        alias: '',
        query_location: 0,
        column_names: [names[index]],
      }),
    ),
    from_table: {
      type: 'SUBQUERY',
      alias: 'query',
      sample: null,
      query_location: 0,
      subquery: { node: query, named_param_map: [] },
      column_name_alias: names,
    },
  }
}

const EMPTY_SELECT: SqlNode = {
  type: 'SELECT_NODE',
  modifiers: [],
  cte_map: { map: [] },
  select_list: [],
  from_table: null,
  where_clause: null,
  group_expressions: [],
  group_sets: [],
  aggregate_handling: 'STANDARD_HANDLING',
  having: null,
  sample: null,
  qualify: null,
}
