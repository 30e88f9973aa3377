/**
 * What Spark's functions, casts and operators mean, as macros of DuckDB. Their names begin with {@link MACRO_PREFIX}, so that
 * a query can never mean one by itself. Which one a call becomes is decided by the types of its arguments, before it runs;
 * what only values decide, a macro refuses with `error`, at the first row. Its last parameter `place` is for the message.
 */
import {
  DATE_SHAPE,
  DECIMAL_SHAPE,
  LOCAL_SHAPE,
  MOMENT_SHAPE,
  NUMBER_SHAPE,
  WHOLE_SHAPE,
} from './cast-shapes.ts'
import { macrosOf } from './function-table.ts'
import { COLLECTION_FUNCTIONS } from './functions-of-collections.ts'
import { NUMBER_FUNCTIONS } from './functions-of-numbers.ts'
import { TEXT_FUNCTIONS } from './functions-of-text.ts'
import { TIME_FUNCTIONS } from './functions-of-time.ts'
import { lenientCasts } from './lenient-casts.ts'
import { fail, refuse } from './refusal.ts'

export const MACRO_PREFIX = 'frazil_'

/** Statements that define the macros. */
export function macroStatements(): readonly string[] {
  const tables = [TEXT_FUNCTIONS, NUMBER_FUNCTIONS, TIME_FUNCTIONS, COLLECTION_FUNCTIONS]
  return [...MACROS, ...tables.flatMap(macrosOf)].map(
    ([signature, body]) => `CREATE MACRO ${MACRO_PREFIX}${signature} AS ${body}`,
  )
}

/** A text, or an error at the first that has another shape. */
function shaped(pattern: string, message: string): string {
  return `CASE WHEN regexp_full_match(x, '${pattern}') THEN x WHEN x IS NOT NULL THEN ${fail(message)} END`
}

/** Years that both write in four digits. */
const PLAIN_YEARS = `x >= '0001-01-01' AND x < '10000-01-01'`

const OF_CASTS: readonly (readonly [signature: string, body: string])[] = [
  ['whole(x, place)', 'trunc(x)'],
  // What rounds to no float is infinite, where DuckDB has an error.
  [
    'float_of_double(x, place)',
    `CASE WHEN isfinite(x) AND abs(x) >= 3.4028235677973366e38::DOUBLE THEN CASE WHEN x > 0 THEN 'inf'::DOUBLE ELSE '-inf'::DOUBLE END ELSE x END`,
  ],
  ['whole_text(x, place)', shaped(WHOLE_SHAPE, 'text is no whole number')],
  ['number_text(x, place)', shaped(NUMBER_SHAPE, 'text is no number')],
  // DuckDB rounds such a text once for each digit that it leaves out.
  [
    'decimal_text(x, place)',
    `CASE WHEN regexp_full_match(x, '${DECIMAL_SHAPE}') THEN x
      WHEN regexp_matches(x, '[0-9][eE]') THEN ${refuse('a decimal with an exponent is refused: it is not known to be rounded as in Spark, so cast the text to double before')}
      WHEN x IS NOT NULL THEN ${fail('text is no number')} END`,
  ],
  [
    'truth(x, place)',
    `CASE WHEN lower(trim(x)) IN ('t', 'true', 'y', 'yes', '1') THEN true
      WHEN lower(trim(x)) IN ('f', 'false', 'n', 'no', '0') THEN false
      WHEN x IS NOT NULL THEN ${fail('text is no truth value')} END`,
  ],
  // The part before the time.
  [
    'date_text(x, place)',
    `CASE WHEN regexp_full_match(x, '${DATE_SHAPE}')
      THEN regexp_extract(x, '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}') WHEN x IS NOT NULL THEN ${fail('text is no date')} END`,
  ],
  ['moment_text(x, place)', shaped(MOMENT_SHAPE, 'text is no timestamp')],
  ['local_text(x, place)', shaped(LOCAL_SHAPE, 'text is no timestamp')],
  [
    'text_of_date(x, place)',
    `CASE WHEN ${PLAIN_YEARS} THEN CAST(x AS VARCHAR) WHEN x IS NOT NULL THEN ${refuse('a year of other than four digits is refused: Spark spells it otherwise, so leave such values out before')} END`,
  ],
  [
    'text_of_moment(x, place)',
    `CASE WHEN ${PLAIN_YEARS} THEN CAST(CAST(x AS TIMESTAMP) AS VARCHAR)
      WHEN x IS NOT NULL THEN ${refuse('a year of other than four digits is refused: Spark spells it otherwise, so leave such values out before')} END`,
  ],
  ['text_of_bytes(x, place)', 'decode(x)'],
  ['bytes(x, place)', 'encode(x)'],
  ['is_not_zero(x, place)', 'x <> 0'],
  ['seconds(x, place)', '(epoch_us(x) - ((epoch_us(x) % 1000000) + 1000000) % 1000000) // 1000000'],
  ['seconds_towards_1970(x, place)', 'epoch_us(x) // 1000000'],
  ['from_seconds(x, place)', 'make_timestamptz(CAST(x AS BIGINT) * 1000000)'],
]

