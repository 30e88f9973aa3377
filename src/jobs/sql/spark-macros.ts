/**
 * What Spark's functions, casts and operators mean, as macros of DuckDB. Their names begin with {@link MACRO_PREFIX}, so that
 * a query can never mean one by itself.
 *
 * Types are only known to DuckDB, so a macro that must not be used on some asks `typeof`, which costs nothing: it is a
 * constant once the query is bound. What it refuses it refuses with `error`, at the first row. Its last parameter `place`
 * is the offset in the text, for the message.
 */

export const MACRO_PREFIX = 'frazil_'

/** How {@link refuse} spells a message and a place, so that they are found again in what DuckDB says. */
export const REFUSAL: RegExp = /frazil:(\d+):([^"\n]*)/

/** Statements that define the macros. */
export function macroStatements(): readonly string[] {
  return MACROS.map(([signature, body]) => `CREATE MACRO ${MACRO_PREFIX}${signature} AS ${body}`)
}

const FLOATS = `typeof(x) IN ('FLOAT', 'DOUBLE')`
const DECIMALS = `typeof(x) LIKE 'DECIMAL%'`
const INTEGERS = `typeof(x) IN ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT')`
const TEXT = `typeof(x) = 'VARCHAR'`
const INSTANT = `typeof(x) = 'TIMESTAMP WITH TIME ZONE'`
const TIMES = `typeof(x) LIKE 'TIMESTAMP%' OR typeof(x) = 'DATE'`
const NULL = `typeof(x) = '"NULL"'`

function refuse(message: string): string {
  return `error('frazil:' || place || ':${message}')`
}

/** `x` itself, unless its type is one of those. */
function unless(types: string, message: string): string {
  return `CASE WHEN ${types} THEN ${refuse(message)} ELSE x END`
}

const WHEN_TEXT_MIXED = `WHEN (${TEXT}) <> (typeof(y) = 'VARCHAR') AND NOT ${NULL} AND typeof(y) <> '"NULL"'
  THEN ${refuse('text beside another type')}`

/** Together they are a float in DuckDB, and a double in Spark. */
const WHEN_FLOAT_MIXED = `WHEN typeof(x) = 'FLOAT' AND typeof(y) LIKE 'DECIMAL%' OR ${DECIMALS} AND typeof(y) = 'FLOAT'
  THEN ${refuse('float beside a decimal')}`

/** Casts of fractions cut them off in Spark, and round in DuckDB. */
function wholeNumber(type: string): string {
  return `CASE
    WHEN ${FLOATS} THEN CAST(trunc(TRY_CAST(x AS DOUBLE)) AS ${type})
    WHEN ${DECIMALS} THEN CAST(split_part(CAST(x AS VARCHAR), '.', 1) AS ${type})
    WHEN ${TEXT} AND NOT regexp_full_match(CAST(x AS VARCHAR), '\\s*[+-]?[0-9]+\\s*')
      THEN ${refuse('text is no whole number')}
    ELSE CAST(x AS ${type}) END`
}

/** 1-based, where 0 means 1 too, and negative counts from the end: also beyond the start, from where the length counts. */
const SUBSTRING_START = `CASE WHEN p > 0 THEN p - 1 WHEN p = 0 THEN 0 ELSE length(s) + p END`

/** Signature and body. Aggregates and what has modifiers are not macros: these take them not. */
const MACROS: readonly (readonly [signature: string, body: string])[] = [
  ['tinyint(x, place)', wholeNumber('TINYINT')],
  ['smallint(x, place)', wholeNumber('SMALLINT')],
  ['integer(x, place)', wholeNumber('INTEGER')],
  ['bigint(x, place)', wholeNumber('BIGINT')],
  [
    'text(x, place)',
    `CASE
      WHEN ${INSTANT} THEN CAST(TRY_CAST(x AS TIMESTAMP) AS VARCHAR)
      WHEN ${FLOATS} OR typeof(x) = 'BLOB' OR typeof(x) LIKE '%]' OR typeof(x) LIKE '%)' AND NOT ${DECIMALS}
        THEN ${refuse('cast of this type to text')}
      ELSE CAST(x AS VARCHAR) END`,
  ],
  ['binary(x)', 'encode(x)'],
  ['not_float(x, place)', unless(FLOATS, 'cast of a float to decimal')],
  ['not_decimal(x, place)', unless(DECIMALS, 'average or quotient of decimals')],
  ['not_number(x, place)', unless(`${INTEGERS} OR ${DECIMALS}`, 'number compared with text')],
  ['not_time(x, place)', unless(TIMES, 'time compared with such text')],
  ['only_text(x, place)', unless(`NOT (${TEXT} OR ${NULL})`, 'text beside another type')],
  [
    'dated(x, place)',
    `CASE WHEN ${TEXT} AND NOT regexp_matches(CAST(x AS VARCHAR), '^\\s*[+-]?[0-9]')
      THEN ${refuse('text is no date')} ELSE x END`,
  ],
  ['alike(x, y, place)', `CASE ${WHEN_TEXT_MIXED} ${WHEN_FLOAT_MIXED} ELSE x END`],
  ['alike_text(x, y, place)', `CASE ${WHEN_TEXT_MIXED} ELSE x END`],
  ['alike_float(x, y, place)', `CASE ${WHEN_FLOAT_MIXED} ELSE x END`],
  [
    'add_days(x DATE, i INTERVAL)',
    'CAST(x + i AS DATE), (x TIMESTAMPTZ, i INTERVAL) AS x + i, (x TIMESTAMP, i INTERVAL) AS x + i',
  ],
  [
    'subtract_days(x DATE, i INTERVAL)',
    'CAST(x - i AS DATE), (x TIMESTAMPTZ, i INTERVAL) AS x - i, (x TIMESTAMP, i INTERVAL) AS x - i',
  ],
  [
    'add_time(x DATE, i INTERVAL)',
    'CAST(x AS TIMESTAMPTZ) + i, (x TIMESTAMPTZ, i INTERVAL) AS x + i, (x TIMESTAMP, i INTERVAL) AS x + i',
  ],
  [
    'subtract_time(x DATE, i INTERVAL)',
    'CAST(x AS TIMESTAMPTZ) - i, (x TIMESTAMPTZ, i INTERVAL) AS x - i, (x TIMESTAMP, i INTERVAL) AS x - i',
  ],
  [
    'divide(x, y, place)',
    `CAST(${MACRO_PREFIX}not_decimal(x, place) AS DOUBLE) / CAST(${MACRO_PREFIX}not_decimal(y, place) AS DOUBLE)`,
  ],
  ['isnan(x)', 'coalesce(isnan(x), false)'],
  ['length(s)', 'CAST(length(s) AS INTEGER)'],
  ['log(x)', 'CASE WHEN x > 0 THEN ln(x) END'],
  ['trim(s)', `trim(s, ' ')`],
  ['ltrim(s)', `ltrim(s, ' ')`],
  ['rtrim(s)', `rtrim(s, ' ')`],
  [
    'substring(s, p)',
    `substring(s, greatest(${SUBSTRING_START}, 0) + 1),
    (s, p, n) AS CASE WHEN s IS NULL OR p IS NULL OR n IS NULL THEN NULL
      WHEN ${SUBSTRING_START} + n <= greatest(${SUBSTRING_START}, 0) THEN ''
      ELSE substring(s, greatest(${SUBSTRING_START}, 0) + 1, ${SUBSTRING_START} + n - greatest(${SUBSTRING_START}, 0)) END`,
  ],
  ['year(x)', 'CAST(year(x) AS INTEGER)'],
  ['quarter(x)', 'CAST(quarter(x) AS INTEGER)'],
  ['month(x)', 'CAST(month(x) AS INTEGER)'],
  ['day(x)', 'CAST(day(x) AS INTEGER)'],
  ['dayofyear(x)', 'CAST(dayofyear(x) AS INTEGER)'],
  ['dayofweek(x)', 'CAST(dayofweek(x) + 1 AS INTEGER)'],
  ['hour(x)', 'CAST(hour(x) AS INTEGER)'],
  ['minute(x)', 'CAST(minute(x) AS INTEGER)'],
  ['second(x)', 'CAST(second(x) AS INTEGER)'],
  ['date_trunc(unit, x)', 'date_trunc(unit, CAST(x AS TIMESTAMPTZ))'],
  ['date_format(x, pattern)', 'strftime(CAST(x AS TIMESTAMPTZ), pattern)'],
  ['date_add(x, n)', 'CAST(x AS DATE) + CAST(n AS INTEGER)'],
  ['date_sub(x, n)', 'CAST(x AS DATE) - CAST(n AS INTEGER)'],
  ['datediff(y, x)', 'CAST(CAST(y AS DATE) - CAST(x AS DATE) AS INTEGER)'],
  ['add_months(x, n)', 'CAST(CAST(x AS DATE) + to_months(CAST(n AS INTEGER)) AS DATE)'],
]
