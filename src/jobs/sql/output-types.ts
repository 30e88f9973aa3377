/** What a query puts out must be what it would be in Spark: names that were given, and the types that Spark gives. */
import duckdb from '@duckdb/node-api'
import type { DuckDBPreparedStatement, DuckDBType } from '@duckdb/node-api'
import { IcebergError } from '../../base/errors.ts'
import { columnsOfStatement } from './duckdb-types.ts'
import { decimal, formatSparkType } from './spark-types.ts'
import type { SparkColumn, SparkType } from './spark-types.ts'
import { nodeIn, nodesIn } from './syntax-tree.ts'
import type { SqlNode } from './syntax-tree.ts'

/**
 * @param root a query as it was written
 * @throws IcebergError `invalid` for an expression without a name
 */
export function checkItems(root: SqlNode): void {
  if (root['type'] === 'SET_OPERATION_NODE') return checkItems(nodeIn(root, 'left'))
  for (const item of nodesIn(root, 'select_list')) {
    const isNamed =
      item['class'] === 'COLUMN_REF' || item['class'] === 'STAR' || item['alias'] !== ''
    if (!isNamed) throw new IcebergError('invalid', 'expression without a name: say which with AS')
  }
}

/** @throws IcebergError `unsupported` for a null without a type, which no table could hold */
export function checkColumns(columns: readonly SparkColumn[]): void {
  const untyped = columns.find(({ type }) => formatSparkType(type).includes('void'))
  if (untyped === undefined) return
  throw new IcebergError(
    'unsupported',
    'null without a cast is refused: a column has no type by it, so cast it',
    {
      context: { column: untyped.name },
    },
  )
}

/**
 * DuckDB's types must be those that stand for the ones worked out here: a difference would be a fault of ours.
 *
 * @throws IcebergError `internal` naming the column
 */
export function checkTypes(
  statement: DuckDBPreparedStatement,
  columns: readonly SparkColumn[],
): void {
  for (const [index, { name, type }] of columnsOfStatement(statement).entries()) {
    const actual = formatSparkType(sparkTypeOfDuckDB(type))
    const expected = formatSparkType(columns[index]?.type ?? { kind: 'void' })
    // DuckDB gives a null a type where it has none.
    if (actual === expected || expected.includes('void')) continue
    throw new IcebergError('internal', 'column of another type than it has in Spark', {
      context: { column: name, expected, actual },
    })
  }
}

export function sparkColumnsOf(statement: DuckDBPreparedStatement): SparkColumn[] {
  return columnsOfStatement(statement).map(({ name, type }) => ({
    name,
    type: sparkTypeOfDuckDB(type),
  }))
}

function sparkTypeOfDuckDB(type: DuckDBType): SparkType {
  const ids = duckdb.DuckDBTypeId
  switch (type.typeId) {
    case ids.BOOLEAN:
      return { kind: 'boolean' }
    case ids.TINYINT:
      return { kind: 'byte' }
    case ids.SMALLINT:
      return { kind: 'short' }
    case ids.INTEGER:
      return { kind: 'int' }
    // Sums of our own definitions are made long where they are read.
    case ids.BIGINT:
    case ids.HUGEINT:
      return { kind: 'long' }
    case ids.FLOAT:
      return { kind: 'float' }
    case ids.DOUBLE:
      return { kind: 'double' }
    case ids.DECIMAL:
      return decimal(type.width, type.scale)
    case ids.DATE:
      return { kind: 'date' }
    case ids.TIME:
      return { kind: 'time' }
    case ids.TIMESTAMP:
      return { kind: 'timestamp_ntz' }
    case ids.TIMESTAMP_NS:
      return { kind: 'timestamp_ns' }
    case ids.TIMESTAMP_TZ:
      return { kind: 'timestamp' }
    case ids.VARCHAR:
      return { kind: 'string' }
    case ids.UUID:
      return { kind: 'uuid' }
    case ids.BLOB:
      return { kind: 'binary' }
    case ids.STRUCT: {
      const fields = type.entryTypes.map((entry, index) => ({
        name: type.entryNames[index] ?? '',
        type: sparkTypeOfDuckDB(entry),
      }))
      return { kind: 'struct', fields }
    }
    case ids.LIST:
      return { kind: 'array', element: sparkTypeOfDuckDB(type.valueType) }
    case ids.MAP:
      return {
        kind: 'map',
        key: sparkTypeOfDuckDB(type.keyType),
        value: sparkTypeOfDuckDB(type.valueType),
      }
    default:
      return { kind: 'void' }
  }
}
