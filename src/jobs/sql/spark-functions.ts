/** The functions of Spark that are known here, and what each becomes. A name that is not listed is refused. */

/** How a call is carried over. */
export type FunctionRule =
  /** DuckDB's function of the same name means the same. */
  | { readonly kind: 'same'; readonly arity: Arity }
  /** An aggregate that means the same, but for values that the macro refuses. */
  | { readonly kind: 'aggregate'; readonly arity: Arity; readonly guard?: string }
  /** The macro of that name. */
  | { readonly kind: 'macro'; readonly arity: Arity; readonly macro: string }
  /** Written out by hand where the tree is translated. */
  | { readonly kind: SpecialKind; readonly arity: Arity }

export type SpecialKind =
  | 'concat'
  | 'divide'
  | 'arithmetic'
  | 'plus-minus'
  | 'like'
  | 'coalesce'
  | 'nullif'
  | 'cast-timestamp'
  | 'cast-date'
  | 'date-trunc'
  | 'date-part'
  | 'date-format'
  | 'now'
  | 'today'

/** Fewest and most arguments. */
type Arity = readonly [least: number, most: number]

/** Whether these are aggregates, which may be windows and take `DISTINCT` and `FILTER`. */
export const AGGREGATES: ReadonlyMap<string, FunctionRule> = new Map<string, FunctionRule>([
  ['count', { kind: 'aggregate', arity: [1, 1] }],
  ['count_star', { kind: 'aggregate', arity: [0, 0] }],
  ['min', { kind: 'aggregate', arity: [1, 1] }],
  ['max', { kind: 'aggregate', arity: [1, 1] }],
  ['sum', { kind: 'aggregate', arity: [1, 1] }],
  ['avg', { kind: 'aggregate', arity: [1, 1], guard: 'not_decimal' }],
])

/** Functions that are only windows, by the type of their node. */
export const WINDOW_FUNCTIONS: ReadonlySet<string> = new Set([
  'WINDOW_ROW_NUMBER',
  'WINDOW_RANK',
  'WINDOW_RANK_DENSE',
  'WINDOW_LAG',
  'WINDOW_LEAD',
  'WINDOW_FIRST_VALUE',
  'WINDOW_LAST_VALUE',
])

const FUNCTIONS: ReadonlyMap<string, FunctionRule> = new Map<string, FunctionRule>([
  ['*', { kind: 'arithmetic', arity: [2, 2] }],
  ['%', { kind: 'arithmetic', arity: [2, 2] }],
  ['+', { kind: 'plus-minus', arity: [1, 2] }],
  ['-', { kind: 'plus-minus', arity: [1, 2] }],
  ['/', { kind: 'divide', arity: [2, 2] }],
  ['||', { kind: 'concat', arity: [2, 2] }],
  ['~~', { kind: 'like', arity: [2, 2] }],
  ['!~~', { kind: 'like', arity: [2, 2] }],
  ['abs', { kind: 'same', arity: [1, 1] }],
  ['concat', { kind: 'concat', arity: [1, Infinity] }],
  ['nvl', { kind: 'coalesce', arity: [2, 2] }],
  ['ifnull', { kind: 'coalesce', arity: [2, 2] }],
  ['nullif', { kind: 'nullif', arity: [2, 2] }],
  ['isnan', { kind: 'macro', arity: [1, 1], macro: 'isnan' }],
  ['log', { kind: 'macro', arity: [1, 1], macro: 'log' }],
  ['ln', { kind: 'macro', arity: [1, 1], macro: 'log' }],
  ['length', { kind: 'macro', arity: [1, 1], macro: 'length' }],
  ['char_length', { kind: 'macro', arity: [1, 1], macro: 'length' }],
  ['trim', { kind: 'macro', arity: [1, 1], macro: 'trim' }],
  ['ltrim', { kind: 'macro', arity: [1, 1], macro: 'ltrim' }],
  ['rtrim', { kind: 'macro', arity: [1, 1], macro: 'rtrim' }],
  ['substring', { kind: 'macro', arity: [2, 3], macro: 'substring' }],
  ['substr', { kind: 'macro', arity: [2, 3], macro: 'substring' }],
  ['year', { kind: 'macro', arity: [1, 1], macro: 'year' }],
  ['quarter', { kind: 'macro', arity: [1, 1], macro: 'quarter' }],
  ['month', { kind: 'macro', arity: [1, 1], macro: 'month' }],
  ['day', { kind: 'macro', arity: [1, 1], macro: 'day' }],
  ['dayofmonth', { kind: 'macro', arity: [1, 1], macro: 'day' }],
  ['dayofyear', { kind: 'macro', arity: [1, 1], macro: 'dayofyear' }],
  ['dayofweek', { kind: 'macro', arity: [1, 1], macro: 'dayofweek' }],
  ['hour', { kind: 'macro', arity: [1, 1], macro: 'hour' }],
  ['minute', { kind: 'macro', arity: [1, 1], macro: 'minute' }],
  ['second', { kind: 'macro', arity: [1, 1], macro: 'second' }],
  ['date_part', { kind: 'date-part', arity: [2, 2] }],
  ['date_trunc', { kind: 'date-trunc', arity: [2, 2] }],
  ['date_format', { kind: 'date-format', arity: [2, 2] }],
  ['date_add', { kind: 'macro', arity: [2, 2], macro: 'date_add' }],
  ['date_sub', { kind: 'macro', arity: [2, 2], macro: 'date_sub' }],
  ['datediff', { kind: 'macro', arity: [2, 2], macro: 'datediff' }],
  ['add_months', { kind: 'macro', arity: [2, 2], macro: 'add_months' }],
  ['to_timestamp', { kind: 'cast-timestamp', arity: [1, 1] }],
  ['to_date', { kind: 'cast-date', arity: [1, 1] }],
  ['now', { kind: 'now', arity: [0, 0] }],
  ['current_timestamp', { kind: 'now', arity: [0, 0] }],
  ['get_current_timestamp', { kind: 'now', arity: [0, 0] }],
  ['current_date', { kind: 'today', arity: [0, 0] }],
])

/** The rule for a call; undefined when the function is not known. Names are found without case. */
export function functionRule(name: string): FunctionRule | undefined {
  const folded = name.toLowerCase()
  return AGGREGATES.get(folded) ?? FUNCTIONS.get(folded)
}

/** Every unit that `date_trunc` of Spark knows, as DuckDB spells it. */
export const TRUNCATION_UNITS: ReadonlyMap<string, string> = new Map([
  ['year', 'year'],
  ['yyyy', 'year'],
  ['yy', 'year'],
  ['quarter', 'quarter'],
  ['month', 'month'],
  ['mon', 'month'],
  ['mm', 'month'],
  ['week', 'week'],
  ['day', 'day'],
  ['dd', 'day'],
  ['hour', 'hour'],
  ['minute', 'minute'],
  ['second', 'second'],
  ['millisecond', 'millisecond'],
  ['microsecond', 'microsecond'],
])

/** The parts of `extract` that are macros of their own. */
export const DATE_PARTS: ReadonlySet<string> = new Set([
  'year',
  'quarter',
  'month',
  'day',
  'hour',
  'minute',
])

/** Names that are functions without brackets, when no view has such a column. */
export const BARE_FUNCTIONS: ReadonlyMap<string, 'now' | 'today' | null> = new Map([
  ['current_timestamp', 'now'],
  ['current_date', 'today'],
  ['current_time', null],
  ['localtime', null],
  ['localtimestamp', null],
  ['current_user', null],
  ['session_user', null],
  ['user', null],
  ['current_role', null],
  ['current_catalog', null],
  ['current_schema', null],
])
