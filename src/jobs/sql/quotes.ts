// Names and texts in the two languages that queries over views are written in.
import * as duckdb from '../../duckdb/sql-text.ts'
import type { SqlDefinition } from './engine.ts'
import * as spark from './spark-tokens.ts'

type Language = SqlDefinition['language']

export function quoteName(name: string, language: Language = 'duckdb'): string {
  return language === 'duckdb' ? duckdb.quoteName(name) : `\`${name.replaceAll('`', '``')}\``
}

/** A literal that means the text, whatever the language would read in it: escapes, holes, or its end. Spark’s has no null characters. */
export function quoteText(text: string, language: Language = 'duckdb'): string {
  return language === 'duckdb' ? duckdb.quoteText(text) : spark.quoteText(text)
}
