/**
 * Casts of texts that have null for what is no value, as macros. Spark has read more texts as values than are read here, some
 * versions more than others: a text that one of them might take for a value is refused, so that null always means that there
 * is none.
 */
import {
  DATE_SHAPE,
  DECIMAL_SHAPE,
  LOCAL_SHAPE,
  MOMENT_SHAPE,
  NUMBER_SHAPE,
  WHOLE_SHAPE,
} from './cast-shapes.ts'
import { refuse } from './refusal.ts'

/** What the name of such a macro ends with. */
export const OR_NULL = '_or_null'

interface LenientCast {
  /** Of texts that are values here and in Spark. */
  readonly shape: string
  /** Of texts that might be some in a Spark, spaces and control characters around them left out. */
  readonly doubtful: string
  /** What is cast; the text itself when absent. */
  readonly value?: string
}

/** Years of Spark have up to seven digits, and dates need no day, nor a month. */
const DOUBTFUL_DATE = '[+-]?[0-9]{4,7}(-[0-9]{1,2}(-[0-9]{1,2}([ T].*)?)?)?'

/** Words that were moments once. */
const MOMENT_WORDS = 'epoch|now|today|tomorrow|yesterday'

const DOUBTFUL_MOMENT = `([+-]?[0-9]{4,7}([- T].*)?|T?[0-9]{1,2}:.*|${MOMENT_WORDS})`

const CASTS: ReadonlyMap<string, LenientCast> = new Map([
  ['whole_text', { shape: WHOLE_SHAPE, doubtful: String.raw`[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]*)` }],
  [
    'number_text',
    {
      shape: NUMBER_SHAPE,
      doubtful: String.raw`[+-]?(nan|inf|infinity|([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?[df]?|0x[0-9a-f.]+p[+-]?[0-9]+[df]?)`,
    },
  ],
  ['decimal_text', { shape: DECIMAL_SHAPE, doubtful: String.raw`[+-]?[\p{Nd}.]+(e[+-]?\p{Nd}+)?` }],
  [
    'date_text',
    {
      shape: DATE_SHAPE,
      doubtful: `(${DOUBTFUL_DATE}|${MOMENT_WORDS})`,
      value: `regexp_extract(x, '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}')`,
    },
  ],
  ['moment_text', { shape: MOMENT_SHAPE, doubtful: DOUBTFUL_MOMENT }],
  ['local_text', { shape: LOCAL_SHAPE, doubtful: DOUBTFUL_MOMENT }],
])

/** Macros of casts that have a lenient twin. */
export const LENIENT_CASTS: ReadonlySet<string> = new Set([...CASTS.keys(), 'truth'])

const DOUBT = refuse(
  'a text such as this is refused where a cast gives null: some Spark reads a value from it, so clean it before',
)

/** What Spark leaves out on both sides of a text. */
const BLANK = String.raw`[\x00-\x20\x7f]*`

export function lenientCasts(): readonly (readonly [signature: string, body: string])[] {
  const casts = [...CASTS].map(([name, { shape, doubtful, value = 'x' }]) => {
    const isDoubtful = `regexp_full_match(x, '(?is)${BLANK}(${doubtful})${BLANK}')`
    const body = `CASE WHEN regexp_full_match(x, '${shape}') THEN ${value} WHEN ${isDoubtful} THEN ${DOUBT} END`
    return [`${name}${OR_NULL}(x, place)`, body] as const
  })
  return [...casts, [`truth${OR_NULL}(x, place)`, TRUTH]]
}

const TRUTH = `CASE WHEN lower(trim(x)) IN ('t', 'true', 'y', 'yes', '1') THEN true
  WHEN lower(trim(x)) IN ('f', 'false', 'n', 'no', '0') THEN false
  WHEN regexp_full_match(x, '(?i)${BLANK}(t|true|y|yes|1|f|false|n|no|0)${BLANK}') THEN ${DOUBT} END`
