/** Spark's functions of arrays and maps. */
import { fail } from './refusal.ts'
import type { FunctionRow } from './function-table.ts'
import type { SparkType } from './spark-types.ts'

const VOID: SparkType = { kind: 'void' }

function elementOf([type]: readonly SparkType[]): SparkType {
  return type?.kind === 'array' ? type.element : VOID
}

function keysOf([type]: readonly SparkType[]): SparkType {
  return { kind: 'array', element: type?.kind === 'map' ? type.key : VOID }
}

function valuesOf([type]: readonly SparkType[]): SparkType {
  return { kind: 'array', element: type?.kind === 'map' ? type.value : VOID }
}

export const COLLECTION_FUNCTIONS: readonly FunctionRow[] = [
  ['size cardinality array_size', ['ARRAY'], 'int', 'len(a)'],
  ['size cardinality', ['MAP'], 'int', 'len(map_keys(a))'],
  ['map_keys', ['MAP'], keysOf, 'map_keys(a)'],
  ['map_values', ['MAP'], valuesOf, 'map_values(a)'],
  ['array_max', ['ARRAY'], elementOf, 'list_max(a)'],
  ['array_min', ['ARRAY'], elementOf, 'list_min(a)'],
  ['sort_array', ['ARRAY'], 'SAME', `list_sort(a, 'ASC', 'NULLS FIRST')`],
  // From 1, or from the end; what is beyond it is an error.
  [
    'element_at',
    ['ARRAY', 'int'],
    elementOf,
    `CASE WHEN a IS NOT NULL AND (b = 0 OR abs(b) > len(a)) THEN ${fail('index beyond an array')} ELSE list_extract(a, b) END`,
  ],
  ['get', ['ARRAY', 'int'], elementOf, 'CASE WHEN b >= 0 THEN list_extract(a, b + 1) END'],
  [
    'array_join',
    ['ARRAY', 'string'],
    'string',
    `CASE WHEN len(list_filter(a, lambda x: x IS NOT NULL)) = 0 THEN substring(b, 1, 0)
      ELSE array_to_string(list_filter(a, lambda x: x IS NOT NULL), b) END`,
  ],
]
