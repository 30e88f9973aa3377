/**
 * Words that DuckDB's grammar keeps for itself and Spark's takes for names, told by where they stand. Spark keeps none: a word
 * is a name wherever nothing else could be meant.
 */

/** Words that are part of no query of Spark's, so that they are names wherever they stand. */
const ALWAYS_NAMES = words(`
  analyse analyze asof asymmetric at authorization check collation column columns concurrently constraint create default
  deferrable describe do foreign freeze generated glob initially isnull lambda notnull only overlaps pivot_longer
  pivot_wider positional primary references returning show some summarize symmetric unique unpack variadic verbose`)

/** Words that no operand begins with, so that they are names where one must begin. */
const NEVER_OPERANDS = words(`
  and anti array as asc between binary by collate cross desc else end except fetch for full group having ilike in inner
  intersect into is join left like limit map natural offset on or order outer pivot placing qualify right semi similar struct
  tablesample then to union unpivot using when window`)

/** The same, but that a list or a query may begin with them. */
const NEVER_AFTER_BRACKETS = words('both from leading table trailing where with')

/** What makes more of the word before: `not in`, `is distinct from`. */
const GOES_ON: Readonly<Record<string, ReadonlySet<string>>> = {
  not: words('between ilike in like similar'),
  distinct: words('from on'),
}

/** What an operand, or the name of a view, must follow. */
const BEFORE_OPERAND = words(`
  select distinct where and or not on when then else by having between like from join , ( [ = < > + - / % | !`)

/** A word, or the sign beside it; lower case, empty for anything else. */
export interface Neighbours {
  readonly before: string
  readonly next: string
}

/** Whether a word of a query is a name that DuckDB would not take for one. */
export function isKeptName(word: string, { before, next }: Neighbours): boolean {
  if (next === '(') return false
  if (ALWAYS_NAMES.has(word)) return true
  if (!BEFORE_OPERAND.has(before) || next === 'by') return false
  if (before === '(' && NEVER_AFTER_BRACKETS.has(word)) return false
  if (GOES_ON[before]?.has(word) === true) return false
  return NEVER_OPERANDS.has(word) || NEVER_AFTER_BRACKETS.has(word)
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/))
}
