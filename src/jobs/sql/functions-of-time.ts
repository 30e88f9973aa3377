/** Spark's functions of dates and timestamps. The zone is that of the session in both engines. */
import type { FunctionRow } from './function-table.ts'
import { refuse } from './refusal.ts'

/** Whole seconds since 1970, and how many microseconds are in one. */
const SECOND = 1_000_000

function flooredBy(divisor: number): string {
  return `(epoch_us(a) - ((epoch_us(a) % ${divisor}) + ${divisor}) % ${divisor}) // ${divisor}`
}

/** On the clock on the wall: of a moment before the year 1, DuckDB gives the year without its sign. */
const LOCAL = (x: string): string => `CAST(${x} AS TIMESTAMP)`

const SECONDS_OF_DAY = (x: string): string =>
  `(epoch_us(${LOCAL(x)}) - epoch_us(CAST(CAST(${x} AS DATE) AS TIMESTAMP))) // ${SECOND}`

const MONTHS = (x: string): string => `year(${LOCAL(x)}) * 12 + month(${LOCAL(x)})`

const IS_LAST_DAY = (x: string): string => `CAST(${x} AS DATE) = last_day(CAST(${x} AS DATE))`

/** Months, and what is left as a fraction of 31 days; whole where both are the same day or the last of their months. */
const MONTHS_BETWEEN = `${MONTHS('a')} - (${MONTHS('b')}) +
  CASE WHEN day(${LOCAL('a')}) = day(${LOCAL('b')}) OR ${IS_LAST_DAY('a')} AND ${IS_LAST_DAY('b')} THEN 0.0::DOUBLE
    ELSE ((day(${LOCAL('a')}) - day(${LOCAL('b')})) * 86400 + ${SECONDS_OF_DAY('a')} - ${SECONDS_OF_DAY('b')})::DOUBLE
      / 2678400.0::DOUBLE END`

export const TIME_FUNCTIONS: readonly FunctionRow[] = [
  ['year', ['date'], 'int', 'year(a)'],
  ['quarter', ['date'], 'int', 'quarter(a)'],
  ['month', ['date'], 'int', 'month(a)'],
  ['day dayofmonth', ['date'], 'int', 'day(a)'],
  ['dayofyear', ['date'], 'int', 'dayofyear(a)'],
  // Sunday is 1, and Monday is 0.
  ['dayofweek', ['date'], 'int', 'dayofweek(a) + 1'],
  ['weekday', ['date'], 'int', 'isodow(a) - 1'],
  ['weekofyear', ['date'], 'int', 'weekofyear(a)'],
  ['hour', ['MOMENT'], 'int', 'hour(a)'],
  ['minute', ['MOMENT'], 'int', 'minute(a)'],
  ['second', ['MOMENT'], 'int', 'second(a)'],
  ['date_add dateadd', ['date', 'int'], 'date', 'a + b'],
  ['date_sub', ['date', 'int'], 'date', 'a - b'],
  ['datediff date_diff', ['date', 'date'], 'int', 'a - b'],
  ['add_months', ['date', 'int'], 'date', 'a + to_months(b)'],
  [
    'months_between',
    ['timestamp', 'timestamp'],
    'double',
    `floor((${MONTHS_BETWEEN}) * 1e8::DOUBLE + 0.5::DOUBLE) / 1e8::DOUBLE`,
  ],
  ['last_day', ['date'], 'date', 'last_day(a)'],
  ['make_date', ['int', 'int', 'int'], 'date', 'make_date(a, b, c)'],
  // Towards 1970, where the others go back.
  ['unix_timestamp to_unix_timestamp', ['MOMENT'], 'long', `epoch_us(a) // ${SECOND}`],
  ['unix_seconds', ['timestamp'], 'long', flooredBy(SECOND)],
  ['unix_millis', ['timestamp'], 'long', flooredBy(1_000)],
  ['unix_micros', ['timestamp'], 'long', 'epoch_us(a)'],
  ['unix_date', ['date'], 'int', `a - DATE '1970-01-01'`],
  ['date_from_unix_date', ['int'], 'date', `DATE '1970-01-01' + a`],
  ['timestamp_seconds', ['long'], 'timestamp', `make_timestamptz(a * ${SECOND})`],
  ['timestamp_millis', ['long'], 'timestamp', 'make_timestamptz(a * 1000)'],
  ['timestamp_micros', ['long'], 'timestamp', 'make_timestamptz(a)'],
  [
    'from_utc_timestamp',
    ['timestamp', 'string'],
    'timestamp',
    zoned(`timezone('UTC', timezone(b, a))`),
  ],
  [
    'to_utc_timestamp',
    ['timestamp', 'string'],
    'timestamp',
    zoned(`timezone(b, timezone('UTC', a))`),
  ],
]

/** Abbreviations mean other zones to others. */
function zoned(body: string): string {
  return `CASE WHEN NOT regexp_full_match(b, 'UTC|[A-Z][a-z]+/[A-Za-z_/]+') THEN ${refuse('this name of a time zone is refused: it is not known to mean the same as in Spark, so use UTC or one such as Europe/Oslo')} ELSE ${body} END`
}