const DIVIDED_BY_ZERO = fail('division by zero')

/** An integer of 128 bits that is the digits of a decimal. */
const DIGITS = (x: string): string => `CAST(replace(CAST(${x} AS VARCHAR), '.', '') AS HUGEINT)`

const OF_OPERATORS: readonly (readonly [signature: string, body: string])[] = [
  [
    'quotient(x, y, place)',
    `CASE WHEN y = 0 AND x IS NOT NULL THEN ${DIVIDED_BY_ZERO} ELSE x / y END`,
  ],
  [
    'whole_quotient(x, y, place)',
    `CASE WHEN y = 0 AND x IS NOT NULL THEN ${DIVIDED_BY_ZERO} ELSE x // y END`,
  ],
  [
    'remainder(x, y, place)',
    `CASE WHEN y = 0 AND x IS NOT NULL THEN ${DIVIDED_BY_ZERO} ELSE x % y END`,
  ],
  // A quotient of digits, away from zero from the half on.
  [
    'rounded_quotient(n, d)',
    `(abs(n) * 2 + abs(d)) // (abs(d) * 2) * CASE WHEN (n < 0) <> (d < 0) THEN -1 ELSE 1 END`,
  ],
  [
    'decimal_quotient(x, y, power, place)',
    `CASE WHEN y = 0 AND x IS NOT NULL THEN ${DIVIDED_BY_ZERO}
      ELSE CAST(${MACRO_PREFIX}rounded_quotient(${DIGITS('x')} * power, ${DIGITS('y')}) AS DECIMAL(38, 0)) END`,
  ],
  [
    'decimal_mean(total, number, power)',
    `CASE WHEN number > 0 THEN CAST(${MACRO_PREFIX}rounded_quotient(${DIGITS('total')} * power, CAST(number AS HUGEINT)) AS DECIMAL(38, 0)) END`,
  ],
  // Of a float by its digits: what has none before the point goes by way of as many after it as there can be.
  [
    'rounded(x, rounded, rounded_part)',
    `CASE WHEN NOT isfinite(x) OR abs(x) >= 9007199254740992 THEN x WHEN abs(x) < 1e-20::DOUBLE THEN 0
      WHEN abs(x) < 1 THEN rounded_part ELSE rounded END`,
  ],
  [
    'at(x, i, place)',
    `CASE WHEN x IS NOT NULL AND (i < 0 OR i >= len(x)) THEN ${fail('index beyond an array')} ELSE list_extract(x, i + 1) END`,
  ],
  ['of_key(x, k)', 'x[k]'],
  [
    'position(x, v)',
    'CASE WHEN x IS NULL OR v IS NULL THEN NULL ELSE coalesce(list_position(x, v), 0) END',
  ],
  [
    'holds(x, v)',
    `CASE WHEN x IS NULL OR v IS NULL THEN NULL WHEN list_contains(x, v) THEN true
      WHEN len(x) > list_count(x) THEN NULL ELSE false END`,
  ],
  ['add_days(x, i)', 'CAST(x + i AS DATE)'],
  ['subtract_days(x, i)', 'CAST(x - i AS DATE)'],
  [
    'formatted(x, pattern, place)',
    `CASE WHEN x >= '1000-01-01' AND x < '10000-01-01' THEN strftime(x, pattern)
      WHEN x IS NOT NULL THEN ${refuse('a year of other than four digits is refused: Spark spells it otherwise, so leave such values out before')} END`,
  ],
  [
    'parsed(x, shape, pattern, place)',
    `CASE WHEN regexp_full_match(x, shape) THEN strptime(x, pattern) WHEN x IS NOT NULL THEN ${fail('text of another pattern')} END`,
  ],
  ['matches(x, pattern, place)', 'regexp_matches(x, pattern)'],
  [
    'matches_lines(x, pattern, place)',
    `CASE WHEN regexp_matches(x, '[\\n\\r\\x{85}\\x{2028}\\x{2029}]') THEN ${refuse('a text of several lines is refused here: Java may find the end of a text before their ends, so replace these before')}
      ELSE regexp_matches(x, pattern) END`,
  ],
]

const MACROS = [...OF_CASTS, ...lenientCasts(), ...OF_OPERATORS]
